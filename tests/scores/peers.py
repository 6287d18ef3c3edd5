"""Another scanner, to be run over the same texts: Kingfisher, with the rules of Betterleaks and OSV-SCALIBR."""

from __future__ import annotations

import importlib

from tests.scores.screen import Scan, Span


def kingfisher() -> Scan:
    package = importlib.import_module("kingfisher_sdk")
    scanner = package.Scanner(package.Rules(cache=False))

    def scan(text: str) -> list[tuple[str, Span]]:
        return [(found.rule_id, place(text, found.secret)) for found in scanner.scan(text) if found.visible]

    return scan


def place(text: str, value: str) -> Span:
    """Where it is, in bytes: what is found in more than one place is taken to be in the first."""
    start = len(text[: max(text.find(value), 0)].encode())
    return start, start + len(value.encode())
