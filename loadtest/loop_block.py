"""How long a 4 MB request stops the event loop: the largest gap between two turns of the gateway's loop.

    python -m loadtest.loop_block            prints a line for each kind of request; exits with 1 above the bar

The gateway runs in this process, with a callback every millisecond that looks at the clock; the mock and the client are
processes of their own, so that nobody else holds this interpreter. The figure is what other requests may have to wait.

What is translated is so by libraries that hold the interpreter for a whole call, on whichever thread: for as long as
one text takes. With 4 MB of nothing but escapes, there and back, that is 23 to 27 ms; it is no case here.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from time import perf_counter

import uvloop

from loadtest.rig import Rig
from nemoproxy._core import Pepper
from nemoproxy.config import Config, Credits, Model, Pool, Provider, Secret, Server, Target
from nemoproxy.server.app import Gateway
from nemoproxy.storage import NewKey, Records

BAR_MS = 20.0
SIZE = 4_000_000
ROUNDS = 10
INTERVAL_S = 0.001
PEPPER = bytes(range(32))
TEXTS = {
    "prose": "The quick brown fox jumps over the lazy dog, and the dog does not mind. ",
    "one letter": "a",
    "chinese": "人工智能",
    "escapes": '\\"\n\t',
    "code": 'if name == "x":\n\treturn open(path, "rb")\n',
}
THERE_AND_BACK = {
    "by /v1/messages": ("mock", "/v1/messages"),
    "by Claude": ("claude/mock", "/v1/chat/completions"),
    "by Gemini": ("gemini/mock", "/v1/chat/completions"),
}
"""What is translated: the mock says again what it was told, so the answer is as long."""
CASES = [
    *(f"4 MB of {name}" for name in TEXTS),
    *("10,000 messages", "1 MB answer without usage", "20 MB stream"),
    *(f"4 MB of {name} {way}" for way in THERE_AND_BACK for name in ("prose", "code")),
]


def request(case: str) -> tuple[str, bytes]:
    """The path and the body of a case."""
    model, members, content = "mock", {}, "Hello!"
    path = "/v1/chat/completions"
    for way, (by, to) in THERE_AND_BACK.items():
        if case.endswith(way):
            model, path, members = by, to, {"max_tokens": SIZE}
    if case.startswith("4 MB"):
        text = next(text for name, text in TEXTS.items() if case.startswith(f"4 MB of {name}"))
        content = text * (SIZE // len(text.encode()))
    elif case.startswith("1 MB"):
        model = "mock,size=1000000,usage=missing"
    elif case.startswith("20 MB"):
        model, members = "mock,size=1000,events=20000", {"stream": True}
    messages = [{"role": "user", "content": content}]
    if case == "10,000 messages":
        messages = [{"role": "user", "content": f"{number} " * 50} for number in range(10_000)]
    return path, json.dumps({"model": model, "messages": messages, **members}, ensure_ascii=False).encode()


class Sampler:
    """Notes the largest gap between two turns of the running loop, beyond the one that was asked for."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._last = perf_counter()
        self.largest = 0.0
        self._handle = self._loop.call_later(INTERVAL_S, self._look)

    def _look(self) -> None:
        now = perf_counter()
        self.largest = max(self.largest, now - self._last - INTERVAL_S)
        self._last = now
        self._handle = self._loop.call_later(INTERVAL_S, self._look)

    def stop(self) -> None:
        self._handle.cancel()


async def measure(mock_port: int, folder: Path) -> dict[str, list[float]]:
    """The largest gap of each request, in milliseconds, by case."""
    with Records.open(f"sqlite:///{folder}/records.db", PEPPER) as records:
        key = records.create_key(NewKey(alias="loop", tier="enterprise"))[1]
        mock = f"http://127.0.0.1:{mock_port}"
        config = Config(
            server=Server(port=0),
            providers={
                "mock": Provider(base_url=f"{mock}/v1", pool=Pool(max_idle=10)),
                "claude": Provider(kind="anthropic", base_url=f"{mock}/v1", api_key=Secret("sk-ant-loop")),
                "gemini": Provider(kind="gemini", base_url=f"{mock}/v1beta", api_key=Secret("AIzaLoop")),
            },
            models={
                "claude/*": Model(targets=(Target(provider="claude"),)),
                "gemini/*": Model(targets=(Target(provider="gemini"),)),
                "*": Model(targets=(Target(provider="mock"),)),
            },
            credits=Credits(unpriced="allow", journal=str(folder / "journal")),
        )
        gateway = await Gateway(config, records, Pepper(PEPPER)).start()
        gaps: dict[str, list[float]] = {}
        for case in CASES:
            gaps[case] = [gap async for gap in gaps_of(gateway.port, key, case)][1:]
        await gateway.stop()
    return gaps


async def gaps_of(port: int, key: str, case: str) -> AsyncIterator[float]:
    """The largest gap during each of some requests, in milliseconds. They come from a process of its own."""
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtest.loop_block", "--client", case, "--port", str(port), "--key", key),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert client.stdin
    assert client.stdout
    for _ in range(ROUNDS + 1):
        await client.stdout.readline()
        sampler = Sampler()
        client.stdin.write(b"go\n")
        status = (await client.stdout.readline()).decode().strip()
        if status != "200":
            raise SystemExit(f"loop_block: the request failed with status {status}: {case}")
        sampler.stop()
        yield sampler.largest * 1000
    client.stdin.close()
    await client.wait()


def be_client(port: int, key: str, case: str) -> int:
    """For each line of the standard input, one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    path, body = request(case)
    print("ready", flush=True)
    for _ in sys.stdin:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        print(answer.status, flush=True)
        print("ready", flush=True)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--key", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        return be_client(options.port, options.key, options.client)
    with Rig() as rig, tempfile.TemporaryDirectory() as folder:
        gaps = uvloop.run(measure(rig.mock(None).port, Path(folder)))
    worst = 0.0
    for case, values in gaps.items():
        print(f"{case:34} median {median(values):6.1f} ms   largest {max(values):6.1f} ms   of {len(values)}")
        worst = max(worst, median(values))
    print(f"loop_block_ms={worst:.1f} bar={BAR_MS:g}")
    return 1 if worst > BAR_MS else 0


if __name__ == "__main__":
    sys.exit(main())
