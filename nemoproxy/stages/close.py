"""Stage 11, close: what a call was really worth, settled exactly once."""

from __future__ import annotations

from nemoproxy.stages.limits import Limits, plausible_claim
from nemoproxy.types import Call


def close(call: Call, limits: Limits) -> None:
    """Settle a call that was admitted, however it ended."""
    limits.settle(call, tokens_used(call))


def tokens_used(call: Call) -> int:
    """Prompt and output tokens that count for the limits.

    The provider's own figure where it gave a plausible one; else our count of the prompt and of what it delivered. An
    error costs nothing; a client that left before the answer began is charged the prompt: the provider has it by then.

    Plausible is what lies between a quarter of our count (tokenizers differ by less) and what `plausible_claim` allows.
    """
    reply = call.reply
    if reply is None:
        return call.prompt_tokens if call.abandoned else 0
    if reply.status >= 300:
        return 0
    claimed = plausible_claim(call, reply)
    output = call.output_tokens
    if output is None:
        if 8 * claimed >= call.prompt_tokens + reply.output_bytes:  # few tokens are longer, and counting takes time
            return claimed
        output = reply.output_tokens(call.target.encoding)
    ours = call.prompt_tokens + output
    return claimed if 4 * claimed >= ours else ours
