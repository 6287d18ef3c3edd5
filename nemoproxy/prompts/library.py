"""The templates as the records have them, in memory: which there are, which version is active, who has which."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nemoproxy.storage import Changes, PromptRow
from nemoproxy.types import Principal

if TYPE_CHECKING:
    from nemoproxy.prompts.language import Template

MOST_COMPILED = 256


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a template of an organisation."""

    slug: str
    number: int
    text: str


class Library:
    """`apply` brings in changes. Templates are an organisation's own: nobody else's are found."""

    def __init__(self) -> None:
        self._prompts: dict[str, PromptRow] = {}
        self._slugs: dict[tuple[str, str], str] = {}
        self._assigned: dict[tuple[str, str], str] = {}
        self._org_names: dict[str, str] = {}
        self._compiled: OrderedDict[str, Template] = OrderedDict()
        self.assigns = False
        """Whether anybody is assigned a template."""

    def apply(self, changes: Changes) -> None:
        self._org_names.update((org.id, org.name) for org in changes.orgs)
        for prompt in changes.prompts:
            if prompt.deleted_at is None:
                self._prompts[prompt.id] = prompt
                self._slugs[prompt.org_id, prompt.slug] = prompt.id
            else:
                self._prompts.pop(prompt.id, None)
                self._slugs.pop((prompt.org_id, prompt.slug), None)
        for row in changes.prompt_assignments:
            place = (str(row.scope), row.scope_id)
            if row.prompt_id is None:
                self._assigned.pop(place, None)
            else:
                self._assigned[place] = row.prompt_id
        self.assigns = bool(self._assigned)

    def org_name(self, org_id: str) -> str:
        return self._org_names.get(org_id, "")

    def find(self, org_id: str, name: str) -> PromptRow | None:
        """By id or slug."""
        prompt = self._prompts.get(self._slugs.get((org_id, name), name))
        return prompt if prompt is not None and prompt.org_id == org_id else None

    def assigned(self, who: Principal) -> PromptRow | None:
        """What the key, else its team, else its organisation is assigned; a template that was removed is none."""
        for place in (("key", who.key_id), ("team", who.team_id), ("org", who.org_id)):
            prompt = self._prompts.get(self._assigned.get(place, ""))
            if prompt is not None and prompt.org_id == who.org_id:
                return prompt
        return None

    def of(self, org_id: str) -> list[PromptRow]:
        """All of an organisation, by slug."""
        return sorted((one for one in self._prompts.values() if one.org_id == org_id), key=lambda one: one.slug)

    def version(self, org_id: str, id: str) -> tuple[PromptRow, Version] | None:
        """The version of an id such as `prompt_0a1b:3`."""
        name, _, number = id.rpartition(":")
        prompt = self.find(org_id, name)
        found = None if prompt is None or not number.isdecimal() else version_of(prompt, int(number[:9]))
        return None if prompt is None or found is None else (prompt, found)

    def known(self, version: Version) -> Template | None:
        """The compiled template; None: it has to be compiled first."""
        return self._compiled.get(version.text)

    def template(self, version: Version) -> Template:
        """Compiled, which takes milliseconds: not for the loop's thread. Raises InvalidTemplate."""
        from nemoproxy.prompts.language import compile_template  # a gateway without templates does without Jinja2

        template = compile_template(version.text)
        while len(self._compiled) >= MOST_COMPILED:
            self._compiled.popitem(last=False)
        self._compiled[version.text] = template
        return template


def version_of(prompt: PromptRow, number: int | None = None) -> Version | None:
    """The version of that number; without one, the active version."""
    wanted = prompt.active if number is None else number
    row = next((row for row in prompt.versions if row.number == wanted), None)
    return None if row is None else Version(prompt.slug, row.number, row.text)
