"""Every quickstart of `examples/`, run by its own toolchain against the running gateway."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import environments, quickstarts
from tests.environments import tool
from tests.quickstarts import EXAMPLES
from tests.site import Site

pytestmark = pytest.mark.timeout(900)
SAID = "You said: Hello!"


def copied(folder: str) -> Path:
    """A copy to build in: nothing that a toolchain makes belongs into the repository."""

    def make(place: Path) -> None:
        shutil.copytree(EXAMPLES / folder, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))

    files = sorted(
        path for path in (EXAMPLES / folder).rglob("*") if path.is_file() and "node_modules" not in path.parts
    )
    return environments.kept(folder, [f"{path.name}\0{path.read_text()}" for path in files], make)


def python() -> list[str | Path]:
    return [sys.executable, EXAMPLES / "python" / "quickstart.py"]


def nemo() -> list[str | Path]:
    return [sys.executable, EXAMPLES / "python" / "nemo_quickstart.py"]


def typescript() -> list[str | Path]:
    npm, place = tool("npm"), copied("typescript")
    if not (place / "node_modules" / ".package-lock.json").exists():
        environments.install(npm, "ci", "--no-audit", "--no-fund", cwd=place)
    return [npm, "--silent", "--prefix", place, "start"]


def go() -> list[str | Path]:
    go, place = tool("go"), copied("go")
    environments.install(go, "build", "-o", "quickstart", ".", cwd=place)
    return [place / "quickstart"]


def java() -> list[str | Path]:
    tool("javac")
    mvn, place = tool("mvn"), copied("java")
    if not (place / "target" / "classes" / "Quickstart.class").exists():
        environments.install(mvn, "--batch-mode", "--quiet", "compile", cwd=place)
    return [mvn, "--batch-mode", "--quiet", "--file", place / "pom.xml", "exec:java"]


def ruby() -> list[str | Path]:
    return [tool("ruby"), "-w", EXAMPLES / "ruby" / "quickstart.rb"]


def php() -> list[str | Path]:
    return [
        tool("php"),
        "-d",
        "error_reporting=E_ALL",
        "-d",
        "display_errors=stderr",
        EXAMPLES / "php" / "quickstart.php",
    ]


@pytest.mark.parametrize(
    "prepare", [python, nemo, typescript, go, java, ruby, php], ids=lambda prepare: prepare.__name__
)
def test_quickstart(site: Site, prepare: Callable[[], list[str | Path]]) -> None:
    out, err = _run(site, prepare())
    expected = [
        rf"chat: {SAID}",
        r"cost: 0\.0000\d+ USD for nemo-[0-9a-f]{24}",
        rf"stream: {SAID}( \(0\.0000\d+ USD\))?",
        r"embedding: 1536 numbers",
        *([r"credits: \d+\.\d+ USD"] if prepare is nemo else []),
        r"error: 404 model_not_found",
    ]
    lines = re.sub(r"\x1b\[\d*m", "", out).splitlines()  # Maven's colours
    assert len(lines) == len(expected), out + err
    for line, pattern in zip(lines, expected, strict=True):
        assert re.fullmatch(pattern, line)


def test_quickstart_with_curl(site: Site) -> None:
    tool("curl")
    out, _ = _run(site, [tool("sh"), EXAMPLES / "curl" / "quickstart.sh"])
    assert re.search(rf'^chat: .*"content":"{SAID}"', out, re.MULTILINE)
    assert re.search(r"^cost: 0\.0000\d+ USD for nemo-[0-9a-f]{24}$", out, re.MULTILINE)
    assert re.search(r"^stream:\ndata: .*\n(.*\n)+data: \[DONE\]$", out, re.MULTILINE)
    assert re.search(r'^embedding: .*"embedding":\[[^,\]]+,[^,\]]+,[^,\]]+\]', out, re.MULTILINE)
    assert re.search(r'"code":"model_not_found".*\nerror: 404\n$', out)


def _run(site: Site, command: list[str | Path]) -> tuple[str, str]:
    path = os.pathsep.join([str(environments.ROOT), *(entry for entry in sys.path if entry)])
    done = environments.run(*command, NEMOROUTER_API_KEY=site.key, NEMOROUTER_BASE_URL=site.url, PYTHONPATH=path)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout, done.stderr


def test_the_page_is_made_of_the_examples() -> None:
    assert quickstarts.PAGE.read_text() == quickstarts.page(), "python -m tests.quickstarts"


def test_every_example_is_on_the_page() -> None:
    shown = {EXAMPLES / example.file for example in quickstarts.QUICKSTARTS}
    sources = {path for kind in ("py", "ts", "go", "java", "rb", "php", "sh") for path in EXAMPLES.rglob(f"*.{kind}")}
    assert {path for path in sources if "node_modules" not in path.parts} == shown
