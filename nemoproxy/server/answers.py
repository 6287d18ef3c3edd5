"""Requests with an `Idempotency-Key`: claimed in the records before they are run, and their answers kept there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from nemoproxy.config import Idempotency
from nemoproxy.errors import CreditCheckFailed
from nemoproxy.idempotency import OVERHEAD_BYTES, TTL_NS, Done, Refusal, Replay
from nemoproxy.server.behind import WriteBehind
from nemoproxy.storage import AnswerRow, Claim, Known, Records, StorageError, utc_now

log = logging.getLogger("nemoproxy.idempotency")

T = TypeVar("T")
MOST_WAITING = 64 << 20
"""Bytes of answers that wait to be written. Those that come then are in memory only (`nemoproxy.idempotency`)."""
BATCH = 64
RETRY_S = 0.5


class KeptAnswers:
    """`find` looks a request up, `claim` says that it is being run, `keep` what came of it or `give_up` that nothing
    did: these two take no time to speak of, and `run` writes them."""

    def __init__(self, records: Records, settings: Idempotency, owner: str, longest_s: float) -> None:
        """`owner`: this gateway, also in its earlier and later lives. `longest_s`: no request runs for longer."""
        ttl = timedelta(microseconds=TTL_NS // 1000)
        bounds = {"max_bytes": settings.max_bytes, "max_rows": settings.max_answers}
        self._answers = records.answers(owner=owner, ttl=ttl, **bounds)
        self._behind = WriteBehind[AnswerRow | Claim](
            "answers", self._answers.keep, batch=BATCH, most=MOST_WAITING, size=_size, retry_s=RETRY_S
        )
        self._longest = timedelta(seconds=longest_s)
        self.run = self._behind.run
        self.flush = self._behind.flush

    async def recover(self) -> None:
        """Find out what became of what earlier lives had begun; what they settled is booked. Raises StorageError."""
        await self._behind.on_thread(self._answers.recover)

    async def find(self, key_id: str, name: str, digest: bytes) -> Replay | Refusal | None:
        """What became of a request that is not in memory. Raises CreditCheckFailed: nobody can tell."""
        return self._meaning(await self._asked(lambda: self._answers.find(key_id, name, digest)))

    async def claim(self, key_id: str, name: str, digest: bytes, run: str) -> Replay | Refusal | None:
        """The request `run` is about to run it; unless another gateway was quicker. Raises CreditCheckFailed."""
        claim = Claim(key_id=key_id, name=name, request=digest, run=run)
        return self._meaning(await self._asked(lambda: self._answers.claim(claim)))

    def keep(self, done: Done) -> None:
        answer = None if done.answer is None else _packed(done.answer)
        self._behind.put(
            AnswerRow(key_id=done.key_id, name=done.name, request=done.digest, answer=answer, done_at=utc_now())
        )

    def give_up(self, key_id: str, name: str, digest: bytes, run: str) -> None:
        """What was claimed came to nothing."""
        self._behind.put(Claim(key_id=key_id, name=name, request=digest, run=run))

    async def close(self) -> None:
        """Write what is left, if that can be done."""
        await self._behind.close()
        self._answers.close()

    async def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return await self._behind.on_thread(ask)
        except StorageError as error:
            log.error("an Idempotency-Key cannot be looked up: %s", error)
            raise CreditCheckFailed(
                "Whether this Idempotency-Key was used cannot be found out now. Try again soon.",
                headers={"retry-after": "1", "x-should-retry": "true"},
            ) from None

    def _meaning(self, known: Known | None) -> Replay | Refusal | None:
        if known is None:
            return None
        if not known.is_same:
            return Refusal.MISMATCH
        if known.claimed_at is not None and utc_now() - known.claimed_at < self._longest:
            return Refusal.IN_FLIGHT
        return Refusal.NOT_KEPT if known.answer is None else _unpacked(known.answer)


def _size(row: AnswerRow | Claim) -> int:
    return OVERHEAD_BYTES + (len(row.answer or b"") if isinstance(row, AnswerRow) else 0)


def _packed(answer: Replay) -> bytes:
    line = b"%d %d %d\n" % (answer.status, answer.prompt_tokens, len(answer.headers))
    return line + answer.headers + answer.body


def _unpacked(packed: bytes) -> Replay:
    line, _, rest = packed.partition(b"\n")
    status, prompt_tokens, length = map(int, line.split())
    return Replay(status, rest[:length], rest[length:], prompt_tokens)
