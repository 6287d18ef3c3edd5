"""What the documents say is so: paths exist, versions agree, settings and their defaults are all described."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

from nemoproxy.cli import cli
from nemoproxy.config import (
    AbTest,
    Breaker,
    Config,
    Credential,
    Guardrail,
    Limits,
    Model,
    Pool,
    Price,
    Provider,
    Secret,
    SecretUrl,
    Target,
    Timeouts,
    Variant,
)
from nemoproxy.server.openapi import HEADERS

ROOT = Path(__file__).parent.parent
OPERATING = (ROOT / "docs" / "operating.md").read_text()
DOCUMENTS = [str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))]
DOCUMENTS = [*sorted(DOCUMENTS), "examples/README.md"]
MADE = ("var/", "dist/", ".venv/", "target/", "loadtest/results/", "nemoproxy.yaml")
"""What is there only when something has been run."""
TOPS = (ROOT, ROOT / "nemoproxy", ROOT / "rust_core" / "src")
NOT_OURS = {
    "acme/research",
    "test/variant",
    "asyncio.Protocol",
    "transport.write",
    "application/json",
    "multipart/form-data",
    "openai/gpt-4o-mini",
    "provider/model",
}


def quoted(document: str) -> list[str]:
    text = re.sub(r"^```.*?^```", "", (ROOT / document).read_text(), flags=re.MULTILINE | re.DOTALL)
    return sorted(set(re.findall(r"`([^`\n]+)`", text)))


def looks_like_a_path(text: str) -> bool:
    return bool(re.fullmatch(r"[\w.][\w.-]*(/[\w.-]*)+|[\w.-]+\.(py|pyi|rs|md|toml|ya?ml|lock)", text))


def looks_like_a_name(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z_]+(\.[A-Za-z_]+)+", text)) and not looks_like_a_path(text)


def exists_as_a_path(name: str) -> bool:
    """From the root or the package; a Rust module is a folder or a file; a bare file name may be anywhere."""
    if "/" not in name:
        return (ROOT / name).exists() or any(
            any((ROOT / top).rglob(name)) for top in ("nemoproxy", "rust_core", "tests")
        )
    return any(place.exists() for place in (*(top / name for top in TOPS), ROOT / f"{name}.rs"))


def exists_as_a_name(name: str) -> bool:
    """A module, something that one defines, a setting or an event: `server.app`, `Pool.open`, `server.port`."""
    parts = name.removeprefix("nemoproxy.").split(".")
    if name in dict(sections()) or parts[-1] in getattr(dict(sections()).get(parts[0]), "__struct_fields__", ()):
        return True
    if f'"{name}"' in (ROOT / "nemoproxy" / "storage" / "events.py").read_text():
        return True
    place = ROOT / "nemoproxy" / Path(*parts)
    if place.with_suffix(".py").exists() or place.is_dir():
        return True
    defined = re.compile(rf"^\s*(?:class|def|async def) {parts[-1]}\b", re.MULTILINE)
    first = ROOT / "nemoproxy" / parts[0]
    sources = [*first.rglob("*.py")] if first.is_dir() else [first.with_suffix(".py")]
    if not sources[0].exists():
        owner = re.compile(rf"^class {parts[0]}\b", re.MULTILINE)
        sources = [
            path
            for path in (ROOT / "nemoproxy").rglob("*.py*")
            if path.suffix != ".pyc" and owner.search(path.read_text())
        ]
    return any(defined.search(path.read_text()) for path in sources)


@pytest.mark.parametrize(
    "document",
    [
        "ARCHITECTURE.md",
        "README.md",
        "CONTRIBUTING.md",
        "docs/operating.md",
        "docs/guardrails.md",
        "docs/prompts.md",
        "docs/webhooks.md",
    ],
)
def test_what_is_named_is_there(document: str) -> None:
    names = quoted(document)
    assert names
    for name in set(names) - NOT_OURS:
        if looks_like_a_path(name) and not name.startswith(MADE):
            assert exists_as_a_path(name), f"{document}: {name}"
        elif looks_like_a_name(name):
            assert exists_as_a_name(name), f"{document}: {name}"


def anchors(path: Path) -> set[str]:
    """Of a document's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    path = ROOT / document
    for name, anchor in re.findall(r"\]\((?!https?://)([^)#]*)#?([^)]*)\)", path.read_text()):
        target = path.parent / name if name else path
        assert target.exists(), name
        assert not anchor or anchor in anchors(target), f"{name}#{anchor}"


def test_the_readme_leads_to_every_document() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [name for name in DOCUMENTS if name.startswith("docs/") and f"| [{name}]({name}) |" not in readme] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_targets_exist(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^\s*)make ([a-z-]+)", (ROOT / document).read_text(), re.MULTILINE)) <= targets


def test_the_newest_change_is_of_this_version() -> None:
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    newest = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert newest[1] == version


def test_the_map_fits_in_the_head() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text().splitlines()) <= 150


def sections() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Every kind of settings, under the heading it has in docs/operating.md."""
    for field in msgspec.structs.fields(Config):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield field.name, field.type
    yield "providers.NAME", Provider
    yield "providers.NAME.api_keys", Credential
    yield "providers.NAME.timeouts", Timeouts
    yield "providers.NAME.pool", Pool
    yield "models.ALIAS", Model
    yield "models.ALIAS.targets", Target
    yield "routing.breaker", Breaker
    yield "tiers.NAME", Limits
    yield "prices.MODEL", Price
    yield "guardrails.ID", Guardrail
    yield "ab_tests.NAME", AbTest
    yield "ab_tests.NAME.variants.NAME", Variant


def shown(default: Any) -> str:
    """A default as the table has it."""
    if default is msgspec.NODEFAULT:
        return "required"
    if default in (None, date.min, ()) or isinstance(default, Limits | Timeouts | Pool | Breaker):
        return ""
    if isinstance(default, SecretUrl | Secret):
        default = default.reveal()
    if isinstance(default, bool):
        return f"`{default}`".lower()
    if isinstance(default, tuple):
        return f"`{json.dumps(default)}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


@pytest.mark.parametrize(("heading", "kind"), [pytest.param(*section, id=section[0]) for section in sections()])
def test_every_setting_is_described_with_its_default(heading: str, kind: type[msgspec.Struct]) -> None:
    _, found, text = OPERATING.partition(f"\n### `{heading}`\n")
    assert found, f"no heading for {heading}"
    table = re.findall(r"^\| `(\w+)` \| (.*?) ?\|.* \|$", re.split(r"^##", text, flags=re.MULTILINE)[0], re.MULTILINE)
    fields = msgspec.structs.fields(kind)
    expected = [
        (field.name, "" if field.default_factory is not msgspec.NODEFAULT else shown(field.default)) for field in fields
    ]
    assert table == expected


def test_every_header_is_described_as_in_the_openapi_document() -> None:
    text = OPERATING.partition("\n### Headers\n")[2].partition("\n### ")[0]
    assert dict(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", text, re.MULTILINE)) == HEADERS


def test_every_command_is_listed_as_it_says_itself() -> None:
    text = OPERATING.partition("\n## Commands\n")[2].partition("\n## ")[0]
    context, commands = click.Context(cli), []
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        inner = command.list_commands(context) if isinstance(command, click.Group) else []
        commands.append((name, ", ".join(f"`{each}`" for each in inner)))
    assert re.findall(r"^\| `(\w+)` \| (.*?) ?\| .* \|$", text, re.MULTILINE) == commands


def test_every_section_is_described() -> None:
    described = {name.partition(".")[0] for name, _ in sections()}
    assert set(Config.__struct_fields__) == described
