"""Judges a requirement with `ratchet`: the number may not be worse than its baseline."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ..model.baseline import Baselines, is_better
from ..model.gates import Better, Gate, Judged, Number, Ratchet, Requirement, Status

ROUNDING = Fraction(1, 10**6)  # by which a number in a report, and so in a baseline, may be worse than the exact one


def judge_ratchet(
    requirement: Requirement,
    gate: Gate,
    value: Number,
    baselines: Baselines,
    tools: Mapping[str, str],
    kinds: tuple[str, ...] = (),
) -> Judged:
    """Returns how a measured number meets the threshold and the baseline of a requirement.

    * A baseline that reaches the threshold is one more bound: the number must reach both.
    * A baseline that does not reach it takes its place: the number is WAIVED where it is no worse than the baseline.
    * A baseline that cannot be compared leaves the requirement unknown, unless the threshold implies it.
    * Without a baseline the threshold alone counts, and meeting it is unknown: the file may have been removed. Under
      the policy of a git ref it cannot have been.

    `tools` are the versions that measured the number, `kinds` the kinds of tests that it was measured from.
    """
    exact, better, threshold = Fraction(value), gate.find_better(requirement.line), requirement.threshold
    name = requirement.name
    if kinds and not gate.is_kind(requirement.line):
        name = f"{name} ({', '.join(kinds)})"
    reaches_threshold = not is_better(threshold, exact, better)
    found = baselines.find(name, tools, better)
    if found is None:
        problem = "" if baselines.is_of_ref else "it has no baseline yet"
        unknown_or_passed = Status.UNKNOWN if problem else Status.PASSED
        status = unknown_or_passed if reaches_threshold else Status.FAILED
        return Judged(requirement=requirement, status=status, ratchet=Ratchet(name=name, problem=problem))
    baseline = found.number.value
    has_reached = not is_better(threshold, baseline, better)  # whether the baseline reaches the threshold
    if found.problem:
        status = Status.PASSED if reaches_threshold and not is_better(baseline, threshold, better) else Status.UNKNOWN
        ratchet = Ratchet(name=name, value=baseline, source=found.source, problem=found.problem)
        return Judged(requirement=requirement, status=status, ratchet=ratchet)
    tolerance = requirement.compute_tolerance(baseline)
    tolerated = loosen(baseline, tolerance, better)
    bound = stricter(tolerated, threshold, better) if has_reached else tolerated
    if not is_better(bound, exact, better):
        status = Status.PASSED if reaches_threshold else Status.WAIVED
    else:
        status = Status.FAILED
    improvement = exact - baseline if better == "higher" else baseline - exact
    ratchet = Ratchet(
        name=name,
        value=baseline,
        source=found.source,
        is_stale=improvement > tolerance and improvement >= ROUNDING,
    )
    return Judged(requirement=requirement, status=status, bound=bound, ratchet=ratchet)


def loosen(number: Fraction, tolerance: Fraction, better: Better) -> Fraction:
    """Returns a number that is worse by the tolerance."""
    return number - tolerance if better == "higher" else number + tolerance


def stricter(one: Fraction, other: Fraction, better: Better) -> Fraction:
    """Returns the number that is harder to reach."""
    return max(one, other) if better == "higher" else min(one, other)
