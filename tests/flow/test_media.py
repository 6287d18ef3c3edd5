"""Images, speech, transcripts, moderation and ranking through the front door, and what each of them costs."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import NotFoundError, OpenAI

from nemoproxy.config import Guardrail, Model, Price, Target
from nemoproxy.money import UNITS_PER_USD
from tests.purse import IN, OUT, Purse
from tests.site import PRICE, Site
from tests.wire import Answer, Wire, post

USD = UNITS_PER_USD
SECOND = 16_000
"""Bytes that last a second at the mock."""
PRICES = {
    "mock/*": (PRICE,),
    "dall-e": (Price(output_image=USD // 25),),
    "tts": (Price(input_character=150_000),),
    "whisper": (Price(input_second=1_000_001),),
    "both": (Price(input=USD, output=2 * USD, input_second=USD),),
    "drawing": (Price(input=5 * USD, image_input=10 * USD, image_output=40 * USD),),
    "talking": (Price(input=USD, output=2 * USD, audio_output=12 * USD),),
}


def for_(mode: str, model: str) -> Model:
    return Model(targets=(Target(provider="mock", model=model),), mode=mode)  # type: ignore[arg-type]


MODELS = {
    "alias": Model(targets=(Target(provider="mock", model="mock"),)),
    "painter": for_("image_generation", "dall-e"),
    "artist": for_("image_generation", "drawing"),
    "speaker": for_("audio_speech", "tts"),
    "talker": for_("audio_speech", "talking"),
    "hearer": for_("audio_transcription", "whisper"),
    "listener": for_("audio_transcription", "both"),
    "judge": for_("moderation", "mock-judge"),
    "ranker": for_("rerank", "mock-rank"),
    "*": Model(targets=(Target(provider="mock"),)),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("media"), models=MODELS, prices=PRICES) as running:
        yield running


def sound(seconds: float, name: str = "größe 😀.wav") -> io.BytesIO:
    file = io.BytesIO(b"\xff\0\r\n" * int(seconds * SECOND / 4))
    file.name = name
    return file


def form(*parts: tuple[str, str | None, bytes], boundary: str = "b0undary") -> bytes:
    body = b""
    for name, file, content in parts:
        more = "" if file is None else f'; filename="{file}"'
        body += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"
        )
    return body + f"--{boundary}--\r\n".encode()


def send(site: Site, path: str, body: bytes | dict[str, Any], key: str | None = None, **headers: str) -> Answer:
    if isinstance(body, bytes):
        headers.setdefault("content_type", "multipart/form-data; boundary=b0undary")
    with Wire(site.port) as wire:
        wire.send(post(body, key or site.key, path, **headers))
        return wire.answer()


def seen(site: Site) -> Any:
    return site.mock.requests[-1]


# === the openai client


def test_images(site: Site, client: OpenAI) -> None:
    made = client.images.generate(model="artist", prompt="A fox", n=2, extra_body={"nemo_cache": False})
    assert [image.b64_json for image in made.data or []] == ["QSBmb3g="] * 2
    assert seen(site).path == "/v1/images/generations"
    assert seen(site).json() == {"model": "drawing", "prompt": "A fox", "n": 2}


def test_an_image_streams_with_its_named_events(site: Site, client: OpenAI) -> None:
    events = list(client.images.generate(model="artist", prompt="A fox", stream=True, partial_images=1))
    assert [event.type for event in events] == ["image_generation.partial_image", "image_generation.completed"]
    body = {"model": "artist", "prompt": "A fox", "stream": True}
    answer = send(site, "/v1/images/generations", body)
    assert answer.body.startswith(b"event: image_generation.partial_image\ndata: {")
    assert b'"cost":' in answer.body


def test_edits(site: Site, client: OpenAI) -> None:
    files = [("ä.png", b"\x89PNG\r\n"), ("b.png", b"\x89PNG--")]
    made = client.images.edit(model="artist", image=files, prompt="A fox", n=1, extra_body={"nemo_cache": False})
    assert made.usage is not None and made.usage.input_tokens_details.image_tokens == 2 * 272
    assert b"nemo_cache" not in seen(site).body and b"drawing" in seen(site).body
    assert "ä.png".encode() in seen(site).body


def test_speech_comes_byte_for_byte(site: Site, client: OpenAI) -> None:
    answer = client.audio.speech.with_raw_response.create(model="speaker", voice="alloy", input="Grüße")
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.content == ("Grüße".encode() + b"\0\xff\r\n") * 16
    with client.audio.speech.with_streaming_response.create(
        model="speaker", voice="alloy", input="x" * 100_000, response_format="wav"
    ) as streamed:
        assert sum(map(len, streamed.iter_bytes())) == 16 * 100_004
    body = {"model": "speaker", "voice": "alloy", "input": "Hi", "stream_format": "sse"}
    events = send(site, "/v1/audio/speech", body)
    assert events.headers["content-type"].startswith("text/event-stream")
    assert b"speech.audio.done" in events.body


def test_speech_is_passed_on_before_it_is_over(site: Site) -> None:
    body = {"model": "mock-tts,fault=stall:3", "voice": "a", "input": "Hello"}
    with Wire(site.port) as wire:
        wire.send(post(body, site.key, "/v1/audio/speech"))
        got = b""
        while got.count(b"Hello") < 4:
            got += wire.socket.recv(4096)
        assert b"audio/mpeg" in got


@pytest.mark.parametrize("kind", ["json", "text", "srt", "vtt", "verbose_json"])
def test_transcripts(site: Site, client: OpenAI, kind: str) -> None:
    heard: Any = client.audio.transcriptions.create(
        model="hearer",
        file=sound(2),
        response_format=kind,
        timestamp_granularities=["word", "segment"],  # type: ignore[call-overload]
    )
    text = "größe 😀.wav has 32000 bytes"
    assert text in (heard if isinstance(heard, str) else heard.text)
    if kind == "verbose_json":
        assert (heard.duration, len(heard.words)) == (2.0, 5)
    assert b"whisper" in seen(site).body and seen(site).body.count(b"timestamp_granularities[]") == 2


def test_a_transcript_streams(site: Site, client: OpenAI) -> None:
    events = list(client.audio.transcriptions.create(model="listener", file=sound(1), stream=True))
    assert events[-1].type == "transcript.text.done"
    assert "".join(event.delta for event in events if event.type == "transcript.text.delta") == events[-1].text


def test_moderations(site: Site, client: OpenAI) -> None:
    judged = client.moderations.create(model="judge", input=["peace", "a fight"])
    assert [result.flagged for result in judged.results] == [False, True]
    unnamed = send(site, "/v1/moderations", {"input": [{"type": "text", "text": "a fight"}]})
    assert unnamed.json()["results"][0]["flagged"] is True
    assert seen(site).json()["input"][0]["text"] == "a fight"
    assert site.rows("SELECT model FROM usage ORDER BY request_id DESC LIMIT 1")[0]["model"] == "omni-moderation-latest"


def test_rerank(site: Site) -> None:
    body = {"model": "ranker", "query": "red fox", "documents": ["a dog", {"text": "a red fox"}], "top_n": 1, "x": [1]}
    answer = send(site, "/v1/rerank", body)
    assert answer.json()["results"] == [{"index": 1, "relevance_score": 1.0}]
    assert seen(site).json() == {**body, "model": "mock-rank"}


# === money


@pytest.mark.parametrize(
    ("path", "body", "cost"),
    [
        ("images/generations", {"model": "painter", "prompt": "A fox", "n": 3}, 3 * USD // 25),
        ("images/generations", {"model": "artist", "prompt": "A fox", "n": 2}, 6 * 50_000 + 2 * 272 * 400_000),
        ("audio/speech", {"model": "speaker", "voice": "a", "input": "Grüße 😀"}, 7 * 150_000),
        ("audio/speech", {"model": "talker", "voice": "a", "input": "Hello there"}, 2 * 10_000 + 12 * 120_000),
        (
            "audio/speech",
            {"model": "talker", "voice": "a", "input": "Hello", "stream_format": "sse"},
            6 * 10_000 + 40 * 120_000,
        ),
        ("moderations", {"model": "judge", "input": "Hello"}, 1 * IN),
        ("rerank", {"model": "ranker", "query": "Hello", "documents": ["Hello"]}, 12 * IN),
    ],
)
def test_what_a_request_costs(site: Site, path: str, body: dict[str, Any], cost: int) -> None:
    purse = Purse.make(site, USD)
    answer = send(site, f"/v1/{path}", body, purse.key)
    assert answer.status == 200, answer.body
    (row,) = purse.rows()
    assert row.cost == cost
    assert purse.balance() == USD - cost
    purse.check()


@pytest.mark.parametrize(
    ("model", "kind", "seconds", "cost"),
    [
        ("hearer", "verbose_json", 2.5, 3 * 1_000_001),  # as the provider says, which rounds up
        ("hearer", "json", 2, 16_000 * 1_000_001 // 2_000),  # by the size of a file of 32 kbit/s: 8 s
        ("listener", "json", 1, 11 * IN + 5 * OUT),  # in tokens, because the provider counts them
    ],
)
def test_what_a_transcript_costs(site: Site, model: str, kind: str, seconds: float, cost: int) -> None:
    purse = Purse.make(site, 100 * USD)
    parts = [("model", None, model.encode()), ("response_format", None, kind.encode())]
    answer = send(
        site,
        "/v1/audio/transcriptions",
        form(("file", "a b.mp3", sound(seconds).read()), *parts),  # type: ignore[arg-type]
        purse.key,
    )
    assert answer.status == 200, answer.body
    (row,) = purse.rows()
    assert (row.cost, row.endpoint, row.status) == (cost, "transcriptions", 200)
    purse.check()


@pytest.mark.parametrize(
    ("path", "body", "units"),
    [
        ("images/generations", {"model": "painter", "prompt": "A fox", "n": 3}, (3, 0, 0)),
        ("images/generations", {"model": "artist", "prompt": "A fox"}, (1, 0, 0)),  # paid for in tokens, and seen too
        ("audio/speech", {"model": "speaker", "voice": "a", "input": "Grüße 😀"}, (0, 0, 7)),
        ("moderations", {"model": "judge", "input": "Hello"}, (0, 0, 0)),
        ("chat/completions", {"model": "alias", "messages": [{"role": "user", "content": "Hello"}]}, (0, 0, 0)),
    ],
)
def test_what_there_is_besides_tokens_is_in_its_row(
    site: Site, path: str, body: dict[str, Any], units: tuple[int, ...]
) -> None:
    purse = Purse.make(site, USD)
    assert send(site, f"/v1/{path}", body, purse.key).status == 200
    (row,) = purse.rows()
    assert (row.images, row.sound_ms, row.characters) == units


def test_what_was_heard_is_in_the_report(site: Site) -> None:
    purse = Purse.make(site, 100 * USD)
    parts = [("model", None, b"hearer"), ("response_format", None, b"verbose_json")]
    body = form(("file", "a.mp3", sound(2.5).read()), *parts)  # type: ignore[arg-type]
    assert send(site, "/v1/audio/transcriptions", body, purse.key).status == 200
    (row,) = purse.rows()
    assert (row.images, row.sound_ms, row.characters) == (0, 3000, 0)  # as the provider says
    (mine,) = (one for one in site.records.usage.report("key") if one.group == purse.row.id)
    assert (mine.images, mine.sound_ms, mine.characters, mine.requests) == (0, 3000, 0, 1)


def test_who_cannot_pay_is_not_served(site: Site) -> None:
    purse = Purse.make(site, 3 * USD // 25 - 1)
    body = {"model": "painter", "prompt": "A fox", "n": 3}
    before = site.mock.total
    assert send(site, "/v1/images/generations", body, purse.key).code == "insufficient_credits"
    assert site.mock.total == before
    assert send(site, "/v1/images/generations", {**body, "n": 2}, purse.key).headers["x-nemo-request-cost"] == "0.08"
    purse.check()


def test_a_failure_costs_nothing(site: Site) -> None:
    purse = Purse.make(site, USD)
    refused = send(site, "/v1/audio/speech", {"model": "mock-tts,status=500", "voice": "a", "input": "Hi"}, purse.key)
    assert refused.status == 500
    with Wire(site.port) as wire:
        wire.send(post({"model": "mock-tts,fault=cut:4", "voice": "a", "input": "Hi"}, purse.key, "/v1/audio/speech"))
        assert not wire.rest().endswith(b"0\r\n\r\n")
    assert purse.rows() == []
    assert purse.balance() == USD
    purse.check()


# === refusals


@pytest.mark.parametrize(
    ("path", "body", "code", "param"),
    [
        ("images/generations", {"prompt": "x"}, "missing_required_parameter", "model"),
        ("images/generations", {"model": "artist"}, "missing_required_parameter", "prompt"),
        ("images/generations", {"model": "artist", "prompt": "x", "n": 0}, "integer_below_min_value", "n"),
        ("audio/speech", {"model": "speaker", "input": ""}, "empty_string", "input"),
        ("audio/speech", {"model": "speaker", "input": ["x"]}, "invalid_type", "input"),
        ("moderations", {"input": {}}, "invalid_type", "input"),
        ("rerank", {"model": "ranker", "query": "x", "documents": []}, "empty_array", "documents"),
        ("rerank", {"model": "ranker", "query": "x", "documents": "x"}, "invalid_type", "documents"),
        ("audio/speech", {"model": "hearer", "voice": "a", "input": "x"}, "model_not_capable", "model"),
        ("audio/speech", {"model": "alias", "voice": "a", "input": "x"}, "model_not_capable", "model"),
    ],
)
def test_what_is_no_request(site: Site, path: str, body: dict[str, Any], code: str, param: str) -> None:
    answer = send(site, f"/v1/{path}", body)
    assert (answer.status, answer.code, answer.json()["error"]["param"]) == (400, code, param)


def test_what_is_no_form(site: Site, client: OpenAI) -> None:
    path = "/v1/audio/transcriptions"
    parts = (("model", None, b"hearer"), ("file", "a", b"x"))
    good = form(*parts)
    assert send(site, path, good).status == 200
    for body, kind, status in [
        (good, "application/json", 415),
        (good, "multipart/form-data", 415),
        (good, "multipart/form-data; boundary=other", 400),
        (good, 'multipart/form-data; boundary="b0undary"', 200),
        (good[:-4], "multipart/form-data; boundary=b0undary", 400),
        (b"junk" + good, "multipart/form-data; boundary=b0undary", 400),
        (good + b"junk", "multipart/form-data; boundary=b0undary", 400),
        (form(parts[0]), "multipart/form-data; boundary=b0undary", 400),
        (form(*parts, ("model", None, b"other")), "multipart/form-data; boundary=b0undary", 400),
    ]:
        assert send(site, path, body, content_type=kind).status == status, (body, kind)
    with pytest.raises(NotFoundError, match="no-such"):
        client.audio.transcriptions.create(model="missing-no-such", file=sound(1))


def test_a_form_in_pieces_is_read(site: Site) -> None:
    body = form(("file", "größe.wav", b"\r\n--b0undar" * 3000), ("model", None, b"hearer"))
    head, _, content = post(body, site.key, "/v1/audio/transcriptions").partition(b"\r\n\r\n")
    head = head.replace(b"application/json", b"multipart/form-data; boundary=b0undary")
    with Wire(site.port) as wire:
        wire.send(head + b"\r\n\r\n")
        for start in range(0, len(content), 7001):
            wire.send(content[start : start + 7001])
        assert wire.answer().json()["text"] == "größe.wav has 33000 bytes"


def test_a_form_that_is_sent_again_is_not_paid_again(site: Site) -> None:
    purse = Purse.make(site, 100 * USD)
    parts = (("model", None, b"listener"), ("file", "a", b"x" * SECOND))
    for boundary in ("b0undary", "another"):
        body = form(*parts, boundary=boundary)
        kind = f"multipart/form-data; boundary={boundary}"
        path = "/v1/audio/transcriptions"
        assert send(site, path, body, purse.key, content_type=kind, idempotency_key="once").status == 200
    assert len(purse.rows()) == 1
    purse.check()


def test_without_a_model_an_endpoint_is_not_there_yet(tmp_path: Path) -> None:
    models = {"alias": MODELS["alias"], "speaker": MODELS["speaker"], "gpt-4o": MODELS["alias"]}
    with Site(tmp_path, models=models, prices=PRICES) as site:
        answer = send(site, "/v1/audio/transcriptions", b"")
        assert (answer.status, answer.code) == (501, "endpoint_not_yet_available")
        assert answer.headers["x-should-retry"] == "false"
        detail = answer.json()["detail"]
        assert detail["endpoint"] == "/v1/audio/transcriptions"
        assert detail["capability"] == "audio_transcription"
        assert "/v1/audio/speech" in detail["available_endpoints"]
        assert "/v1/rerank" not in detail["available_endpoints"]
        body = {"model": "speaker", "voice": "a", "input": "Hi"}
        assert send(site, "/v1/audio/speech", body).status == 200
        assert send(site, "/v1/rerank", body, "wrong").status == 401


def test_limits_hold_for_all_of_them(site: Site) -> None:
    _, key = site.make_key(rpm=1)
    body = {"model": "speaker", "voice": "a", "input": "Hi"}
    assert send(site, "/v1/audio/speech", body, key).headers["x-ratelimit-remaining-requests"] == "0"
    assert send(site, "/v1/moderations", {"input": "x"}, key).code == "rate_limit_exceeded"
    assert json.loads(send(site, "/v1/audio/transcriptions", form(), key).body)["code"] == "rate_limit_exceeded"


# === guardrails on forms

EMAIL = "jane.doe@example.com"
GUARDRAILS = {
    "redact": Guardrail(detector="pii", action="redact", default_on=False),
    "mask": Guardrail(detector="pii", action="mask", default_on=False),
    "block": Guardrail(detector="keyword", action="block", default_on=False, words=("bluebird",)),
    "warn": Guardrail(detector="pii", action="warn", default_on=False),
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = tmp_path_factory.mktemp("guarded")
    with Site(made, models=MODELS, prices=PRICES, guardrails=GUARDRAILS) as running:
        yield running


def forms(prompt: str, guardrail: str) -> list[tuple[str, bytes]]:
    """A request for each endpoint that takes a form, with text that is like the guarded one in the file."""
    said, which = ("prompt", None, prompt.encode()), ("guardrails[]", None, guardrail.encode())
    file = f"{EMAIL} bluebird \xff\r\n--".encode("latin-1")
    style = ("style[a b]", None, f"like {EMAIL}".encode())
    return [
        ("/v1/images/edits", form(("model", None, b"artist"), said, ("image", "a.png", file), style, which)),
        ("/v1/audio/transcriptions", form(which, said, ("file", "a.wav", file), style, ("model", None, b"hearer"))),
    ]


@pytest.mark.parametrize(("guardrail", "token"), [("redact", "[EMAIL_REDACTED]"), ("mask", "[EMAIL_1]")])
@pytest.mark.parametrize("index", [0, 1], ids=["edits", "transcriptions"])
def test_the_texts_of_a_form_are_redacted_and_no_other_byte(
    guarded: Site, guardrail: str, token: str, index: int
) -> None:
    path, body = forms(f"größe 😀\r\nfor {EMAIL}", guardrail)[index]
    answer = send(guarded, path, body)
    assert answer.status == 200
    assert answer.headers["x-nemo-guardrails-applied"] == guardrail
    wanted = forms(f"größe 😀\r\nfor {token}", guardrail)[index][1]
    which = form(("guardrails[]", None, guardrail.encode())).removesuffix(b"--b0undary--\r\n")
    wanted = wanted.replace(f"like {EMAIL}".encode(), f"like {token}".encode()).replace(which, b"")
    got = seen(guarded).body
    for ours, theirs in ((b"artist", b"drawing"), (b"hearer", b"whisper")):
        wanted = wanted.replace(b'name="model"\r\n\r\n' + ours, b'name="model"\r\n\r\n' + theirs)
    assert got == wanted


@pytest.mark.parametrize("index", [0, 1], ids=["edits", "transcriptions"])
def test_a_form_is_blocked_and_warned_of_like_any_request(guarded: Site, index: int) -> None:
    asked = guarded.mock.total
    path, body = forms("a bluebird", "block")[index]
    assert send(guarded, path, body).code == "guardrail_blocked"
    assert guarded.mock.total == asked
    path, body = forms("nothing here", "warn")[index]
    assert send(guarded, path, body).headers["x-nemo-guardrail-warning"] == "warn"
    assert EMAIL.encode() in seen(guarded).body
    path, body = forms("nothing here", "nobody")[index]
    assert send(guarded, path, body).code == "guardrail_not_found"


def test_an_edit_of_the_openai_client_is_redacted(guarded: Site) -> None:
    with OpenAI(base_url=guarded.url, api_key=guarded.key, max_retries=0) as client:
        image = io.BytesIO(b"PNG")
        image.name = "a.png"
        client.images.edit(
            model="artist", image=image, prompt=f"Write {EMAIL} on it", extra_body={"nemo_guardrail_ids": ["redact"]}
        )
    assert b"Write [EMAIL_REDACTED] on it" in seen(guarded).body
    assert b"nemo_" not in seen(guarded).body
