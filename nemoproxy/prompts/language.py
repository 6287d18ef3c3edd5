"""The language of templates: Jinja2, strict about what is undefined, and within bounds whatever it is given.

`compile_template` refuses what it does not know to be harmless; `Template.render` counts steps, so that a rendering
takes 20 ms or, at the worst, 60, and stops at `MAX_OUTPUT` characters. Neither reads a clock, a file or another
template.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, meta
from jinja2 import Template as Jinja
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from nemoproxy.prompts import fences
from nemoproxy.prompts.problems import InvalidTemplate, MissingVariable, RenderError

MAX_TEMPLATE = 64 * 1024
"""Characters of a template."""
MAX_OUTPUT = 128 * 1024
"""Characters of what it renders to."""
SYSTEM_VARIABLES = ("model", "org_name", "timestamp", "user_id")
"""Set by the gateway, whatever the caller says."""


class _Missing(StrictUndefined):
    """Raises what says which name it was."""

    __slots__ = ()

    def __init__(self, hint: str | None = None, obj: Any = missing, name: str | None = None, exc: Any = None) -> None:
        def raised(message: str | None = None) -> MissingVariable:
            return MissingVariable(str(name), message or f"'{name}' is undefined")

        super().__init__(hint, obj, name, raised)  # type: ignore[arg-type]


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(fences.OPERATORS)

    def __init__(self) -> None:
        # Not optimised: constants are not to be folded while a template is compiled, where nobody counts steps.
        super().__init__(undefined=_Missing, optimized=False, trim_blocks=True, lstrip_blocks=True, autoescape=False)
        self.filters = {**fences.filters(self.filters), **fences.INSIDE}
        self.tests = {name: test for name, test in self.tests.items() if name in fences.TESTS}
        self.globals = {"range": fences.short_range}

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        return fences.calculate(self.binop_table[operator], operator, left, right)


_environment = _Environment()


class Template:
    """A compiled template. `variables` are the names it uses that are the caller's to give."""

    def __init__(self, jinja: Jinja, variables: frozenset[str]) -> None:
        self._jinja = jinja
        self.variables = tuple(sorted(variables.difference(SYSTEM_VARIABLES)))

    def render(self, values: Mapping[str, object]) -> str:
        """The text. Raises RenderError."""
        parts: list[str] = []
        room = MAX_OUTPUT
        context = self._jinja.new_context({**values, fences.BUDGET: fences.Budget()})
        try:
            for part in self._jinja.root_render_func(context):
                room -= len(part)
                if room < 0:
                    raise RenderError(f"the text is longer than {MAX_OUTPUT} characters")
                parts.append(part)
        except RenderError:
            raise
        except RecursionError:
            raise RenderError("it is nested too deeply") from None
        except Exception as error:  # noqa: BLE001 - whatever an expression makes of values that do not fit it
            raise RenderError(str(error)[:200]) from None
        return "".join(parts)


def compile_template(text: str) -> Template:
    """Raises InvalidTemplate."""
    if len(text) > MAX_TEMPLATE:
        raise InvalidTemplate(f"it is longer than {MAX_TEMPLATE} characters")
    try:
        tree = _environment.parse(text)
        variables = frozenset(meta.find_undeclared_variables(tree))
        fences.put_up(tree)
        code = _environment.compile(tree)
        return Template(Jinja.from_code(_environment, code, _environment.globals), variables)
    except InvalidTemplate:
        raise
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise InvalidTemplate(f"{error.message}{f' (line {line})' if line else ''}") from None
    except (RecursionError, SyntaxError, ValueError, MemoryError) as error:
        raise InvalidTemplate(f"it cannot be compiled: {type(error).__name__}") from None
