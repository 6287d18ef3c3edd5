from __future__ import annotations

import os
from collections.abc import Iterator

import openai
import pytest

from nemoroutersdk import AsyncNemoRouter, NemoRouter
from tests.sdk.driving import StandIn, stand_in


@pytest.fixture(params=[NemoRouter, AsyncNemoRouter])
def kind(request: pytest.FixtureRequest) -> type[NemoRouter] | type[AsyncNemoRouter]:
    chosen: type[NemoRouter] | type[AsyncNemoRouter] = request.param
    return chosen


@pytest.fixture
def told() -> Iterator[StandIn]:
    with stand_in() as server:
        yield server


def pytest_sessionstart() -> None:
    """`NEMO_TEST_OPENAI` says which version this run is about; see test_openai_versions.py."""
    wanted = os.environ.get("NEMO_TEST_OPENAI")
    assert wanted in (None, openai.__version__), f"openai {openai.__version__} was found, not {wanted}"
