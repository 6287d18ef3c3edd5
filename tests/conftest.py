"""Fixtures for more than one folder of tests."""

from __future__ import annotations

import base64
import hashlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiktoken
import tiktoken_ext.openai_public  # type: ignore[import-untyped]
from hypothesis import HealthCheck, settings
from openai import OpenAI

from nemoproxy import _core
from nemoproxy.journal import drain
from tests.site import Site
from tests.timing import ENOUGH_S, LONG

# How fast the machine is, and what else it does, is nothing that a test is to fail for; and what failed fails again.
# Long runs look for new cases.
settings.register_profile("untimed", deadline=None, derandomize=not LONG, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def patient_books() -> Iterator[None]:
    """A disk that takes seconds for a write, as one does that is shared, is no reason to admit nobody: here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drain, "PATIENCE_S", float(ENOUGH_S))
        yield


@pytest.fixture
def impatient_books(monkeypatch: pytest.MonkeyPatch) -> None:
    """For databases that are locked, and stay so."""
    monkeypatch.setattr(drain, "PATIENCE_S", 1.0)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One gateway and mock for a whole module; make keys of your own where limits matter."""
    with Site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def client(site: Site) -> Iterator[OpenAI]:
    """The openai package, with a key of the site's."""
    with OpenAI(base_url=site.url, api_key=site.key, max_retries=0) as made:
        yield made


@pytest.fixture(scope="session")
def openai_encodings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tiktoken.Encoding]]:
    """tiktoken's own encodings by name, without its download: the files are spelled from our tables.

    tiktoken refuses a file that has not the SHA-256 it publishes; we check first, to say which one is wrong.
    """
    folder: Path = tmp_path_factory.mktemp("tiktoken")
    for name in ("o200k_base", "cl100k_base"):
        url, sha256 = _published(name)
        spelled = _tiktoken_file(_core.vocabulary(name))
        assert hashlib.sha256(spelled).hexdigest() == sha256, f"our {name} is not the published one"
        (folder / hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()).write_bytes(spelled)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", str(folder))
        yield {name: tiktoken.get_encoding(name) for name in ("o200k_base", "cl100k_base")}


def _published(name: str) -> tuple[str, str]:
    source = inspect.getsource(getattr(tiktoken_ext.openai_public, name))
    found = re.search(r'"(https://\S+)",\s+expected_hash="([0-9a-f]{64})"', source)
    assert found, f"tiktoken no longer says where {name} is"
    return found[1], found[2]


def _tiktoken_file(vocabulary: bytes) -> bytes:
    lines: list[bytes] = []
    at = 0
    while at < len(vocabulary):
        end = at + 1 + vocabulary[at]
        lines.append(b"%b %d\n" % (base64.b64encode(vocabulary[at + 1 : end]), len(lines)))
        at = end
    return b"".join(lines)
