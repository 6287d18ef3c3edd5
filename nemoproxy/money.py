"""Money: whole numbers of units, 10^-10 USD each. Dollars exist at the edges only, as decimal text, never as floats.

Ten decimals hold the price of one token of any model (4.5e-07 USD for an embedding) with three digits to spare, and
10^8 USD fit into a database's 64-bit integer.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal

DECIMALS = 10
UNITS_PER_USD = 10**DECIMALS
MAX_USD = 10**8
MAX_UNITS = MAX_USD * UNITS_PER_USD
"""No amount, and no sum of grants, is larger."""

_EXACT = Context(prec=60)
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")


def parse_usd(text: str, *, signed: bool = False) -> int:
    """Units of an amount in dollars: "5", "5.00", "4.5e-07". Raises `ValueError`, which does not quote the text."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("expected an amount in US dollars, such as 5.00")
    return to_units(Decimal(text), signed=signed)


def to_units(usd: Decimal, *, signed: bool = False) -> int:
    """Units of an amount in dollars, exactly or not at all. Raises `ValueError`."""
    if not usd.is_finite():
        raise ValueError("expected an amount in US dollars, not infinity or NaN")
    if usd < 0 and not signed:
        raise ValueError("an amount of money is not negative here")
    if abs(usd) > MAX_USD:
        raise ValueError(f"an amount of money is at most {MAX_USD} USD")
    # Digits beyond the context's precision would be below the last decimal, where only zeros are allowed anyway.
    units = usd.scaleb(DECIMALS, _EXACT)
    if units != units.to_integral_value():
        raise ValueError(f"an amount of money has at most {DECIMALS} decimals")
    return int(units)


def to_usd(units: int) -> Decimal:
    return Decimal(units).scaleb(-DECIMALS, _EXACT)


def format_usd(units: int) -> str:
    """All ten decimals: "0.0000004500"."""
    whole, part = divmod(abs(units), UNITS_PER_USD)
    return f"{'-' if units < 0 else ''}{whole}.{part:010d}"


def json_number(units: int) -> str:
    """The shortest plain decimal, which is a JSON number: "5", "0.00000045"."""
    return format_usd(units).rstrip("0").removesuffix(".")
