"""The calls that take the gateway's own arguments, `nemo_*`, beside those of `openai`.

`with_raw_response` and `with_streaming_response` take them as well: they call the methods here.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar, overload

from openai.resources.chat import AsyncChat, Chat
from openai.resources.chat.completions import AsyncCompletions as AsyncChatCompletions
from openai.resources.chat.completions import Completions as ChatCompletions
from openai.resources.completions import AsyncCompletions, Completions
from openai.resources.embeddings import AsyncEmbeddings, Embeddings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Required, Unpack

    from openai import AsyncStream, Stream, Timeout
    from openai.lib.streaming.chat import AsyncChatCompletionStreamManager, ChatCompletionStreamManager
    from openai.types import Completion, CreateEmbeddingResponse, completion_create_params
    from openai.types.chat import (
        ChatCompletion,
        ChatCompletionChunk,
        ChatCompletionMessageParam,
        ParsedChatCompletion,
    )
    from openai.types.chat import (
        completion_create_params as chat_params,
    )
    from openai.types.embedding_create_params import EmbeddingCreateParams

    from nemoroutersdk._client import AsyncNemoRouter, NemoRouter

    class NemoParams(TypedDict, total=False):
        """What every call here takes on top. None is as if it was not given."""

        nemo_cache: bool | None
        """False: neither read this answer from the cache nor keep it there."""
        nemo_prompt_template_id: str | None
        """The prompt template to begin with, by id or slug."""
        nemo_prompt_variables: Mapping[str, Any] | None
        nemo_prompt_version: int | None
        """That version of the template instead of the active one."""
        nemo_guardrail_ids: Sequence[str] | None
        """Only these guardrails, and those that the operator insists on."""
        extra_headers: Mapping[str, str] | None
        extra_query: Mapping[str, object] | None
        extra_body: object | None
        timeout: float | Timeout | None

    class ChatPlain(chat_params.CompletionCreateParamsNonStreaming, NemoParams, total=False): ...

    class ChatStreamed(chat_params.CompletionCreateParamsStreaming, NemoParams, total=False): ...

    class ChatEither(chat_params.CompletionCreateParamsBase, NemoParams, total=False):
        stream: Required[bool]

    class TextPlain(completion_create_params.CompletionCreateParamsNonStreaming, NemoParams, total=False): ...

    class TextStreamed(completion_create_params.CompletionCreateParamsStreaming, NemoParams, total=False): ...

    class EmbeddingParams(EmbeddingCreateParams, NemoParams, total=False): ...


T = TypeVar("T")

EXTENSIONS = (
    "nemo_cache",
    "nemo_prompt_template_id",
    "nemo_prompt_variables",
    "nemo_prompt_version",
    "nemo_guardrail_ids",
)


def lifted(params: dict[str, Any]) -> dict[str, Any]:
    """The arguments as `openai` takes them: ours in `extra_body`, of which the caller keeps the original."""
    ours = {name: value for name in EXTENSIONS if (value := params.pop(name, None)) is not None}
    if ours:
        params["extra_body"] = {**(params.get("extra_body") or {}), **ours}
    return params


class NemoChatCompletions(ChatCompletions):
    @overload  # type: ignore[override]  # the same arguments and more, said in one word
    def create(self, **params: Unpack[ChatPlain]) -> ChatCompletion: ...
    @overload
    def create(self, **params: Unpack[ChatStreamed]) -> Stream[ChatCompletionChunk]: ...
    @overload
    def create(self, **params: Unpack[ChatEither]) -> ChatCompletion | Stream[ChatCompletionChunk]: ...
    def create(self, **params: Any) -> Any:
        return super().create(**lifted(params))

    if TYPE_CHECKING:

        def parse(  # type: ignore[override]
            self,
            *,
            messages: Iterable[ChatCompletionMessageParam],
            model: str,
            response_format: type[T] = ...,
            **params: Any,
        ) -> ParsedChatCompletion[T]: ...

        def stream(  # type: ignore[override]
            self,
            *,
            messages: Iterable[ChatCompletionMessageParam],
            model: str,
            response_format: type[T] | Mapping[str, Any] = ...,
            **params: Any,
        ) -> ChatCompletionStreamManager[T]: ...

    else:

        def parse(self, **params: Any) -> Any:
            return super().parse(**lifted(params))

        def stream(self, **params: Any) -> Any:
            return super().stream(**lifted(params))


class AsyncNemoChatCompletions(AsyncChatCompletions):
    @overload  # type: ignore[override]  # the same arguments and more, said in one word
    async def create(self, **params: Unpack[ChatPlain]) -> ChatCompletion: ...
    @overload
    async def create(self, **params: Unpack[ChatStreamed]) -> AsyncStream[ChatCompletionChunk]: ...
    @overload
    async def create(self, **params: Unpack[ChatEither]) -> ChatCompletion | AsyncStream[ChatCompletionChunk]: ...
    async def create(self, **params: Any) -> Any:
        return await super().create(**lifted(params))

    if TYPE_CHECKING:

        async def parse(  # type: ignore[override]
            self,
            *,
            messages: Iterable[ChatCompletionMessageParam],
            model: str,
            response_format: type[T] = ...,
            **params: Any,
        ) -> ParsedChatCompletion[T]: ...

        def stream(  # type: ignore[override]
            self,
            *,
            messages: Iterable[ChatCompletionMessageParam],
            model: str,
            response_format: type[T] | Mapping[str, Any] = ...,
            **params: Any,
        ) -> AsyncChatCompletionStreamManager[T]: ...

    else:

        async def parse(self, **params: Any) -> Any:
            return await super().parse(**lifted(params))

        def stream(self, **params: Any) -> Any:
            return super().stream(**lifted(params))


class NemoCompletions(Completions):
    @overload  # type: ignore[override]
    def create(self, **params: Unpack[TextPlain]) -> Completion: ...
    @overload
    def create(self, **params: Unpack[TextStreamed]) -> Stream[Completion]: ...
    def create(self, **params: Any) -> Any:
        return super().create(**lifted(params))


class AsyncNemoCompletions(AsyncCompletions):
    @overload  # type: ignore[override]
    async def create(self, **params: Unpack[TextPlain]) -> Completion: ...
    @overload
    async def create(self, **params: Unpack[TextStreamed]) -> AsyncStream[Completion]: ...
    async def create(self, **params: Any) -> Any:
        return await super().create(**lifted(params))


class NemoEmbeddings(Embeddings):
    def create(self, **params: Unpack[EmbeddingParams]) -> CreateEmbeddingResponse:  # type: ignore[override]
        return super().create(**lifted(dict(params)))


class AsyncNemoEmbeddings(AsyncEmbeddings):
    async def create(self, **params: Unpack[EmbeddingParams]) -> CreateEmbeddingResponse:  # type: ignore[override]
        return await super().create(**lifted(dict(params)))


class NemoChat(Chat):
    @cached_property
    def completions(self) -> NemoChatCompletions:
        return NemoChatCompletions(self._client)


class AsyncNemoChat(AsyncChat):
    @cached_property
    def completions(self) -> AsyncNemoChatCompletions:
        return AsyncNemoChatCompletions(self._client)


class Nemo:
    """`client.nemo.chat(...)`: a chat completion from a prompt template."""

    def __init__(self, client: NemoRouter) -> None:
        self._client = client

    @overload
    def chat(
        self,
        messages: Iterable[ChatCompletionMessageParam],
        model: str = "gpt-4o",
        *,
        prompt_template_id: str | None = None,
        prompt_variables: Mapping[str, Any] | None = None,
        prompt_version: int | None = None,
        stream: Literal[False] = False,
        **params: Any,
    ) -> ChatCompletion: ...
    @overload
    def chat(
        self,
        messages: Iterable[ChatCompletionMessageParam],
        model: str = "gpt-4o",
        *,
        prompt_template_id: str | None = None,
        prompt_variables: Mapping[str, Any] | None = None,
        prompt_version: int | None = None,
        stream: Literal[True],
        **params: Any,
    ) -> Stream[ChatCompletionChunk]: ...
    def chat(
        self,
        messages: Iterable[ChatCompletionMessageParam],
        model: str = "gpt-4o",
        *,
        stream: bool = False,
        **params: Any,
    ) -> Any:
        """`params` is whatever `chat.completions.create` takes, `nemo_*` included."""
        return self._client.chat.completions.create(
            messages=messages, model=model, stream=stream, **_from_short_names(params)
        )


class AsyncNemo:
    """`await client.nemo.chat(...)`: a chat completion from a prompt template."""

    def __init__(self, client: AsyncNemoRouter) -> None:
        self._client = client

    @overload
    async def chat(
        self,
        messages: Iterable[ChatCompletionMessageParam],
        model: str = "gpt-4o",
        *,
        prompt_template_id: str | None = None,
        prompt_variables: Mapping[str, Any] | None = None,
        prompt_version: int | None = None,
        stream: Literal[False] = False,
        **params: Any,
    ) -> ChatCompletion: ...
    @overload
    async def chat(
        self,
        messages: Iterable[ChatCompletionMessageParam],
        model: str = "gpt-4o",
        *,
        prompt_template_id: str | None = None,
        prompt_variables: Mapping[str, Any] | None = None,
        prompt_version: int | None = None,
        stream: Literal[True],
        **params: Any,
    ) -> AsyncStream[ChatCompletionChunk]: ...
    async def chat(
        self,
        messages: Iterable[ChatCompletionMessageParam],
        model: str = "gpt-4o",
        *,
        stream: bool = False,
        **params: Any,
    ) -> Any:
        """`params` is whatever `chat.completions.create` takes, `nemo_*` included."""
        return await self._client.chat.completions.create(
            messages=messages, model=model, stream=stream, **_from_short_names(params)
        )


def _from_short_names(params: dict[str, Any]) -> dict[str, Any]:
    short = ("prompt_template_id", "prompt_variables", "prompt_version")
    return {f"nemo_{name}" if name in short else name: value for name, value in params.items()}
