"""The dependency rule, executed:

cli -> server -> pipeline -> stages -> { providers | upstream | routing | journal, prompts, abtests -> storage
    | guardrails -> egress | pricing | _core } -> { config, types, errors, money }
cli, server -> webhooks -> { storage | egress } -> config

The picture is that of ARCHITECTURE.md; MAY_IMPORT is the rule itself.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "nemoproxy"
GROUND = {"config", "types", "errors", "money"}
TOOLS = {
    "providers", "upstream", "routing", "storage", "pricing", "idempotency", "egress", "guardrails", "prompts", "cache",
    "_core",
}  # fmt: skip
MAY_IMPORT = {
    "__init__": set(),
    "__main__": {"cli"},
    "cli": {"server", "mock", "storage", "guardrails", "webhooks", "egress", "prompts", "abtests", "_core", "__init__"}
    | GROUND,
    "server": {"pipeline", "stages", "recording", "mock", "journal", "webhooks", "abtests", "__init__"}
    | TOOLS
    | GROUND,
    "pipeline": {"stages", "abtests", "types", "errors"},
    "stages": {"recording"} | TOOLS | GROUND,
    "providers": {"upstream"} | GROUND,
    "routing": {"types"},
    "upstream": {"_core", "types", "errors"},
    "storage": {"_core"} | GROUND,
    "journal": {"storage", "_core"} | GROUND,
    "pricing": {"_core"} | GROUND,
    "config": {"money", "_core"},  # whether a pattern can be used, the core says
    "money": set(),
    "idempotency": set(),
    "egress": set(),
    "guardrails": {"storage", "egress", "_core"} | GROUND,
    "webhooks": {"storage", "egress"} | GROUND,
    "cache": set(),
    "recording": {"_core", "types"},
    "abtests": {"storage", "_core"} | GROUND,
    "prompts": {"storage"} | GROUND,
    "types": {"_core", "pricing", "guardrails"},
    "errors": set(),
    "mock": set(),
}
"""What each part may import of the package."""
ONLY_IN = {
    "aiohttp": {"server", "egress"},
    "cryptography": {"storage"},
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
    "uvloop": {"server", "mock"},
    "jinja2": {"prompts"},
    "prometheus_client": {"server"},
}
"""Where a library may be imported."""
MODULES = sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == "nemoproxy" else {module}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    own = part(path)
    for name in imports(path):
        top, _, rest = name.partition(".")
        if top == "nemoproxy":
            other = rest.partition(".")[0]
            other = "__init__" if other.startswith("__version") else other
            assert other == own or other in MAY_IMPORT[own], f"{own} may not import {name}"
        elif top in ONLY_IN:
            assert own in ONLY_IN[top], f"{top} may be imported in {ONLY_IN[top]} only"


@pytest.mark.parametrize("path", [path for path in MODULES if part(path) == "stages"], ids=lambda path: path.stem)
def test_stages_know_no_others_but_those_of_one_call(path: Path) -> None:
    """`attempt` to `close` are one call from its first try to its end; else only the pipeline knows stages."""
    siblings = {name for name in imports(path) if name.startswith("nemoproxy.stages.")}
    shared = {
        "attempt": {"parse"},
        "failover": {"attempt", "credits", "patience", "verdict"},
        "ask": {"attempt", "failover", "verdict"},
        "relay": {"ask", "attempt", "close", "credits", "failover", "limits", "screen"},
        "close": {"limits"},
    }.get(path.stem, set())
    assert siblings <= {f"nemoproxy.stages.{name}" for name in shared}


def test_the_map_names_every_part() -> None:
    text = (PACKAGE.parent / "ARCHITECTURE.md").read_text()
    code_map = text.partition("\n## Code map\n")[2].partition("\n## ")[0]
    parts = {part(path) for path in MODULES} - {"__init__", "__main__"}
    assert MAY_IMPORT.keys() - {"__init__", "__main__"} == parts
    for name in parts:
        assert f"`nemoproxy/{name}/`" in code_map or f"{name}.py`" in code_map, name


def test_only_config_reads_the_environment() -> None:
    for path in MODULES:
        if part(path) not in ("config", "cli", "mock"):
            assert "os.environ" not in path.read_text(), path


def test_only_the_binding_knows_python() -> None:
    source = PACKAGE.parent / "rust_core" / "src"
    for path in source.rglob("*.rs"):
        if source / "python" not in path.parents and path.name != "lib.rs":
            assert "pyo3" not in path.read_text(), path
