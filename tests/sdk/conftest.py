from __future__ import annotations

from collections.abc import Iterator

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
