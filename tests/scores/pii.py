"""Personal data: presidio-evaluator's sentence templates, filled by Faker, and the same values written so that a reader
still reads them."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from collections.abc import Callable, Iterator

from tests.scores.screen import PII, Span, found, package, share

ENTITIES = {
    "email": "EMAIL", "phone_number": "PHONE", "credit_card_number": "CREDIT_CARD", "iban": "IBAN", "ssn": "SSN",
    "ip_address": "IP_ADDRESS",
}  # fmt: skip


def sentences(rounds: int) -> Iterator[tuple[str, list[tuple[str, Span]]]]:
    """Texts, and what of the core entities is in them."""
    fake = importlib.import_module("faker").Faker(["en_US", "en_GB", "de_DE"])
    fake.seed_instance(1)
    methods = {"person": "name", "organization": "company", "ip_address": "ipv4"}
    file = package("presidio_evaluator") / "data_generator" / "raw_data" / "templates.txt"
    for _ in range(rounds):
        for template in file.read_text(encoding="utf-8").splitlines():
            text, spans = "", []
            lines = template.replace("\\n", "\n")  # as presidio-evaluator reads them
            for number, piece in enumerate(re.split(r"\{\{\s*(\w+)\s*\}\}", lines)):
                value = piece
                if number % 2:
                    of = fake["en_US"] if piece == "ssn" else fake
                    value = str(getattr(of, methods.get(piece, piece), fake.word)())
                    if piece in ENTITIES:
                        start = len(text.encode())
                        spans.append((ENTITIES[piece], (start, start + len(value.encode()))))
                text += value
            yield text, spans


def pii() -> None:
    right, wrong, there = Counter[str](), Counter[str](), Counter[str]()
    recalled = Counter[str]()
    for text, wanted in sentences(40):
        hits = found(text, PII)
        for entity, (start, end) in wanted:
            there[entity] += 1
            recalled[entity] += any(
                kind == entity and min(end, b) - max(start, a) >= (end - start) / 2 for kind, (a, b) in hits
            )
        for kind, (a, b) in hits:
            is_right = any(kind == entity and max(start, a) < min(end, b) for entity, (start, end) in wanted)
            (right if is_right else wrong)[kind] += 1
    for entity in [*ENTITIES.values(), ""]:
        kinds = [entity] if entity else list(ENTITIES.values())
        good, bad = sum(right[kind] for kind in kinds), sum(wrong[kind] for kind in kinds)
        recall = share(sum(recalled[kind] for kind in kinds), sum(there[kind] for kind in kinds))
        print(f"pii {entity or 'all six'}: precision {share(good, good + bad)}, recall {recall}")


# Evasions.

DASHES = str.maketrans("-", "\u2011")
FULLWIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
DISGUISES: dict[str, tuple[tuple[str, ...], Callable[[str], str]]] = {
    "fullwidth": (
        ("EMAIL", "PHONE", "CREDIT_CARD", "IBAN", "SSN", "IP_ADDRESS"),
        lambda text: text.translate(FULLWIDTH),
    ),
    "zero width": (("EMAIL", "PHONE", "CREDIT_CARD", "IBAN", "SSN", "IP_ADDRESS"), "\u200b".join),
    "soft hyphens": (("EMAIL", "CREDIT_CARD", "IBAN", "SSN"), "\u00ad".join),
    "no-break spaces": (("CREDIT_CARD", "IBAN"), lambda text: "\u00a0".join(_fours(text))),
    "dots": (("CREDIT_CARD",), lambda text: ".".join(_fours(text))),
    "typographic dashes": (("SSN",), lambda text: text.translate(DASHES)),
    "typographic dashes between": (("CREDIT_CARD",), lambda text: "\u2013".join(_fours(text))),
    "spaced": (("CREDIT_CARD", "SSN"), " ".join),
    "[at] [dot]": (("EMAIL",), lambda text: text.replace("@", " [at] ").replace(".", " [dot] ")),
    "(at) (dot)": (("EMAIL",), lambda text: text.replace("@", "(at)").replace(".", "(dot)")),
}
SAID = {
    "EMAIL": "Write to",
    "PHONE": "Call me at",
    "CREDIT_CARD": "My card is",
    "IBAN": "My IBAN is",
    "SSN": "My SSN is",
}


def _fours(text: str) -> list[str]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def evasions() -> None:
    fake = importlib.import_module("faker").Faker("en_US")
    fake.seed_instance(1)
    makers = {entity: getattr(fake, {"ip_address": "ipv4"}.get(name, name)) for name, entity in ENTITIES.items()}
    all_of_it, hit = 0, 0
    for name, (entities, disguise) in DISGUISES.items():
        values = [(entity, str(makers[entity]())) for entity in entities for _ in range(100)]
        values = [(entity, value) for entity, value in values if found(_sentence(entity, value), PII)]
        seen = sum(bool(found(_sentence(entity, disguise(value)), PII)) for entity, value in values)
        print(f"evasion {name}: found {share(seen, len(values))}")
        all_of_it, hit = all_of_it + len(values), hit + seen
    print(f"evasions all: found {share(hit, all_of_it)}")


def _sentence(entity: str, value: str) -> str:
    return f"{SAID.get(entity, 'It is')} {value}, please."
