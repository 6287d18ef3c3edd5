"""Ordinary texts, in which there are no secrets: how many are flagged, and by which rules.

Source code, documents, styles and data are what Python and the packages at the head of `__main__` bring along, and what
else is installed.
"""

from __future__ import annotations

import sys
import sysconfig
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.scores.plain import made
from tests.scores.screen import Scan, ours, share

EACH = 60
"""Texts of each kind that is made."""
LARGEST = 200_000
SHOWN = 20

SUFFIXES = {
    "code": "py pyi c h js ts ipynb", "documents": "md rst txt html xml po", "settings": "toml json yaml yml cfg ini",
    "styles and images": "css svg", "data": "csv pem",
}  # fmt: skip
KINDS = {f".{suffix}": kind for kind, suffixes in SUFFIXES.items() for suffix in suffixes.split()}
OF_SECRETS = {"test", "tests", "testing", "detect_secrets", "credsweeper", "kingfisher_sdk", "llm_guard", "betterleaks"}
"""Folders that have secrets in them: tests of passwords and keys, and scanners for them."""


def files() -> Iterator[Path]:
    standard = Path(sysconfig.get_paths()["stdlib"])
    for folder in sorted({standard, *(Path(one) for one in sys.path if one.endswith("site-packages"))}):
        left_out = OF_SECRETS | ({"site-packages"} if folder == standard else set())
        for file in sorted(folder.rglob("*")):
            if file.suffix in KINDS and not left_out & {*file.relative_to(folder).parts}:
                yield file


def texts() -> Iterator[tuple[str, str, str]]:
    """Of each its kind, where it is from and it."""
    for file in files():
        if file.stat().st_size < LARGEST:
            yield f"files of {KINDS[file.suffix]}", str(file), file.read_text(encoding="utf-8", errors="replace")
    for kind, text in made(EACH):
        yield kind, "", text


def ordinary(scan: Scan = ours, details: bool = False) -> None:
    all_of, flagged = Counter[str](), Counter[str]()
    rules: defaultdict[str, list[str]] = defaultdict(list)
    for kind, name, text in texts():
        found = scan(text)
        all_of[kind] += 1
        flagged[kind] += bool(found)
        for rule, (start, end) in dict(found).items():
            data = text.encode()[max(start - 40, 0) : min(end, start + 90)]
            rules[rule].append(f"{name} {data.decode(errors='replace')!r}")
    for kind in all_of:
        if flagged[kind] or kind.startswith("files"):
            print(f"ordinary, {kind}: flagged {share(flagged[kind], all_of[kind])}")
    print(f"ordinary, all: flagged {share(flagged.total(), all_of.total())}")
    for rule, seen in sorted(rules.items(), key=lambda item: -len(item[1])):
        print(f"  {rule}: {len(seen)}", *(seen[:SHOWN] if details else ()), sep="\n      ")
