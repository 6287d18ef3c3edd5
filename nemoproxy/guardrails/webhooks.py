"""Guardrails that somebody else is asked for: a POST of the text, and an answer of `allowed` and `redacted_text`."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import orjson

from nemoproxy.config import Guardrail
from nemoproxy.egress import Egress, EgressError
from nemoproxy.types import Principal


class Answer(msgspec.Struct, frozen=True):
    """What a webhook says of a text. Members that are not known are passed over."""

    allowed: bool
    redacted_text: str | None = None


@dataclass(frozen=True, slots=True)
class Webhooks:
    """`ask` raises EgressError when there is no answer that can be used."""

    egress: Egress

    async def ask(self, id: str, hook: Guardrail, text: str, mode: str, request_id: str, who: Principal) -> Answer:
        body = {
            "text": text,
            "mode": mode,
            "request_id": request_id,
            "guardrail_id": id,
            "key_id": who.key_id,
            "team_id": who.team_id,
            "org_id": who.org_id,
        }
        raw = await self.egress.post(
            hook.url or "",
            orjson.dumps(body),
            {name: value.reveal() for name, value in hook.headers.items()},
            timeout_s=hook.timeout_s,
            max_answer=hook.max_answer_bytes,
            allow_private=hook.allow_private,
        )
        try:
            return msgspec.json.decode(raw, type=Answer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise EgressError('answered something else than {"allowed": ..., "redacted_text": ...}') from None
