"""The language of prompt templates: what it can do, what it cannot, and that nothing takes long."""

from __future__ import annotations

import subprocess
import sys
from types import FrameType
from typing import Any

import pytest

from nemoproxy.prompts import InvalidTemplate, MissingVariable, RenderError
from nemoproxy.prompts.fences import STEPS
from nemoproxy.prompts.language import MAX_OUTPUT, MAX_TEMPLATE, compile_template

MANY = [str(number) for number in range(10_000)]


class TooMany(BaseException):
    """Nothing that a rendering would catch."""


class Calls:
    """Counts calls of functions, Python's and C's, and breaks off at so many: work that no machine makes slower."""

    def __init__(self, most: int) -> None:
        self.left = most

    def _count(self, _frame: FrameType, event: str, _argument: object) -> None:
        if event in ("call", "c_call"):
            self.left -= 1
            if self.left < 0:
                raise TooMany

    def __enter__(self) -> Calls:
        sys.setprofile(self._count)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)


def render(text: str, **values: Any) -> str:
    return compile_template(text).render(values)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("Hello {{ name }}!", {"name": "Jane"}, "Hello Jane!"),
        ("{{ tone|default('kind') }}", {}, "kind"),
        ("{% if vip %}V{% elif n > 2 %}N{% else %}-{% endif %}", {"vip": False, "n": 3}, "N"),
        ("{% for x in xs %}{{ loop.index }}{{ x.name|upper }}{{ ', ' if not loop.last }}{% endfor %}",
         {"xs": [{"name": "a"}, {"name": "b"}]}, "1A, 2B"),
        ("{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", {"d": {"a": 1, "b": 2}}, "a=1;b=2;"),
        ("{{ xs|map('upper')|join('-') }}", {"xs": ["a", "b"]}, "A-B"),
        ("{{ 'a' ~ n ~ 'b' }}{{ 'c' + 'd' }}{{ 2 * n + 1 }}", {"n": 3}, "a3bcd7"),
        ("{{ x is defined }}{% set y = 2 %}{{ y }}", {}, "False2"),
        ("{{ d|tojson }}", {"d": {"a": "é<"}}, '{"a": "é<"}'),
        ("{% for i in range(3) %}{{ i }}{% endfor %}", {}, "012"),
        ("{{ 'b' in s }}{{ s.split(',')[1] }}", {"s": "a,b"}, "Trueb"),
        ("a\n{% if true %}\nb\n{% endif %}\nc\n", {}, "a\nb\nc"),
        ("{{ '{{' }} {% raw %}{{ x }}{% endraw %}", {}, "{{ {{ x }}"),
        ("{{ name }}", {"name": "{{ 7 * 7 }}"}, "{{ 7 * 7 }}"),
    ],
)  # fmt: skip
def test_what_it_can_do(text: str, values: dict[str, Any], expected: str) -> None:
    assert render(text, **values) == expected


def test_its_variables_are_those_that_the_caller_gives() -> None:
    text = "{{ org_name }} {{ b }} {{ a|default(1) }}{% for x in xs %}{{ x }}{{ loop.index }}{% endfor %}{{ range(1) }}"
    assert compile_template(text).variables == ("a", "b", "xs")


@pytest.mark.parametrize(
    ("text", "name"), [("{{ name }}", "name"), ("{% for x in names %}{% endfor %}", "names"), ("{{ a.b.c }}", "b")]
)
def test_what_is_missing_is_named(text: str, name: str) -> None:
    with pytest.raises(MissingVariable) as raised:
        render(text, a={})
    assert raised.value.name == name


@pytest.mark.parametrize(
    "text",
    [
        "{{ 9**9**9 }}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% include 'x' %}",
        "{% import 'x' as x %}",
        "{% extends 'x' %}",
        "{% block a %}{% endblock %}",
        "{% set x %}{{ y }}{% endset %}",
        "{% filter upper %}{% endfilter %}",
        "{{ ''.format(1) }}",
        "{{ 'x'.ljust(1000000000) }}",
        "{{ x() }}",
        "{{ namespace(x=1) }}",
        "{{ lipsum() }}",
        "{{ x|format(1) }}",
        "{{ x|attr('y') }}",
        "{{ x|xmlattr }}",
        "{{ x|unknown }}",
        "{{ x|map(y) }}",
        "{{ x|map('map', 'xmlattr') }}",
        "{{ x is sameas y }}",
        "{{ [].append(1) }}",
        "{{ 'x'.upper(*y) }}",
        "{{",
        "{% if %}",
        "{{ " + "(" * 3000 + ")" * 3000 + " }}",
        "x" * (MAX_TEMPLATE + 1),
    ],
)
def test_what_it_cannot_do(text: str) -> None:
    with pytest.raises(InvalidTemplate):
        compile_template(text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("{% for a in range(999) %}{% for b in range(999) %}{{ b }}{% endfor %}{% endfor %}",
         {}),
        ("{% for a in xs %}{% for b in xs %}{% endfor %}{% endfor %}", {"xs": MANY}),
        ("{% for a in xs %}{% if a in ys %}{{ a }}{% endif %}{% endfor %}", {"xs": MANY, "ys": MANY}),
        ("{% for a in xs %}{% if ys == zs %}{{ a }}{% endif %}{% endfor %}", {"xs": MANY, "ys": [MANY], "zs": [MANY]}),
        ("{% for a in xs %}{{ xs|sort|first }}{% endfor %}", {"xs": MANY}),
        ("{% for a in xs %}{{ s.split(',')|first }}{% endfor %}", {"xs": MANY, "s": "a," * 30_000}),
        ("{{ xs|map('replace', '1', s)|list|length }}", {"xs": MANY, "s": "x" * 60_000}),
        ("{{ xs|join(s) }}", {"xs": MANY, "s": "x" * 60_000}),
        ("{% for a in xs %}{{ s }}{% endfor %}", {"xs": MANY, "s": "x" * 60_000}),
        ("{{ range(1000000000) }}", {}),
        ("{{ 'a' * 10000000000 }}", {}),
        ("{{ '%1000000000d' % 1 }}", {}),
        ("{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 60 + "{{ x }}", {}),
        ("{% set x = 'ab' %}" + "{% set x = x + x %}" * 60 + "{{ x }}", {}),
        ("{% set x = ['ab'] %}" + "{% set x = [x, x] %}" * 60 + "{{ x }}", {}),
        ("{% set x = {'a': 1} %}" + "{% set x = {'a': x, 'b': x} %}" * 60 + "{{ x }}", {}),
        ("{% set x = 9 %}" + "{% set x = x * x %}" * 60 + "{{ x }}", {}),
        ("{% set x = s %}" + "{% set x = x|tojson %}" * 60 + "{{ x }}", {"s": '"' * 10}),
        ("{% set x = s %}" + "{% set x = x|replace('a', 'aa') %}" * 60 + "{{ x }}", {"s": "aaa"}),
        ("{% set x = s|sort %}" * 30, {"s": "b" * 100_000}),
        ("{% set x = s|max %}" * 30, {"s": "b" * 100_000}),
        ("{% set x = s|title %}" * 30, {"s": "b " * 50_000}),
        ("{{ s|reject('string')|first }}" * 30, {"s": "b" * 100_000}),
        ("{{ xs|map('sort')|list|length }}", {"xs": ["b" * 100_000] * 5}),
        ("{% set x = xs[1:] %}" * 200, {"xs": MANY}),
        ("{% set x = d|string %}" * 200, {"d": {"k" * 5000 + key: "" for key in MANY[:100]}}),
        ("{% set v = d.items() %}" + "{% set x = v|list %}" * 200, {"d": dict.fromkeys(MANY, "")}),
        ("{% set r = range(1000) %}" + "{% set x = r|sort %}" * 200, {}),
        ("{{ xs|map(attribute=a, default=1)|list }}", {"xs": MANY, "a": "a." * 1000}),
        ("{{ xs|map('sort', false, false, a)|list }}", {"xs": MANY, "a": "0," * 1000}),
        ("{{ xs|sort(attribute=a) }}", {"xs": MANY, "a": "0," * 1000}),
        ("{{ xs|selectattr(a)|list }}", {"xs": MANY, "a": "a." * 1000}),
        ("{{ s.strip(t) }}", {"s": "a" * 100_000, "t": "b" * 100_000}),
        ("{{ s|trim(t) }}", {"s": "a" * 100_000, "t": "b" * 100_000}),
        ("{{ s|trim(chars=t) }}", {"s": "a" * 100_000, "t": "b" * 100_000}),
        ("{{ 1 + 'a' }}", {}),
        ("{{ x|float / 0 }}", {"x": 1}),
        ("{{ ''.__class__.__mro__ }}", {}),
        ("{{ x['__class__'] }}", {"x": 1}),
    ],
)  # fmt: skip
def test_nothing_takes_long_or_gets_large(text: str, values: dict[str, Any]) -> None:
    template = compile_template(text)
    with pytest.raises(RenderError) as raised, Calls(10 * STEPS):
        template.render(values)
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("{{ xs|sort(attribute='a.b')|map(attribute='a.b')|join(',') }}",
         {"xs": [{"a": {"b": number}} for number in range(1000, 0, -1)]}, ",".join(map(str, range(1, 1001)))),
        ("{% for x in xs %}{{ x|upper }}\n{% endfor %}", {"xs": ["a"] * 3000}, "A\n" * 3000),
        ("{{ xs|map('trim')|join }}", {"xs": ["a" * 10_000] * 10}, "a" * 100_000),
        ("{{ xs[-3:]|join }}", {"xs": MANY}, "999799989999"),
        ("{{ s|replace('a', 'b') }}", {"s": "a" * 100_000}, "b" * 100_000),
    ],
)  # fmt: skip
def test_what_is_usual_is_within_the_budget(text: str, values: dict[str, Any], expected: str) -> None:
    assert render(text, **values) == expected


def test_a_long_text_is_fine_up_to_the_bound() -> None:
    assert len(render("{{ x }}{{ x }}", x="a" * (MAX_OUTPUT // 2))) == MAX_OUTPUT
    with pytest.raises(RenderError, match="longer than"):
        render("{{ x }}{{ x }}b", x="a" * (MAX_OUTPUT // 2))


def test_values_are_not_changed_by_it() -> None:
    values = {"xs": [3, 1, 2], "d": {"a": [1]}}
    assert render("{{ xs|sort|first }}{{ d.items()|list }}", **values).startswith("1")
    assert values == {"xs": [3, 1, 2], "d": {"a": [1]}}


def test_a_gateway_without_templates_does_without_jinja2() -> None:
    code = "import sys, nemoproxy.server.launch; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
