"""The process that `make run` starts, from the outside: what it prints works, and it stops as it should."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.site import Site
from tests.timing import ENOUGH_S, until, within
from tests.wire import Wire, chat, post

NEMOPROXY = [sys.executable, "-m", "nemoproxy"]


class Process:
    """`nemoproxy serve` on a port of its own, in a directory, with nothing in its environment but `environ`."""

    def __init__(self, directory: Path, *arguments: str, **environ: str) -> None:
        self.directory = directory
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(directory), **environ}
        self.log = directory / "stderr.txt"
        with self.log.open("w") as log:
            self.popen = subprocess.Popen(
                [*NEMOPROXY, "serve", "--port", "0", *arguments],
                cwd=directory,
                env=self.environ,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def read_greeting(self) -> str:
        """What it prints once it listens."""
        assert self.popen.stdout is not None
        lines = []
        for line in self.popen.stdout:
            lines.append(line)
            if "keys create" in line or "print(" in line:
                return "".join(lines)
        raise AssertionError(f"it ended: {self.log.read_text()}")

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another process of the same operator."""
        return run([*NEMOPROXY, *words], cwd=self.directory, env=self.environ)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.popen.send_signal(number)
        return self.popen.wait(ENOUGH_S)


def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=ENOUGH_S, check=False, **options)  # type: ignore[call-overload]


@contextmanager
def serving(directory: Path, *arguments: str, **environ: str) -> Iterator[Process]:
    process = Process(directory, *arguments, **environ)
    try:
        yield process
    finally:
        process.popen.kill()
        with process.popen:
            pass


def port_in(greeting: str) -> int:
    found = re.search(r"listens on http://127\.0\.0\.1:(\d+)/v1", greeting)
    assert found, greeting
    return int(found[1])


def key_in(greeting: str) -> str:
    found = re.findall(r"^ {4}(sk-nemo-[0-9A-Za-z]{38})$", greeting, re.MULTILINE)
    assert len(found) == 1, greeting
    return str(found[0])


def status_of(port: int, key: str, model: str = "mock") -> int:
    """Of a call; it is made again where a disk that is slow just now is why nobody is admitted."""
    while True:
        with Wire(port) as wire:
            wire.send(post(chat(model), key))
            answer = wire.answer()
        if answer.status != 503 or answer.code != "credit_check_failed":
            return answer.status


def read_until(wire: Wire, mark: bytes) -> None:
    """Takes what comes on a stream; fails at its end if the mark was not in it."""
    read = b""
    while mark not in read:
        part = wire.socket.recv(65536)
        assert part, read
        read += part


def test_what_is_printed_works_when_pasted(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        greeting = process.read_greeting()
        shell, _, rest = greeting.partition("Try it:\n")[2].partition("or, after")
        curl = run(["/bin/sh", "-c", shell], cwd=tmp_path, env=process.environ)
        assert curl.stdout.startswith("data: {"), (shell, curl)
        assert curl.stdout.endswith("data: [DONE]\n\n")
        assert curl.stdout.count("data: ") > 3
        snippet = textwrap.dedent(rest.partition("in Python:\n")[2])
        python = run([sys.executable, "-c", snippet], cwd=tmp_path, env=process.environ)
        assert (python.returncode, python.stderr) == (0, "")
        assert "Hello!" in python.stdout
        assert "MOCK" in greeting


def test_data_is_under_var_and_for_nobody_else(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        key = key_in(process.read_greeting())
        assert {path.name for path in tmp_path.iterdir()} == {"var", "stderr.txt"}
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "var").iterdir()}
        assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700
        assert {"nemoproxy.db", "pepper"} <= modes.keys()
        assert modes.pop("journal") == 0o700
        assert set(modes.values()) == {0o600}
        assert key not in process.log.read_text()
        for path in (tmp_path / "var").rglob("*"):
            assert path.is_dir() or key.encode() not in path.read_bytes()


def test_a_second_start_keeps_the_keys_and_shows_none(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        key = key_in(first.read_greeting())
        assert first.stop() == 0
    with serving(tmp_path) as second:
        greeting = second.read_greeting()
        assert "sk-nemo-" not in greeting
        assert status_of(port_in(greeting), key) == 200


def test_a_revocation_acts_within_a_second(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        greeting = process.read_greeting()
        port, key = port_in(greeting), key_in(greeting)
        assert status_of(port, key) == 200
        assert process.command("keys", "revoke", "first", "--yes").returncode == 0
        with within(1):
            until(lambda: status_of(port, key) == 401)
        made = process.command("keys", "create").stdout.strip()
        with within(1):
            until(lambda: status_of(port, made) == 200)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_an_open_stream_end(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as process:
        greeting = process.read_greeting()
        port, key = port_in(greeting), key_in(greeting)
        with Wire(port) as wire, Wire(port) as idle:
            idle.send(post(chat(), key))
            assert idle.answer().status == 200
            wire.send(post(chat("mock,events=40,spacing=20ms", stream=True), key))
            read_until(wire, b"data: {")
            process.popen.send_signal(number)
            assert idle.closed()
            read_until(wire, b"data: [DONE]\n\n")
        assert process.popen.wait(ENOUGH_S) == 0
        assert "Traceback" not in process.log.read_text()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def test_guardrails_are_read_again_unless_they_are_wrong(tmp_path: Path) -> None:
    def ask(text: str) -> int:
        with Wire(port) as wire:
            wire.send(post(chat("mock", messages=[{"role": "user", "content": text}]), key))
            return wire.answer().status

    def hang_up(file: str, says: str) -> None:
        settings.write_text(file)
        process.popen.send_signal(signal.SIGHUP)
        until(lambda: says in process.log.read_text())

    settings = tmp_path / "nemoproxy.yaml"
    entry = "guardrails: {g: {detector: keyword, action: block, words: [%s]}}"
    settings.write_text(entry % "one")
    with serving(tmp_path) as process:
        greeting = process.read_greeting()
        port, key = port_in(greeting), key_in(greeting)
        assert (ask("one"), ask("two")) == (400, 200)
        hang_up(entry % "two", "were read again")
        assert (ask("one"), ask("two")) == (200, 400)
        hang_up("guardrails: {g: {detector: regex, action: block, patterns: {p: 'a(?=b)'}}}", "stay as they were")
        assert (ask("one"), ask("two")) == (200, 400)


def test_a_second_signal_does_not_wait(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        greeting = process.read_greeting()
        with Wire(port_in(greeting)) as wire:
            wire.send(post(chat("mock,events=100000,spacing=1s", stream=True), key_in(greeting)))
            read_until(wire, b"data: {")
            process.popen.send_signal(signal.SIGTERM)
            while "stopping" not in process.log.read_text():
                assert process.popen.poll() is None
            assert process.stop() == -signal.SIGTERM


def test_a_busy_port_is_said_in_a_line_and_costs_no_key(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serving(tmp_path, "--port", str(port)) as process:
            assert process.popen.wait(ENOUGH_S) == 1
            said = process.log.read_text()
            assert said.startswith(f"Error: Cannot listen on 127.0.0.1:{port}: ")
            assert "--port" in said
            assert "Traceback" not in said
    with serving(tmp_path) as process:
        assert key_in(process.read_greeting())


def test_a_gateway_that_runs_here_already_is_said_in_a_line(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        key = key_in(first.read_greeting())
        with serving(tmp_path) as second:
            assert second.popen.wait(ENOUGH_S) == 1
            said = second.log.read_text()
            assert said.startswith("Error: The journal in var/journal cannot be used: another process writes it.")
            assert "a gateway run here already" in said and "Traceback" not in said
        assert first.command("keys", "list").returncode == 0 and key


def test_options_go_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("server: {host: 127.0.0.3, port: 1}\nmodels: {}\n")
    with serving(tmp_path, "--config", "my.yaml", "--host", "127.0.0.2") as process:
        found = re.search(r"listens on http://127\.0\.0\.2:(\d+)/v1", process.read_greeting())
        assert found
        socket.create_connection(("127.0.0.2", int(found[1]))).close()


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("server: {port: x}", "nemoproxy.yaml:1: server.port"),
        ("server: {host: 192.0.2.1}", "Cannot listen on 192.0.2.1:0"),
        ("server: {host: no-such-host.invalid}", "Cannot listen on no-such-host.invalid:0"),
        ("storage: {url: 'sqlite:////dev/null/x.db'}", "The database file /dev/null/x.db cannot be used"),
        ("credits: {journal: /dev/null/x}", "The journal in /dev/null/x cannot be used: Not a directory."),
        ("storage: {pepper_file: /dev/null}", "The pepper in /dev/null is shorter"),
        ("storage: {url: 'sqlite:///nemoproxy.yaml'}", "The database refused"),
        ("providers: {a: {base_url: 'https://a.test', ca_file: nemoproxy.yaml}}\nmodels: {m: a}", "no certificate in"),
    ],
)
def test_what_cannot_start_says_so_in_a_line(tmp_path: Path, file: str, says: str) -> None:
    (tmp_path / "nemoproxy.yaml").write_text(file)
    with serving(tmp_path) as process:
        assert process.popen.wait(ENOUGH_S) == 1
        said = process.log.read_text()
        assert said.startswith("Error: ")
        assert says in said
        assert "Traceback" not in said
        assert process.popen.stdout is not None
        assert process.popen.stdout.read() == ""


def test_the_environment_names_the_provider(tmp_path: Path, site: Site) -> None:
    base = f"http://127.0.0.1:{site.mock.port}/v1"
    with serving(tmp_path, OPENAI_API_KEY="sk-theirs-0123456789", OPENAI_BASE_URL=base) as process:
        greeting = process.read_greeting()
        assert "Providers: openai" in greeting
        assert "MOCK" not in greeting
        assert status_of(port_in(greeting), key_in(greeting), "gpt-4o-mini") == 200
    assert site.mock.requests[-1].header("authorization") == "Bearer sk-theirs-0123456789"
