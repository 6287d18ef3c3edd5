"""Stage 11, close: what a call was really worth, settled exactly once."""

from __future__ import annotations

from nemoproxy.stages.limits import Limits
from nemoproxy.types import Call


def close(call: Call, limits: Limits) -> None:
    """Settle a call that was admitted, however it ended."""
    limits.settle(call, tokens_used(call))


def tokens_used(call: Call) -> int:
    """Prompt and output tokens that count for the limits.

    The provider's own figure where it gave one; else our count of the prompt and of what it delivered. An error costs
    nothing; a client that left before the answer began is charged the prompt, which the provider has by then.
    """
    reply = call.reply
    if reply is None:
        return call.prompt_tokens if call.abandoned else 0
    if reply.status >= 300:
        return 0
    usage = reply.usage
    if usage is not None and usage.total_tokens:
        return usage.total_tokens
    if call.output_tokens is not None:
        return call.prompt_tokens + call.output_tokens
    return call.prompt_tokens + reply.output_tokens(call.target.encoding)
