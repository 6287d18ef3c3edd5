"""Stage 11, close: what a call was really worth, settled and written down exactly once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns, time_ns

from nemoproxy._core import Reply, Usage
from nemoproxy.stages.limits import Limits
from nemoproxy.types import Call, Settled

MAX_OUTPUT = 1_000_000
"""Output tokens of one choice beyond which a provider's figure is not believed, where the model's own bound is unknown."""


@dataclass(frozen=True, slots=True)
class Closing:
    """`settle` ends a call. `record` writes it into the journal, before the last byte of the answer leaves."""

    limits: Limits
    record: Callable[[Settled], None]

    def settle(self, call: Call) -> None:
        """Give back what was not used, charge what was, and write it down. Does nothing the second time."""
        if call.cost is not None:
            return
        used = _used(call)
        cost = 0 if call.tariff is None or used is None else call.tariff.prices.cost(used.usage)
        charged, shortfall = self.limits.settle(call, 0 if used is None else used.usage.total, cost)
        call.cost = charged
        if used is not None:
            self.record(_record(call, used, charged, shortfall))


@dataclass(frozen=True, slots=True)
class _Used:
    """Tokens that a call is charged for. `estimated`: by our own count, because the provider's was not to be had."""

    usage: Usage
    estimated: bool


def _used(call: Call) -> _Used | None:
    """What a call used; None for one that failed, which costs nothing.

    The provider's own figure where it is credible, else our count of the prompt and of what was delivered. A client that
    left before the answer began is charged the prompt, which the provider has by then.
    """
    reply = call.reply
    if reply is None:
        return _Used(Usage(call.prompt_tokens, 0), True) if call.ending == "client_left" else None
    if reply.status >= 300 or call.ending == "upstream_invalid":
        return None
    usage = reply.usage
    if usage is not None and _credible(usage, call, reply):
        return _Used(usage, False)
    output = call.output_tokens
    return _Used(Usage(call.prompt_tokens, reply.output_tokens(call.target.encoding) if output is None else output), True)


def _credible(usage: Usage, call: Call, reply: Reply) -> bool:
    """Neither missing nor absurd, nor at odds with what we have seen go by."""
    prompt, output = usage.prompt_tokens, usage.completion_tokens
    if not call.endpoint.streams:
        output = output or 0
    if not prompt or output is None or usage.contradictory:
        return False
    most = (call.tariff and call.tariff.max_output) or MAX_OUTPUT
    if output > most * call.request.choices or prompt > 10 * call.prompt_tokens + 20_000:
        return False
    return output * 16 + 256 >= reply.output_bytes or output * 4 >= reply.output_tokens(call.target.encoding)


def _record(call: Call, used: _Used, charged: int, shortfall: int) -> Settled:
    now_ns, unix_us = perf_counter_ns(), time_ns() // 1000
    latency_us = (now_ns - call.client.started_ns) // 1000
    usage = used.usage
    return Settled(
        request_id=call.client.request_id,
        org_id=call.who.org_id,
        team_id=call.who.team_id,
        key_id=call.who.key_id,
        endpoint=call.endpoint.value,
        model=call.request.model,
        provider=call.target.provider,
        target_model=call.target.model,
        streamed=call.request.stream,
        status=call.reply.status if call.reply is not None else 499,
        prompt_tokens=usage.prompt_tokens or 0,
        cached_tokens=usage.cached_tokens or 0,
        cache_write_tokens=usage.cache_write_tokens or 0,
        output_tokens=usage.completion_tokens or 0,
        reasoning_tokens=usage.reasoning_tokens or 0,
        audio_input_tokens=usage.audio_input_tokens or 0,
        audio_output_tokens=usage.audio_output_tokens or 0,
        held=max(call.held_money, charged),
        cost=charged,
        shortfall=shortfall,
        estimated=used.estimated,
        ending=call.ending,
        latency_us=latency_us,
        first_byte_us=call.first_byte_us,
        started_at=unix_us - latency_us,
        settled_at=unix_us,
    )
