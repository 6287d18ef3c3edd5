"""What the gateway said in its `x-nemo-*` headers, kept for each thread and task on its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any, overload
from weakref import WeakKeyDictionary

_ATTRIBUTE = "_nemo_meta"


@dataclass(frozen=True, slots=True)
class NemoResponseMeta:
    """Of one answer. What was not said, or not well, is None (or empty): a header never fails a call."""

    request_id: str | None = None
    """Names the request in the gateway's records."""
    cost: float | None = None
    """US dollars; `cost_usd` has it exactly. Of a stream only when it has ended, and only if it was asked for usage
    (`stream_options={"include_usage": True}`)."""
    guardrails_applied: list[str] = field(default_factory=list)
    prompt_version: int | None = None
    ab_test_variant: str | None = None
    post_call_guardrails: list[str] = field(default_factory=list)
    stream_buffered: bool = False
    cache_status: str | None = None
    """`hit`, `miss` or `bypass`."""
    latency_ms: float | None = None
    """In the gateway; of a stream, until it began."""
    cost_usd: Decimal | None = None

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> NemoResponseMeta:
        """`headers` finds names in lower case, as those of every HTTP library do."""
        version = headers.get("x-nemo-prompt-version", "").strip()
        return cls(
            request_id=headers.get("x-nemo-request-id") or None,
            guardrails_applied=_listed(headers.get("x-nemo-guardrails-applied")),
            prompt_version=int(version) if version.isascii() and version.isdigit() and len(version) < 19 else None,
            ab_test_variant=headers.get("x-nemo-ab-test") or None,
            post_call_guardrails=_listed(headers.get("x-nemo-post-call-guardrails")),
            stream_buffered=headers.get("x-nemo-stream-buffered") == "true",
            cache_status=headers.get("x-nemo-cache") or None,
            latency_ms=_number(headers.get("x-nemo-latency-ms")),
            **costs(headers.get("x-nemo-request-cost")),
        )


def costs(text: str | None) -> dict[str, Any]:
    """The two fields that say what a call cost."""
    number = _number(text)
    if number is None or number < 0:
        return {}
    try:
        return {"cost": number, "cost_usd": Decimal(str(text).strip())}
    except InvalidOperation:
        return {}


def _number(text: str | None) -> float | None:
    try:
        # float() also reads the digits of other scripts, and underscores.
        number = float(text if text and text.isascii() and "_" not in text else "")
    except ValueError:
        return None
    return number if isfinite(number) else None


def _listed(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


class Capture(Sequence[NemoResponseMeta]):
    """The calls that were made inside `with client.capture() as calls:`, in the order in which they were answered.

    Those of tasks and `asyncio.to_thread` calls that began inside are among them.
    """

    def __init__(self) -> None:
        self._metas: list[NemoResponseMeta] = []

    @property
    def last(self) -> NemoResponseMeta | None:
        return self._metas[-1] if self._metas else None

    @property
    def cost(self) -> Decimal:
        """What they cost together, in US dollars, as far as it is known."""
        return sum((meta.cost_usd for meta in self._metas if meta.cost_usd is not None), Decimal(0))

    @overload
    def __getitem__(self, index: int) -> NemoResponseMeta: ...
    @overload
    def __getitem__(self, index: slice) -> list[NemoResponseMeta]: ...
    def __getitem__(self, index: int | slice) -> NemoResponseMeta | list[NemoResponseMeta]:
        return self._metas[index]

    def __len__(self) -> int:
        return len(self._metas)

    def __repr__(self) -> str:
        return f"Capture({self._metas!r})"


class Calls:
    """What a client, and the copies that `with_options` makes of it, were answered."""

    @property
    def last(self) -> NemoResponseMeta | None:
        """Of this thread or task, or of whoever started it: never of one that runs beside it."""
        return _last.get({}).get(self)

    def record(self, meta: NemoResponseMeta) -> None:
        self._remember(meta)
        for calls, capture in _captures.get(()):
            if calls is self:
                capture._metas.append(meta)

    def amend(self, known: NemoResponseMeta, meta: NemoResponseMeta) -> None:
        """More has become known of an answer."""
        if self.last is known:
            self._remember(meta)
        for calls, capture in _captures.get(()):
            if calls is self:
                capture._metas[:] = [meta if one is known else one for one in capture._metas]

    @contextmanager
    def capture(self) -> Iterator[Capture]:
        capture = Capture()
        token = _captures.set((*_captures.get(()), (self, capture)))
        try:
            yield capture
        finally:
            _captures.reset(token)

    def _remember(self, meta: NemoResponseMeta) -> None:
        # A copy: other tasks look at the same mapping.
        mine = WeakKeyDictionary(_last.get({}))
        mine[self] = meta
        _last.set(mine)


_last: ContextVar[Mapping[Calls, NemoResponseMeta]] = ContextVar("nemo_last_response")
_captures: ContextVar[tuple[tuple[Calls, Capture], ...]] = ContextVar("nemo_captures")


def attach(result: Any, meta: NemoResponseMeta) -> None:
    """Have an answer know its headers, if it can: `openai` gives it the request id in the same way."""
    if hasattr(result, "__dict__"):
        result.__dict__[_ATTRIBUTE] = meta


def meta_of(response: object) -> NemoResponseMeta | None:
    """What the gateway said with this very answer: an object that a client returned, a stream, a raw response, or an
    error that was raised. None for what carries no headers, such as a transcript that is a plain `str`."""
    known = getattr(response, "__dict__", {}).get(_ATTRIBUTE)
    if isinstance(known, NemoResponseMeta):
        return known
    for inner in ("_raw_stream", "response", "http_response"):
        found = getattr(response, inner, None)
        if found is not None and (meta := meta_of(found)) is not None:
            return meta
    headers = getattr(response, "headers", None)
    return NemoResponseMeta.from_headers(headers) if isinstance(headers, Mapping) else None
