"""Stage 11, close: what a call was really worth, settled exactly once."""

from __future__ import annotations

from nemoproxy._core import Reply
from nemoproxy.stages.limits import Limits
from nemoproxy.types import Call

LONGEST_ANSWER = 1 << 17
"""Tokens, hidden reasoning included, of the longest answer a model is sold with."""
MOST_UNSEEN = 1 << 15
"""Tokens of a prompt that the provider may have added by itself: instructions, search results."""


def close(call: Call, limits: Limits) -> None:
    """Settle a call that was admitted, however it ended."""
    limits.settle(call, tokens_used(call))


def tokens_used(call: Call) -> int:
    """Prompt and output tokens that count for the limits.

    The provider's own figure where it gave a plausible one; else our count of the prompt and of what it delivered. An
    error costs nothing; a client that left before the answer began is charged the prompt: the provider has it by then.

    Plausible is what lies between a quarter of our count (tokenizers differ by less) and eight times the prompt, with
    `MOST_UNSEEN`, plus the longest answer that the request allowed, or `LONGEST_ANSWER` where it named no limit.
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


def plausible_claim(call: Call, reply: Reply) -> int:
    """The provider's figure for prompt and output, the larger one if it contradicts itself; 0 if it gave none, or one
    that is larger than it can be."""
    usage = reply.usage
    if usage is None or (call.endpoint.streams and not usage.completion_tokens):
        return 0
    claimed = usage.total_tokens or 0
    if usage.prompt_tokens and usage.completion_tokens:
        claimed = max(claimed, usage.prompt_tokens + usage.completion_tokens)
    allowed = call.request.max_output_tokens
    longest = call.request.choices * (LONGEST_ANSWER if allowed is None else allowed)
    return claimed if claimed <= 8 * call.prompt_tokens + MOST_UNSEEN + longest else 0
