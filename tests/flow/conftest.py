"""Fixtures for tests of the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nemoproxy.cli import cli

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a directory of its own, in an environment without settings and providers."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "NEMOPROXY_CONFIG", "NEMOPROXY_PEPPER"):
        monkeypatch.delenv(name, raising=False)
    return lambda *words, **more: CliRunner().invoke(cli, words, **more)
