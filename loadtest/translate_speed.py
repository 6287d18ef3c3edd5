"""What translating a stream costs, in microseconds of CPU for each event: `python -m loadtest.translate_speed`.

Beside it the pass-through: one call of the core for each read of one event, which a translated stream needs as well.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import process_time_ns

import orjson

from nemoproxy._core import Reply
from nemoproxy.providers.anthropic import AnthropicDialect
from nemoproxy.providers.gemini import Gemini
from nemoproxy.providers.messages import MessageEvents
from nemoproxy.providers.translation import Asked

EVENTS = 2000
ROUNDS = 15
DELTAS = {
    "text": {"type": "text_delta", "text": " the quick brown fox"},
    "thinking": {"type": "thinking_delta", "thinking": " the quick brown fox"},
    "tool": {"type": "input_json_delta", "partial_json": '{"location": "San'},
}
BLOCKS = {
    "text": {"type": "text", "text": ""},
    "thinking": {"type": "thinking", "thinking": "", "signature": ""},
    "tool": {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}},
}


def gemini_event(number: int) -> bytes:
    usage: dict[str, object] = {"promptTokenCount": 120, "candidatesTokenCount": 3 * number}
    usage |= {"totalTokenCount": 120 + 3 * number, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 120}]}
    candidate = {"content": {"parts": [{"text": " a few words of"}], "role": "model"}, "index": 0}
    ids = {"modelVersion": "gemini-2.5-flash", "responseId": "kZ4yaJ7LHPK1nvgPyKaZ2AU"}
    return orjson.dumps({"candidates": [candidate], "usageMetadata": usage, **ids})


GEMINI_STREAM = [gemini_event(number) for number in range(EVENTS)]


def claude_stream(kind: str) -> list[tuple[str, bytes]]:
    message = {
        "id": "msg_1",
        "model": "claude-opus-4-6",
        "content": [],
        "usage": {"input_tokens": 9, "output_tokens": 1},
    }
    events: list[dict[str, object]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": BLOCKS[kind]},
        *[{"type": "content_block_delta", "index": 0, "delta": DELTAS[kind]} for _ in range(EVENTS)],
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": EVENTS}},
        {"type": "message_stop"},
    ]
    return [(str(event["type"]), orjson.dumps(event)) for event in events]


def openai_chunks(kind: str) -> list[bytes]:
    translator = AnthropicDialect().events(Asked("m", 1, include_usage=True))
    return [chunk for name, data in claude_stream(kind) for chunk in translator.feed(name, data)]


def from_claude(kind: str) -> Callable[[], object]:
    stream, dialect = claude_stream(kind), AnthropicDialect()

    def run() -> None:
        feed = dialect.events(Asked("m", 1, include_usage=True)).feed
        for name, data in stream:
            feed(name, data)

    return run


def to_messages(kind: str) -> Callable[[], object]:
    chunks = openai_chunks(kind)

    def run() -> None:
        feed = MessageEvents("m", 1).feed
        for chunk in chunks:
            feed(chunk)

    return run


def passed_through(kind: str) -> Callable[[], object]:
    reads = [b"data: %b\n\n" % chunk for chunk in openai_chunks(kind)]
    framed = [b"%x\r\n%b\r\n" % (len(read), read) for read in reads]
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"

    def run() -> None:
        reply = Reply()
        reply.feed(head)
        reply.start_relay(True, False, True, "o200k_base", None)
        for read in framed:
            reply.relay(read)

    return run


def cost(run: Callable[[], object]) -> float:
    """Microseconds for each event, the median of some rounds."""
    run()
    took = []
    for _ in range(ROUNDS):
        before = process_time_ns()
        run()
        took.append((process_time_ns() - before) / 1000 / EVENTS)
    return statistics.median(took)


def from_gemini() -> None:
    feed = Gemini().events(Asked("gemini", 1)).feed
    for data in GEMINI_STREAM:
        feed("", data)


def main() -> None:
    print(f"{'':10}{'Claude -> OpenAI':>18}{'OpenAI -> Messages':>20}{'pass-through':>14}   us of CPU an event")
    for kind in DELTAS:
        figures = [cost(make(kind)) for make in (from_claude, to_messages, passed_through)]
        print(f"{kind:10}{figures[0]:>18.2f}{figures[1]:>20.2f}{figures[2]:>14.2f}")
    print(f"Gemini -> OpenAI, text: {cost(from_gemini):.2f}")


if __name__ == "__main__":
    main()
