"""Prompt templates through the front door: chosen, pinned, assigned, rendered, counted, paid for, looked up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import BadRequestError, OpenAI

from nemoproxy.storage import Scope
from tests.asking import ask, get, sent
from tests.site import Site
from tests.timing import until, within
from tests.wire import chat

TEXT = "You answer {{ customer }} of {{ org_name }} kindly.{% if vip|default(false) %} A VIP.{% endif %}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("prompts")) as running:
        running.records.prompts.save("support", TEXT, author="jane", note="first")
        running.records.prompts.save("support", "Be short with {{ customer }}.", note="shorter")
        running.records.prompts.save("plain", 'Say "hi".\n')
        running.refresh()
        yield running


def with_template(name: str = "support", **members: Any) -> dict[str, Any]:
    given = {"nemo_prompt_template_id": name, "nemo_prompt_variables": {"customer": "Jane"}}
    return chat(**given | members)


def test_the_text_is_the_first_message(site: Site) -> None:
    body = with_template(messages=[{"role": "system", "content": "mine"}, {"role": "user", "content": "é\u2028"}])
    answer = ask(site, site.key, body)
    assert (answer.status, answer.headers["x-nemo-prompt-version"]) == (200, "1")
    system = {"role": "system", "content": "You answer Jane of default kindly."}
    assert sent(site) == {"model": "mock", "messages": [system, *body["messages"]]}


def test_a_stream_says_the_version_too(site: Site) -> None:
    answer = ask(site, site.key, with_template("plain", stream=True))
    assert answer.headers["x-nemo-prompt-version"] == "1"
    assert sent(site)["messages"][0]["content"] == 'Say "hi".'
    assert answer.body.endswith(b"data: [DONE]\n\n")


def test_without_a_template_nothing_is_added(site: Site) -> None:
    answer = ask(site, site.key, chat(nemo_prompt_variables={"customer": "x"}))
    assert answer.headers["x-nemo-prompt-version"] is None
    assert sent(site) == chat()


@pytest.mark.parametrize("place", ["top", "extra_body", "metadata"])
@pytest.mark.parametrize("name", ["slug", "id"])
def test_named_by_id_or_slug_in_every_place(site: Site, place: str, name: str) -> None:
    id = "support" if name == "slug" else site.records.prompts.find("support").id
    members: dict[str, Any] = {"nemo_prompt_template_id": id, "nemo_prompt_variables": {"customer": "Joe"}}
    answer = ask(site, site.key, chat(**(members if place == "top" else {place: members})))
    assert answer.status == 200
    assert sent(site)["messages"][0]["content"] == "You answer Joe of default kindly."
    assert set(sent(site)) == {"model", "messages"}


@pytest.mark.parametrize("member", ["nemo_prompt_version", "prompt_version"])
@pytest.mark.parametrize("value", [2, "2"])
def test_a_version_can_be_pinned(site: Site, member: str, value: object) -> None:
    answer = ask(site, site.key, with_template(**{member: value}))
    assert answer.headers["x-nemo-prompt-version"] == "2"
    assert sent(site)["messages"][0]["content"] == "Be short with Jane."
    assert set(sent(site)) == {"model", "messages"}


@pytest.mark.parametrize(
    ("members", "code", "param", "named"),
    [
        ({"nemo_prompt_variables": {}}, "prompt_variable_missing", "nemo_prompt_variables.customer", "customer"),
        ({"nemo_prompt_template_id": "nope"}, "prompt_template_not_found", "nemo_prompt_template_id", "nope"),
        ({"nemo_prompt_version": 9}, "prompt_version_not_found", "nemo_prompt_version", "9"),
        ({"nemo_prompt_version": "x"}, "invalid_request", "nemo_prompt_version", "nemo_prompt_version"),
        ({"nemo_prompt_variables": [1]}, "invalid_request", "nemo_prompt_variables", "object"),
        ({"nemo_prompt_template_id": 7}, "invalid_request", "nemo_prompt_template_id", "slug"),
        ({"nemo_prompt_template_id": ""}, "invalid_request", "nemo_prompt_template_id", "slug"),
        ({"nemo_prompt_template_id": None, "nemo_prompt_version": 1}, "prompt_template_not_found",
         "nemo_prompt_version", "template"),
        ({"nemo_prompt_variables": {"customer": "x" * 70_000}}, "invalid_request", "nemo_prompt_variables", "65536"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_costs_nothing(
    site: Site, members: dict[str, Any], code: str, param: str, named: str
) -> None:
    row, key = site.make_key()
    asked = site.mock.total
    answer = ask(site, key, with_template(**members))
    error = answer.json()["error"]
    assert (answer.status, answer.code, error["param"]) == (400, code, param)
    assert named in error["message"]
    assert site.mock.total == asked
    assert site.rows("SELECT * FROM usage WHERE key_id = ?", row.id) == []


@pytest.mark.parametrize(("path", "body"), [("/v1/completions", {"prompt": "x"}), ("/v1/embeddings", {"input": "x"})])
def test_elsewhere_there_is_no_system_message(site: Site, path: str, body: dict[str, Any]) -> None:
    answer = ask(site, site.key, {"model": "mock", **body, "nemo_prompt_template_id": "plain"}, path)
    assert (answer.status, answer.code) == (400, "prompt_not_supported")


def test_system_variables_are_the_gateways(site: Site) -> None:
    site.records.prompts.save("system", "{{ org_name }}|{{ model }}|{{ user_id }}|{{ timestamp }}")
    site.refresh()
    forged = dict.fromkeys(("org_name", "model", "user_id", "timestamp"), "forged")
    ask(site, site.key, with_template("system", nemo_prompt_variables=forged, user="u-1"))
    text = sent(site)["messages"][0]["content"]
    assert text.startswith("default|mock|u-1|20")
    assert "forged" not in text


def test_it_is_counted_and_paid_for(site: Site) -> None:
    row, key = site.make_key(tpm=10**6)
    ask(site, key, chat(max_tokens=1))
    without = site.tokens(row)
    long = "word " * 500
    site.records.prompts.save("long", long)
    site.refresh()
    made, other = site.make_key(tpm=10**6)
    answer = ask(site, other, with_template("long", max_tokens=1))
    assert site.tokens(made) >= without + 500
    assert float(answer.headers["x-nemo-request-cost"]) >= 500 * 1e-6
    _, small = site.make_key(tpm=400)
    assert ask(site, small, with_template("long", max_tokens=1)).code == "tpm_limit_exceeded"


def test_assigned_to_key_before_team_before_org(site: Site) -> None:
    prompts = site.records.prompts
    for slug in ("for-org", "for-team", "for-key"):
        prompts.save(slug, slug, org="default")
    site.records.set_team("assigned")
    row, key = site.make_key(team="assigned")
    org, team = site.records.find_org("default").id, site.records.find_team("assigned").id

    def system() -> str | None:
        site.refresh()
        assert ask(site, key, chat()).status == 200
        first = sent(site)["messages"][0]
        return str(first["content"]) if first["role"] == "system" else None

    assert system() is None
    given = [(Scope.ORG, org, "for-org"), (Scope.TEAM, team, "for-team"), (Scope.KEY, row.id, "for-key")]
    for scope, id, slug in given:
        prompts.assign(scope, id, slug)
        assert system() == slug
    ask(site, key, with_template("plain"))
    assert sent(site)["messages"][0]["content"] == 'Say "hi".'
    assert ask(site, key, {"model": "mock", "prompt": "x"}, "/v1/completions").status == 200
    for scope, id, _ in reversed(given):
        prompts.assign(scope, id, None)
    assert system() is None
    prompts.assign(Scope.KEY, row.id, "for-key")
    prompts.remove("for-key")
    assert system() is None


def test_activation_and_rollback_act_within_a_second(site: Site) -> None:
    prompts = site.records.prompts
    prompts.save("moving", "one")
    prompts.save("moving", "two")
    site.refresh()

    def version() -> str | None:
        return ask(site, site.key, with_template("moving")).headers["x-nemo-prompt-version"]

    assert version() == "1"
    for number in (2, 1):
        prompts.activate("moving", number)
        with within(1):
            until(lambda wanted=str(number): version() == wanted)
    prompts.remove("moving")
    site.refresh()
    assert ask(site, site.key, with_template("moving")).code == "prompt_template_not_found"
    assert prompts.save("moving", "three")[1] == 3
    site.refresh()
    assert version() == "1"


def test_templates_are_an_organisations_own(site: Site) -> None:
    site.records.set_org("other-org")
    site.records.set_team("t", "other-org")
    _, key = site.make_key(team="t", org="other-org")
    id = site.records.prompts.find("support").id
    for name in ("support", id):
        assert ask(site, key, with_template(name)).code == "prompt_template_not_found"
        assert get(site, f"/nemo/prompt/info?prompt_id={name}", key).status == 404
    assert get(site, f"/nemo/prompt/version/diff?v1={id}:1&v2={id}:2", key).status == 404
    assert get(site, "/nemo/prompt/list", key).json() == {"data": []}


def test_the_pages(site: Site) -> None:
    rows = {row["slug"]: row for row in get(site, "/nemo/prompt/list", site.key).json()["data"]}
    row = rows["support"]
    assert (row["active_version_number"], row["version_count"], row["name"]) == (1, 2, "support")
    assert row["variables"] == ["customer", "vip"]
    info = get(site, "/nemo/prompt/info?prompt_id=support", site.key).json()
    assert info["id"] == row["id"]
    assert [(one["version_number"], one["active"], one["author"], one["note"]) for one in info["versions"]] == [
        (1, True, "jane", "first"),
        (2, False, "", "shorter"),
    ]
    assert info["versions"][0]["template"] == TEXT
    v1, v2 = (one["id"] for one in info["versions"])
    diff = get(site, f"/nemo/prompt/version/diff?v1={v1}&v2={v2}", site.key).json()
    assert diff["same"] is False
    assert f"-{TEXT}\n+Be short with {{{{ customer }}}}." in diff["diff"]
    assert get(site, f"/nemo/prompt/version/diff?v1={v1}&v2={v1}", site.key).json()["diff"] == ""


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nemo/prompt/info", 400),
        ("/nemo/prompt/info?prompt_id=nope", 404),
        ("/nemo/prompt/version/diff?v1=support:1", 400),
        ("/nemo/prompt/version/diff?v1=support:1&v2=support:99", 404),
        ("/nemo/prompt/version/diff?v1=support:x&v2=:", 404),
    ],
)
def test_pages_that_are_not_there(site: Site, path: str, status: int) -> None:
    assert get(site, path, site.key).status == status
    assert get(site, path, "sk-nemo-wrong").status == 401


def test_the_openai_client(site: Site) -> None:
    with OpenAI(base_url=site.url, api_key=site.key, max_retries=0) as client:

        def create(**variables: object) -> Any:
            return client.chat.completions.with_raw_response.create(
                model="mock",
                messages=[{"role": "user", "content": "Hello!"}],
                extra_body={"nemo_prompt_template_id": "support", "nemo_prompt_variables": variables},
            )

        answer = create(customer="Jane", vip=True)
        assert int(answer.headers["x-nemo-prompt-version"]) == 1
        assert answer.parse().choices
        assert sent(site)["messages"][0]["content"].endswith("A VIP.")
        with pytest.raises(BadRequestError, match="customer"):
            create()


def test_what_was_saved_is_there_after_a_restart(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.records.prompts.save("kept", "I am kept.")
        site.restart()
        assert ask(site, site.key, with_template("kept")).headers["x-nemo-prompt-version"] == "1"
