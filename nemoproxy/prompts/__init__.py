"""Prompt templates: the language they are written in, and who uses which of them.

| module | what lives there |
| --- | --- |
| `language` | Jinja2, fenced in: a template is checked, compiled and rendered within bounds |
| `fences` | what a template may do and what each step of it costs |
| `library` | the templates and assignments as the records have them, in memory |
"""

from __future__ import annotations

from nemoproxy.prompts.library import Library, Version
from nemoproxy.prompts.problems import InvalidTemplate, MissingVariable, RenderError

__all__ = ["InvalidTemplate", "Library", "MissingVariable", "RenderError", "Version"]
