"""The price list: which price a model has, and from when on."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from nemoproxy.config import Price
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.pricing import PriceList


def usd(cents: int) -> int:
    return cents * UNITS_PER_USD // 100


class Clock:
    now = datetime(2026, 6, 30, 23, 59, 59, 999_000, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.now


def test_a_price_holds_from_midnight_on() -> None:
    clock = Clock()
    prices = (
        Price(input=usd(20), since=date(2026, 7, 1)),
        Price(input=usd(10)),
        Price(input=usd(5), since=date(2027, 1, 1)),
    )
    listed = PriceList({"one/model": prices}, clock)
    costs = []
    for moment in (
        clock.now,
        datetime(2026, 7, 1, tzinfo=UTC).timestamp(),
        datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp(),
        datetime(2027, 1, 1, tzinfo=UTC).timestamp(),
    ):
        clock.now = moment
        tariff = listed.paid("one", "model", None)
        assert tariff is not None and tariff is listed.current("one", "model")
        costs.append(tariff.prices.hold(1_000_000, 0))
    assert costs == [usd(10), usd(20), usd(20), usd(5)]


def test_a_model_that_has_no_price_yet() -> None:
    clock = Clock()
    listed = PriceList({"one/model": (Price(input=1, since=date(2026, 7, 1)),)}, clock)
    assert listed.paid("one", "model", None) is None
    clock.now += 1
    assert listed.paid("one", "model", None) is not None


@pytest.mark.parametrize(
    ("provider", "model", "cents"),
    [("one", "model", 1), ("two", "model", 2), ("one", "other", 3), ("two", "other", None)],
)
def test_the_closest_name_counts(provider: str, model: str, cents: int | None) -> None:
    names = {"one/model": 1, "model": 2, "one/*": 3}
    listed = PriceList({name: (Price(input=usd(each)),) for name, each in names.items()})
    tariff = listed.paid(provider, model, None)
    assert (None if tariff is None else tariff.prices.hold(1_000_000, 0)) == (None if cents is None else usd(cents))


def test_what_is_paid_for_by_the_piece_is_not_paid_for_by_the_token() -> None:
    listed = PriceList({"one/painter": (Price(output_image=usd(4)),)})
    assert listed.paid("one", "painter", "output_image") is not None
    assert listed.paid("one", "painter", "input_second") is None and listed.paid("one", "painter", None) is None
