"""`docs/quickstarts.md`, made of `examples/`: `python -m tests.quickstarts` writes it anew."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
PAGE = ROOT / "docs" / "quickstarts.md"


class Example(NamedTuple):
    title: str
    file: str
    fence: str
    run: str


QUICKSTARTS = (
    Example("Python", "python/quickstart.py", "python", "pip install openai\npython quickstart.py"),
    Example(
        "Python, with nemoroutersdk",
        "python/nemo_quickstart.py",
        "python",
        "pip install 'nemoproxy[sdk]'\npython nemo_quickstart.py",
    ),
    Example("TypeScript", "typescript/quickstart.ts", "typescript", "npm install openai\nnpm start"),
    Example("Go", "go/main.go", "go", "go get github.com/openai/openai-go/v3\ngo run ."),
    Example(
        "Java",
        "java/src/main/java/Quickstart.java",
        "java",
        "mvn --quiet compile exec:java    # with the pom.xml beside it",
    ),
    Example("Ruby", "ruby/quickstart.rb", "ruby", "ruby quickstart.rb"),
    Example("PHP", "php/quickstart.php", "php", "php quickstart.php"),
    Example("curl", "curl/quickstart.sh", "sh", "sh quickstart.sh"),
)

HEAD = """# Quickstarts

The first requests in seven languages: chat, a stream, embeddings, an error, and what the gateway says in its headers.
Whatever speaks the OpenAI API works in the same way: give it the gateway's base URL, which ends in `/v1`, and a key.

```sh
export NEMOROUTER_API_KEY=sk-nemo-...
export NEMOROUTER_BASE_URL=http://127.0.0.1:8080/v1
```

This page is made of the files in [examples/](../examples), which the tests run.
"""


def page() -> str:
    parts = [HEAD]
    for title, file, fence, run in QUICKSTARTS:
        code = (EXAMPLES / file).read_text()
        parts.append(f"\n## {title}\n\n```sh\n{run}\n```\n\n[{file}](../examples/{file})\n\n```{fence}\n{code}```\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
