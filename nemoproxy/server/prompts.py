"""What a key may know of the prompt templates of its organisation: which there are, their versions, what changed."""

from __future__ import annotations

import asyncio
import difflib

import orjson

from nemoproxy.errors import NotFound
from nemoproxy.prompts import InvalidTemplate, Library, Version
from nemoproxy.prompts.library import version_of
from nemoproxy.server import spec
from nemoproxy.server.exchange import JSON, Exchange
from nemoproxy.server.queries import Query
from nemoproxy.server.routes import Route
from nemoproxy.stages.identity import Directory
from nemoproxy.stages.limits import Limits
from nemoproxy.storage import PromptRow
from nemoproxy.types import Principal


class PromptPages:
    """`GET /nemo/prompt/list`, `/nemo/prompt/info` and `/nemo/prompt/version/diff`."""

    def __init__(self, directory: Directory, limits: Limits, library: Library) -> None:
        self._directory = directory
        self._limits = limits
        self._library = library

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/nemo/prompt/list", self.list, spec.PROMPTS),
            Route("GET", "/nemo/prompt/info", self.info, spec.PROMPT),
            Route("GET", "/nemo/prompt/version/diff", self.diff, spec.PROMPT_DIFF),
        ]

    async def list(self, exchange: Exchange, _rest: str) -> None:
        who, _ = self._asked(exchange)
        rows = [await self._summary(prompt) for prompt in self._library.of(who.org_id)]
        exchange.send(200, JSON, orjson.dumps({"data": rows}))

    async def info(self, exchange: Exchange, _rest: str) -> None:
        who, query = self._asked(exchange)
        name = query.text("prompt_id", "an id or a slug")
        prompt = self._library.find(who.org_id, name)
        if prompt is None:
            raise NotFound(f"There is no prompt template '{name[:100]}' here.", code="prompt_template_not_found")
        summary = await self._summary(prompt)
        versions = [await self._version(prompt, row.number) for row in prompt.versions]
        exchange.send(200, JSON, orjson.dumps(summary | {"versions": versions}))

    async def diff(self, exchange: Exchange, _rest: str) -> None:
        who, query = self._asked(exchange)
        found = []
        for name in ("v1", "v2"):
            id = query.text(name, "the id of a version, as /nemo/prompt/info has it")
            one = self._library.version(who.org_id, id)
            if one is None:
                raise NotFound(f"There is no version '{id[:100]}' here.", code="prompt_version_not_found", param=name)
            found.append((f"{one[0].slug}:{one[1].number}", one[1].text))
        (first, before), (second, after) = found
        text = await asyncio.to_thread(unified_diff, before, after, first, second)
        exchange.send(200, JSON, orjson.dumps({"v1": first, "v2": second, "same": before == after, "diff": text}))

    def _asked(self, exchange: Exchange) -> tuple[Principal, Query]:
        who = self._directory.identify(exchange.authorization)
        self._limits.peek(who, exchange)
        return who, Query(exchange.message.path)

    async def _variables(self, version: Version | None) -> tuple[str, ...]:
        if version is None:
            return ()
        try:
            template = self._library.known(version)
            if template is None:
                template = await asyncio.to_thread(self._library.template, version)
            return template.variables
        except InvalidTemplate:  # compiled by an older version, which knew more
            return ()

    async def _summary(self, prompt: PromptRow) -> dict[str, object]:
        return {
            "id": prompt.id,
            "name": prompt.name,
            "slug": prompt.slug,
            "active_version_number": prompt.active,
            "version_count": len(prompt.versions),
            "variables": await self._variables(version_of(prompt)),
            "created_at": prompt.created_at.isoformat(),
        }

    async def _version(self, prompt: PromptRow, number: int) -> dict[str, object]:
        row = next(row for row in prompt.versions if row.number == number)
        return {
            "id": f"{prompt.id}:{row.number}",
            "version_number": row.number,
            "active": row.number == prompt.active,
            "template": row.text,
            "variables": await self._variables(version_of(prompt, number)),
            "author": row.author,
            "note": row.note,
            "created_at": row.created_at.isoformat(),
        }


def unified_diff(before: str, after: str, first: str, second: str) -> str:
    """As `diff -u` has it; "" if they are the same."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), first, second, lineterm="")
    return "\n".join(lines)
