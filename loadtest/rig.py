"""What a measurement needs around it: processes on free loopback ports, pinned to cores, and what they cost.

Everything is started here, lives in one temporary directory, and is stopped by its process id.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType

HERE = Path(__file__).parent
ROOT = HERE.parent
GATEWAY_CORE, LOAD_CORE = 0, 1
START_SECONDS = 20.0

SECRET = "sk-mock-as-long-as-the-keys-of-providers-are-0123456789"
"""Looked for in all that the provider says."""
GATEWAY = """\
server: {{host: 127.0.0.1, port: {port}}}
storage: {{url: "sqlite:///{dir}/nemoproxy.db", pepper_file: "{dir}/pepper"}}
providers:
  mock: {{base_url: "http://127.0.0.1:{upstream}/v1", api_key: {secret}, pool: {{max_idle: 2000}}}}
  claude: {{kind: anthropic, base_url: "http://127.0.0.1:{upstream}/v1", api_key: {secret}, pool: {{max_idle: 2000}}}}
  gemini: {{kind: gemini, base_url: "http://127.0.0.1:{upstream}/v1beta", api_key: {secret}, pool: {{max_idle: 2000}}}}
models:
  "claude/*": claude
  "gemini/*": gemini
  "*": mock
prices:
  mock/*: {{input: 0.15, output: 0.60}}
  claude/*: {{input: 0.15, output: 0.60}}
  gemini/*: {{input: 0.15, output: 0.60}}
credits: {{journal: "{dir}/journal", signup_grant_usd: 1000000, metered: {money}, record_usage: {money}}}
cache: {{enabled: {cache}}}
"""


class RigError(Exception):
    """Something the measurement needs is missing or did not start."""


@dataclass
class Service:
    """A process tree that answers on a port."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    log: Path
    key: str = "sk-none"

    def pids(self) -> list[int]:
        """The process and all its descendants."""
        children: dict[int, list[int]] = {}
        for entry in os.listdir("/proc"):
            if entry.isdecimal():
                try:
                    stat = Path("/proc", entry, "stat").read_text()
                except OSError:
                    continue
                children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry))
        found = [self.process.pid]
        for pid in found:
            found += children.get(pid, [])
        return found

    def cpu(self) -> float:
        """Seconds of user and system time, all threads of all its processes, by their CPU clocks (no 10 ms ticks)."""
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.pids())

    def rss(self) -> int:
        """Resident bytes of the tree."""
        total = 0
        for pid in self.pids():
            match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
            total += int(match[1]) * 1024 if match else 0
        return total

    def wait(self) -> None:
        """Until the port answers."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RigError(f"{self.name} ended with {self.process.returncode}:\n{self.log.read_text()[-2000:]}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.5).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RigError(f"{self.name} does not listen after {START_SECONDS:.0f} s:\n{self.log.read_text()[-2000:]}")

    def wait_for(self, key: str) -> None:
        """Until the gateway knows a key that was made just now."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
            connection.request("GET", "/v1/models", headers={"authorization": f"Bearer {key}"})
            status = connection.getresponse().status
            connection.close()
            if status == 200:
                return
            time.sleep(0.05)
        raise RigError(f"{self.name} does not know a new key after {START_SECONDS:.0f} s")

    def stop(self) -> None:
        pids = self.pids()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Rig:
    """The services of one measurement. Use as a context manager."""

    dir: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="nemoproxy-load-")))
    services: list[Service] = field(default_factory=list)

    def __enter__(self) -> Rig:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for service in reversed(self.services):
            service.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(
        self, name: str, command: list[str], port: int, core: int | None, checkout: Path | None = None
    ) -> Service:
        log = self.dir / f"{name}.log"
        pinned = ["taskset", "-c", str(core), *command] if core is not None else command
        with log.open("wb") as output:
            process = subprocess.Popen(
                pinned, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=checkout or ROOT
            )
        service = Service(name, process, port, log)
        self.services.append(service)
        service.wait()
        return service

    def mock(self, core: int | None = LOAD_CORE) -> Service:
        port = free_port()
        return self.start("mock", [sys.executable, "-m", "nemoproxy.mock", "127.0.0.1", str(port)], port, core)

    def nginx(self, upstream: Service) -> Service:
        port = free_port()
        file = self.dir / "nginx.conf"
        template = (HERE / "nginx.conf").read_text()
        for name, value in (("PORT", port), ("UPSTREAM", upstream.port), ("DIR", self.dir)):
            template = template.replace(f"@{name}@", str(value))
        file.write_text(template)
        return self.start("nginx", ["nginx", "-c", str(file), "-e", str(self.dir / "error.log")], port, GATEWAY_CORE)

    def gateway(
        self,
        upstream: Service,
        core: int | None = GATEWAY_CORE,
        *,
        name: str = "gateway",
        money: bool = True,
        cache: bool = False,
        checkout: Path | None = None,
    ) -> Service:
        port = free_port()
        config = self.config(name, port, upstream, money=money, cache=cache, checkout=checkout)
        command = [python(checkout), "-m", "nemoproxy", "serve", "--config", str(config)]
        return self.start(name, command, port, core, checkout)

    @contextmanager
    def pair(self, upstream: Service) -> Iterator[tuple[Service, Service]]:
        """Two gateways that are there for this only: without money, and with it."""
        number = sum(1 for _ in self.dir.glob("free*.log"))
        free = self.gateway(upstream, name=f"free{number}", money=False)
        metered = self.gateway(upstream, name=f"metered{number}")
        for service in (free, metered):
            service.key = self.key(service.name, *UNLIMITED)
        yield free, metered
        for service in (free, metered):
            service.stop()
            self.services.remove(service)

    def config(
        self,
        name: str,
        port: int,
        upstream: Service,
        *,
        money: bool = True,
        cache: bool = False,
        checkout: Path | None = None,
    ) -> Path:
        """A configuration with storage of its own. Without `money` nothing is metered, and nothing recorded; with
        `cache` equal requests are answered from it.

        Another checkout has its own words for it."""
        place = self.dir / name
        place.mkdir()
        file = place / "nemoproxy.yaml"
        template = GATEWAY
        if checkout is not None:
            said = [python(checkout), "-c", "from loadtest.rig import GATEWAY; print(GATEWAY)"]
            template = subprocess.run(said, cwd=checkout, capture_output=True, text=True, check=True).stdout
        words = {"money": str(money).lower(), "cache": str(cache).lower(), "secret": SECRET}
        file.write_text(template.format(port=port, dir=place, upstream=upstream.port, **words))
        return file

    def target(self, command: str, upstream: Service) -> Service:
        """Any other proxy: `{port}` and `{upstream}` in the command are filled in."""
        port = free_port()
        words = shlex.split(command.format(port=port, upstream=upstream.port))
        return self.start("target", words, port, GATEWAY_CORE)

    def key(self, name: str = "gateway", *options: str, checkout: Path | None = None) -> str:
        """A virtual key, made in the storage of that configuration. The gateway knows it by then, if it runs."""
        config = str(self.dir / name / "nemoproxy.yaml")
        command = [python(checkout), "-m", "nemoproxy", "keys", "create", "--config", config, *options, "--json"]
        made = subprocess.run(command, capture_output=True, text=True, cwd=checkout or ROOT)
        if made.returncode:
            raise RigError(f"keys create failed:\n{made.stderr[-2000:]}")
        key = str(json.loads(made.stdout)["key"])
        for service in self.services:
            if service.name == name:
                service.wait_for(key)
        return key


UNLIMITED = (
    "--tier=enterprise",
    "--rpm=100000000",
    "--tpm=1000000000000",
    "--tps=10000000",
    "--concurrency=100000",
)
"""Limits that are on, and that no measurement reaches."""


def python(checkout: Path | None) -> str:
    """Of this checkout, or another one."""
    if checkout is None:
        return sys.executable
    found = checkout / ".venv/bin/python"
    if not found.exists():
        raise RigError(f"{checkout} has no virtual environment: run `make install` there")
    return str(found)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def require(*programs: tuple[str, str]) -> None:
    """Each (program, Debian package) must be there."""
    missing = [package for program, package in programs if shutil.which(program, path=_path()) is None]
    if missing:
        raise RigError(f"missing: {', '.join(missing)}. On Debian: apt-get install {' '.join(missing)}")
    os.environ["PATH"] = _path()


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """This process on one core, and what it starts."""
    before = os.sched_getaffinity(0)
    if not {GATEWAY_CORE, LOAD_CORE} <= before:
        raise RigError(f"cores {GATEWAY_CORE} and {LOAD_CORE} are needed, and this process may use {sorted(before)}")
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def machine() -> list[str]:
    """What the figures were taken on, a line each."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    packages = ("aiohttp", "uvloop", "nemoproxy")
    return [
        f"machine: {os.cpu_count()} cores, {cpu[1] if cpu else 'unknown CPU'}, "
        f"{int(memory[1]) >> 20 if memory else '?'} GiB, {os.uname().sysname} {os.uname().release}",
        f"python: {sys.version.split()[0]}, " + ", ".join(f"{name} {_version(name)}" for name in packages),
        f"tools: {_said(['nginx', '-v'])}, {_said(['wrk', '-v'])}",
        f"load average at the start: {os.getloadavg()[0]:.2f}",
        f"commit: {_said(['git', 'describe', '--always', '--dirty'])}",
        f"command: python -m loadtest.{Path(sys.argv[0]).stem} {shlex.join(sys.argv[1:])}".rstrip(),
    ]


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


def _said(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    except OSError:
        return f"no {command[0]}"
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0].partition(" [")[0].strip() if lines else "?"
