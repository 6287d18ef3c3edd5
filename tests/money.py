"""Settled requests for tests."""

from __future__ import annotations

import time
from typing import Any

from nemoproxy.types import Settled

PEPPER = b"a pepper of thirty-two characters"


def settled(number: int = 0, *, org_id: str = "org_test", **fields: Any) -> Settled:
    now = time.time_ns() // 1000
    values: dict[str, Any] = {
        "request_id": f"nemo-{number:024x}",
        "org_id": org_id,
        "team_id": "team_test",
        "key_id": "key_test",
        "endpoint": "chat",
        "model": "fast",
        "provider": "mock",
        "target_model": "mock",
        "streamed": False,
        "status": 200,
        "prompt_tokens": 10,
        "cached_tokens": 0,
        "cache_write_tokens": 0,
        "output_tokens": 5,
        "reasoning_tokens": 0,
        "audio_input_tokens": 0,
        "audio_output_tokens": 0,
        "held": 100,
        "cost": 60,
        "shortfall": 0,
        "estimated": False,
        "ending": "complete",
        "latency_us": 1000,
        "first_byte_us": None,
        "started_at": now,
        "settled_at": now,
    }
    return Settled(**(values | fields))
