"""CPU for each event of a Gemini stream that is translated: `python -m loadtest.gemini_speed`."""

from __future__ import annotations

import time

import orjson

from nemoproxy.providers.gemini import Gemini
from nemoproxy.providers.translation import Asked

EVENTS, ROUNDS = 2000, 15


def event(number: int) -> bytes:
    usage = {"promptTokenCount": 120, "candidatesTokenCount": 3 * number, "totalTokenCount": 120 + 3 * number}
    usage["promptTokensDetails"] = [{"modality": "TEXT", "tokenCount": 120}]  # type: ignore[assignment]
    candidate = {"content": {"parts": [{"text": " a few words of"}], "role": "model"}, "index": 0}
    ids = {"modelVersion": "gemini-2.5-flash", "responseId": "kZ4yaJ7LHPK1nvgPyKaZ2AU"}
    return orjson.dumps({"candidates": [candidate], "usageMetadata": usage, **ids})


def main() -> None:
    events = [event(number) for number in range(EVENTS)]
    best = float("inf")
    for _ in range(ROUNDS):
        translator = Gemini().events(Asked("gemini", 0))
        start = time.process_time_ns()
        for data in events:
            translator.feed("", data)
        best = min(best, time.process_time_ns() - start)
    print(f"{best / EVENTS / 1000:.2f} us of CPU for each event")


if __name__ == "__main__":
    main()
