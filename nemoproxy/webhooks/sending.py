"""One attempt: what is sent, and what its answer means."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from nemoproxy.config import WebhookSettings
from nemoproxy.egress import Answer, Egress, EgressError
from nemoproxy.storage import Attempt, Event, Outcome, Status, WebhookKind, WebhookRow
from nemoproxy.webhooks.address import check_address
from nemoproxy.webhooks.payload import envelope, slack
from nemoproxy.webhooks.schedule import next_attempt, retry_after
from nemoproxy.webhooks.signing import signed_headers

MAX_ANSWER = 4096
"""As much of an answer is read, so that its connection can be used again. Nobody sees it."""
GONE = 410


@dataclass(frozen=True, slots=True)
class Sender:
    """Close `egress` afterwards."""

    egress: Egress
    settings: WebhookSettings
    now: Callable[[], datetime]
    chance: Callable[[], float] = random.random
    """For jitter: from 0 to 1."""

    async def attempt(self, attempt: Attempt) -> Outcome:
        """Never raises for what the receiver does."""
        try:
            answer = await self.post(attempt.webhook, attempt.event)
        except EgressError as error:
            return self._failed(attempt, str(error))
        if 200 <= answer.status < 300:
            return Outcome(attempt=attempt, status=Status.DELIVERED, next_at=self.now(), answer=answer.status)
        return self._failed(attempt, f"answered with status {answer.status}", answer)

    async def post(self, webhook: WebhookRow, event: Event) -> Answer:
        """Sends an event, once. Raises EgressError when there is no answer."""
        try:
            check_address(webhook.url, self.settings)  # what is allowed may have changed since it was added
        except ValueError as error:
            raise EgressError(str(error)) from None
        headers = {name.lower(): value for name, value in webhook.headers.items()}
        if webhook.kind is WebhookKind.SLACK:
            body = slack(event)
        else:
            body = envelope(event)
            headers |= signed_headers(webhook.secrets, event.message_id, body, self.now())
        return await self.egress.send(
            webhook.url,
            body,
            headers,
            timeout_s=self.settings.timeout_s,
            max_answer=MAX_ANSWER,
            allow_private=self.settings.allow_private,
        )

    def _failed(self, attempt: Attempt, error: str, answer: Answer | None = None) -> Outcome:
        now = self.now()
        status = None if answer is None else answer.status
        again = next_attempt(attempt.failed + 1, now, self.chance())
        if again is None or status == GONE:
            return Outcome(
                attempt=attempt,
                status=Status.DEAD,
                next_at=now,
                answer=status,
                error=error,
                disable=status == GONE,
            )
        pause = None if answer is None else retry_after(answer.retry_after, now)
        return Outcome(
            attempt=attempt,
            status=Status.PENDING,
            next_at=again if pause is None else max(again, pause),
            answer=status,
            error=error,
            pause_until=pause,
        )
