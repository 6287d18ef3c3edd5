"""Stage 6, render: the operator's prompt template becomes a chat request's first message.

Which template: what an A/B test says, else what the request names, else what its key, team or organisation is assigned.
It comes after screening: the operator's text is not screened, the caller's variables, which the request holds, are.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import orjson

from nemoproxy._core import Request
from nemoproxy.errors import InvalidRequest
from nemoproxy.prompts import InvalidTemplate, Library, MissingVariable, RenderError, Version
from nemoproxy.prompts.library import version_of
from nemoproxy.storage import PromptRow
from nemoproxy.types import Arm, Endpoint, Principal, Recipient

TEMPLATE, VARIABLES, VERSION = "nemo_prompt_template_id", "nemo_prompt_variables", "nemo_prompt_version"
MAX_VARIABLES = 64 * 1024
"""Bytes of JSON."""


class Prompts:
    """Renders what the library has."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def choose(self, endpoint: Endpoint, who: Principal, request: Request, arm: Arm | None = None) -> Version | None:
        """The template that a request has; None: it has none. Raises InvalidRequest."""
        if arm is None and not request.extended and not self._library.assigns:
            return None
        if endpoint is not Endpoint.CHAT:
            if request.extension(TEMPLATE) is not None:
                raise InvalidRequest(
                    "Prompt templates are for /v1/chat/completions: elsewhere there is no system message.",
                    code="prompt_not_supported",
                    param=TEMPLATE,
                )
            return None
        return self._choose(who, request, None if arm is None else arm.template)

    async def render(self, version: Version, client: Recipient, who: Principal, request: Request) -> Request:
        """The request with its system message; the client is told which version. Raises InvalidRequest."""
        template = self._library.known(version)
        try:
            if template is None:
                template = await asyncio.to_thread(self._library.template, version)
            text = template.render(_variables(request) | self._system_variables(who, request))
        except MissingVariable as missing:
            raise InvalidRequest(
                f"The template '{version.slug}' needs the variable '{missing.name}' ({missing}). "
                f"Send it in {VARIABLES}; GET /nemo/prompt/list says which each template has.",
                code="prompt_variable_missing",
                param=f"{VARIABLES}.{missing.name}",
            ) from None
        except InvalidTemplate as error:
            raise _failed(version, error, None) from None
        except RenderError as error:
            raise _failed(version, error, VARIABLES) from None
        client.told += b"x-nemo-prompt-version: %d\r\n" % version.number
        return await asyncio.to_thread(request.with_system, text) if request.size > 65536 else request.with_system(text)

    def _choose(self, who: Principal, request: Request, tested: str | None) -> Version | None:
        asked = _text(request, TEMPLATE) if tested is None else tested
        pinned = None if tested is not None else _pinned(request)
        prompt = self._library.assigned(who) if asked is None else self._library.find(who.org_id, asked)
        if prompt is not None:
            return _existing(prompt, pinned)
        if asked is not None:
            raise InvalidRequest(
                f"There is no prompt template '{asked[:100]}' here. GET /nemo/prompt/list lists those that are.",
                code="prompt_template_not_found",
                param=TEMPLATE,
            )
        if pinned is not None:
            raise InvalidRequest(
                f"A version is named, and nothing says of which template: send {TEMPLATE} with it.",
                code="prompt_template_not_found",
                param=VERSION,
            )
        return None

    def _system_variables(self, who: Principal, request: Request) -> dict[str, object]:
        return {
            "model": request.model,
            "org_name": self._library.org_name(who.org_id),
            "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "user_id": request.user or "",
        }


def _existing(prompt: PromptRow, pinned: int | None) -> Version:
    version = version_of(prompt, pinned)
    if version is None:
        raise InvalidRequest(
            f"The prompt template '{prompt.slug}' has no version {pinned}; it has 1 to {len(prompt.versions)}.",
            code="prompt_version_not_found",
            param=VERSION,
        )
    return version


def _failed(version: Version, error: RenderError, param: str | None) -> InvalidRequest:
    return InvalidRequest(
        f"Version {version.number} of the prompt template '{version.slug}' cannot be rendered: {error}.",
        code="prompt_render_failed",
        param=param,
    )


def _text(request: Request, name: str) -> str | None:
    value = request.extension(name)
    if value is None or value == b"null":
        return None
    text = _parsed(value) if value.startswith(b'"') else None
    if not text:
        raise InvalidRequest(f"'{name}' must be a text: the id or the slug of a template.", param=name)
    return str(text)


def _pinned(request: Request) -> int | None:
    for name in (VERSION, "prompt_version"):
        value = request.extension(name)
        if value is not None and value != b"null":
            digits = value.strip(b'"')
            if not digits.isdigit() or len(digits) > 9:
                raise InvalidRequest(f"'{name}' must be the number of a version.", param=name)
            return int(digits)
    return None


def _variables(request: Request) -> dict[str, object]:
    value = request.extension(VARIABLES)
    if value is None or value == b"null":
        return {}
    if len(value) > MAX_VARIABLES:
        raise InvalidRequest(f"'{VARIABLES}' is longer than {MAX_VARIABLES} bytes.", param=VARIABLES)
    variables = _parsed(value)
    if not isinstance(variables, dict):
        raise InvalidRequest(f"'{VARIABLES}' must be an object: variables by name.", param=VARIABLES)
    return variables


def _parsed(value: bytes) -> object:
    """None for JSON that is none to Python: half of a surrogate pair."""
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
