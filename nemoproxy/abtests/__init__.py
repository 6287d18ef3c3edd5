"""A/B tests: which variant a request is, and what came of each.

| module | what lives there |
| --- | --- |
| `arms` | the tests that run, in memory, and the hash that deals requests out |
| `verdict` | the statistics: intervals that may be looked at as often as one likes, and a check of the shares |
"""

from __future__ import annotations

from nemoproxy.abtests.arms import Arms

__all__ = ["Arms"]
