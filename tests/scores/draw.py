"""Strings that a regular expression matches, drawn from a seed: uniformly, as secrets are."""

from __future__ import annotations

import importlib
import re
import string
from dataclasses import dataclass, field
from random import Random
from typing import Any

_parser: Any = importlib.import_module("re._parser")
LETTERS = string.ascii_letters
WORD = LETTERS + string.digits + "_"
PRINTABLE = WORD + "-.~!*+,"
MOST = 40
"""How much longer than it has to be a repetition is drawn at most."""

# What other dialects write in another way than Python does. Flags are dropped: the case is chosen below.
DIALECT = [
    (r"\(\?[imsx]+\)", ""),
    (r"\(\?-?[imsx]+:", "(?:"),
    (r"\(\?<(?=[A-Za-z])", "(?P<"),
    (r"\[\[:alnum:\]\]", "[A-Za-z0-9]"),
    (r"\\z", r"\\Z"),
]


@dataclass
class Drawn:
    """A text, and where in it each group of the pattern is."""

    text: str = ""
    groups: dict[int | str, tuple[int, int]] = field(default_factory=dict)


class Draw:
    def __init__(self, pattern: str, group: int | str) -> None:
        """Of what is outside of `group` as little is drawn as the pattern allows."""
        self.any_case = "(?i" in pattern
        for theirs, ours in DIALECT:
            pattern = re.sub(theirs, ours, pattern)
        self.tree = _parser.parse(pattern)
        self.names: dict[int, str] = {number: name for name, number in self.tree.state.groupdict.items()}
        self.group = group

    def one(self, random: Random) -> Drawn:
        self.random, self.drawn, self.inside = random, Drawn(), self.group == 0
        self._sequence(self.tree)
        self.drawn.groups[0] = (0, len(self.drawn.text))
        return self.drawn

    def _sequence(self, items: Any) -> None:
        for kind, value in items:
            self._item(str(kind), value)

    def _item(self, kind: str, value: Any) -> None:
        match kind:
            case "LITERAL":
                self.drawn.text += chr(value)
            case "NOT_LITERAL" | "ANY":
                self._one_of([letter for letter in PRINTABLE if letter != chr(value or 0)])
            case "IN":
                self._one_of(self._members(value))
            case "BRANCH":
                self._sequence(self.random.choice([one for one in value[1] if not _is_edge(one)] or value[1]))
            case "SUBPATTERN":
                self._subpattern(value[0], value[3])
            case "ATOMIC_GROUP":
                self._sequence(value)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, repeated = value
                spread = min(int(most), least + MOST) - least if self.inside and kind != "MIN_REPEAT" else 0
                for _ in range(least + self.random.randint(0, spread)):
                    self._sequence(repeated)
            case "GROUPREF_EXISTS":
                number, there, absent = value
                self._sequence(there if number in self.drawn.groups else absent or [])
            case "GROUPREF":
                start, end = self.drawn.groups[value]
                self.drawn.text += self.drawn.text[start:end]

    def _subpattern(self, number: int | None, items: Any) -> None:
        names = [] if number is None else [number, self.names.get(number, number)]
        start, was_inside = len(self.drawn.text), self.inside
        self.inside = was_inside or self.group in names
        self._sequence(items)
        self.inside = was_inside
        for name in names:
            self.drawn.groups[name] = (start, len(self.drawn.text))

    def _one_of(self, letters: list[str]) -> None:
        self.drawn.text += self.random.choice(letters)

    def _members(self, items: Any) -> list[str]:
        """In letters and digits as far as it has them outside of the group; in the usual case where case is free."""
        found = {letter for kind, value in items for letter in _letters(str(kind), value)}
        if str(items[0][0]) == "NEGATE":
            found = set(PRINTABLE) - found
        drawn = found & set(PRINTABLE) | ({"/", "=", "%"} & found if self.inside else set())
        if len(drawn) == 2 and len({letter.lower() for letter in drawn}) == 1:
            drawn = {letter.lower() for letter in drawn}
        if self.any_case and drawn >= set("ABCDEF") and not drawn & set("abcdef"):
            drawn |= {letter.lower() for letter in drawn}
            drawn -= set("ABCDEF") if not drawn & {"G"} else set()
        return sorted(drawn) or sorted(found)


def _is_edge(items: Any) -> bool:
    """A branch for the end of the text, or for its start."""
    return all(str(kind) == "AT" for kind, _ in items)


def _letters(kind: str, value: Any) -> str:
    match kind:
        case "LITERAL":
            return chr(value)
        case "RANGE":
            return "".join(map(chr, range(value[0], min(value[1], 0x7E) + 1)))
        case "CATEGORY":
            return {"DIGIT": string.digits, "WORD": WORD, "SPACE": " "}.get(
                str(value).removeprefix("CATEGORY_"), PRINTABLE
            )
    return ""
