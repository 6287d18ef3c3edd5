"""`nemoproxy prompts`: texts in, versions out, and messages that say what to mend."""

from __future__ import annotations

import json

from click.testing import Result

from tests.flow.conftest import Run


def add(run: Run, text: str, *words: str) -> Result:
    return run("prompts", "add", "support", "-", "--author", "jane", *words, input=text)


def test_the_life_of_a_template(run: Run) -> None:
    first = add(run, "Hello {{ name }}.\n")
    assert (first.exit_code, first.stdout) == (0, "Version 1 of support is active.\n")
    assert "Its variables: name." in first.stderr
    assert "version 1 is active" in add(run, "Hi {{ name }}.\n", "--note", "shorter").stdout
    assert run("prompts", "show", "support").stdout == "Hello {{ name }}.\n"
    assert run("prompts", "show", "support", "--version", "2").stdout == "Hi {{ name }}.\n"
    assert run("prompts", "activate", "support", "2").stdout == "Version 2 of support is active.\n"
    assert run("prompts", "activate", "support", "1").stderr == ""
    add(run, "Hey {{ you }}, {{ name }}.\n")
    assert "variables that version 1 had not: you." in run("prompts", "activate", "support", "3").stderr
    assert add(run, "Hey.\n", "--activate").stdout == "Version 4 of support is active.\n"
    compared = run("prompts", "diff", "support", "1", "2")
    assert compared.exit_code == 1
    assert "-Hello {{ name }}.\n+Hi {{ name }}.\n" in compared.stdout
    assert run("prompts", "diff", "support", "1", "1").exit_code == 0
    shown = json.loads(run("prompts", "show", "support", "--json").stdout)
    assert [(one["version_number"], one["active"], one["note"]) for one in shown["versions"]] == [
        (1, False, ""), (2, False, "shorter"), (3, False, ""), (4, True, ""),
    ]  # fmt: skip
    assert run("prompts", "remove", "support").exit_code == 0
    assert json.loads(run("prompts", "list", "--json").stdout) == []
    assert run("prompts", "show", "support").exit_code == 1


def test_assigned_and_taken_back(run: Run) -> None:
    add(run, "Hello.")
    run("keys", "create", "--alias", "ci")
    for scope, name in (("key", "ci"), ("team", "default"), ("org", "default")):
        assert run("prompts", "assign", "support", f"--{scope}", name).exit_code == 0
    (row,) = json.loads(run("prompts", "list", "--json").stdout)
    assert sorted(row["assigned_to"]) == ["key ci", "org default", "team default"]
    assert "no template" in run("prompts", "assign", "--none", "--key", "ci").stdout
    (row,) = json.loads(run("prompts", "list", "--json").stdout)
    assert sorted(row["assigned_to"]) == ["org default", "team default"]


def test_what_cannot_be_used(run: Run) -> None:
    for words, text, code, says in [
        (["add", "support", "-"], "{{ name", 1, "cannot be used"),
        (["add", "support", "-"], "{% macro f() %}{% endmacro %}", 1, "'macro'"),
        (["add", "Not A Slug", "-"], "x", 1, "small letters"),
        (["add", "support", "-", "--org", "nope"], "x", 1, "no organisation"),
        (["activate", "nope", "1"], "", 1, "no template"),
        (["assign"], "", 2, "give a template"),
        (["assign", "nope", "--org", "default"], "", 1, "no template"),
    ]:
        result = run("prompts", *words, input=text)
        assert (result.exit_code, result.stdout) == (code, "") and says in result.stderr, words
    add(run, "Hello.")
    assert "it has 1 to 1" in run("prompts", "activate", "support", "7").stderr
