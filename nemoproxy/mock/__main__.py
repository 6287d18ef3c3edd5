"""`python -m nemoproxy.mock HOST PORT`."""

from __future__ import annotations

import sys

from nemoproxy.mock import run

run(sys.argv[1], int(sys.argv[2]))
