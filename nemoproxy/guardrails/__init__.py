"""Guardrails as a request meets them.

| module | what lives there |
| --- | --- |
| `compiled` | the configured guardrails, compiled for the core, as sets that are numbers |
| `assignments` | which of them a key has |
| `webhooks` | those that somebody else is asked for |
"""

from __future__ import annotations

from nemoproxy.guardrails.assignments import Assignments
from nemoproxy.guardrails.compiled import Compiled, members
from nemoproxy.guardrails.webhooks import Answer, Webhooks

__all__ = ["Answer", "Assignments", "Compiled", "Webhooks", "members"]
