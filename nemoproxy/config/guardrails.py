"""What has to fit together in a guardrail: settings with their detector, rules with those there are, patterns with what
the core takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import structs

from nemoproxy.config.document import Document, Place
from nemoproxy.config.model import MOST_GUARDRAILS, Guardrail
from nemoproxy.config.problems import suggest
from nemoproxy.config.reading import MISSING

_SETTINGS_OF = {
    "pii": {"only", "also", "without"},
    "secrets": {"only", "also", "without"},
    "prompt_injection": {"threshold"},
    "keyword": {"words"},
    "regex": {"patterns"},
    "webhook": {"url", "headers", "timeout_s", "max_answer_bytes", "allow_private"},
}
_NEEDED = {"keyword": "words", "regex": "patterns", "webhook": "url"}
_REVERSIBLE = {"pii", "secrets", "keyword", "regex"}
_MOST_PATTERNS = 200


def check_guardrails(document: Document, guardrails: Mapping[str, Guardrail]) -> None:
    """Records what is wrong with any of them."""
    if len(guardrails) > MOST_GUARDRAILS:
        document.fail(("guardrails",), f"has {len(guardrails)} entries, and {MOST_GUARDRAILS} are the most")
    for id, guardrail in guardrails.items():
        if guardrail is MISSING:
            continue
        for setting, message, hint in _problems(guardrail):
            document.fail(("guardrails", id, *setting), message, hint)


def _problems(guardrail: Guardrail) -> Iterator[tuple[Place, str, str | None]]:
    detector = guardrail.detector
    defaults = {field.name: field.default for field in structs.fields(Guardrail)}
    for other in sorted(set().union(*_SETTINGS_OF.values()) - _SETTINGS_OF[detector]):
        value = getattr(guardrail, other)
        if value and value != defaults[other]:
            owners = [name for name, settings in _SETTINGS_OF.items() if other in settings]
            yield (other,), f"is no setting of the detector {detector}", f"it is one of {' and '.join(owners)}"
    needed = _NEEDED.get(detector)
    if needed is not None and not getattr(guardrail, needed):
        yield (needed,), "is missing", f"the detector {detector} needs it"
    if guardrail.action == "mask":
        if detector not in _REVERSIBLE:
            yield ("action",), f"mask cannot be done with what {detector} finds", "redact or block it"
        if guardrail.mode != "pre_call":
            yield ("mode",), "has to be pre_call: what is masked on its way out is what comes back", None
    yield from _wrong_names(guardrail)
    yield from _wrong_texts(guardrail)


def _wrong_names(guardrail: Guardrail) -> Iterator[tuple[Place, str, str | None]]:
    given = {setting: getattr(guardrail, setting) for setting in ("only", "also", "without")}
    if guardrail.detector not in ("pii", "secrets") or not any(given.values()):
        return
    from nemoproxy._core import guard_rules  # here, as commands that read no guardrails do without the core

    rules = guard_rules(guardrail.detector)
    known = {rule for rule, _, _ in rules} | {entity for _, entity, _ in rules}
    for setting, names in given.items():
        for index, name in enumerate(names):
            if name not in known:
                hint = suggest(name, known) or "`nemoproxy guardrails rules` shows them all"
                yield (setting, index), f'no rule or entity "{name}" in {guardrail.detector}', hint


def _wrong_texts(guardrail: Guardrail) -> Iterator[tuple[Place, str, str | None]]:
    if not guardrail.words and not guardrail.patterns:
        return
    from nemoproxy._core import check_pattern, check_words

    if len(guardrail.patterns) > _MOST_PATTERNS:
        found = f"has {len(guardrail.patterns)} entries, and {_MOST_PATTERNS} are the most"
        yield ("patterns",), found, "make another guardrail"
    if guardrail.words and (reason := check_words(guardrail.words)) is not None:
        yield ("words",), reason, None
    for name, pattern in guardrail.patterns.items():
        if pattern is not MISSING and (reason := check_pattern(pattern)) is not None:
            yield ("patterns", name), reason, None
