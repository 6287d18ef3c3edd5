"""A provider that fails and comes back, as its operator sees it: webhooks, `nemoproxy providers`, the health page."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.test_launch import Process, key_in, port_in, serving, status_of
from tests.hooks import Receiver, verified
from tests.upstream import OK, Upstream, read_request

ILL = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\n{}"
SETTINGS = """\
webhooks: {{allow_private: true, timeout_s: 30}}
providers: {{p: {{base_url: "http://127.0.0.1:{port}/v1"}}, dead: {{base_url: "http://127.0.0.1:9/v1"}}}}
models:
  m: {{targets: [{{provider: p, model: m}}]}}
  both: {{targets: [{{provider: p, model: x}}, {{provider: dead, model: x}}]}}
routing: {{attempts: 1, breaker: {{failures: 3, shut_s: 0.01, max_shut_s: 0.01}}}}
credits: {{unpriced: allow}}
tiers: {{payg: {{rpm: null, tps: null}}}}
"""


class Moody(Upstream):
    """Answers well or not, as `ill` says."""

    def __init__(self) -> None:
        self.ill = threading.Event()
        super().__init__(self._answer)

    def _answer(self, connection: socket.socket, _: int) -> None:
        while read_request(connection):
            connection.sendall(ILL if self.ill.is_set() else OK)


@pytest.fixture
def upstream() -> Iterator[Moody]:
    with Moody() as made:
        yield made


def states(process: Process, port: int, key: str) -> dict[str, str]:
    shown = process.command("providers", "--url", f"http://127.0.0.1:{port}/v1", "--key", key, "--json")
    assert shown.returncode == 0, shown.stderr
    return {f"{each['provider']}/{each['model']}": each["state"] for each in json.loads(shown.stdout)}


@pytest.mark.parametrize("model", ["m", "both"])
def test_an_outage_is_told_of_once_and_so_is_its_end(tmp_path: Path, upstream: Moody, model: str) -> None:
    (tmp_path / "nemoproxy.yaml").write_text(SETTINGS.format(port=upstream.port))
    target = {"m": "p/m", "both": "p/x"}[model]
    with Receiver() as receiver, serving(tmp_path) as process:
        greeting = process.read_greeting()
        port, key = port_in(greeting), key_in(greeting)
        added = process.command("webhooks", "add", receiver.url, "--event", "provider.outage", "--event", "llm.error")
        secret = added.stdout.strip()
        assert status_of(port, key, model) == 200
        assert states(process, port, key)[target] == "admitting"
        upstream.ill.set()
        assert {status_of(port, key, model) for _ in range(8)} <= {500, 503}
        assert states(process, port, key)[target] != "admitting"
        receiver.wait(2)
        upstream.ill.clear()
        for _ in range(100):
            if status_of(port, key, model) == 200 and states(process, port, key)[target] == "admitting":
                break
        while not any(hook.json()["data"].get("state") == "back" for hook in receiver.hooks):
            receiver.wait(len(receiver.hooks) + 1)
        assert process.stop() == 0
        told = [verified(hook, secret) for hook in receiver.hooks]
    outages = [body["data"] for body in told if body["type"] == "provider.outage" and body["data"]["provider"] == "p"]
    outages.sort(key=lambda one: bool(one["state"] == "back"))  # no order is promised
    assert [(one["provider"], one["model"], one["state"]) for one in outages] == [
        (*target.split("/"), "out"),
        (*target.split("/"), "back"),
    ]
    assert outages[0]["reason"] == "failed" and outages[0]["status"] == 500
    assert outages[1]["since"] == outages[0]["since"] < outages[1]["until"]
    errors = [body["data"] for body in told if body["type"] == "llm.error"]
    assert ("p", 500) in [(one["provider"], one["status"]) for one in errors]  # they come in any order


def test_providers_says_what_is_wrong_in_a_line(tmp_path: Path, upstream: Moody) -> None:
    (tmp_path / "nemoproxy.yaml").write_text(SETTINGS.format(port=upstream.port))

    def lead_away(connection: socket.socket, _: int) -> None:
        read_request(connection)
        away = f"http://127.0.0.1:{upstream.port}/health/providers"
        connection.sendall(f"HTTP/1.1 302 Found\r\nlocation: {away}\r\ncontent-length: 0\r\n\r\n".encode())

    with Upstream(lead_away) as elsewhere, serving(tmp_path) as process:
        greeting = process.read_greeting()
        url, key = f"http://127.0.0.1:{port_in(greeting)}/v1", key_in(greeting)
        shown = process.command("providers", "--url", url, "--key", key)
        assert shown.returncode == 0
        assert [line.split()[:2] for line in shown.stdout.splitlines()] == [
            ["TARGET", "STATE"], ["dead/x", "admitting"], ["p/m", "admitting"], ["p/x", "admitting"],
        ]  # fmt: skip
        for words, says in [
            (["--url", url, "--key", "sk-nemo-wrong"], "status 401"),
            (["--url", "http://127.0.0.1:9/v1", "--key", key], "no gateway answers"),
            (["--url", f"http://127.0.0.1:{upstream.port}/v1", "--key", key], "not a gateway"),
            (["--url", f"http://127.0.0.1:{elsewhere.port}/v1", "--key", key], "status 302"),
            (["--url", "file:///etc", "--key", key], "not a URL"),
        ]:
            failed = process.command("providers", *words)
            assert failed.returncode == 1 and says in failed.stderr and "Traceback" not in failed.stderr
            assert key not in failed.stderr
