"""The reference page: the endpoints, each by the call that the page names, and the extension fields."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from nemoproxy.config import Cache
from nemoproxy.money import UNITS_PER_USD
from tests.asking import HELLO, SAID, ask, fresh, get, say, sent
from tests.purse import Purse
from tests.reference.conftest import ON
from tests.site import Site


def test_post_v1_chat_completions(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="mock", messages=HELLO)
    assert answer.choices[0].message.content == SAID
    chunks = list(client.chat.completions.create(model="mock", messages=HELLO, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == SAID


def test_post_v1_completions(client: OpenAI) -> None:
    answer = client.completions.create(model="mock", prompt="Hello!")
    assert (answer.object, answer.choices[0].text) == ("text_completion", SAID)


def test_post_v1_embeddings(client: OpenAI) -> None:
    packed = client.embeddings.create(model="mock", input=["one", "two"])  # the client asks for base64
    plain = client.embeddings.create(model="mock", input=["one", "two"], encoding_format="float")
    assert [len(one.embedding) for one in packed.data] == [1536, 1536]
    assert packed.data[1].embedding == pytest.approx(plain.data[1].embedding)


def test_post_v1_images_generations(client: OpenAI) -> None:
    made = client.images.generate(model="mock", prompt="A fox", n=2)
    assert [image.b64_json for image in made.data or []] == ["QSBmb3g="] * 2


def test_post_v1_audio_speech(client: OpenAI) -> None:
    spoken = client.audio.speech.create(model="mock", voice="alloy", input="Hello!")
    assert spoken.response.headers["content-type"] == "audio/mpeg"
    assert spoken.content == b"Hello!\0\xff\r\n" * 16


def test_post_v1_audio_transcriptions(client: OpenAI) -> None:
    sound = ("a.wav", io.BytesIO(bytes(16_000)))
    assert client.audio.transcriptions.create(model="mock", file=sound).text == "a.wav has 16000 bytes"


def test_get_v1_models(client: OpenAI) -> None:
    listed = client.models.list()
    assert listed.object == "list"
    assert {"alias", "fast", "vendor/with/slashes"} <= {model.id for model in listed}
    assert {model.object for model in listed} == {"model"}


def test_get_v1_models_model_id(site: Site, client: OpenAI) -> None:
    for name in ("alias", "vendor/with/slashes"):
        assert client.models.retrieve(name).id == name
    assert get(site, f"/v1/models/{quote('vendor/with/slashes', safe='')}").json()["object"] == "model"
    with pytest.raises(NotFoundError):
        client.models.retrieve("no-such")


def test_get_api_models_pricing(site: Site) -> None:
    rows = {row["id"]: row for row in get(site, "/api/models/pricing").json()["data"]}
    assert rows["alias"]["usd_per_million_tokens"] == {"input": 1, "output": 2}


def test_get_api_credits_balance(site: Site) -> None:
    purse = Purse.make(site, 5 * UNITS_PER_USD)
    assert get(site, "/api/credits/balance", purse.key).json() == {"balance": 5, "reserved": 0, "available": 5}


def test_get_api_credits_history(site: Site) -> None:
    purse = Purse.make(site, 5 * UNITS_PER_USD)
    answer = ask(site, purse.key, messages=fresh())
    told = get(site, "/api/credits/history?limit=50&offset=0", purse.key).json()
    mine = [row for row in told["data"] if row["request_id"] == answer.headers["x-nemo-request-id"]]
    spent = -sum(Decimal(str(row["amount"])) for row in mine)
    assert spent == Decimal(answer.headers["x-nemo-request-cost"])


def test_get_nemo_guardrail_logs(site: Site) -> None:
    blocked = ask(site, messages=say("My card is 4111 1111 1111 1111."))
    (newest, *_) = get(site, "/nemo/guardrail/logs?limit=50").json()["data"]
    assert newest["request_id"] == blocked.headers["x-nemo-request-id"]
    assert (newest["guardrail_name"], newest["result"]) == ("pii", "blocked")
    assert newest["created_at"]
    assert "4111" not in str(newest)


def test_chat_runs_the_full_feature_path(site: Site) -> None:
    """Guardrails, prompts, A/B tests, caching: all of them on one request."""
    variables = {"customer": "Jane"}
    body: dict[str, Any] = {
        "nemo_prompt_template_id": "support",
        "nemo_prompt_variables": variables,
        "messages": fresh(),
    }
    for cached in ("miss", "hit"):
        answer = ask(site, model="fast", user="u1", **body)
        assert answer.headers["x-nemo-guardrails-applied"] == ON
        assert answer.headers["x-nemo-prompt-version"] == "1"
        assert answer.headers["x-nemo-ab-test"] in ("speed/now", "speed/new")
        assert answer.headers["x-nemo-cache"] == cached
    assert sent(site)["messages"][0] == {"role": "system", "content": "You answer Jane kindly."}


def test_files_fine_tuning_batches_and_the_assistants_api_are_not_yet_available(client: OpenAI) -> None:
    calls: list[Callable[[], object]] = [client.files.list, client.fine_tuning.jobs.list, client.batches.list]
    calls.append(lambda: client.get("/assistants", cast_to=object))
    for call in calls:
        with pytest.raises(NotFoundError) as caught:
            call()
        assert caught.value.code == "endpoint_not_offered"
        assert "Use POST /v1/chat/completions" in caught.value.message or "provider" in caught.value.message


# Extension fields


def test_nemo_cache(site: Site, tmp_path: Path) -> None:
    body: dict[str, Any] = {"messages": fresh()}
    told = [ask(site, nemo_cache=wanted, **body).headers["x-nemo-cache"] for wanted in (None, True, False)]
    assert told == ["miss", "hit", "bypass"]
    assert "nemo_cache" not in sent(site)
    with Site(tmp_path, cache=Cache(enabled=False)) as other:
        assert ask(other, nemo_cache=False).headers["x-nemo-cache"] is None


def test_nemo_guardrail_ids(site: Site, client: OpenAI) -> None:
    with pytest.raises(BadRequestError) as caught:
        client.chat.completions.create(
            model="mock",
            messages=say("badge EMP-123456"),
            extra_body={"nemo_guardrail_ids": ["staff"]},
        )
    assert caught.value.code == "guardrail_blocked"
    answer = ask(site, messages=say("My card is 4111 1111 1111 1111."), nemo_guardrail_ids=["staff"])
    assert (answer.status, answer.headers["x-nemo-guardrails-applied"]) == (200, "staff,always")
    assert "nemo_guardrail_ids" not in sent(site)


def test_nemo_prompt_template_id(site: Site) -> None:
    for name in ("support", site.records.prompts.find("support").id):
        ask(site, messages=fresh(), nemo_prompt_template_id=name, nemo_prompt_variables={"customer": "Joe"})
        assert sent(site)["messages"][0] == {"role": "system", "content": "You answer Joe kindly."}
        assert not [member for member in sent(site) if member.startswith("nemo_")]


def test_nemo_prompt_variables(site: Site) -> None:
    missing = ask(site, nemo_prompt_template_id="support")
    assert (missing.status, missing.code) == (400, "prompt_variable_missing")
    ask(site, messages=fresh(), nemo_prompt_template_id="support", nemo_prompt_variables={"customer": 7})
    assert sent(site)["messages"][0]["content"] == "You answer 7 kindly."


def test_nemo_prompt_version(site: Site) -> None:
    body: dict[str, Any] = {"nemo_prompt_template_id": "support", "nemo_prompt_variables": {"customer": "Joe"}}
    for version, text in ((1, "You answer Joe kindly."), (2, "Be short with Joe.")):
        answer = ask(site, messages=fresh(), nemo_prompt_version=version, **body)
        assert answer.headers["x-nemo-prompt-version"] == str(version)
        assert sent(site)["messages"][0]["content"] == text
