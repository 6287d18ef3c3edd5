"""A YAML file as a tree of nodes that know their lines, with the `${ENV}` references in it filled in.

References are filled in after the parse, so that nothing in a variable can change the structure of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from nemoproxy.config.problems import ConfigError, Problem

Place = tuple[str | int, ...]

_REFERENCE = re.compile(
    r"\$(?:(?P<escaped>\$\{)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^{}]*))?\}|(?P<broken>\{))"
)

_UNQUOTED = 'inside { } and [ ] a variable needs quotes: "${NAME}"'


class Document:
    """One file: its nodes, and the problems found in it so far."""

    def __init__(self, file: str, root: MappingNode, environ: Mapping[str, str]) -> None:
        self.file = file
        self.root = root
        self.problems: list[Problem] = []
        self._environ = environ
        self._written: dict[int, str] = {}
        self._lines: dict[Place, int] = {}
        self._unfilled: set[int] = set()

    @classmethod
    def parse(cls, path: Path, environ: Mapping[str, str]) -> Document:
        file = str(path)
        try:
            root = yaml.compose(path.read_bytes(), Loader=yaml.SafeLoader)
        except OSError as error:
            raise _unreadable(file, None, f"cannot be read: {error.strerror}") from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            reason = re.sub(
                r"alias '.*'", "alias", error.problem or error.context or "not YAML"
            )  # it may be a password
            line, hint = (mark.line + 1, _UNQUOTED if _at_reference(mark) else None) if mark else (None, None)
            raise _unreadable(file, line, f"not valid YAML: {reason}", hint) from None
        except (yaml.YAMLError, UnicodeError):
            raise _unreadable(file, None, "not valid YAML: expected UTF-8 text without control characters") from None
        except RecursionError:
            raise _unreadable(file, None, "nested too deeply") from None
        if root is None or (isinstance(root, ScalarNode) and is_null(root)):
            root = MappingNode("tag:yaml.org,2002:map", [])
        if not isinstance(root, MappingNode):
            raise _unreadable(file, 1, "expected sections such as `providers:` and `models:`")
        return cls(file, root, environ)

    def fail(self, place: Place, message: str, hint: str | None = None, *, node: Node | None = None) -> None:
        """Records a problem, at the line of the node, else of the nearest setting above it that was read."""
        line = None if node is None or node.start_mark is None else node.start_mark.line + 1
        for length in range(len(place), 0, -1):
            line = line or self._lines.get(place[:length])
        self.problems.append(Problem(file=self.file, line=line, path=render(place), message=message, hint=hint))

    def remember(self, place: Place, node: Node) -> None:
        """So that a problem found later, when there are no nodes any more, still has a line."""
        if node.start_mark is not None:
            self._lines[place] = node.start_mark.line + 1

    def written(self, node: ScalarNode) -> str:
        """A scalar as it stands in the file, to be quoted in a message: never what a variable held."""
        text = str(self._written.get(id(node), node.value))
        return f'"{text}"' if len(text) <= 60 else f'"{text[:57]}..."'

    def unfilled(self, node: Node) -> bool:
        """Whether a reference in it could not be filled in. That is recorded; there is nothing to read."""
        return id(node) in self._unfilled

    def fill_in(self, node: Node, place: Place) -> None:
        """Replaces the references in all scalars below. A node that YAML aliases share is visited once."""
        seen: set[int] = set()

        def visit(node: Node, place: Place) -> None:
            if id(node) in seen:
                return
            seen.add(id(node))
            if isinstance(node, ScalarNode):
                if "${" in node.value:
                    self._fill_in_scalar(node, place)
            elif isinstance(node, SequenceNode):
                for index, item in enumerate(node.value):
                    visit(item, (*place, index))
            elif isinstance(node, MappingNode):
                for key, value in node.value:
                    visit(value, (*place, str(key.value) if isinstance(key, ScalarNode) else "?"))

        visit(node, place)

    def _fill_in_scalar(self, node: ScalarNode, place: Place) -> None:
        def fail(message: str, hint: str) -> None:
            self.fail(place, message, hint, node=node)
            self._unfilled.add(id(node))

        self._written[id(node)] = node.value
        node.value = substitute(node.value, self._environ, fail)


def substitute(text: str, environ: Mapping[str, str], fail: Callable[[str, str], None]) -> str:
    """`${NAME}` and `${NAME:-default}` replaced; `$${` is a literal `${`."""

    def one(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "${"
        if match["broken"]:
            fail(
                "a reference that is not one",
                "write ${NAME} or ${NAME:-default}, and $${ for the characters themselves",
            )
            return ""
        name, default = match["name"], match["default"]
        value = environ.get(name) or default
        if value is None:
            state = "is empty" if name in environ else "is not set"
            fail(f"the environment variable {name} {state}", f"set it, or give a default: ${{{name}:-...}}")
            return ""
        return value

    return _REFERENCE.sub(one, text)


def is_null(node: ScalarNode) -> bool:
    return node.style is None and node.value in ("", "~", "null", "Null", "NULL")


def render(place: Place) -> str:
    """`models.fast.targets[0].provider`"""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def _unreadable(file: str, line: int | None, message: str, hint: str | None = None) -> ConfigError:
    return ConfigError([Problem(file=file, line=line, path="", message=message, hint=hint)])


def _at_reference(mark: yaml.Mark) -> bool:
    """Whether it is a reference to a variable that YAML took for a mapping of its own."""
    return bool(mark.buffer and mark.pointer and mark.buffer[mark.pointer - 1 : mark.pointer + 1] == "${")
