"""Other people's clients, as they are installed, against the running gateway: what they do with it is what counts.

Each program does the same things with its library and prints what came of them.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests import environments
from tests.site import Site

pytestmark = pytest.mark.timeout(1200)
PROGRAMS = Path(__file__).parent / "programs"
PYTHON = {
    "langchain_client.py": ("langchain-openai==1.7.3",),
    "llamaindex_client.py": ("llama-index-llms-openai-like==0.8.1", "llama-index-embeddings-openai-like==0.4.0"),
    "pydantic_ai_client.py": ("pydantic-ai-slim[openai]==2.31.1",),
}
NODE = {"openai_node.mjs": (), "ai_sdk.mjs openai": ("openai",), "ai_sdk.mjs compatible": ("compatible",)}
EXPECTED: dict[str, Any] = {
    "chat": "You said: Hello!",
    "tools": {"name": "weather", "arguments": {"city": "mock"}, "final": "You said: How is it?"},
    "structured": {"name": "mock", "age": 1},
    "embeddings": [1536, 1536],
    "errors": [404, 401, 429],
}


@pytest.fixture(scope="module", params=[*PYTHON, *NODE])
def outcome(request: pytest.FixtureRequest, site: Site) -> dict[str, Any]:
    program, *_ = request.param.split()
    if request.param in PYTHON:
        command: list[str | Path] = [environments.python_with(*PYTHON[program]), "-I", PROGRAMS / program]
    else:
        command = [environments.tool("node"), _node_modules() / program]
    done = environments.run(*command, site.url, site.key, *NODE.get(request.param, ()))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return said


def _node_modules() -> Path:
    """A folder with the programs and what they import."""
    lock = (PROGRAMS / "package-lock.json").read_text()

    def make(place: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PROGRAMS / name, place)
        environments.install(environments.tool("npm"), "ci", "--no-audit", "--no-fund", cwd=place)

    place = environments.kept("clients", [lock], make)
    for program in PROGRAMS.glob("*.mjs"):
        shutil.copy(program, place)
    return place


@pytest.mark.parametrize("what", EXPECTED)
def test_client(outcome: dict[str, Any], what: str) -> None:
    assert outcome[what] == EXPECTED[what]


@pytest.mark.parametrize("outcome", ["pydantic_ai_client.py", "ai_sdk.mjs openai"], indirect=True)
def test_client_is_told_of_its_switch(outcome: dict[str, Any]) -> None:
    """Those that ask for /v1/responses by default."""
    assert outcome["switch"] == [404, True, EXPECTED["chat"]]


def test_client_streams(outcome: dict[str, Any]) -> None:
    assert outcome["stream"]["text"] == "You said: Hello!"
    assert outcome["stream"]["pieces"] >= 3
