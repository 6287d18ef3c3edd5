"""The tests of this folder again, with the other majors of openai that are supported.

The suite itself runs with the one that requirements.lock has; here each of the others is put before it on the path of
another run of the same tests.
"""

from __future__ import annotations

import os
import sys

import pytest

from tests import environments
from tests.timing import LONG

pytestmark = pytest.mark.timeout(900)
OLDEST, OTHER = "1.99.9", "2.54.0"


@pytest.mark.parametrize("version", [OLDEST, OTHER] if LONG else [OLDEST])
def test_the_same_with(version: str) -> None:
    folder = environments.packages(f"openai=={version}")
    path = os.pathsep.join([str(folder), str(environments.ROOT), *(entry for entry in sys.path if entry)])
    tests = [
        environments.ROOT / "tests" / "sdk" / name for name in ("test_calls.py", "test_front_door.py", "test_wire.py")
    ]
    # Its own conftest says which openai was found, so that a pass is one of the version that was meant.
    command = [sys.executable, "-m", "pytest", "-rN", *tests]
    done = environments.run(*command, cwd=environments.ROOT, PYTHONPATH=path, NEMO_TEST_OPENAI=version)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
