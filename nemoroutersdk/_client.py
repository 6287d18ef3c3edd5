"""`NemoRouter` and `AsyncNemoRouter`: the clients of `openai`, pointed at a gateway.

Two methods inside `openai` are overridden that are the same in its versions 1 to 3: `_process_response` sees every
answer that a call returns, `_make_status_error` every one that it raises.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict

from openai import AsyncOpenAI, OpenAI

from nemoroutersdk._account import (
    AsyncCredits,
    AsyncGuardrails,
    AsyncNemoModels,
    AsyncPrompts,
    Credits,
    Guardrails,
    NemoModels,
    Prompts,
)
from nemoroutersdk._errors import NemoError, refusal
from nemoroutersdk._inference import (
    AsyncNemo,
    AsyncNemoChat,
    AsyncNemoCompletions,
    AsyncNemoEmbeddings,
    Nemo,
    NemoChat,
    NemoCompletions,
    NemoEmbeddings,
)
from nemoroutersdk._meta import Calls, Capture, NemoResponseMeta, attach
from nemoroutersdk._streaming import with_nemo
from nemoroutersdk._unsupported import blocks_unsupported

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Unpack

    from openai import Timeout

    class ClientOptions(TypedDict, total=False):
        """What `openai` takes besides."""

        timeout: float | Timeout | None
        max_retries: int
        default_headers: Mapping[str, str] | None
        default_query: Mapping[str, object] | None
        http_client: Any
        organization: str | None
        project: str | None


KEY_VARIABLE = "NEMOROUTER_API_KEY"
BASE_URL_VARIABLE = "NEMOROUTER_BASE_URL"
DEFAULT_BASE_URL = "http://127.0.0.1:8080/v1"


def _key(given: Any) -> Any:
    """The key. Never OPENAI_API_KEY: a provider's key is nothing that a gateway should be sent."""
    key = given or os.environ.get(KEY_VARIABLE)
    if not key:
        raise NemoError(
            f"No key: give NemoRouter api_key='sk-nemo-...', or set the environment variable {KEY_VARIABLE}."
        )
    return key


def _base_url(given: Any) -> Any:
    return given or os.environ.get(BASE_URL_VARIABLE) or DEFAULT_BASE_URL


class _Nemo:
    """What both clients do in the same way."""

    base_url: Any
    _calls: Calls

    @property
    def last_response(self) -> NemoResponseMeta | None:
        """What the gateway said with the last answer, error answers included, that this thread or task got from this
        client or a copy of it. `meta_of(answer)` asks an answer itself; `capture()` collects those of many tasks."""
        return self._calls.last

    def capture(self) -> AbstractContextManager[Capture]:
        """`with client.capture() as calls:` collects what the gateway says with each answer to a call made inside."""
        return self._calls.capture()

    def nemo_url(self, path: str) -> str:
        """The URL of what is not below `/v1`."""
        return str(self.base_url).rstrip("/").removesuffix("/v1") + path

    def _seen(self, response: Any) -> NemoResponseMeta:
        meta = NemoResponseMeta.from_headers(response.headers)
        self._calls.record(meta)
        return meta

    if not TYPE_CHECKING:  # the signatures are those of `openai`, which comes next in line

        def copy(self, **changes: Any) -> Any:
            """This client with other options. What it is answered is `last_response` here too."""
            made = super().copy(**changes)
            made._calls = self._calls
            return made

        with_options = copy

        def _make_status_error(self, err_msg: str, *, body: object, response: Any) -> Any:
            self._seen(response)
            return refusal(response, body) or super()._make_status_error(err_msg, body=body, response=response)


@blocks_unsupported
class NemoRouter(_Nemo, OpenAI):
    """The client of `openai`, for a NemoRouter gateway. What differs:

    - the key is `NEMOROUTER_API_KEY`, the gateway `NEMOROUTER_BASE_URL`, else http://127.0.0.1:8080/v1;
    - chat, completions and embeddings take `nemo_cache`, `nemo_prompt_template_id`, `nemo_prompt_variables`,
      `nemo_prompt_version` and `nemo_guardrail_ids`;
    - `last_response` says what the last call cost, among others;
    - `credits`, `guardrails`, `prompts`, `nemo_models` and `nemo.chat` are there as well;
    - what the gateway refuses is raised as a `NemoError`, which is also the exception that `openai` has for it.
    """

    def __init__(
        self,
        api_key: str | Callable[[], str] | None = None,
        base_url: Any = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        self._calls = Calls()
        super().__init__(api_key=_key(api_key), base_url=_base_url(base_url), **options)

    @cached_property
    def chat(self) -> NemoChat:
        return NemoChat(self)

    @cached_property
    def completions(self) -> NemoCompletions:
        return NemoCompletions(self)

    @cached_property
    def embeddings(self) -> NemoEmbeddings:
        return NemoEmbeddings(self)

    @cached_property
    def nemo(self) -> Nemo:
        return Nemo(self)

    @cached_property
    def credits(self) -> Credits:
        return Credits(self)

    @cached_property
    def guardrails(self) -> Guardrails:
        return Guardrails(self)

    @cached_property
    def prompts(self) -> Prompts:
        return Prompts(self)

    @cached_property
    def nemo_models(self) -> NemoModels:
        return NemoModels(self)

    def _process_response(self, *, response: Any, stream_cls: Any, **call: Any) -> Any:
        meta = self._seen(response)
        result = super()._process_response(response=response, stream_cls=with_nemo(stream_cls), **call)
        attach(result, meta)
        return result


@blocks_unsupported
class AsyncNemoRouter(_Nemo, AsyncOpenAI):
    """`NemoRouter` for asyncio: the same names, awaited."""

    def __init__(
        self,
        api_key: str | Callable[[], Awaitable[str]] | None = None,
        base_url: Any = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        self._calls = Calls()
        super().__init__(api_key=_key(api_key), base_url=_base_url(base_url), **options)

    @cached_property
    def chat(self) -> AsyncNemoChat:
        return AsyncNemoChat(self)

    @cached_property
    def completions(self) -> AsyncNemoCompletions:
        return AsyncNemoCompletions(self)

    @cached_property
    def embeddings(self) -> AsyncNemoEmbeddings:
        return AsyncNemoEmbeddings(self)

    @cached_property
    def nemo(self) -> AsyncNemo:
        return AsyncNemo(self)

    @cached_property
    def credits(self) -> AsyncCredits:
        return AsyncCredits(self)

    @cached_property
    def guardrails(self) -> AsyncGuardrails:
        return AsyncGuardrails(self)

    @cached_property
    def prompts(self) -> AsyncPrompts:
        return AsyncPrompts(self)

    @cached_property
    def nemo_models(self) -> AsyncNemoModels:
        return AsyncNemoModels(self)

    async def _process_response(self, *, response: Any, stream_cls: Any, **call: Any) -> Any:
        meta = self._seen(response)
        result = await super()._process_response(response=response, stream_cls=with_nemo(stream_cls), **call)
        attach(result, meta)
        return result
