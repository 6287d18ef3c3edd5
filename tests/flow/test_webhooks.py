"""From the outbox to a receiver, over sockets: signed, retried, never lost, never twice at a time."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from sqlalchemy import text
from standardwebhooks import WebhookVerificationError

from nemoproxy.storage import NewKey, Status, UnknownRecord, WebhookKind
from nemoproxy.storage.engine import writing
from nemoproxy.storage.events import emit
from nemoproxy.webhooks import new_secret
from nemoproxy.webhooks.schedule import DELAYS
from tests.hooks import Hook, Receiver, Rig, all_are, answer, verified
from tests.timing import ENOUGH_S

Drill = Callable[[Rig], Awaitable[None]]


def drill(data: Path, run: Drill, **settings: object) -> None:
    async def main() -> None:
        rig = Rig(data, **settings)
        try:
            await run(rig)
        finally:
            await rig.close()

    asyncio.run(main())


def test_an_event_arrives_signed_and_once(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        row = rig.hook(receiver.url, headers={"x-token": "t"})
        rig.work()
        key_id = rig.happen("batch")
        (delivery,) = await rig.settled(all_are("delivered", 1, 1))
        (hook,) = receiver.hooks
        body = verified(hook, row.secrets[0].text)
        assert body["type"] == "key.created" and body["data"]["key_id"] == key_id
        assert body["details"] == body["data"] and body["service"] == "nemo-backend" and body["severity"] == "INFO"
        assert "batch" in body["message"] and body["title"] == "Key created"
        assert hook.id == delivery.message_id and delivery.last_status == 204
        assert hook.headers["x-token"] == "t" and hook.headers["content-type"] == "application/json"
        rig.records.revoke_key(key_id)
        rig.records.revoke_key(key_id)
        await rig.settled(all_are("delivered", 2, 1))
        assert [hook.json()["type"] for hook in receiver.hooks] == ["key.created", "key.revoked"]
        with pytest.raises(WebhookVerificationError):
            verified(hook, new_secret())

    with Receiver() as receiver:
        drill(tmp_path, run)


def test_while_secrets_are_rotated_both_verify(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        row = rig.hook(receiver.url)
        new = new_secret()
        rig.records.webhooks.rotate(row.id, new, timedelta(hours=1))
        rig.work()
        rig.happen()
        await rig.settled(all_are("delivered", 1))
        for secret in (row.secrets[0].text, new):
            verified(receiver.hooks[0], secret)
        rig.records.webhooks.rotate(row.id, newest := new_secret(), timedelta(0))
        rig.happen()
        await rig.settled(all_are("delivered", 2))
        assert receiver.hooks[1].headers["webhook-signature"].count("v1,") == 1
        verified(receiver.hooks[1], newest)

    with Receiver() as receiver:
        drill(tmp_path, run)


def test_the_schedule_to_the_dead_letter_and_back(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        row = rig.hook(receiver.url)
        rig.work()
        rig.happen()
        for attempts in range(1, len(DELAYS)):
            (delivery,) = await rig.settled(all_are("pending", 1, attempts))
            waits = delivery.next_at - rig.clock.now
            assert waits == pytest.approx(DELAYS[attempts] * 1.1, abs=timedelta(milliseconds=1))
            assert delivery.last_status == 500 and delivery.last_error == "answered with status 500"
            rig.clock.now = delivery.next_at
        await rig.settled(all_are("dead", 1, len(DELAYS)))
        assert len(receiver.hooks) == len(DELAYS) == 10 and len(set(receiver.ids)) == 1
        receiver.reply = lambda _: answer(200)
        assert rig.records.deliveries.replay(row.id, rig.clock.now) == 1
        await rig.settled(all_are("delivered", 1, 1))
        assert len(set(receiver.ids)) == 1
        timestamps = [int(hook.headers["webhook-timestamp"]) for hook in receiver.hooks]
        assert timestamps == sorted(timestamps) and timestamps[-1] - timestamps[0] > 3 * 86_400

    with Receiver(lambda _: answer(500)) as receiver:
        drill(tmp_path, run)


def test_retry_after_is_kept_for_all_that_goes_there(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        row = rig.hook(receiver.url)
        rig.work()
        rig.happen()
        (delivery,) = await rig.settled(all_are("pending", 1, 1))
        assert delivery.next_at - rig.clock.now >= timedelta(seconds=899)
        assert rig.records.webhooks.find(row.id).paused_until == delivery.next_at
        receiver.reply = lambda _: answer(200)
        with Receiver() as other:
            rig.hook(other.url)
            rig.happen()
            await rig.settled(lambda rows: Counter(row.status for row in rows) == {"pending": 2, "delivered": 1})
        assert len(receiver.hooks) == 1
        rig.clock.now = delivery.next_at
        await rig.settled(all_are("delivered", 3))
        assert len(receiver.hooks) == 3

    with Receiver(lambda _: answer(429, "retry-after: 900")) as receiver:
        drill(tmp_path, run)


def test_gone_ends_it(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        row = rig.hook(receiver.url)
        rig.happen()
        rig.work()
        await rig.settled(all_are("dead", 1, 1))
        assert rig.records.webhooks.find(row.id).disabled_at is not None
        with Receiver() as other:
            rig.hook(other.url)
            rig.happen()
            await other.came(1)
            assert len(receiver.hooks) == 1
        receiver.reply = lambda _: answer(200)
        rig.records.webhooks.enable(row.id)
        assert rig.records.deliveries.replay(row.id, rig.clock.now, since=row.created_at) == 2
        await receiver.came(3)
        assert len(set(receiver.ids)) == 2

    with Receiver(lambda _: answer(410)) as receiver:
        drill(tmp_path, run)


def test_a_redirect_is_a_failure_and_not_followed(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        rig.hook(receiver.url)
        rig.work()
        rig.happen()
        (delivery,) = await rig.settled(all_are("pending", 1, 1))
        assert delivery.last_status == 302 and target.accepted == 0

    with Receiver() as target, Receiver(lambda _: answer(302, f"location: {target.url}")) as receiver:
        drill(tmp_path, run)


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://127.0.0.1:1/"]
)
def test_a_redirect_to_where_nothing_may_go(tmp_path: Path, location: str) -> None:
    async def run(rig: Rig) -> None:
        rig.hook(receiver.url)
        rig.work()
        rig.happen()
        (delivery,) = await rig.settled(all_are("pending", 1, 1))
        assert (delivery.last_status, delivery.last_error) == (307, "answered with status 307")

    with Receiver(lambda _: answer(307, f"location: {location}")) as receiver:
        drill(tmp_path, run)


def test_a_private_address_is_not_connected_to(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        hosts = ("127.0.0.1", "localhost", "127.1", "0x7f000001", "[::ffff:127.0.0.1]", "2130706433", "a@127.0.0.1")
        for host in hosts:
            rig.hook(receiver.url.replace("127.0.0.1", host))
        rig.work()
        rig.happen()
        rows = await rig.settled(all_are("pending", len(hosts), 1))
        assert receiver.accepted == 0
        assert {row.last_status for row in rows} == {None}
        assert all("127" not in (row.last_error or "") for row in rows)

    with Receiver() as receiver:
        drill(tmp_path, run, allow_private=False, allow_http=True)


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        rig.hook(receiver.url.replace("http://", "https://"))
        rig.work()
        rig.happen()
        (row,) = await rig.settled(all_are("pending", 1, 1))
        assert row.last_error == "cannot be asked: ClientConnectorCertificateError" and receiver.hooks == []

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    with Receiver(tls=tls) as receiver:
        drill(tmp_path, run)


def test_http_is_not_spoken_unless_that_is_allowed(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        rig.hook("http://hook.example/")
        rig.work()
        rig.happen()
        (row,) = await rig.settled(all_are("pending", 1, 1))
        assert row.last_error is not None and row.last_error.startswith("expected https://")

    drill(tmp_path, run, allow_private=False)


def test_a_receiver_that_is_down_then_up(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        rig.hook(f"http://127.0.0.1:{port}/hook")
        rig.work()
        ids = {rig.happen() for _ in range(5)}
        await rig.settled(all_are("pending", 5, 1))
        with Receiver() as receiver:
            row = rig.hook(receiver.url)
            assert rig.records.deliveries.replay(row.id, rig.clock.now, since=row.created_at) == 0
            assert rig.records.deliveries.replay(row.id, rig.clock.now, since=row.created_at - timedelta(days=1)) == 5
            await receiver.came(5)
            assert {hook.json()["data"]["key_id"] for hook in receiver.hooks} == ids

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    drill(tmp_path, run)


def test_a_receiver_that_hangs_up_in_the_middle(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()

    def flaky(hook: Hook) -> bytes:
        seen[hook.id] += 1
        return (b"", b"HTTP/1.1 2", answer(200))[min(seen[hook.id], 3) - 1]

    async def run(rig: Rig) -> None:
        rig.hook(receiver.url)
        rig.work()
        for _ in range(6):
            rig.happen()
        await rig.settled(all_are("pending", 6, 1))
        rig.clock.tick(seconds=6)
        await rig.settled(all_are("pending", 6, 2))
        rig.clock.tick(minutes=6)
        await rig.settled(all_are("delivered", 6, 3))
        assert set(seen.values()) == {3}

    with Receiver(flaky) as receiver:
        drill(tmp_path, run)


def test_a_slow_receiver_holds_up_nobody_else(tmp_path: Path) -> None:
    release = threading.Event()

    def slow(_: Hook) -> bytes:
        release.wait(ENOUGH_S)
        return answer(200)

    async def run(rig: Rig) -> None:
        rig.hook(stuck.url)
        rig.hook(quick.url)
        rig.work()
        for _ in range(40):
            rig.happen()
        await rig.settled(lambda rows: Counter(row.status for row in rows)["delivered"] == 40)
        assert stuck.accepted <= 4, "one webhook has a few attempts at a time"
        release.set()
        await rig.settled(all_are("delivered", 80, 1))

    with Receiver(slow) as stuck, Receiver() as quick:
        drill(tmp_path, run)


def test_silence_is_a_failure_after_the_time_out(tmp_path: Path) -> None:
    release = threading.Event()

    def silent(_: Hook) -> bytes:
        release.wait(ENOUGH_S)
        return b""

    async def run(rig: Rig) -> None:
        rig.hook(receiver.url)
        rig.work()
        rig.happen()
        (row,) = await rig.settled(all_are("pending", 1, 1))
        assert row.last_error == "did not answer within 0.1 s"
        release.set()

    with Receiver(silent) as receiver:
        drill(tmp_path, run, timeout_s=0.1)


def test_an_endless_answer_is_not_read(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        rig.hook(receiver.url)
        rig.work()
        rig.happen()
        await rig.settled(all_are("delivered", 1, 1))

    with Receiver(lambda _: b"HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n" + bytes(1 << 20)) as receiver:
        drill(tmp_path, run)


def test_gateways_that_share_a_database_send_each_event_once(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        rig.hook(receiver.url)
        workers = [rig.work() for _ in range(4)]
        for number in range(60):
            rig.happen(str(number))
        await rig.settled(all_are("delivered", 60, 1))
        assert len(workers) == 4 and len(receiver.ids) == len(set(receiver.ids)) == 60

    with Receiver() as receiver:
        drill(tmp_path, run)


def test_what_a_worker_had_claimed_when_it_died_goes_to_another(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        rig.hook(receiver.url)
        rig.happen()
        lease = timedelta(seconds=10)
        claimed = rig.records.deliveries.turn(rig.clock.now, (), lambda _: 4, 64, lease).attempts
        assert len(claimed) == 1
        assert rig.records.deliveries.turn(rig.clock.now, (), lambda _: 4, 64, lease).attempts == ()
        with Receiver() as other:
            rig.hook(other.url)
            rig.work()
            rig.happen()
            await other.came(1)
        assert {hook.id for hook in await receiver.came(1)} != {claimed[0].event.message_id}
        rig.clock.tick(seconds=10)
        await receiver.came(2)
        assert claimed[0].event.message_id in receiver.ids

    with Receiver() as receiver:
        drill(tmp_path, run)


def test_a_worker_that_stops_gives_back_what_it_had(tmp_path: Path) -> None:
    release = threading.Event()

    def held(_: Hook) -> bytes:
        release.wait(ENOUGH_S)
        return answer(200)

    async def run(rig: Rig) -> None:
        rig.hook(receiver.url)
        worker = rig.work()
        rig.happen()
        await receiver.came(1)
        await worker.stop()
        (row,) = rig.records.deliveries.list()
        assert (row.status, row.attempts, row.leased) == (Status.PENDING, 0, False)
        release.set()
        rig.work()
        await rig.settled(all_are("delivered", 1, 1))
        assert len(set(receiver.ids)) == 1

    with Receiver(held) as receiver:
        drill(tmp_path, run)


def test_filters_and_organisations(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        acme, other = rig.records.set_org("acme"), rig.records.set_org("other")
        for org in ("acme", "other"):
            rig.records.set_team("t", org)
        everything, revoked, acmes = rig.hook(a.url), rig.hook(b.url, events=["key.revoked"]), None
        acmes = rig.hook(c.url, org_id=acme.id)
        rig.work()
        mine = rig.records.create_key(NewKey(team="t", org="acme"))[0]
        yours = rig.records.create_key(NewKey(team="t", org="other"))[0]
        rig.records.revoke_key(yours.id)
        rows = await rig.settled(all_are("delivered", 5, 1))
        by_webhook = Counter(row.webhook_id for row in rows)
        assert by_webhook == {everything.id: 3, revoked.id: 1, acmes.id: 1}
        assert c.hooks[0].json()["data"]["key_id"] == mine.id and other.id not in str(c.hooks[0].body)
        foreign = next(row for row in rows if row.webhook_id == revoked.id)
        with pytest.raises(UnknownRecord, match="for this webhook"):
            rig.records.deliveries.replay(acmes.id, rig.clock.now, event_id=foreign.event_id)
        assert rig.records.deliveries.replay(everything.id, rig.clock.now, event_id=foreign.event_id) == 1
        await rig.settled(all_are("delivered", 5, 1))
        await a.came(4)

    with Receiver() as a, Receiver() as b, Receiver() as c:
        drill(tmp_path, run)


def test_what_was_before_a_webhook_is_not_sent_to_it(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        rig.happen("before")
        rig.hook(receiver.url)
        rig.happen("after")
        rig.work()
        await rig.settled(all_are("delivered", 1, 1))
        assert receiver.hooks[0].json()["data"]["alias"] == "after"

    with Receiver() as receiver:
        drill(tmp_path, run)


def test_slack_gets_messages(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        rig.hook(receiver.url, WebhookKind.SLACK)
        rig.work()
        rig.happen("<!channel> & co")
        await rig.settled(all_are("delivered", 1, 1))
        body = receiver.hooks[0].json()
        assert "&lt;!channel&gt; &amp; co" in body["text"] and "<!channel>" not in json.dumps(body)
        assert "webhook-signature" not in receiver.hooks[0].headers
        section = body["attachments"][0]["blocks"][0]
        assert section["type"] == "section" and "Key created" in section["text"]["text"]

    with Receiver() as receiver:
        drill(tmp_path, run)


def test_a_webhook_that_is_removed_takes_what_waits_with_it(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        row = rig.hook(receiver.url)
        rig.work()
        rig.happen()
        await rig.settled(all_are("pending", 1, 1))
        rig.records.webhooks.remove(row.id)
        assert rig.records.deliveries.list() == []
        with pytest.raises(UnknownRecord):
            rig.records.webhooks.remove(row.id)

    with Receiver(lambda _: answer(503)) as receiver:
        drill(tmp_path, run)


def test_what_is_old_and_done_is_forgotten(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        rig.hook(receiver.url)
        rig.work()
        rig.happen()
        with writing(rig.records.engine) as connection:
            emit(connection, "budget.threshold:b", "budget.threshold", {})
        await rig.settled(all_are("delivered", 2, 1))
        receiver.reply = lambda _: answer(500)
        rig.happen()
        await rig.settled(lambda rows: Counter(row.status for row in rows) == {"delivered": 2, "pending": 1})
        rig.clock.tick(days=31)
        rows = await rig.settled(lambda rows: len(rows) == 2)
        assert {row.event for row in rows} == {"budget.threshold", "key.created"}, "told again, if it were forgotten"

    with Receiver() as receiver:
        drill(tmp_path, run)


def test_a_webhook_whose_secrets_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    async def run(rig: Rig) -> None:
        broken = rig.hook(receiver.url)
        rig.hook(receiver.url)
        with writing(rig.records.engine) as connection:
            connection.execute(text("UPDATE webhooks SET sealed = x'00' WHERE id = :id"), {"id": broken.id})
        rig.work()
        rig.happen()
        await rig.settled(all_are("delivered", 1, 1))

    with Receiver() as receiver:
        drill(tmp_path, run)


def test_a_flood_is_delivered_whole_past_a_receiver_that_fails(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()

    def every_third(hook: Hook) -> bytes:
        seen[hook.id] += 1
        return answer(200 if seen[hook.id] > 1 or len(seen) % 3 else 500)

    async def run(rig: Rig) -> None:
        rig.hook(receiver.url)
        rig.flood(700)  # more than are handed out at once
        worker = rig.work()
        await rig.settled(lambda rows: len(rows) == 700 and all(row.attempts for row in rows))
        await worker.stop()
        rig.clock.tick(minutes=1)
        rig.work()
        await rig.settled(all_are("delivered", 700))
        assert len(seen) == 700

    with Receiver(every_third) as receiver:
        drill(tmp_path, run)
