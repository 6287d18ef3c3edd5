"""What is found in a text, and how it is said."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from nemoproxy._core import Guardrail, Policy

PII, SECRETS, INJECTION = 1, 2, 4
POLICY = Policy(
    [
        Guardrail.built_in("redact", False, "pii", [], [], []),
        Guardrail.built_in("redact", False, "secrets", [], [], []),
        Guardrail.injection("block", False, None),
    ]
)
Span = tuple[int, int]
Scan = Callable[[str], list[tuple[str, Span]]]
"""What finds rules, and where in the bytes of a text."""


def package(name: str) -> Path:
    """Where a package is installed. It is not imported."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{name} is not installed: see the head of tests/scores/__main__.py")
    return Path(spec.origin).parent


def found(text: str, detector: int) -> list[tuple[str, Span]]:
    """What is found, as entity and bytes."""
    places = [(finding.entity, finding.place.split("..")) for finding in POLICY.screen_text(text, detector).findings]
    return [(entity, (int(start), int(end))) for entity, (start, end) in places]


def ours(text: str) -> list[tuple[str, Span]]:
    """Rules of secrets, and where they found something."""
    places = [(finding.rule, finding.place.split("..")) for finding in POLICY.screen_text(text, SECRETS).findings]
    return [(rule, (int(start), int(end))) for rule, (start, end) in places]


def share(part: int, whole: int) -> str:
    return f"{part / whole:.3f} ({part} of {whole})" if whole else "-"
