"""The money part of stage 8, admit: what a call may cost at most, to be held before the provider is asked."""

from __future__ import annotations

from collections.abc import Callable

from nemoproxy.errors import CreditCheckFailed, PermissionDenied
from nemoproxy.pricing import PriceList, Tariff
from nemoproxy.types import Call, Target

Quote = tuple[int, int, int]
NOTHING: Quote = (0, 0, 0)


class Credits:
    """Quotes. `sound` tells whether what is spent now can be booked."""

    def __init__(
        self, prices: PriceList, *, metered: bool, allow_unpriced: bool, output_step: int, sound: Callable[[], bool]
    ) -> None:
        self._prices = prices
        self._metered = metered
        self._allow_unpriced = allow_unpriced
        self._output_step = output_step
        self._sound = sound

    def quote(self, call: Call) -> Quote:
        """The units to hold for a call: at least, fairly, and at best. Equal where the request bounds its cost.

        Sets the call's tariff, where it has one. Raises CreditCheckFailed, PermissionDenied.
        """
        if not self._metered:  # nothing costs anything: the call has no tariff
            return NOTHING
        if not self._sound():
            raise CreditCheckFailed(
                "What this call would cost could not be booked just now, and nothing runs un-metered. Try again soon.",
                headers={"retry-after": "1"},
            )
        request, prompt, step, unit = call.request, call.prompt_tokens, self._output_step, call.endpoint.unit
        if call.way.route is None:
            target = call.target
            tariff = call.tariff = self._prices.paid(target.provider, target.model, unit)
            if tariff is not None:
                return tariff.prices.quote(request, prompt, step, tariff.most_output)
            return self._of_none(call)
        # Whichever answers, the hold covers it.
        prices, targets = self._prices, call.way.targets
        tariffs = call.tariffs = [prices.paid(target.provider, target.model, unit) for target in targets]
        quotes = [
            tariff.prices.quote(request, prompt, step, tariff.most_output)
            if tariff is not None
            else self._of_none(call)
            for tariff in tariffs
        ]
        least, fair, most = map(max, zip(*quotes, strict=True))
        call.tariff = next(tariff for tariff, quote in zip(tariffs, quotes, strict=True) if quote[2] == most)
        return least, fair, most

    def serve(self, call: Call, target: Target) -> None:
        """From now on `target` is the one that is asked, and its prices are what the call costs."""
        call.target = target
        call.tariff = _known(call, target)

    def bound_at(self, call: Call, target: Target) -> int | None:
        """What a plain answer of one of the targets has to be bounded to, where more is not held."""
        tariff = _known(call, target) if call.output_bound is not None else None
        if tariff is None:
            return call.output_bound
        affordable = tariff.prices.affordable(call.held_money, call.prompt_tokens, call.request)
        return max(1, affordable // call.request.choices)

    def _of_none(self, call: Call) -> Quote:
        """Of a model that nobody knows the price of. Raises PermissionDenied."""
        if self._allow_unpriced:
            return NOTHING
        raise PermissionDenied(
            f"The model '{call.request.model[:200]}' has no price, so it cannot be charged for. "
            "Set one under `prices` in the configuration, or allow it with `credits.unpriced: allow`.",
            code="model_unpriced",
            param="model",
        )

    def bound(self, call: Call) -> None:
        """Less is held than a plain answer could cost: bound the answer to what is held."""
        if call.tariff is not None and not call.request.stream:
            affordable = call.tariff.prices.affordable(call.held_money, call.prompt_tokens, call.request)
            call.output_bound = max(1, affordable // call.request.choices)

    def allowance(self, call: Call) -> int | None:
        """Output tokens that what is held pays for; None: no matter how many."""
        if call.tariff is None or not call.endpoint.streams:
            return None
        return call.tariff.prices.affordable(call.held_money, call.prompt_tokens, call.request)

    def step(self, call: Call) -> tuple[int, int]:
        """The units to hold on top as a stream runs: at least one more token for each choice, at best a step."""
        if call.tariff is None:
            return 0, 0
        prices, request, choices = call.tariff.prices, call.request, call.request.choices
        return prices.hold(0, choices, request), prices.hold(0, self._output_step * choices, request)


def _known(call: Call, target: Target) -> Tariff | None:
    return None if call.tariffs is None else call.tariffs[call.way.targets.index(target)]
