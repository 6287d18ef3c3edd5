"""Calls every method of the published `nemoroutersdk`, in an environment that has it, and prints what came of each.

python -I published.py URL KEY sync|async
"""

from __future__ import annotations

import asyncio
import inspect
import io
import json
import sys
import wave
from collections.abc import Callable
from typing import Any

HELLO = [{"role": "user", "content": "Hello!"}]


def sound() -> tuple[str, bytes]:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(1600))
    return "sound.wav", data.getvalue()


def listed(rows: Any, *names: str) -> str:
    """What the first row is called by."""
    if not rows["data"]:
        raise LookupError("nothing is listed")
    return str(next(rows["data"][0][name] for name in names if name in rows["data"][0]))


def a_version(client: Any) -> str:
    versions = client.prompts.get(listed(client.prompts.list(), "id", "prompt_id"))["versions"]
    return str(next(versions[0][name] for name in ("id", "version_id") if name in versions[0]))


METHODS: dict[str, Callable[[Any], Any]] = {
    "chat.completions.create": lambda c: c.chat.completions.create(model="mock", messages=HELLO),
    "chat.completions.create, streamed": lambda c: c.chat.completions.create(model="mock", messages=HELLO, stream=True),
    "chat.completions.create, nemo_cache": lambda c: c.chat.completions.create(
        model="mock", messages=HELLO, extra_body={"nemo_cache": False}
    ),
    "completions.create": lambda c: c.completions.create(model="mock", prompt="Hello!"),
    "embeddings.create": lambda c: c.embeddings.create(model="mock", input=["one", "two"]),
    "images.generate": lambda c: c.images.generate(model="mock", prompt="A fox"),
    "images.edit": lambda c: c.images.edit(model="mock", image=("a.png", b"\x89PNG\r\n\x1a\n"), prompt="A fox"),
    "audio.speech.create": lambda c: c.audio.speech.create(model="mock", voice="alloy", input="Hello!"),
    "audio.transcriptions.create": lambda c: c.audio.transcriptions.create(model="mock", file=sound()),
    "moderations.create": lambda c: c.moderations.create(model="mock", input="Hello!"),
    "models.list": lambda c: c.models.list(),
    "models.retrieve": lambda c: c.models.retrieve("alias"),
    "nemo.chat": lambda c: c.nemo.chat(HELLO, model="mock"),
    "nemo.chat, streamed": lambda c: c.nemo.chat(HELLO, model="mock", stream=True),
    "credits.balance": lambda c: c.credits.balance(),
    "credits.history": lambda c: c.credits.history(limit=5, offset=1),
    "guardrails.list": lambda c: c.guardrails.list(),
    "guardrails.get": lambda c: c.guardrails.get(listed(c.guardrails.list(), "id", "guardrail_id", "guardrail_name")),
    "guardrails.logs": lambda c: c.guardrails.logs(limit=5),
    "prompts.list": lambda c: c.prompts.list(),
    "prompts.get": lambda c: c.prompts.get(listed(c.prompts.list(), "id", "prompt_id")),
    "prompts.versions": lambda c: c.prompts.versions(listed(c.prompts.list(), "id", "prompt_id")),
    "prompts.diff": lambda c: c.prompts.diff(a_version(c), a_version(c)),
    "nemo_models.list": lambda c: c.nemo_models.list(),
    "nemo_models.pricing": lambda c: c.nemo_models.pricing(),
}
"""By name: what a caller of 0.1.0 writes."""


async def call(client: Any, method: Callable[[Any], Any]) -> dict[str, Any]:
    client.last_response = None
    try:
        result = method(client)
        result = await result if inspect.isawaitable(result) else result
        chunks = [chunk async for chunk in result] if hasattr(result, "__anext__") else []
        chunks = list(result) if hasattr(result, "__next__") else chunks
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        response = getattr(error, "response", None)
        return {"error": repr(error), "body": getattr(response, "text", "")}
    meta = client.last_response
    answer = {"type": type(result).__name__, "chunks": len(chunks), "meta": meta and vars(meta)}
    return answer | ({"keys": sorted(result)} if isinstance(result, dict) else {})


async def main(url: str, key: str, kind: str) -> None:
    import nemoroutersdk

    client: Any = {"sync": nemoroutersdk.NemoRouter, "async": nemoroutersdk.AsyncNemoRouter}[kind](
        api_key=key,
        base_url=url,
        max_retries=0,  # type: ignore[arg-type]
    )
    outcomes = {name: await call(client, method) for name, method in METHODS.items()}
    print(json.dumps({"version": nemoroutersdk.__version__, "outcomes": outcomes}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
