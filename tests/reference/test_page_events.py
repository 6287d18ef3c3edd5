"""The reference page: webhooks, from what happens at the front door to who wants to hear of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nemoproxy.config import Guardrail, WebhookSettings
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.storage import Period, Scope, WebhookKind
from nemoproxy.webhooks import new_secret
from tests.asking import ask, fresh, get, say
from tests.hooks import Receiver, Rig, all_are, answer, verified
from tests.purse import Purse
from tests.site import Site
from tests.timing import ENOUGH_S


class Told(NamedTuple):
    site: Site
    receiver: Receiver
    secret: str

    def event(self, name: str, **data: Any) -> Any:
        """The body of the first event of this name with these data, signed, once it has come."""
        wanted = data.items()
        count = 0
        while True:
            hooks = self.receiver.wait(count + 1)
            for hook in hooks[count:]:
                body = verified(hook, self.secret)
                assert {"title", "message", "severity", "service", "details"} <= body.keys()
                if body["type"] == name and wanted <= body["data"].items():
                    return body
            count = len(hooks)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    settings = WebhookSettings(allow_private=True, timeout_s=ENOUGH_S)
    guardrails = {"pii": Guardrail(detector="pii", action="block")}
    data = tmp_path_factory.mktemp("events")
    with Receiver() as receiver, Site(data, webhooks=settings, guardrails=guardrails) as site:
        secret = new_secret()
        site.records.webhooks.add(WebhookKind.WEBHOOK, receiver.url, secret)
        yield Told(site, receiver, secret)


def test_llm_error(told: Told) -> None:
    assert ask(told.site, model="mock,status=500").status == 500
    body = told.event("llm.error", provider="mock")
    assert (body["data"]["code"], body["data"]["status"]) == ("provider_error", 500)
    assert body["severity"] == "HIGH"


def test_budget_threshold(told: Told) -> None:
    """Of a key, a team or an org."""
    purse = Purse.make(told.site, UNITS_PER_USD)
    for scope, id in ((Scope.KEY, purse.row.id), (Scope.TEAM, purse.team_id), (Scope.ORG, purse.org_id)):
        told.site.records.budgets.set(scope, id, 400_000, Period.MONTHLY)
    told.site.refresh()
    assert ask(told.site, purse.key, model="mock,events=8", max_tokens=8).status == 200  # costs 220,000 units
    for name in ("key", "team", "org"):
        body = told.event("budget.threshold", scope=name, threshold_percent=50)
        assert body["severity"] == "WARNING"


def test_provider_outage(told: Told) -> None:
    for _ in range(5):
        assert ask(told.site, model="dead").status == 503
    body = told.event("provider.outage", provider="dead", state="out")
    assert body["severity"] == "CRITICAL"


def test_guardrail_triggered(told: Told) -> None:
    blocked = ask(told.site, messages=say("My card is 4111 1111 1111 1111."))
    body = told.event("guardrail.triggered", request_id=blocked.headers["x-nemo-request-id"])
    assert (body["data"]["guardrail_id"], body["data"]["result"]) == ("pii", "blocked")
    assert "4111" not in json.dumps(body)


def test_key_created(told: Told) -> None:
    row, key = told.site.make_key(alias="told of")
    body = told.event("key.created", key_id=row.id)
    assert body["data"]["alias"] == "told of"
    assert key not in json.dumps(body)


def test_key_revoked(told: Told) -> None:
    row, _ = told.site.make_key()
    told.site.records.revoke_key(row.id)
    assert told.event("key.revoked", key_id=row.id)["data"]["last4"] == row.last4


def test_events_are_delivered_with_retries_and_backoff(tmp_path: Path) -> None:
    """Under one id, and later each time."""

    async def run(receiver: Receiver) -> None:
        rig = Rig(tmp_path)
        try:
            rig.hook(receiver.url)
            rig.work()
            rig.happen()
            waited = []
            for attempts in (1, 2, 3):
                (row,) = await rig.settled(all_are("pending", 1, attempts))
                waited.append(row.next_at - rig.clock.now)
                rig.clock.now = row.next_at
            await rig.settled(all_are("delivered", 1, 4))
            assert waited == sorted(waited)
            assert waited[0] < waited[2]
        finally:
            await rig.close()

    with Receiver() as receiver:
        receiver.reply = lambda _: answer(204 if len(receiver.hooks) > 3 else 503)
        asyncio.run(run(receiver))
        assert len(receiver.hooks) == 4
        assert len(set(receiver.ids)) == 1


def test_slack_callback(told: Told) -> None:
    with Receiver() as slack:
        told.site.records.webhooks.add(WebhookKind.SLACK, slack.url, new_secret(), events=["key.revoked"])
        row, _ = told.site.make_key(alias="for <slack>")
        told.site.records.revoke_key(row.id)
        (hook,) = slack.wait(1)
    message = hook.json()
    assert message["text"].startswith("Key revoked: The key for &lt;slack&gt; ")
    assert message["attachments"][0]["blocks"]


def test_a_v1_webhooks_management_api_is_not_yet_available(told: Told) -> None:
    refused = get(told.site, "/v1/webhooks")
    assert (refused.status, refused.code) == (404, "endpoint_not_offered")
    assert "nemoproxy webhooks" in refused.json()["error"]["message"]
    assert ask(told.site, messages=fresh()).status == 200
