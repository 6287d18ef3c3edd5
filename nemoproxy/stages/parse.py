"""Stages 3, 5, 8 and 9, parse, screen, count and rewrite: what is done to bodies. Long ones leave the loop's thread."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from nemoproxy._core import CountCache, Policy, Request, Screening, Vault
from nemoproxy.types import Endpoint

T = TypeVar("T")
INLINE_MAX = 64 * 1024
"""Bodies up to this many bytes are worked on right away; longer ones in a thread, where the core lets go of the GIL."""


class Parser:
    """What is done to bodies, with the threads for long bodies."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="parse")
        self._counts = CountCache(secrets.token_bytes(16))

    async def parse(self, body: bytes, endpoint: Endpoint) -> Request:
        """Raises InvalidRequest."""
        if len(body) <= INLINE_MAX:
            return Request.parse(body, endpoint.name_in_core)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, Request.parse, body, endpoint.name_in_core)

    async def screen(self, request: Request, policy: Policy, guardrails: int) -> Screening:
        """What some guardrails say about the texts of a request."""
        if request.size <= INLINE_MAX:
            return request.screen(policy, guardrails)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, request.screen, policy, guardrails)

    async def screen_answer(
        self, body: bytes, policy: Policy, guardrails: int, vault: Vault | None, *, events: bool
    ) -> Screening:
        """What they say about a whole answer."""
        if len(body) <= INLINE_MAX:
            return policy.screen_answer(body, events, guardrails, vault)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, policy.screen_answer, body, events, guardrails, vault)

    async def count(self, request: Request, encoding: str) -> int:
        """Tokens of the prompt in an encoding, message and tool overhead included."""
        if request.size <= INLINE_MAX:
            return request.prompt_tokens(encoding, self._counts)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, request.prompt_tokens, encoding, self._counts)

    async def rewrite(self, request: Request, model: str, *, ask_usage: bool, max_output: int | None) -> bytes:
        """The body as it goes to the provider."""
        if request.size <= INLINE_MAX:
            return request.upstream_body(model, ask_usage, max_output)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, request.upstream_body, model, ask_usage, max_output)

    async def apart(self, size: int, work: Callable[..., T], *arguments: Any) -> T:
        """Other work on so many bytes."""
        if size <= INLINE_MAX:
            return work(*arguments)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def shutdown(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
