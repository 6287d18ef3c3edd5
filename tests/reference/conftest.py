"""A gateway that has something of everything: guardrails, prompts, an A/B test, a cache, models of every kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nemoproxy.config import AbTest, Cache, Guardrail, Model, Target, Variant
from tests.site import Site

BADGE = {"badge": "EMP-[0-9]{6}"}
GUARDRAILS = {
    "pii": Guardrail(detector="pii", action="block"),
    "prompt-injection": Guardrail(detector="prompt_injection", action="block"),
    "secrets": Guardrail(detector="secrets", action="block"),
    "answers": Guardrail(detector="pii", action="redact", mode="post_call", default_on=False),
    "judge": Guardrail(detector="prompt_injection", action="block", mode="post_call", default_on=False),
    "staff": Guardrail(detector="regex", action="block", default_on=False, patterns=BADGE),
    "always": Guardrail(detector="keyword", action="block", mandatory=True, words=("xyzzy",)),
    "gossip": Guardrail(detector="keyword", action="warn", default_on=False, words=("bluebird",)),
}
ON = "pii,prompt-injection,secrets,always"
"""Those that run without being asked for."""
MODELS = {"fast": Model(targets=(Target(provider="mock", model="mock"),))}
AB_TESTS = {
    "speed": AbTest(model="fast", state="running", variants={"now": Variant(), "new": Variant(model="alias")}),
}


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("reference")
    with Site(data, guardrails=GUARDRAILS, ab_tests=AB_TESTS, cache=Cache(enabled=True), more_models=MODELS) as running:
        running.records.prompts.save("support", "You answer {{ customer }} kindly.", author="jane", note="first")
        running.records.prompts.save("support", "Be short with {{ customer }}.", note="shorter")
        running.refresh()
        yield running
