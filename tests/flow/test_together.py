"""What several parts do for one call: failover and forms, sound and dialects, the cache and Anthropic's API."""

from __future__ import annotations

import json
from collections.abc import Iterator

import anthropic
import pytest
from openai import BadRequestError, OpenAI

from nemoproxy.config import Breaker, Cache, Credits, Model, Routing, Target
from nemoproxy.money import UNITS_PER_USD
from tests.purse import Purse
from tests.site import Site
from tests.wire import Wire, chat, post

BOTH = (Target(provider="mock", model="mock,status=500"), Target(provider="mock", model="mock"))
SOUND = b"RIFF" + bytes(40_000)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    modes = ("audio_transcription", "audio_speech", "image_generation")
    models = {mode: Model(targets=BOTH, mode=mode) for mode in modes}
    models["chat"] = Model(targets=BOTH)
    models["claude-sound"] = Model(targets=(Target(provider="claude", model="mock"),), mode="audio_transcription")
    data = tmp_path_factory.mktemp("together")
    patient = Routing(retry_percent=100, breaker=Breaker(failures=1000, rate_calls=10**6))
    money = Credits(journal=str(data / "journal"), unpriced="allow")
    with Site(data, more_models=models, routing=patient, credits=money, cache=Cache(enabled=True)) as running:
        yield running


def test_a_form_goes_to_the_next_target(client: OpenAI) -> None:
    said = client.audio.transcriptions.create(model="audio_transcription", file=("voice.wav", SOUND))
    assert "voice.wav" in said.text


def test_sound_comes_from_the_next_target(client: OpenAI) -> None:
    sound = client.audio.speech.create(model="audio_speech", input="Hello", voice="alloy")
    assert sound.content == b"Hello\x00\xff\r\n" * 16


def test_an_image_comes_from_the_next_target(client: OpenAI) -> None:
    assert client.images.generate(model="image_generation", prompt="A fish").data


def test_a_dialect_without_the_endpoint_says_so(client: OpenAI) -> None:
    with pytest.raises(BadRequestError) as refused:
        client.audio.transcriptions.create(model="claude-sound", file=("voice.wav", SOUND))
    assert "it has chat completions only" in str(refused.value)


def test_a_model_for_something_else_is_refused_whatever_its_targets(client: OpenAI) -> None:
    with pytest.raises(BadRequestError) as refused:
        client.images.generate(model="audio_speech", prompt="A fish")
    assert refused.value.code == "model_not_capable"


@pytest.mark.parametrize("streamed", [False, True])
def test_what_the_next_target_said_is_kept(site: Site, streamed: bool) -> None:
    purse = Purse.make(site, 100 * UNITS_PER_USD)
    body = chat(model="chat", messages=[{"role": "user", "content": f"Once? {streamed}"}], stream=streamed)
    seen = []
    for _ in range(2):
        with Wire(site.port) as wire:
            wire.send(post(body, purse.key))
            answer = wire.answer()
        assert answer.status == 200
        seen.append(answer.headers["x-nemo-cache"])
    assert seen == ["miss", "hit"]
    assert len(purse.rows()) == 1


@pytest.mark.parametrize("streamed", [False, True])
def test_messages_are_answered_from_the_cache(site: Site, streamed: bool) -> None:
    with anthropic.Anthropic(base_url=f"http://127.0.0.1:{site.port}", api_key=site.key, max_retries=0) as client:
        texts, told = [], []
        for _ in range(2):
            asked = client.messages.with_raw_response.create(
                model="chat",
                max_tokens=50,
                messages=[{"role": "user", "content": f"Messages? {streamed}"}],
                stream=streamed,
            )
            told.append(asked.headers["x-nemo-cache"])
            answer = asked.http_response.read()
            if streamed:
                lines = [line[6:] for line in answer.splitlines() if line.startswith(b"data: ")]
                deltas = [json.loads(line).get("delta", {}) for line in lines]
                texts.append("".join(delta.get("text", "") for delta in deltas))
            else:
                texts.append(json.loads(answer)["content"][0]["text"])
    assert told == ["miss", "hit"]
    assert texts[0]
    assert texts[0] == texts[1]
