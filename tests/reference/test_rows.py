"""Every row has its test, and every test in this folder its row."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from tests.reference.contract import CONTRACT
from tests.reference.rows import PAGE, name_of

HERE = Path(__file__).parent


def defined_in(pattern: str) -> Counter[str]:
    files = [file for file in HERE.glob(pattern) if file.name != Path(__file__).name]
    return Counter(name for file in files for name in re.findall(r"^def (test_\w+)\(", file.read_text(), re.MULTILINE))


def test_every_row_of_the_page_has_a_test() -> None:
    rows = [row for rows in PAGE.values() for row in rows]
    assert len(rows) == 78
    assert defined_in("test_page_*.py") == Counter(map(name_of, rows))


def test_every_row_of_the_contract_has_a_test() -> None:
    rows = [row for rows in CONTRACT.values() for row in rows]
    assert defined_in("test_contract_*.py") == Counter(map(name_of, rows))
