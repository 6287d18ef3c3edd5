"""Answers to requests with an `Idempotency-Key`: into the records in the background, and from there when asked."""

from __future__ import annotations

import logging
from datetime import timedelta

from nemoproxy.config import Idempotency
from nemoproxy.errors import CreditCheckFailed
from nemoproxy.idempotency import OVERHEAD_BYTES, TTL_NS, Done, Refusal, Replay
from nemoproxy.server.behind import WriteBehind
from nemoproxy.storage import AnswerRow, Records, StorageError, utc_now

log = logging.getLogger("nemoproxy.idempotency")

MOST_WAITING = 64 << 20
"""Bytes of answers that wait to be written. Those that come then are in memory only (`nemoproxy.idempotency`)."""
BATCH = 64
RETRY_S = 0.5


class KeptAnswers:
    """`keep` from the request path takes no time to speak of; `run` writes what was kept, `find` looks one up."""

    def __init__(self, records: Records, settings: Idempotency) -> None:
        ttl = timedelta(microseconds=TTL_NS // 1000)
        self._answers = records.answers(ttl=ttl, max_bytes=settings.max_bytes, max_rows=settings.max_answers)
        self._behind = WriteBehind[AnswerRow](
            "answers", self._answers.keep, batch=BATCH, most=MOST_WAITING, size=_size, retry_s=RETRY_S
        )
        self.run = self._behind.run
        self.flush = self._behind.flush

    def keep(self, done: Done) -> None:
        answer = None if done.answer is None else _packed(done.answer)
        self._behind.put(
            AnswerRow(key_id=done.key_id, name=done.name, request=done.digest, answer=answer, done_at=utc_now())
        )

    async def find(self, key_id: str, name: str, digest: bytes) -> Replay | Refusal | None:
        """What became of a request that is not in memory. Raises CreditCheckFailed: nobody can tell."""
        try:
            found = await self._behind.on_thread(self._answers.find, key_id, name, digest)
        except StorageError as error:
            log.error("an Idempotency-Key cannot be looked up: %s", error)
            raise CreditCheckFailed(
                "Whether this Idempotency-Key was used cannot be found out now. Try again soon.",
                headers={"retry-after": "1", "x-should-retry": "true"},
            ) from None
        if found is None:
            return None
        row, is_same = found
        if not is_same:
            return Refusal.MISMATCH
        return Refusal.NOT_KEPT if row.answer is None else _unpacked(row.answer)

    async def close(self) -> None:
        """Write what is left, if that can be done."""
        await self._behind.close()
        self._answers.close()


def _size(row: AnswerRow) -> int:
    return OVERHEAD_BYTES + len(row.answer or b"")


def _packed(answer: Replay) -> bytes:
    line = b"%d %d %d\n" % (answer.status, answer.prompt_tokens, len(answer.headers))
    return line + answer.headers + answer.body


def _unpacked(packed: bytes) -> Replay:
    line, _, rest = packed.partition(b"\n")
    status, prompt_tokens, length = map(int, line.split())
    return Replay(status, rest[:length], rest[length:], prompt_tokens)
