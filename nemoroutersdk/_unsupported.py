"""What `openai` has and the gateway does not: said at once, with what to use instead."""

from __future__ import annotations

from typing import NoReturn, Self, TypeVar, overload

from nemoroutersdk._errors import NemoError

_Client = TypeVar("_Client", bound=type)

_CHAT = "Use client.chat.completions"
_PROVIDER = "Use the provider's own API"
UNSUPPORTED = {
    "admin": "Use the command line of the gateway: nemoproxy keys, teams, orgs, credits, budgets.",
    "batches": f"{_CHAT} for each request; AsyncNemoRouter runs many at a time.",
    "beta": f"{_CHAT}, which has parse() and stream() as well; assistants, threads and realtime are not offered.",
    "containers": f"{_PROVIDER}.",
    "content_provenance_checks": f"{_PROVIDER}.",
    "conversations": f"{_CHAT} and send the earlier messages along.",
    "decisions": f"{_PROVIDER}.",
    "evals": f"{_PROVIDER}.",
    "files": f"{_PROVIDER}, or put the content into the messages of client.chat.completions.",
    "fine_tuning": f"{_PROVIDER}; the model that comes of it can be called through the gateway.",
    "live": f"{_CHAT} with stream=True.",
    "realtime": f"{_CHAT} with stream=True, and client.audio for speech.",
    "responses": f"{_CHAT}.create().",
    "safety": "Use client.moderations, or guardrails: client.guardrails.list() shows those that apply.",
    "skills": f"{_PROVIDER}.",
    "uploads": f"{_PROVIDER}.",
    "vector_stores": "Use client.embeddings and a vector store of your own.",
    "videos": f"{_PROVIDER}.",
    "webhooks": "The gateway's webhooks are set up by its operator.",
}
"""By the name of the attribute: what to do instead."""


class NemoRouterUnsupportedError(NemoError, NotImplementedError):
    """An API of OpenAI's that the gateway does not offer. Nothing was sent."""

    def __init__(self, feature: str, tip: str = "") -> None:
        super().__init__(f"'{feature}' is not supported by NemoRouter. {tip}".rstrip())


class _Blocked:
    """An attribute that raises when a client is asked for it."""

    def __init__(self, name: str, tip: str) -> None:
        self._name = name
        self._tip = tip

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: object, owner: type) -> NoReturn: ...
    def __get__(self, client: object, owner: type) -> Self:
        if client is None:  # the class is asked: by documentation tools, for one
            return self
        raise NemoRouterUnsupportedError(f"client.{self._name}", self._tip)


def blocks_unsupported(cls: _Client) -> _Client:
    for name, tip in UNSUPPORTED.items():
        setattr(cls, name, _Blocked(name, tip))
    return cls
