"""Dividing an amount without losing or inventing a cent."""

from __future__ import annotations

from collections.abc import Sequence

from .amount import Money


def allocate(amount: Money, ratios: Sequence[int]) -> list[Money]:
    """Shares of `amount` in these ratios, whose sum is exactly `amount`.

    What cannot be divided goes unit by unit to the shares that lost most by rounding,
    the first of them if several lost the same. A ratio of 0 gets nothing.
    """
    total = sum(ratios)
    if total <= 0 or min(ratios) < 0:
        raise ValueError("ratios must not be negative, and at least one must be more than 0")
    sign = -1 if amount.units < 0 else 1
    whole = abs(amount.units)
    shares = [whole * ratio // total for ratio in ratios]
    lost = [whole * ratio % total for ratio in ratios]
    by_loss = sorted(range(len(ratios)), key=lambda place: -lost[place])
    for place in by_loss[: whole - sum(shares)]:
        shares[place] += 1
    return [Money(sign * share, amount.currency) for share in shares]


def split(amount: Money, parts: int) -> list[Money]:
    """`amount` in so many parts that differ by one unit at most; larger parts come first."""
    if parts < 1:
        raise ValueError(f"an amount cannot be split into {parts} parts")
    return allocate(amount, [1] * parts)
