"""A real PostgreSQL, made for the tests and taken down after them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

_numbers = count()


def binaries() -> Path:
    """Where initdb and the others are: Debian keeps them out of the path. Skips the test if there are none."""
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("no driver for PostgreSQL: pip install 'nemoproxy[postgresql]'")
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    if on_path := shutil.which("initdb"):
        places.append(Path(on_path).parent)
    for place in places:
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            return place
    pytest.skip("no PostgreSQL on this machine: apt-get install postgresql")


@dataclass(frozen=True)
class Server:
    """On a loopback port of its own; `new` makes an empty database."""

    port: int

    def new(self) -> str:
        """The URL of a database with nothing in it."""
        import psycopg

        name = f"test_{next(_numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://nemo@127.0.0.1:{self.port}/{database}"


@contextmanager
def running() -> Iterator[Server]:
    place = binaries()
    # It does not run as root, and is not let into the directories of a test that does.
    user = "postgres" if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="nemo-postgres-", dir="/tmp"))

    def run(*words: str | Path) -> None:
        done = subprocess.run(words, user=user, cwd=home, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr + done.stdout

    try:
        if user is not None:
            shutil.chown(home, user)
        data, log = home / "data", home / "log"
        run(place / "initdb", "-D", data, "-U", "nemo", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = f"-p {port} -h 127.0.0.1 -k {home} -F"
        # Its own output goes to a file: who reads ours to its end would wait for it.
        run(place / "pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options)
        try:
            yield Server(port)
        finally:
            run(place / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
    finally:
        shutil.rmtree(home)
