"""What is sent to webhooks and when: signatures, schedule, payloads, seals, and failures put together."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from nemoproxy.config import WebhookSettings
from nemoproxy.journal.failures import FIRST_S, LONGEST_S, Failures
from nemoproxy.storage import EVENTS, Event, SigningSecret, StorageError, event_number, utc_now
from nemoproxy.storage.sealing import Sealer
from nemoproxy.webhooks import check_address, new_secret
from nemoproxy.webhooks.payload import MAX_BODY, TEST, envelope, slack, summary
from nemoproxy.webhooks.schedule import DELAYS, JITTER, LONGEST_PAUSE, next_attempt, retry_after
from nemoproxy.webhooks.signing import is_secret, signed_headers

NOW = datetime(2027, 1, 31, 18, tzinfo=UTC)


def event(name: str = "key.created", **payload: Any) -> Event:
    return Event(id=42, name=name, payload=payload, created_at=NOW)


def manual(language: str) -> str:
    """The only example in that language."""
    text = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    (code,) = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return str(code)


class TestSigning:
    body = b'{"type":"key.created"}'
    secret = new_secret()

    @property
    def headers(self) -> dict[str, str]:
        return signed_headers(
            [SigningSecret(new_secret()), SigningSecret(self.secret)], "evt_1_1", self.body, utc_now()
        )

    @given(st.binary(max_size=200).map(lambda body: json.dumps(body.hex()).encode()))
    def test_the_library_agrees(self, body: bytes) -> None:
        now, secret = utc_now(), new_secret()
        headers = signed_headers([SigningSecret(secret)], "evt_1_1", body, now)
        assert Webhook(secret).sign("evt_1_1", now, body.decode()) == headers["webhook-signature"]
        assert Webhook(secret).verify(body, headers) == json.loads(body)
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body + b" ", headers)

    def test_every_valid_secret_and_no_other(self) -> None:
        old, older, new = new_secret(), new_secret(), new_secret()
        secrets = [SigningSecret(new), SigningSecret(old, NOW + timedelta(seconds=1)), SigningSecret(older, NOW)]
        signatures = signed_headers(secrets, "m", b"{}", NOW)["webhook-signature"].split(" ")
        assert signatures == [Webhook(one).sign("m", NOW, "{}") for one in (new, old)]

    def test_what_the_manual_says_to_do_in_python(self) -> None:
        names: dict[str, Any] = {}
        exec(manual("python"), names)
        for secret, right in ((self.secret, True), (new_secret(), False)):
            assert names["verify"](self.body, self.headers, secret) is right
        assert not names["verify"](self.body + b" ", self.headers, self.secret)
        assert not names["verify"](self.body, {**self.headers, "webhook-timestamp": "1"}, self.secret)

    @pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
    def test_what_the_manual_says_to_do_in_node(self) -> None:
        calls = [
            [self.body.decode(), self.headers, self.secret],
            [self.body.decode(), self.headers, new_secret()],
            [self.body.decode() + " ", self.headers, self.secret],
            [self.body.decode(), {**self.headers, "webhook-timestamp": "1"}, self.secret],
        ]
        script = f"{manual('js')}\nfor (const [body, headers, secret] of {json.dumps(calls)})"
        script += "\n  console.log(verify(Buffer.from(body), headers, secret));"
        command = ["node", "--input-type=module", "-"]
        ran = subprocess.run(command, input=script, text=True, capture_output=True, timeout=600, check=True)
        assert ran.stdout.split() == ["true", "false", "false", "false"]

    def test_secrets(self) -> None:
        made = {new_secret() for _ in range(100)}
        assert len(made) == 100 and all(map(is_secret, made))
        assert "whsec" not in repr(SigningSecret(new_secret()))


class TestSchedule:
    def test_as_standard_webhooks_says(self) -> None:
        seconds = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
        assert [delay.total_seconds() for delay in DELAYS] == seconds
        assert next_attempt(len(DELAYS), NOW, 0.5) is None

    @given(st.integers(0, len(DELAYS) - 1), st.floats(0, 1))
    def test_jitter_only_adds(self, failed: int, chance: float) -> None:
        at = next_attempt(failed, NOW, chance)
        assert at is not None and DELAYS[failed] <= at - NOW <= DELAYS[failed] * (1 + JITTER)

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("120", 120),
            (" 1 ", 1),
            ("99999", 86_400),
            ("9" * 400, 86_400),
            ("Sun, 31 Jan 2027 18:01:00 GMT", 60),
            ("Sun, 31 Jan 2027 18:01:00", 60),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
            *((text, None) for text in ("0", "-1", "1.5", "", "soon", "٣", "Sun, 31 Jan 2027 17:00:00 GMT", "0" * 400)),
        ],
    )
    def test_retry_after(self, header: str, seconds: int | None) -> None:
        asked = retry_after(header, NOW)
        assert asked == (None if seconds is None else NOW + timedelta(seconds=seconds))
        assert retry_after(None, NOW) is None

    @given(st.text(max_size=60))
    def test_retry_after_of_anything(self, header: str) -> None:
        asked = retry_after(header, NOW)
        assert asked is None or NOW < asked <= NOW + LONGEST_PAUSE


class TestPayload:
    @pytest.mark.parametrize("name", [*EVENTS, TEST, "something.new"])
    def test_every_event_has_words_of_its_own(self, name: str) -> None:
        severity, title, message = summary(name, {})
        assert severity in ("INFO", "WARNING", "HIGH", "CRITICAL") and title and "{" not in message
        body = json.loads(envelope(event(name)))
        assert body["timestamp"] == "2027-01-31T18:00:00.000Z"
        assert body.keys() == {"type", "timestamp", "data", "title", "message", "severity", "service", "details"}
        assert name in EVENTS or name == TEST or title == name

    @pytest.mark.parametrize(("percent", "severity"), [(50, "WARNING"), (80, "HIGH"), (100, "CRITICAL")])
    def test_a_budget_grows_serious(self, percent: int, severity: str) -> None:
        assert summary("budget.threshold", {"threshold_percent": percent})[0] == severity

    def test_the_end_of_an_outage_is_no_alarm(self) -> None:
        target = {"provider": "openai", "model": "gpt-4o"}
        assert summary("provider.outage", {**target, "state": "out"})[0] == "CRITICAL"
        assert summary("provider.outage", {**target, "state": "back"}) == (
            "INFO",
            "Provider is back",
            "Calls to gpt-4o at the provider openai are answered again.",
        )

    def test_what_a_payload_says_of_itself(self) -> None:
        own = {"severity": "WARNING", "title": "t", "message": "m"}
        assert summary("provider.outage", own) == ("WARNING", "t", "m")

    def test_names_that_look_like_formats_are_not(self) -> None:
        assert "{0.__class__}" in summary("key.created", {"alias": "{0.__class__}"})[2]

    @given(
        st.dictionaries(
            st.text(max_size=30),
            st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.lists(st.text()), st.text()),
            max_size=40,
        ),
        st.integers(0, 40_000),
    )
    def test_bounded_whatever_comes(self, payload: dict[str, Any], long: int) -> None:
        body = envelope(
            event(**{"alias": "é" * long} | {key: value for key, value in payload.items() if key != "name"})
        )
        assert len(body) <= MAX_BODY * 2 and json.loads(body)["type"] == "key.created"
        assert len(slack(event(alias="é" * long))) <= MAX_BODY

    def test_slack_takes_what_is_sent(self) -> None:
        message = json.loads(slack(event(**{f"field{number}": "<b>" for number in range(30)})))
        blocks = message["attachments"][0]["blocks"]
        assert len(blocks[1]["fields"]) == 10 and blocks[1]["fields"][0]["text"] == "*field0*\n&lt;b&gt;"

    def test_ids(self) -> None:
        assert event_number(event().message_id) == 42 and "." not in event().message_id
        assert [event_number(text) for text in ("evt_", "42", "evt_1_x", "evt_1_٣", "")] == [None] * 5


class TestSeals:
    def test_only_in_its_place_and_under_its_pepper(self) -> None:
        sealer = Sealer(b"p" * 32)
        sealed = sealer.seal(b"canary", "a")
        assert sealer.open(sealed, "a") == b"canary" and b"canary" not in sealed
        assert sealed != sealer.seal(b"canary", "a")
        for other, place, text in ((sealer, "b", sealed), (Sealer(b"q" * 32), "a", sealed), (sealer, "a", sealed[:-1])):
            with pytest.raises(StorageError, match="cannot be read"):
                other.open(text, place)
        with pytest.raises(StorageError):
            sealer.open(b"", "a")


def test_addresses() -> None:
    strict = WebhookSettings()
    assert check_address("https://hook.example:8443/a?b=c", strict).port == 8443
    for url in (
        "http://h/",
        "https://",
        "https://u@h/",
        "https://h/#f",
        "https://h:0/",
        "//h",
        "https://h/" + "a" * 2000,
    ):
        with pytest.raises(ValueError, match=r"expected|has a|not a|port"):
            check_address(url, strict)
    check_address("http://h/", WebhookSettings(allow_http=True))
    check_address("http://h/", WebhookSettings(allow_private=True))


class TestFailures:
    def told(self, failures: Failures, now: float, **how: bool) -> list[int]:
        return [one.count for one in failures.due(now, **how)]

    def fail(self, failures: Failures, now: float, code: str = "c") -> None:
        failures.add(("org", "provider", code, 503), "m", "k", f"r{now}", now)

    def test_the_first_at_once_and_the_others_together(self) -> None:
        failures = Failures()
        self.fail(failures, 0)
        assert self.told(failures, 0.1) == [1]
        for second in range(1, 60):
            self.fail(failures, second)
            assert self.told(failures, second) == []
        (one,) = failures.due(0.1 + FIRST_S)
        assert (one.count, one.seconds, one.request_id) == (59, FIRST_S, "r59")

    def test_a_day_of_it_is_a_few_dozen_events(self) -> None:
        failures = Failures()
        told: list[int] = []
        for second in range(86_400):
            self.fail(failures, second)
            told += self.told(failures, second)
        assert 24 <= len(told) <= 36 and sum(told) > 80_000

    def test_when_it_has_stopped_the_next_is_told_at_once(self) -> None:
        failures = Failures()
        self.fail(failures, 0)
        assert self.told(failures, 0) == [1]
        assert self.told(failures, FIRST_S) == []
        self.fail(failures, FIRST_S + 1)
        assert self.told(failures, FIRST_S + 1) == [1]

    def test_what_could_not_be_written_is_due_again(self) -> None:
        failures = Failures()
        self.fail(failures, 0)
        lost = failures.due(0)
        failures.untold(lost, 0.5)
        self.fail(failures, 1)
        (one,) = failures.due(1)
        assert (one.count, one.request_id) == (2, "r1")

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, LONGEST_S), st.booleans(), st.booleans())))
    def test_none_is_lost_or_told_twice(self, steps: list[tuple[str, float, bool, bool]]) -> None:
        failures = Failures()
        now, told = 0.0, 0
        for code, pause, look, fails in steps:
            now += pause
            self.fail(failures, now, code)
            if look:
                due = failures.due(now)
                if fails:
                    failures.untold(due, now)
                else:
                    told += sum(one.count for one in due)
        assert told + sum(self.told(failures, now, all_of_it=True)) == len(steps)
