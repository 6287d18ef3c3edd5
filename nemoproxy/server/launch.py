"""`nemoproxy serve`: from a configuration to a process that runs until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack

import msgspec
import uvloop

from nemoproxy._core import Pepper
from nemoproxy.config import Config, ConfigError, Model, Price, Provider, Target
from nemoproxy.money import parse_usd
from nemoproxy.server.app import Gateway
from nemoproxy.storage import NewKey, Records, is_due, read_pepper

log = logging.getLogger("nemoproxy")

MOCK_PRICE = parse_usd("0.15")
"""For a million tokens of a prompt, so that what the mock answers costs something too."""


ELSEWHERE = "say another address with --host and --port"


class StartError(Exception):
    """The gateway cannot start, for a reason that the operator can mend, as the `hint` says."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def serve(config: Config, reread: Callable[[], Config] | None = None) -> None:
    """Run a gateway until SIGINT or SIGTERM. Raises StorageError or StartError.

    At SIGHUP it takes its guardrails from what `reread` returns; unless that raises, and then they stay.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    sys.setswitchinterval(0.0005)  # the loop must not wait 5 ms for a thread that books or parses
    # A request leaves no cycles behind, and the default looks for them all the time. What is booked does, slowly.
    gc.set_threshold(5_000, 20, 100)
    uvloop.run(_serve(config, reread))


async def _serve(config: Config, reread: Callable[[], Config] | None) -> None:
    async with AsyncExitStack() as stack:
        mocked = not config.providers
        if mocked:
            config = await _with_mock(config, stack)
        pepper = read_pepper(config.storage)
        opening = (config.storage.url.reveal(), pepper, config.credits.signup_grant)
        if is_due(opening[0]):
            await asyncio.to_thread(_migrate_apart, *opening)
        records = stack.enter_context(Records.open(*opening[:2], signup_grant=opening[2]))
        try:
            gateway = Gateway(config, records, Pepper(pepper))
        except OSError as error:
            raise StartError(
                f"The journal in {config.credits.journal} cannot be used: {error.strerror or error}.",
                "does a gateway run here already? Each has a directory of its own to write to: credits.journal",
            ) from error
        stack.push_async_callback(gateway.stop)
        try:
            await gateway.start()
        except OSError as error:
            if error.errno is None:
                raise StartError(f"{error}.", ELSEWHERE) from error
            reason = os.strerror(error.errno) if error.errno > 0 else error.strerror
            said = f"Cannot listen on {config.server.host}:{config.server.port}: {reason}."
            raise StartError(said, ELSEWHERE) from error
        # Only now: a key that is made and never shown is lost.
        first_key = _first_key(records)
        await gateway.refresh()
        stopping = _on_signal()
        if reread is not None:
            stack.callback(_on_hangup(gateway, reread).cancel)
        gc.collect()
        gc.freeze()  # what is there now stays: it need not be looked at again and again
        _greet(config, gateway.port, first_key, mocked=mocked)
        await stopping.wait()
        log.info("stopping: no new requests; those under way have %g s", config.server.shutdown_grace_s)


def _migrate_apart(url: str, pepper: bytes, signup_grant: int) -> None:
    """What it takes to migrate is 10 MB that a gateway would never use again: a process of its own takes them away.

    If it fails, the gateway meets the same problem, and says so. Secrets go through the pipe, not the command line.
    """
    words = [url, pepper.hex(), str(signup_grant)]
    command = [sys.executable, "-m", "nemoproxy.storage.migrations"]
    # Nothing in the command is anybody's input.
    subprocess.run(command, input="\n".join(words), text=True, stderr=subprocess.DEVNULL, check=False)  # noqa: S603


async def _with_mock(config: Config, stack: AsyncExitStack) -> Config:
    """Nobody to ask: start the mock provider beside the gateway, and send every model's requests there."""
    from nemoproxy import mock

    server = await mock.start("127.0.0.1", 0)
    stack.push_async_callback(server.close)
    provider = Provider(base_url=f"http://127.0.0.1:{server.port}/v1")
    models = {"*": Model(targets=(Target(provider="mock"),))}
    prices = {"mock/*": (Price(input=MOCK_PRICE, output=4 * MOCK_PRICE),)}
    return msgspec.structs.replace(config, providers={"mock": provider}, models=models, prices=prices)


def _first_key(records: Records) -> str | None:
    """The first key of a new gateway. It cannot be shown again."""
    if records.list_keys(revoked=True):
        return None
    return records.create_key(NewKey(alias="first"))[1]


def _on_signal() -> asyncio.Event:
    """Set by the first signal to stop. The second one stops at once, as if nobody listened for it."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def stop() -> None:
        stopping.set()
        for number in signals:
            loop.remove_signal_handler(number)

    for number in signals:
        loop.add_signal_handler(number, stop)
    return stopping


def _on_hangup(gateway: Gateway, reread: Callable[[], Config]) -> asyncio.Task[None]:
    """At each SIGHUP, the guardrails as they are configured by then."""
    hangup = asyncio.Event()

    async def follow() -> None:
        while True:
            await hangup.wait()
            hangup.clear()
            try:
                await gateway.guard((await asyncio.to_thread(reread)).guardrails)
            except (ConfigError, ValueError) as error:
                log.error("the guardrails stay as they were: %s", error)
            else:
                log.info("the guardrails were read again")

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup.set)
    return asyncio.create_task(follow())


def _greet(config: Config, port: int, key: str | None, *, mocked: bool) -> None:
    host = config.server.host
    base = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}/v1"
    lines = [f"NemoProxy listens on {base}"]
    if mocked:
        lines.append(
            "No provider is configured, so a MOCK provider answers every request with made-up text. Set OPENAI_API_KEY,"
            " or name providers in nemoproxy.yaml, to reach a real one."
        )
    else:
        lines.append(f"Providers: {', '.join(config.providers)}")
    if key is None:
        lines.append("Make a key with: nemoproxy keys create --alias NAME")
    else:
        model = "mock" if mocked else next((name for name in config.models if not name.endswith("*")), "gpt-4o-mini")
        lines += [
            "",
            "Your first key, shown this once:",
            "",
            f"    {key}",
            "",
            _TRY.format(base=base, key=key, model=model),
        ]
    print("\n".join(lines), flush=True)  # noqa: T201 - what a person who starts it wants to read


_TRY = """\
Try it:

    curl -N {base}/chat/completions -H 'Authorization: Bearer {key}' \\
      -H 'Content-Type: application/json' \\
      -d '{{"model": "{model}", "stream": true, "messages": [{{"role": "user", "content": "Hello!"}}]}}'

or, after `pip install openai`, in Python:

    from openai import OpenAI
    client = OpenAI(base_url="{base}", api_key="{key}")
    for chunk in client.chat.completions.create(
        model="{model}", messages=[{{"role": "user", "content": "Hello!"}}], stream=True
    ):
        print(chunk.choices[0].delta.content or "", end="", flush=True)
"""
