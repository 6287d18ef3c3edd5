"""Money as text and as units: exact both ways, or refused."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemoproxy.money import MAX_UNITS, UNITS_PER_USD, format_usd, json_number, parse_usd, to_units, to_usd

units = st.integers(-MAX_UNITS, MAX_UNITS)


@given(units)
def test_there_and_back(amount: int) -> None:
    for text in (format_usd(amount), json_number(amount), str(to_usd(amount))):
        assert parse_usd(text, signed=True) == amount
    assert to_units(to_usd(amount), signed=True) == amount


@given(units)
def test_json_is_a_number_without_an_exponent(amount: int) -> None:
    text = json_number(amount)
    assert "e" not in text.lower() and not text.endswith(".")
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal) * UNITS_PER_USD == amount


@given(units, units)
def test_longer_is_more(one: int, other: int) -> None:
    assert (one < other) == (Decimal(format_usd(one)) < Decimal(format_usd(other)))


@given(st.text(max_size=30) | st.from_regex(r"[-+]?[0-9]{0,12}[.]?[0-9]{0,12}(e[-+]?[0-9]{1,3})?", fullmatch=True))
def test_any_text_is_exact_or_refused(text: str) -> None:
    try:
        amount = parse_usd(text)
    except ValueError as error:
        assert len(text) < 4 or text not in str(error)
    else:
        assert 0 <= amount <= MAX_UNITS
        assert Decimal(text) * UNITS_PER_USD == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("5.00", 5 * UNITS_PER_USD),
        ("0", 0),
        ("0.0000000001", 1),
        ("4.5e-07", 4500),
        ("1.00000000000000", UNITS_PER_USD),
        ("100000000", MAX_UNITS),
        (".5", UNITS_PER_USD // 2),
    ],
)
def test_amounts(text: str, amount: int) -> None:
    assert parse_usd(text) == amount


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0.00000000001", "at most 10 decimals"),
        ("1e-11", "at most 10 decimals"),
        ("1.00000000000000000000000000000000000001", "at most 10 decimals"),
        ("-1", "not negative"),
        ("100000000.0000000001", "at most 100000000 USD"),
        ("9e999", "at most 100000000 USD"),
        ("1e-999", "at most 10 decimals"),
        *[
            (text, "such as 5.00")
            for text in ("", "nan", "inf", "-inf", "5,00", "$5", "1_0", "\u0665", "5 ", "0x1", "1e", "+")
        ],
    ],
)
def test_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_usd(text)


def test_what_is_not_finite() -> None:
    for text in ("NaN", "Infinity", "sNaN"):
        with pytest.raises(ValueError, match="infinity or NaN"):
            to_units(Decimal(text))


def test_as_shown() -> None:
    assert (format_usd(4500), json_number(4500)) == ("0.0000004500", "0.00000045")
    assert (format_usd(-5 * UNITS_PER_USD), json_number(-5 * UNITS_PER_USD)) == ("-5.0000000000", "-5")
    assert json_number(0) == "0"
