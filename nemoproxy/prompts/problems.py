"""What can be wrong with a template, or with what it is rendered with.

RenderError
├── InvalidTemplate   it cannot be compiled, or uses what is not offered
└── MissingVariable   it uses a variable that nobody gave
"""

from __future__ import annotations


class RenderError(Exception):
    """What is rendered is too long, takes too many steps, or does not fit the values it is given."""


class InvalidTemplate(RenderError):
    pass


class MissingVariable(RenderError):
    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
