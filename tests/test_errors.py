"""The errors that clients can get: declared once, drawn as they are, and explained to operators."""

from __future__ import annotations

import re
from pathlib import Path

from nemoproxy import errors
from nemoproxy.errors import GatewayError

ROOT = Path(__file__).parent.parent
OPERATING = (ROOT / "docs" / "operating.md").read_text()


def subclasses(of: type[GatewayError]) -> list[type[GatewayError]]:
    return [inner for direct in of.__subclasses__() for inner in (direct, *subclasses(direct))]


def drawn() -> list[tuple[str, str, int | None]]:
    """Each class in the module's docstring with the class it hangs from and its status."""
    found: list[tuple[str, str, int | None]] = []
    above: list[str] = []
    for prefix, name, status in re.findall(r"^ {4}([│├└─ ]*)([A-Z]\w+) *(\d{3})?", errors.__doc__ or "", re.MULTILINE):
        depth = len(prefix) // 4
        del above[depth:]
        found.append((name, above[-1] if above else "Exception", int(status) if status else None))
        above.append(name)
    return found


def test_the_tree_in_the_docstring_is_the_real_one() -> None:
    real = {(kind.__name__, kind.__mro__[1].__name__, kind.status) for kind in subclasses(GatewayError)}
    root, *rest = drawn()
    assert root == ("GatewayError", "Exception", None)
    assert len(rest) == len(set(rest))
    assert set(rest) == real


def test_each_is_another_answer() -> None:
    answers = [(kind.status, kind.code) for kind in subclasses(GatewayError)]
    assert len(answers) == len(set(answers))


def test_each_is_explained() -> None:
    """As a row of the table in docs/operating.md: `| status | type | code | ... |`."""
    rows = set(re.findall(r"^\| (\d{3}) \| `(\w+)` \| `(\w+)` \| .+ \|$", OPERATING, re.MULTILINE))
    for kind in subclasses(GatewayError):
        assert (str(kind.status), kind.type, kind.code) in rows, kind
    known = {code for _, _, code in rows} | set(re.findall(r"^\* `(\w+)`", OPERATING, re.MULTILINE))
    raised = re.compile(r'\bcode="(\w+)"')
    for path in (ROOT / "nemoproxy").rglob("*.py"):
        if "mock" not in path.parts:
            assert set(raised.findall(path.read_text())) <= known, path
    invalid = (ROOT / "rust_core" / "src" / "request" / "invalid.rs").read_text()
    assert set(re.findall(r'Problem::\w+.* => "(\w+)"', invalid)) <= known
