"""What models cost: the catalogue in the package, and what the configuration says otherwise, by date."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from time import time
from typing import Any

import orjson

from nemoproxy._core import Prices
from nemoproxy.config import Price
from nemoproxy.money import json_number, parse_usd

TOKEN_KINDS = {
    "input": "input",
    "cached_input": "cached_input",
    "cache_write": "cache_write",
    "cache_write_1h": "cache_write_1h",
    "output": "output",
    "reasoning_output": "reasoning",
    "audio_input": "input_audio",
    "audio_output": "output_audio",
    "image_input": "input_image",
    "image_output": "output_image",
}
"""The kinds of tokens, and what the core calls them."""
UNIT_KINDS = {"output_image": "image", "input_second": "second", "input_character": "character"}
"""What is paid for one by one, and what the core calls it."""
DEFAULT_MAX_OUTPUT = 16_384
"""Output tokens held for a plain call that bounds nothing, to a model whose longest answer is not known."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """The prices of one model from one day on."""

    since: date
    prices: Prices
    by_token: bool
    units: frozenset[str]
    """What it is paid for besides tokens, of `UNIT_KINDS`."""
    most_output: int
    """The most tokens that the model writes in an answer, or `DEFAULT_MAX_OUTPUT`."""
    listing: dict[str, Any]
    """As `GET /api/models/pricing` shows it: decimal numbers of USD."""


class PriceList:
    """Tariffs by the model's name at its provider: `provider/model`, else `model`, else `provider/*`."""

    def __init__(self, overrides: Mapping[str, tuple[Price, ...]], clock: Callable[[], float] = time) -> None:
        """`clock`: Unix seconds. Days begin at midnight UTC."""
        self._clock = clock
        self._tariffs = {name: [_tariff(price)] for name, price in _catalogue().items()}
        for name, prices in overrides.items():
            self._tariffs[name] = sorted(map(_tariff, prices), key=lambda tariff: tariff.since)
        self._today = date.min
        self._is_dated = any(tariff.since != date.min for tariffs in self._tariffs.values() for tariff in tariffs)
        self._until = 0.0
        """When what holds now may not hold any more: the next midnight."""
        self._paid = lru_cache(maxsize=4096)(self._pays)
        self.paid: Callable[[str, str, str | None], Tariff | None] = self._paid_today if self._is_dated else self._paid
        """The current tariff of a model, by provider and name, that is paid for by the token or by this unit. None: it
        has no such price."""

    def _paid_today(self, provider: str, model: str, unit: str | None) -> Tariff | None:
        self._turn_the_page()
        return self._paid(provider, model, unit)

    def current(self, provider: str, model: str) -> Tariff | None:
        """What holds now. None: the model has no price."""
        if self._is_dated:
            self._turn_the_page()
        return self._holds(provider, model)

    def _pays(self, provider: str, model: str, unit: str | None) -> Tariff | None:
        tariff = self._holds(provider, model)
        return tariff if tariff is not None and (tariff.by_token or unit in tariff.units) else None

    def _holds(self, provider: str, model: str) -> Tariff | None:
        found = self._tariffs
        tariffs = found.get(f"{provider}/{model}") or found.get(model) or found.get(f"{provider}/*") or []
        at = bisect_right(tariffs, self._today, key=lambda tariff: tariff.since)
        return tariffs[at - 1] if at else None

    def _turn_the_page(self) -> None:
        now = self._clock()
        if now < self._until:
            return
        self._today = datetime.fromtimestamp(now, UTC).date()
        tomorrow = datetime.combine(self._today + timedelta(days=1), datetime.min.time(), UTC)
        self._until = tomorrow.timestamp()
        self._paid.cache_clear()

    def names(self) -> list[str]:
        """Every model that has a price of its own."""
        return [name for name in self._tariffs if not name.endswith("/*")]


@cache
def _read() -> dict[str, dict[str, Any]]:
    models: dict[str, dict[str, Any]] = orjson.loads(files(__package__).joinpath("catalogue.json").read_bytes())[
        "models"
    ]
    return models


@cache
def known_modes() -> dict[str, str]:
    """What the models of the catalogue are for, by name: `chat`, `embedding`, `audio_speech`."""
    return {name: entry["mode"] for name, entry in _read().items() if "mode" in entry}


def _catalogue() -> dict[str, Price]:
    return {name: _listed_price(entry) for name, entry in _read().items()}


def _listed_price(entry: dict[str, Any]) -> Price:
    usd: dict[str, Any] = {name: parse_usd(text) for name, text in entry.get("usd_per_million_tokens", {}).items()}
    usd |= {name: parse_usd(entry[f"usd_per_{name}"]) for name in UNIT_KINDS if f"usd_per_{name}" in entry}
    return Price(**usd, max_output=entry.get("max_output"))


def _tariff(price: Price) -> Tariff:
    amounts = {core: amount for name, core in TOKEN_KINDS.items() if (amount := getattr(price, name)) is not None}
    shown = {name: getattr(price, name) for name in (*TOKEN_KINDS, *UNIT_KINDS)}
    listing = {
        "usd_per_million_tokens": {name: _number(shown[name]) for name in TOKEN_KINDS if shown[name] is not None},
        **{f"usd_per_{name}": _number(shown[name]) for name in UNIT_KINDS if shown[name] is not None},
    }
    if price.max_output is not None:
        listing["max_output"] = price.max_output
    units = {core: amount for name, core in UNIT_KINDS.items() if (amount := getattr(price, name)) is not None}
    prices = Prices(**{"input": 0, **amounts, **units})
    priced = frozenset(name for name, core in UNIT_KINDS.items() if core in units)
    return Tariff(price.since, prices, bool(amounts), priced, price.max_output or DEFAULT_MAX_OUTPUT, listing)


def _number(units: int) -> Any:
    return orjson.Fragment(json_number(units))


__all__ = ["PriceList", "Tariff", "known_modes"]
