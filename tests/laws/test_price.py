"""Costs against exact fractions: every token has one price, nothing is lost to rounding, holds bound costs."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemoproxy._core import Prices, Request, Usage, format_units

MOST = 2**63 - 1
INPUT = {
    "cached_tokens": "cached_input",
    "cache_write_tokens": "cache_write",
    "input_audio_tokens": "input_audio",
    "input_image_tokens": "input_image",
}
OUTPUT = {"reasoning_tokens": "reasoning", "output_audio_tokens": "output_audio", "output_image_tokens": "output_image"}

amounts = st.one_of(st.integers(0, 20), st.integers(0, 10**12))
own = st.dictionaries(st.sampled_from([*INPUT.values(), *OUTPUT.values(), "cache_write_1h"]), amounts)
prices = st.builds(lambda base, own: base | own, st.fixed_dictionaries({"input": amounts, "output": amounts}), own)
counts = st.one_of(st.integers(0, 9), st.integers(0, 10**9))
details = st.dictionaries(st.sampled_from([*INPUT, *OUTPUT, "cache_write_1h_tokens"]), counts)
TEXT = {"messages": [{"role": "user", "content": "Hi"}]}
SOUND = TEXT | {"modalities": ["text", "audio"]}
HOUR = TEXT | {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
SPELT = TEXT | {"stop": "\u0001"}


def request(body: dict[str, object]) -> Request:
    return Request.parse(orjson.dumps(body | {"model": "m"}), "chat")


def hour_price(prices: dict[str, int]) -> int:
    return prices.get("cache_write_1h", prices.get("cache_write", prices["input"]))


def oracle(prices: dict[str, int], prompt: int, completion: int, details: dict[str, int]) -> int:
    """In the order of the tables, each kind gets what is left of its total."""
    cost = Fraction(0)
    for kinds, base, left in ((INPUT, "input", prompt), (OUTPUT, "output", completion)):
        for kind, price in kinds.items():
            part = min(details.get(kind, 0), left)
            left -= part
            if kind == "cache_write_tokens":
                hour = min(details.get("cache_write_1h_tokens", 0), part)
                part -= hour
                cost += Fraction(hour * hour_price(prices), 1_000_000)
            cost += Fraction(part * prices.get(price, prices[base]), 1_000_000)
        cost += Fraction(left * prices[base], 1_000_000)
    return min(ceil(cost), MOST)


@given(prices, counts, counts, details)
def test_costs(of: dict[str, int], prompt: int, completion: int, parts: dict[str, int]) -> None:
    usage = Usage(prompt_tokens=prompt, completion_tokens=completion, **parts)
    assert Prices(**of).cost(usage) == oracle(of, prompt, completion, parts)
    excess = (
        sum(parts.get(kind, 0) for kind in INPUT) > prompt or sum(parts.get(kind, 0) for kind in OUTPUT) > completion
    )
    assert usage.contradictory == excess
    assert Prices(**of).cost(usage) <= Prices(**of).hold(prompt, completion, request(SPELT))


@given(prices, counts, st.integers(0, MOST), st.sampled_from([TEXT, SOUND, HOUR, SPELT]))
def test_affordable_is_the_most_that_a_hold_allows(
    of: dict[str, int], prompt: int, units: int, body: dict[str, object]
) -> None:
    priced, asked = Prices(**of), request(body)
    media, hour = body in (SOUND, SPELT), body in (HOUR, SPELT)
    most = priced.affordable(units, prompt, asked)
    assert most == 0 or priced.hold(prompt, most, asked) <= units
    assert most == 2**40 or priced.hold(prompt, most + 1, asked) > units
    bases = ["input", "cached_input", "cache_write"] + ["input_audio", "input_image"] * media
    outs = ["output", "reasoning"] + ["output_audio", "output_image"] * media
    kept = hour_price(of) if hour else 0
    asks = max(kept, *(of.get(kind, of["input"]) for kind in bases))
    dearest = asks, max(of.get(kind, of["output"]) for kind in outs)
    exact = Fraction(prompt * dearest[0] + most * dearest[1], 1_000_000)
    assert priced.hold(prompt, most, asked) == min(ceil(exact), MOST)


@given(st.integers(-(2**63), MOST))
def test_amounts_are_read_back(units: int) -> None:
    text = format_units(units)
    assert Decimal(text) == Decimal(units).scaleb(-10)
    assert "e" not in text.lower()
    assert "." not in text or not text.endswith("0")


def test_what_is_refused() -> None:
    for price in (-1, 2**64):
        with pytest.raises(OverflowError):
            Prices(input=price)
    with pytest.raises(OverflowError):
        format_units(2**63)
