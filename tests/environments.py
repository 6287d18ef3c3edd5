"""Environments with other packages than ours, made once and kept under `var/test-cache`.

Where no registry can be reached the tests that need one are skipped, and `pytest -rs` says so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CACHE = ROOT / "var" / "test-cache"
UNREACHABLE = (
    *("from versions: none", "Temporary failure", "Name or service not known", "Connection", "timed out"),
    *("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH", "no such host", "dial tcp"),
    *("Unknown host", "No route to host", "offline mode", "error sending request", "dns error"),
)
"""What pip, uv, npm, go and Maven say when there is no registry."""
UV = "uv==0.13.9"
AS_PIP = {"UV_DEFAULT_INDEX": "PIP_INDEX_URL", "UV_FIND_LINKS": "PIP_FIND_LINKS", "SSL_CERT_FILE": "PIP_CERT"}
"""Of uv's settings those that pip has by another name."""
TRUST = {"UV_SYSTEM_CERTS": "1"}
"""A registry that this machine trusts is trusted, as by everything else on it."""


def tool(name: str) -> str:
    """The path of a program; skips where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(
    *command: str | Path, cwd: Path | None = None, timeout: float = 600, **environ: str
) -> subprocess.CompletedProcess[str]:
    """A program's output; `environ` is on top of this process's own."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def install(*command: str | Path, cwd: Path | None = None) -> None:
    """Runs an installer. Skips where it reaches no registry; anything else that is wrong is a failure."""
    as_pip = {uv: os.environ[pip] for uv, pip in AS_PIP.items() if pip in os.environ}
    done = run(*command, cwd=cwd, **TRUST, **as_pip)
    if done.returncode:
        said = done.stdout + done.stderr
        if any(sign in said for sign in UNREACHABLE):
            pytest.skip(f"{Path(command[0]).name} reaches no registry: {said.strip().splitlines()[-1][:200]}")
        pytest.fail(f"{' '.join(map(str, command))}\n{said[-4000:]}")


def kept(name: str, of: Sequence[str], make: Callable[[Path], None]) -> Path:
    """A folder that `make` filled, now or in an earlier run that had the same `of`."""
    digest = hashlib.sha256("\0".join([sys.version, *of]).encode()).hexdigest()[:12]
    place = CACHE / f"{name}-{digest}"
    done = place / ".complete"
    if not done.exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        make(place)
        done.touch()
    return place


def python_with(*requirements: str) -> Path:
    """The interpreter of a virtual environment that has these and nothing of ours."""

    def make(place: Path) -> None:
        uv = _uv()
        install(uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, place)
        install(uv, "pip", "install", "--quiet", "--python", place / "bin" / "python", *requirements)

    name = requirements[0].partition("=")[0].partition("[")[0]
    return kept(name, requirements, make) / "bin" / "python"


def _uv() -> Path:
    """An installer that takes a tenth of the time that pip does."""

    def make(place: Path) -> None:
        install(sys.executable, "-m", "venv", place)
        install(place / "bin" / "python", "-m", "pip", "install", "--quiet", UV)

    return kept("uv", [UV], make) / "bin" / "uv"


def packages(*requirements: str) -> Path:
    """A folder for `PYTHONPATH` with these packages, to be used with ours instead of what is installed."""

    def make(place: Path) -> None:
        install(sys.executable, "-m", "pip", "install", "--quiet", "--target", place, *requirements)

    return kept("packages", requirements, make)
