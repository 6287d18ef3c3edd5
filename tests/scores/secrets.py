"""Secrets of the published formats, where secrets turn up: how many are found, and how much of each is covered."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

from tests.scores import made
from tests.scores.formats import published
from tests.scores.screen import Scan, Span, ours, share

EACH = 20
"""Drawn of each format."""
MADE = 150


@dataclass(frozen=True)
class Sample:
    family: str
    source: str
    name: str
    text: str
    secret: Span


# Where a secret turns up whose format gives it away. `{}` is its place.
ANYWHERE = [
    "{}", "API_KEY={}\nDEBUG=1", 'export TOKEN="{}"', '{"apiKey": "{}", "user": 7}', "api_key: {}\nregion: eu",
    "const key = '{}';", "client = Client(\"{}\")  # prod", "key := `{}`", "My key is {} and I get a 401, why?",
    "Use `{}` for staging.", "https://api.acme.io/v1?key={}&page=2", "| prod | {} | 2026-11-02 |",
    "2026-11-02T10:00:00Z ERROR upstream refused {}", "x-api-key: {}\r\nAccept: */*", "{},", "密钥是 {}",
    '"env": "A=1\\nTOKEN={}\\nB=2"', "<apiToken>{}</apiToken>", "curl -H 'Authorization: Bearer {}' https://api.acme.io",
]  # fmt: skip
# And one that a name gives away: `{name}`, `{NAME}` and `{n}`, the name alone.
NAMED = [
    "{NAME}={}", '{NAME}="{}"', "export {NAME}='{}'", '{"{name}": "{}"}', "{name}: {}", "{name} = '{}'", "--{name} {}",
    "const {name} = \"{}\";", "{NAME}: \"{}\"", "my {n} key is {}", "{n}.api_key = \"{}\"", "[{n}]\nkey = {}",
    '{n}({"apiKey": "{}"})', "| {n} token | {} |", "ENV {NAME} {}", "{name}=> \"{}\"", '"{NAME}", "{}"',
]  # fmt: skip
OF_SECRETS = re.compile(r"key|token|secret|pass|auth|pat\b|cred", re.IGNORECASE)


def placed(before: str, secret: str, random: Random) -> tuple[str, str]:
    """A place for a secret, with `{}` where it goes, and the secret as it is written there."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", before).strip("_")
    if not re.search("[A-Za-z]{2}", name):
        place = random.choice(ANYWHERE)
        return place, quote(secret, safe="") if "https://api.acme.io/v1?key={}" in place else secret
    place = random.choice(NAMED)
    full = name if OF_SECRETS.search(name) else f"{name}_{random.choice(['api_key', 'token', 'secret', 'secret_key'])}"
    full = full.lower()
    return place.replace("{name}", full).replace("{NAME}", full.upper()).replace("{n}", name.lower()), secret


def samples() -> Iterator[Sample]:
    random = Random(1)
    for one in published():
        for before, secret in one.draws(random, EACH):
            place, written = placed(before, secret, random)
            yield sample(one.family, one.source, one.name, *place.split("{}", 1), written)
    for name, make in made.ALONE.items():
        for _ in range(MADE):
            before, after, written = alone(make(random), random)
            yield sample("keys and credentials", "made", name, before, after, written)
    for name, make_in_place in made.IN_PLACE.items():
        for _ in range(MADE):
            before, secret, after = make_in_place(random)
            yield sample("keys and credentials", "made", name, before, after, secret)


def alone(secret: str, random: Random) -> tuple[str, str, str]:
    """A place for a secret of one line or of many."""
    if "\n" not in secret:
        before, after = random.choice(ANYWHERE).split("{}", 1)
        return before, after, secret
    match random.randrange(5):
        case 0:
            return "Here it is:\n\n", "\n\nWhat is wrong with it?", secret
        case 1:
            return '{"type": "service_account", "private_key": "', '\\n"}', json.dumps(secret)[1:-1]
        case 2:
            return "tls:\n  key: |\n    ", "\n  port: 443\n", secret.replace("\n", "\n    ")
        case 3:
            return 'KEY = """', '"""\n', secret
        case _:
            return 'PRIVATE_KEY="', '"\nPORT=1\n', secret.replace("\n", "\\n")


def sample(family: str, source: str, name: str, before: str, after: str, secret: str) -> Sample:
    start = len(before.encode())
    return Sample(family, source, name, before + secret + after, (start, start + len(secret.encode())))


def covered(found: list[tuple[str, Span]], secret: Span) -> int:
    start, end = secret
    return len({at for _, (a, b) in found for at in range(max(a, start), min(b, end))})


def secrets(scan: Scan = ours, details: bool = False) -> None:
    made_of, hit = Counter[str](), Counter[str]()
    there, hidden = Counter[str](), Counter[str]()
    missed: defaultdict[str, list[str]] = defaultdict(list)
    for one in samples():
        part = covered(scan(one.text), one.secret)
        core = () if one.family in {"llm", "other"} else ("core",)
        for name in (one.family, *core):
            made_of[name] += 1
            hit[name] += part > 0
            if part:
                there[name] += one.secret[1] - one.secret[0]
                hidden[name] += part
        if part < one.secret[1] - one.secret[0]:
            missed[f"{one.family} {one.source} {one.name}"].append(f"{part} {one.text!r}")
    for name in sorted(made_of, key=lambda name: (name == "core", name)):
        print(f"secrets {name}: recall {share(hit[name], made_of[name])}, covered {share(hidden[name], there[name])}")
    if details:
        for name, texts in sorted(missed.items(), key=lambda item: -len(item[1])):
            print(f"{len(texts):4} {name}", *texts[:3], sep="\n     ")
