"""How a provider that does not speak OpenAI's language is spoken to: the protocol of the translators.

A dialect is pure. Bytes and parsed JSON go in, bytes come out; it opens nothing, reads no clock, and what it has to
remember of a request until its answer comes it gives to its caller (`Outgoing.memo`). So a call may be translated again
for a second attempt, and the way of its bytes stays the relay's business:

    request   the client's body, parsed       -> what to send                         (`Dialect.request`)
    answer    a whole answer, success or not  -> status and body in OpenAI's shape    (`Dialect.answer`)
    events    a streamed answer, event for event -> the data of OpenAI's events       (`Dialect.events`)

What a client asks for and the provider cannot do is refused by name (`errors.Untranslatable`), never quietly left out;
the few members that are dropped are listed in docs/providers.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from nemoproxy.errors import Untranslatable
from nemoproxy.types import Endpoint

__all__ = ["DONE", "Answer", "Asked", "Dialect", "EventTranslator", "Json", "Outgoing", "Untranslatable"]

Json = dict[str, Any]

DONE = b"[DONE]"
"""The data of the event that ends OpenAI's streams."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request in the provider's own shape."""

    path: str
    """Below the provider's base URL, with its leading slash and its query."""
    headers: tuple[tuple[str, str], ...]
    """Lower-case names: what this format asks for beside `content-type`. Credentials are not here."""
    body: bytes
    memo: object = None
    """What the dialect wants to be told again with the answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a translator has to know of the request whose answer it is given."""

    model: str
    """The model as the client asked for it: the answer's name for it when the provider does not say one."""
    created: int
    """Unix seconds, for the `created` that OpenAI's answers have."""
    include_usage: bool = False
    """Streams: end with a chunk that has the usage and no choices."""
    memo: object = None
    """`Outgoing.memo`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer in OpenAI's shape."""

    status: int
    """What the client gets: the provider's own, or the standard one that means the same."""
    body: bytes
    """A success, or `{"error": {"message", "type", "param", "code"}}`."""
    retry_after_s: float | None = None
    """When the provider wants to be asked again, if its body says so."""


class EventTranslator(Protocol):
    """One streamed answer. Events go in one by one; for each come the data of no, one or several OpenAI events.

    Nothing is kept back beyond what the formats force. After an error nothing more comes out.
    """

    usage: Json | None
    """OpenAI's `usage` object, as far as the provider has told; with the last event it is final."""
    error: Answer | None
    """Once the provider has broken off with an error: what that would have been as an answer. The event with it has
    come out; its data are this body. Before any other event it says whether another target may be tried."""
    finished: bool
    """The provider has said that its answer is whole, and `DONE` has come out. If it is False when the provider's bytes
    have ended, the answer broke off."""

    def feed(self, name: str, data: bytes) -> list[bytes]:
        """The next event: its `event:` name ("" if it has none) and its data, whole."""
        ...

    def finish(self) -> list[bytes]:
        """The provider's bytes have ended well. What is still to be said, if its format ends with the bytes."""
        ...


class Dialect(Protocol):
    """A provider's own language. Stateless; one serves all calls."""

    def request(self, endpoint: Endpoint, body: Json, target_model: str, *, stream: bool) -> Outgoing:
        """`body` is the client's request in OpenAI's shape, and is not changed. Raises InvalidRequest, Untranslatable.

        Decode it with msgspec, whose integers have no upper limit.
        """
        ...

    def answer(self, status: int, body: bytes, asked: Asked) -> Answer:
        """A whole answer, of any status. Raises UpstreamInvalid for a success that is not in the provider's shape."""
        ...

    def events(self, asked: Asked) -> EventTranslator:
        """For the answer to a request that was made with `stream`."""
        ...
