"""Streams that raise the typed errors, and know what they cost when they have ended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args, get_origin

import openai
from openai import AsyncStream, Stream

from nemoroutersdk._errors import refusal_midway
from nemoroutersdk._meta import Calls, attach, costs, meta_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

T = TypeVar("T")


class NemoStream(Stream[T]):
    def __stream__(self) -> Iterator[T]:
        try:
            for item in super().__stream__():
                _pick_up_cost(self, item)
                yield item
        except openai.APIError as error:
            raise _typed(error, self.response) from None


class AsyncNemoStream(AsyncStream[T]):
    async def __stream__(self) -> AsyncIterator[T]:
        try:
            async with aclosing(cast("AsyncGenerator[T]", super().__stream__())) as items:
                async for item in items:
                    _pick_up_cost(self, item)
                    yield item
        except openai.APIError as error:
            raise _typed(error, self.response) from None


def with_nemo(stream_cls: Any) -> Any:
    """The class to read a stream with, where `openai` would take `stream_cls`."""
    ours = {Stream: NemoStream, AsyncStream: AsyncNemoStream}.get(get_origin(stream_cls))
    return stream_cls if ours is None else ours[get_args(stream_cls)]  # type: ignore[index]


def _typed(error: openai.APIError, response: Any) -> openai.APIError:
    return refusal_midway(response, error) or error


def _pick_up_cost(stream: Any, item: object) -> None:
    """The usage chunk, which is the last one, says what the stream cost."""
    cost = getattr(getattr(item, "usage", None), "cost", None)
    if isinstance(cost, float | int) and (known := meta_of(stream)) is not None:
        meta = replace(known, **costs(str(cost)))
        attach(stream, meta)
        calls: Calls = stream._client._calls
        calls.amend(known, meta)
