"""Stage 11, close: what a call was really worth, settled and written down exactly once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns, time_ns

from nemoproxy._core import Reply, Usage
from nemoproxy.stages.limits import Limits
from nemoproxy.types import Call, Settled

LONGEST_ANSWER = 1 << 17
"""Tokens, hidden reasoning included, of the longest answer a model is sold with."""
MOST_UNSEEN = 1 << 15
"""Tokens of a prompt that the provider may have added by itself: instructions, search results."""
FRAME_BYTES, BYTES_PER_TOKEN = 4096, 64
"""A plain answer that is longer than a frame and so many bytes for each token that the provider claims is counted."""


@dataclass(frozen=True, slots=True)
class Closing:
    """`settle` ends a call. `record` writes it into the journal; the last byte of an answer leaves after that."""

    limits: Limits
    record: Callable[[Settled], None]

    def settle(self, call: Call) -> None:
        """Give back what was not used, charge what was, and write it down. Does nothing the second time."""
        if call.cost is not None:
            return
        used = _used(call)
        if used is None:
            self.limits.settle(call, 0, 0)
            call.cost = 0
            return
        price = 0 if call.tariff is None else call.tariff.prices.cost(used.usage)
        call.cost, shortfall = self.limits.settle(call, used.tokens, price)
        self.record(_settled(call, used, shortfall))


@dataclass(frozen=True, slots=True)
class _Used:
    """What a call is charged for. `estimated`: by our own count, because the provider's was not to be had."""

    usage: Usage
    tokens: int
    estimated: bool


def _used(call: Call) -> _Used | None:
    """What a call used; None if it failed, which costs nothing. So does a stream that broke before it said anything.

    The provider's own figure where it is credible; else our count of the prompt and of what was delivered. A client
    that left before the answer began is charged the prompt, which the provider has by then.
    """
    reply = call.reply
    if reply is None:
        return _ours(call, 0) if call.ending == "client_left" and call.asked else None
    if call.failed or reply.status >= 300:
        return None
    usage = reply.usage
    if usage is not None and _credible(usage, call, reply):
        return _Used(usage, _total(usage, call), estimated=False)
    output = reply.output_tokens(call.target.encoding)
    return None if call.ending == "upstream_broke" and not output else _ours(call, output)


def _ours(call: Call, output: int) -> _Used:
    usage = Usage(prompt_tokens=call.prompt_tokens, completion_tokens=output)
    return _Used(usage, call.prompt_tokens + output, estimated=True)


def _credible(usage: Usage, call: Call, reply: Reply) -> bool:
    """Whether a provider's figures can be true.

    The prompt and the answer's text count at least a quarter of what we count (tokenizers differ by less). The prompt
    is at most eight times our count and `MOST_UNSEEN`; the answer is at most what the request allowed, or
    `LONGEST_ANSWER` where it named no limit.
    """
    prompt, output = usage.prompt_tokens or 0, usage.completion_tokens or 0
    if usage.contradictory or not call.prompt_tokens <= 4 * prompt <= 4 * _longest_prompt(call):
        return False
    if not call.endpoint.streams:
        return True
    if not output or output > _longest_answer(call):
        return False
    # Few tokens are longer than this, and counting takes time.
    if reply.output_bytes <= 8 * output and reply.buffered <= FRAME_BYTES + BYTES_PER_TOKEN * output:
        return True
    return 4 * output >= reply.output_tokens(call.target.encoding)


def _longest_prompt(call: Call) -> int:
    return 8 * call.prompt_tokens + MOST_UNSEEN


def _longest_answer(call: Call) -> int:
    limit = call.request.max_output_tokens
    return call.request.choices * (LONGEST_ANSWER if limit is None else limit)


def _total(usage: Usage, call: Call) -> int:
    """The total a provider states may include what it counts elsewhere, such as hidden reasoning."""
    total = (usage.prompt_tokens or 0) + (usage.completion_tokens or 0)
    stated = usage.total_tokens or 0
    return stated if total < stated <= _longest_prompt(call) + _longest_answer(call) else total


def _settled(call: Call, used: _Used, shortfall: int) -> Settled:
    charged = call.cost or 0
    usage = used.usage
    now_us = time_ns() // 1000
    latency_us = (perf_counter_ns() - call.client.started_ns) // 1000
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
        status=499 if call.reply is None else call.reply.status,
        prompt_tokens=usage.prompt_tokens or 0,
        cached_tokens=usage.cached_tokens or 0,
        cache_write_tokens=usage.cache_write_tokens or 0,
        output_tokens=usage.completion_tokens or 0,
        reasoning_tokens=usage.reasoning_tokens or 0,
        audio_input_tokens=usage.input_audio_tokens or 0,
        audio_output_tokens=usage.output_audio_tokens or 0,
        held=max(call.held_money, charged),
        cost=charged,
        shortfall=shortfall,
        estimated=used.estimated,
        ending="client_left" if call.ending == "complete" and call.client.gone else call.ending,
        latency_us=latency_us,
        first_byte_us=call.first_byte_us,
        started_at=now_us - latency_us,
        settled_at=now_us,
    )
