"""Answers to requests with an `Idempotency-Key`: into the records in the background, and from there when asked."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from nemoproxy.config import Idempotency
from nemoproxy.errors import CreditCheckFailed
from nemoproxy.idempotency import TTL_NS, Done, Refusal, Replay
from nemoproxy.storage import AnswerRow, Records, StorageError, utc_now

log = logging.getLogger("nemoproxy.idempotency")

MOST_WAITING = 64 << 20
"""Bytes of answers that wait to be written. Those that come then are in memory only."""
BATCH = 64
RETRY_S = 0.5


class KeptAnswers:
    """`keep` from the request path takes no time to speak of; `run` writes what was kept, `find` looks one up."""

    def __init__(self, records: Records, settings: Idempotency) -> None:
        ttl = timedelta(microseconds=TTL_NS // 1000)
        self._answers = records.answers(ttl=ttl, max_bytes=settings.max_bytes, max_rows=settings.max_answers)
        self._waiting: deque[AnswerRow] = deque()
        self._bytes = 0
        self._lost = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="answers")
        self._writing = asyncio.Lock()
        self._kept = asyncio.Event()

    def keep(self, done: Done) -> None:
        answer = None if done.answer is None else _packed(done.answer)
        if self._bytes + len(answer or b"") > MOST_WAITING:
            self._lost += 1
            return
        row = AnswerRow(key_id=done.key_id, name=done.name, request=done.digest, answer=answer, done_at=utc_now())
        self._waiting.append(row)
        self._bytes += len(answer or b"")
        self._kept.set()

    async def find(self, key_id: str, name: str, digest: bytes) -> Replay | Refusal | None:
        """What became of a request that is not in memory. Raises CreditCheckFailed: nobody can tell."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._thread, self._answers.find, key_id, name, digest)
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

    async def run(self) -> None:
        """For ever."""
        failing = False
        while True:
            await self._kept.wait()
            try:
                await asyncio.shield(self.flush())
                failing = False
            except StorageError as error:
                if not failing:
                    log.error("answers cannot be written: %s", error)
                failing = True
                await asyncio.sleep(RETRY_S)

    async def flush(self) -> None:
        """Write all that was kept. Raises StorageError; what is not written then stays."""
        loop = asyncio.get_running_loop()
        async with self._writing:
            self._kept.clear()
            while self._waiting:
                batch = [self._waiting[index] for index in range(min(BATCH, len(self._waiting)))]
                try:
                    await loop.run_in_executor(self._thread, self._answers.keep, batch)
                except StorageError:
                    self._kept.set()
                    raise
                for row in batch:
                    self._waiting.popleft()
                    self._bytes -= len(row.answer or b"")
            if self._lost:
                log.error("%d answers are in memory only: more came than could be written", self._lost)
                self._lost = 0

    async def close(self) -> None:
        """Write what is left, if that can be done."""
        try:
            await self.flush()
        except StorageError as error:
            log.error("%d answers are lost to retries: %s", len(self._waiting), error)
        self._thread.shutdown()
        self._answers.close()


def _packed(answer: Replay) -> bytes:
    line = b"%d %d %d\n" % (answer.status, answer.prompt_tokens, len(answer.headers))
    return line + answer.headers + answer.body


def _unpacked(packed: bytes) -> Replay:
    line, _, rest = packed.partition(b"\n")
    status, prompt_tokens, length = map(int, line.split())
    return Replay(status, rest[:length], rest[length:], prompt_tokens)
