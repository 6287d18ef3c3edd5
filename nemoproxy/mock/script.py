"""From an answer and a plan to a `Script`: the bytes to write, when, and how the connection ends. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from http import HTTPStatus
from urllib.parse import unquote

import orjson

from nemoproxy.mock import answers, anthropic, gemini, media
from nemoproxy.mock.answers import Json, Refused, Reply
from nemoproxy.mock.options import BadOption, Fault, Plan, parse

JSON = "application/json"
NEXT_TURN = -1.0
SLOW_HEAD = 0.01
# A script of at most this many bytes is kept as a list and reused for equal requests.
KEPT_STEPS, KEPT_BYTES = 2048, 1 << 20

BODIES = {
    "html": ("text/html; charset=utf-8", b"<html><body><h1>502 Bad Gateway</h1></body></html>\n"),
    "text": ("text/plain; charset=utf-8", b"upstream says no\n"),
    "empty": (JSON, b""),
    "other": (JSON, b'{"detail":[{"msg":"another shape"}]}'),
}

Step = tuple[float, bytes]


class Ending(Enum):
    """What happens to the connection after the last step."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"
    STALL = "stall"


@dataclass(frozen=True, slots=True)
class Script:
    """`steps` yields (seconds to wait after the step before, or `NEXT_TURN`; bytes).

    `complete`: nothing is missing at the end. `instant`: the whole script as one write, if it is that simple.
    """

    steps: Callable[[], Iterator[Step]]
    ending: Ending
    complete: bool = True
    instant: bytes | None = None

    def kept(self) -> Script | None:
        """The same script as constants, for reuse; nothing if it is long."""
        steps: list[Step] = []
        room = KEPT_BYTES
        for step in self.steps():
            steps.append(step)
            room -= len(step[1])
            if room < 0 or len(steps) > KEPT_STEPS:
                return None
        at_once = self.ending is Ending.KEEP and all(delay == 0 for delay, _ in steps)
        instant = b"".join(data for _, data in steps) if at_once else None
        return replace(self, steps=lambda: iter(steps), instant=instant)


Stream = Reply | gemini.Reply | anthropic.Reply
Answer = tuple[str, bytes] | Stream | media.Events


def write(method: str, path: str, plan: Plan, request: Json | None) -> Script:
    """The script for a request. `request` is the parsed body, if it has one that is a JSON object."""
    try:
        if gemini.model_of(path) is not None:
            return _deliver(_gemini(path, request, plan), plan)
        if anthropic.is_native(path):
            return _deliver(_anthropic(path, request, plan), plan)
        return _deliver(_answer(method, path, request, plan), plan)
    except Refused as refusal:
        return refuse(refusal)


def _gemini(path: str, request: Json | None, plan: Plan) -> Answer:
    if plan.status != 200:
        message = f"The mock was asked for status {plan.status}."
        return BODIES.get(plan.body) or (
            JSON,
            gemini.error(plan.status, message, dict(plan.headers).get("retry-after")),
        )
    try:
        found = gemini.answer(path, request, plan)
    except Refused as refusal:
        raise Refused(refusal.status, str(refusal), body=gemini.error(refusal.status, str(refusal))) from None
    return (JSON, found) if isinstance(found, bytes) else found


def _anthropic(path: str, request: Json | None, plan: Plan) -> Answer:
    if plan.status != 200 or plan.body != "openai":
        message = f"The mock was asked for status {plan.status}."
        return BODIES.get(plan.body) or (JSON, anthropic.error(plan.status, message))
    try:
        found = anthropic.answer(path, request, plan)
    except Refused as refusal:
        raise Refused(refusal.status, str(refusal), body=anthropic.error(refusal.status, str(refusal))) from None
    return (JSON, found) if isinstance(found, bytes) else found


def refuse(refusal: Refused) -> Script:
    body = refusal.body or answers.error(refusal.status, str(refusal), refusal.param)
    return _deliver((JSON, body), Plan(status=refusal.status))


def plain(body: bytes) -> Script:
    """A good answer with this JSON."""
    return _deliver((JSON, body), Plan())


def model_of(path: str, request: Json | None) -> str | None:
    """The model a request names: in its body, or as Google has it, in its path."""
    return gemini.model_of(path) or (request.get("model") if request else None)


def plan_of(path: str, request: Json | None, headers: tuple[tuple[str, str], ...]) -> Plan:
    """The plan for a request; a bad option becomes `Refused`."""
    name = model_of(path, request)
    try:
        return parse(name if isinstance(name, str) else "", headers)
    except BadOption as bad:
        raise Refused(400, str(bad), "model") from None


def parse_body(body: bytes) -> Json | None:
    """A JSON object, or a form as one; None if it is neither."""
    if body.startswith(b"--"):
        return media.parse_form(body)
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _answer(method: str, path: str, request: Json | None, plan: Plan) -> Answer:
    route = path.partition("?")[0].removeprefix("/v1")
    if plan.status != 200 or plan.body != "openai":
        message = f"The mock was asked for status {plan.status}."
        return BODIES.get(plan.body) or (JSON, answers.error(plan.status, message))
    if method == "POST" and route in ("/chat/completions", "/completions", "/embeddings"):
        return _generate(route, request, plan)
    if method == "POST" and route in media.ROUTES:
        return _media(route, request, plan)
    if method == "GET" and route == "/health":
        return JSON, b'{"status":"ok"}'
    if method == "GET" and route == "/models":
        return JSON, answers.models()
    if method == "GET" and route.startswith("/models/"):
        return JSON, orjson.dumps(answers.model(unquote(route.removeprefix("/models/"))))
    raise Refused(404, f"Invalid URL ({method} {path})")


def _generate(route: str, request: Json | None, plan: Plan) -> Answer:
    if request is None:
        raise Refused(400, "We could not parse the JSON body of your request.")
    if not isinstance(request.get("model"), str) or not request["model"]:
        raise Refused(400, "you must provide a model parameter", "model")
    answers.model(request["model"])
    if route == "/embeddings":
        return JSON, answers.embeddings(request)
    reply = answers.compose(request, plan, chat=route == "/chat/completions")
    streamed = request.get("stream") is True and "json-for-stream" not in plan.flags
    return reply if streamed else (JSON, reply.body())


def _media(route: str, request: Json | None, plan: Plan) -> Answer:
    if request is None:
        raise Refused(400, "We could not parse the body of your request.")
    if route != "/moderations" and not isinstance(request.get("model"), str):
        raise Refused(400, "you must provide a model parameter", "model")
    answers.model(str(request.get("model", "")))
    return media.answer(route, request, plan)


def _deliver(answer: Answer, plan: Plan) -> Script:
    fault = plan.fault
    if fault.kind == "garbage":
        return _script(plan, b"\x16\x03\x01 this is not HTTP\r\n\r\n", Ending.CLOSE)
    if fault.kind in ("reset", "stall") and fault.at is None:
        return _script(plan, b"", Ending[fault.kind.upper()])
    sounds = isinstance(answer, tuple) and answer[0].startswith("audio/")
    streamed = sounds or not isinstance(answer, tuple)

    def pieces() -> Iterator[bytes]:
        if isinstance(answer, tuple):
            whole = _sound(answer[1]) if sounds else iter([answer[1]] if answer[1] else [])
        else:
            whole = answer.lines() if isinstance(answer, media.Events) else _events(answer, plan)
        return _gzipped(whole) if "gzip" in plan.flags else whole

    chunked, framing = _framing(pieces, plan, streamed=streamed)
    head = _head(answer[0] if isinstance(answer, tuple) else "text/event-stream; charset=utf-8", framing, plan)
    broken = fault.kind in ("cut", "reset", "stall", "badchunk")
    end = b"0\r\n\r\n" if chunked and not broken else b""
    if fault.kind == "badchunk":
        end = b"zz\r\nnot a chunk\r\n"

    def body() -> Iterator[bytes]:
        payload = _upto(pieces(), fault, streamed=streamed) if broken else pieces()
        return (b"%x\r\n%b\r\n" % (len(piece), piece) for piece in payload if piece) if chunked else payload

    return _script(plan, head, _ending(plan), body, end)


def _sound(sound: bytes) -> Iterator[bytes]:
    """It comes in eight pieces."""
    size = -(-len(sound) // 8)
    return (sound[start : start + size] for start in range(0, len(sound), size))


def _ending(plan: Plan) -> Ending:
    if plan.fault.kind in ("reset", "stall"):
        return Ending[plan.fault.kind.upper()]
    if plan.fault.kind in ("cut", "badchunk", "badlength") or "close" in plan.flags:
        return Ending.CLOSE
    return Ending.KEEP


def _framing(pieces: Callable[[], Iterator[bytes]], plan: Plan, *, streamed: bool) -> tuple[bool, str]:
    """Whether the body is chunked, and the header that says how long it is."""
    if plan.fault.kind == "badlength":
        lie = 10 if plan.fault.at is None else plan.fault.at
        return False, f"content-length: {sum(map(len, pieces())) + lie}\r\n"
    if "close" in plan.flags:
        return False, "connection: close\r\n"
    if streamed or plan.fault.kind == "badchunk":
        return True, "transfer-encoding: chunked\r\n"
    if plan.status in (204, 304):
        return False, ""
    return False, f"content-length: {sum(map(len, pieces()))}\r\n"


def _head(kind: str, framing: str, plan: Plan) -> bytes:
    phrase = HTTPStatus(plan.status).phrase if plan.status in HTTPStatus._value2member_map_ else "Unknown"
    lines = [f"HTTP/1.1 {plan.status} {phrase}", f"content-type: {kind}"]
    if kind.startswith("text/event-stream"):
        lines.append("cache-control: no-cache")
    if "gzip" in plan.flags:
        lines.append("content-encoding: gzip")
    if plan.bighead:
        lines.append("x-big: " + "b" * plan.bighead)
    lines += ["x-request-id: req_mock", *(f"{name}: {value}" for name, value in plan.headers)]
    early = "HTTP/1.1 103 Early Hints\r\nlink: </mock>\r\n\r\n" if "early" in plan.flags else ""
    return (early + "\r\n".join(lines) + "\r\n" + framing + "\r\n").encode("latin-1", "replace")


def _events(reply: Stream, plan: Plan) -> Iterator[bytes]:
    """The reply as server-sent events, with the faults that events can have."""
    end = b"\r\n" if "crlf" in plan.flags else b"\n"
    before = b": keep-alive" + end + end if "comment" in plan.flags else b""
    field = b"data:" if "nospace" in plan.flags else b"data: "
    fault = plan.fault

    def framed(data: bytes) -> bytes:
        name = b"event: %b%b" % (orjson.loads(data)["type"].encode(), end) if reply.named else b""
        return before + name + field + data + end + end

    for number, event in enumerate(reply.events()):
        if number == fault.at and fault.kind == "errorevent":
            yield framed(reply.failure("The mock failed in the middle of its answer."))
            return
        if number == fault.at and fault.kind == "nodone":
            return
        if number == fault.at and fault.kind == "badjson":
            yield before + field + b'{"id": "chatcmpl-' + end + end
        if number == 1 and fault.kind == "bigline":
            size = (1 << 20) if fault.at is None else fault.at
            event = b'{"padding":"' + b"x" * (size - len(event) - 13) + b'",' + event[1:]
        yield framed(event)
    if reply.end and fault.kind != "nodone":
        yield framed(reply.end)


def _upto(pieces: Iterator[bytes], fault: Fault, *, streamed: bool) -> Iterator[bytes]:
    """The first `fault.at` pieces, or bytes."""
    left = fault.at or 0
    for piece in pieces:
        if left <= 0:
            return
        yield piece if streamed and not fault.in_bytes else piece[:left]
        left -= 1 if streamed and not fault.in_bytes else len(piece)


def _gzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    squeeze = zlib.compressobj(wbits=31)
    for piece in pieces:
        yield squeeze.compress(piece) + squeeze.flush(zlib.Z_SYNC_FLUSH)
    yield squeeze.flush()


def _script(
    plan: Plan,
    head: bytes,
    ending: Ending,
    body: Callable[[], Iterator[bytes]] = lambda: iter(()),
    end: bytes = b"",
) -> Script:
    complete = ending is Ending.KEEP or ("close" in plan.flags and not plan.fault.kind)
    return Script(lambda: _timed(head, body(), end, plan), ending, complete)


def _timed(head: bytes, body: Iterator[bytes], end: bytes, plan: Plan) -> Iterator[Step]:
    """When each write goes: head and first event after `latency`, each event `spacing` later, `end` with the last."""
    delay = plan.latency
    if "slowhead" in plan.flags:
        for number in range(len(head)):
            yield delay, head[number : number + 1]
            delay = plan.spacing or SLOW_HEAD
        head = b""
    held = head + next(body, b"")
    for piece in body:
        yield from _split(delay, held, plan.split)
        held, delay = piece, plan.spacing
    yield from _split(delay, held + end, plan.split)


def _split(delay: float, data: bytes, size: int) -> Iterator[Step]:
    if not size:
        yield delay, data
        return
    for start in range(0, len(data), size):
        yield delay if start == 0 and delay else NEXT_TURN, data[start : start + size]
