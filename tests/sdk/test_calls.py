"""The clients against the running gateway: calls, and what is known of each."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import openai
import pydantic
import pytest

from nemoroutersdk import AsyncNemoRouter, NemoError, NemoRouter, NemoRouterUnsupportedError, meta_of
from nemoroutersdk._unsupported import UNSUPPORTED
from tests.sdk.driving import HELLO, items, now, run
from tests.site import PRICE, Site

ROOT = Path(__file__).parent.parent.parent
# As the reference page has it, line for line.
QUICKSTART = """
# Cache: enabled (org default). Pass nemo_cache: false to skip.
from nemoroutersdk import NemoRouter, NemoGuardrailBlockedError

client = NemoRouter() # reads NEMOROUTER_API_KEY from env

try:
    response = client.chat.completions.create(
        model="gemini-2.5-flash",
        temperature=1,
        max_tokens=1024,
        top_p=1,
        messages=[
            {"role": "user", "content": "Hello! What models do you support?"},
        ],
        # nemo_cache=False, # Uncomment to skip cache
    )
    print(response.choices[0].message.content)

    # Auto-captured metadata
    meta = client.last_response
    if meta:
        print(f"Cost: ${meta.cost}")
        print(f"Guardrails: {meta.guardrails_applied}")

except NemoGuardrailBlockedError as e:
    print(f"Blocked by guardrail: {e}")
"""


@pytest.mark.parametrize("comment", ["# nemo_cache", "nemo_cache"], ids=["verbatim", "uncommented"])
def test_quickstart_of_the_reference_page(site: Site, comment: str) -> None:
    script = QUICKSTART.replace("# nemo_cache=", f"{comment}=")
    environ = {"NEMOROUTER_API_KEY": site.key, "NEMOROUTER_BASE_URL": site.url, "PYTHONPATH": _path()}
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said, cost, guardrails = done.stdout.splitlines()
    assert said == "You said: Hello! What models do you support?"
    assert float(cost.removeprefix("Cost: $")) > 0
    assert guardrails == "Guardrails: []"


def test_the_page_runs_as_it_stands(site: Site) -> None:
    page = (ROOT / "docs" / "sdk.md").read_text()
    script = "\n".join(re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL))
    environ = {"NEMOROUTER_API_KEY": site.key, "NEMOROUTER_BASE_URL": site.url, "PYTHONPATH": _path()}
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("You said: Hello! ")
    assert "'client.responses' is not supported by NemoRouter. Use client.chat.completions.create()." in done.stdout


def test_it_knows_nothing_of_the_gateway() -> None:
    for path in (ROOT / "nemoroutersdk").glob("*.py"):
        assert not re.search(r"^\s*(from|import) nemoproxy", path.read_text(), re.MULTILINE), path


def _path() -> str:
    return ":".join([str(ROOT), *(entry for entry in sys.path if entry)])


def test_plain_streamed_and_parsed(kind: type[Any], site: Site) -> None:
    class City(pydantic.BaseModel):
        name: str

    async def body(client: Any) -> None:
        plain = await now(client.chat.completions.create(model="mock", messages=HELLO, nemo_cache=False))
        stream = await now(client.chat.completions.create(model="mock", messages=HELLO, stream=True, nemo_cache=False))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in await items(stream))
        assert text == plain.choices[0].message.content == "You said: Hello!"
        said = [{"role": "user", "content": '{"name": "Oslo"}'}]
        manager = client.chat.completions.stream(model="mock", messages=said, nemo_cache=False)
        if kind is NemoRouter:
            with manager as helper:
                events = list(helper)
                final = helper.get_final_completion()
        else:
            async with manager as helper:
                events = [event async for event in helper]
                final = await helper.get_final_completion()
        assert events[-1].type == "content.done"
        assert final.choices[0].message.content == 'You said: {"name": "Oslo"}'
        assert meta_of(helper) == client.last_response
        parsed = await now(
            client.chat.completions.parse(
                model="mock-json", messages=HELLO, response_format=City, nemo_prompt_version=None
            )
        )
        assert isinstance(parsed.choices[0].message.parsed, City)
        assert meta_of(parsed) == client.last_response

    run(kind, body, site.url, site.key)


def test_what_is_known_of_a_call(kind: type[Any], site: Site) -> None:
    async def body(client: Any) -> None:
        assert client.last_response is None
        answer = await now(client.chat.completions.create(model="mock", messages=HELLO))
        meta = client.last_response
        assert meta is meta_of(answer)
        expected = Decimal(answer.usage.prompt_tokens * PRICE.input + answer.usage.completion_tokens * PRICE.output)
        assert meta.cost_usd == expected / 10**16
        assert meta.cost == float(meta.cost_usd)
        assert meta.request_id == answer._request_id
        assert meta.latency_ms > 0
        assert "nemo" not in json.dumps(answer.model_dump())
        assert "_nemo" not in repr(answer)
        vectors = await now(client.embeddings.create(model="mock", input="one", nemo_cache=False))
        text = await now(client.completions.create(model="mock", prompt="one", nemo_cache=False))
        models = await now(client.models.list())
        ids = {meta_of(one).request_id for one in (answer, vectors, text, models)}
        assert len(ids) == 4
        assert client.last_response is meta_of(models)

    run(kind, body, site.url, site.key)


def test_what_a_stream_costs_is_known_at_its_end(kind: type[Any], site: Site) -> None:
    async def body(client: Any) -> None:
        with client.capture() as calls:
            stream = await now(
                client.chat.completions.create(
                    model="mock", messages=HELLO, stream=True, stream_options={"include_usage": True}
                )
            )
            begun = meta_of(stream)
            assert begun is client.last_response
            assert begun.cost is None
            *_, last = await items(stream)
        ended = meta_of(stream)
        assert ended.request_id == begun.request_id
        assert ended.cost == last.usage.cost > 0
        assert client.last_response is ended
        assert list(calls) == [ended]
        assert calls.cost == ended.cost_usd

    run(kind, body, site.url, site.key)


def test_raw_responses_take_the_arguments_too(kind: type[Any], site: Site) -> None:
    async def body(client: Any) -> None:
        raw = await now(
            client.chat.completions.with_raw_response.create(model="mock", messages=HELLO, nemo_cache=False)
        )
        assert meta_of(raw).request_id == raw.headers["x-nemo-request-id"]
        assert (await now(raw.parse())).choices
        streamed = client.embeddings.with_streaming_response.create(model="mock", input="x", nemo_cache=False)
        if kind is NemoRouter:
            with streamed as response:
                assert meta_of(response) == client.last_response
        else:
            async with streamed as response:
                assert meta_of(response) == client.last_response

    run(kind, body, site.url, site.key)


def test_nemo_chat(kind: type[Any], site: Site) -> None:
    async def body(client: Any) -> None:
        answer = await now(client.nemo.chat(HELLO, "mock", temperature=0.5, nemo_cache=False))
        assert answer.choices[0].message.content == "You said: Hello!"
        stream = await now(client.nemo.chat(HELLO, "mock", stream=True))
        assert await items(stream)

    run(kind, body, site.url, site.key)


def test_copies_keep_key_gateway_and_memory(kind: type[Any], site: Site) -> None:
    async def body(client: Any) -> None:
        copy = client.with_options(timeout=7).copy(max_retries=0)
        assert type(copy) is kind
        assert (copy.timeout, copy.max_retries) == (7, 0)
        answer = await now(copy.chat.completions.create(model="mock", messages=HELLO, nemo_cache=False))
        assert client.last_response is copy.last_response is meta_of(answer)
        assert (await now(copy.credits.balance())).keys() >= {"balance", "reserved", "available"}

    run(kind, body, site.url, site.key)


def test_retries_wait_as_told_and_succeed(kind: type[Any], site: Site) -> None:
    _, key = site.make_key(tps=1)

    async def body(client: Any) -> None:
        for _ in range(3):
            assert await now(client.chat.completions.create(model="mock", messages=HELLO))
        with client.capture() as calls:
            await now(client.credits.balance())
        assert len(calls) == 1

    run(kind, body, site.url, key, max_retries=2)


def test_tasks_and_threads_see_their_own_calls(site: Site) -> None:
    async def one(client: AsyncNemoRouter, number: int) -> None:
        for _ in range(3):
            answer = await client.embeddings.create(model="mock,latency=2ms", input=f"number {number}")
            await asyncio.sleep(0)
            assert client.last_response is meta_of(answer)

    async def both() -> None:
        async with AsyncNemoRouter(site.key, site.url) as client:
            with client.capture() as calls:
                await asyncio.gather(*(one(client, number) for number in range(20)))
            assert client.last_response is None, "what tasks were answered is theirs"
            assert len({meta.request_id for meta in calls}) == 60
            assert calls.cost == sum(meta.cost_usd or 0 for meta in calls)
            with client.capture() as none:
                pass
            assert not none
            assert none.last is None

    asyncio.run(both())
    with NemoRouter(site.key, site.url) as client:
        wrong: list[object] = []

        def work(number: int) -> None:
            answer = client.embeddings.create(model="mock", input=f"number {number}")
            if client.last_response is not meta_of(answer):
                wrong.append(answer)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong
        assert client.last_response is None


def test_two_clients_do_not_mix(site: Site) -> None:
    with NemoRouter(site.key, site.url) as one, NemoRouter(site.key, site.url) as other:
        first = one.models.list()
        second = other.models.list()
        assert one.last_response is meta_of(first)
        assert other.last_response is meta_of(second)


def test_key_and_gateway_come_from_their_variables_only(
    kind: type[Any], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NEMOROUTER_API_KEY", "NEMOROUTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-a-provider")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.openai.example/v1")
    with pytest.raises(NemoError, match="NEMOROUTER_API_KEY"):
        kind()
    monkeypatch.setenv("NEMOROUTER_API_KEY", "")
    with pytest.raises(openai.OpenAIError, match="NEMOROUTER_API_KEY"):
        kind()
    monkeypatch.setenv("NEMOROUTER_API_KEY", site.key)
    assert str(kind().base_url) == "http://127.0.0.1:8080/v1/"
    monkeypatch.setenv("NEMOROUTER_BASE_URL", site.url)
    client = kind()
    assert str(client.base_url) == f"{site.url}/"
    assert client.api_key == site.key
    assert str(kind("sk-nemo-given", "http://given/prefix/v1").base_url) == "http://given/prefix/v1/"
    assert kind("k", "http://given/prefix/v1").nemo_url("/api/x") == "http://given/prefix/api/x"


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_is_not_offered_says_what_is(kind: type[Any], name: str) -> None:
    client = kind("sk-nemo-any")
    with pytest.raises(NemoRouterUnsupportedError, match=rf"client\.{name}.* not supported .* Use|webhooks") as caught:
        getattr(client, name)
    assert isinstance(caught.value, NotImplementedError)
    assert isinstance(caught.value, NemoError)
    assert getattr(kind, name) is not None, "asking the class is harmless"


def test_every_resource_is_offered_or_refused() -> None:
    offered = {"audio", "chat", "completions", "embeddings", "images", "models", "moderations"}
    views = {"with_raw_response", "with_streaming_response", "qs", "auth_headers", "default_headers"}
    properties = {name for name, value in vars(openai.OpenAI).items() if type(value).__name__ == "cached_property"}
    assert properties - views - offered <= UNSUPPORTED.keys()
    assert offered <= properties


def test_without_openai_the_import_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "openai.py").write_text("raise ModuleNotFoundError('no openai', name='openai')")
    environ = {"PYTHONPATH": f"{tmp_path}:{_path()}"}
    done = subprocess.run([sys.executable, "-c", "import nemoroutersdk"], env=environ, capture_output=True, text=True)
    assert done.returncode != 0
    assert "pip install 'nemoproxy[sdk]'" in done.stderr.splitlines()[-1]
