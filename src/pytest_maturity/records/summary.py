"""Summaries of a component's history: trends, changes, slow steps, flaky tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from ..model.history import RecordedGate, RunRecord
from ..model.light_dataclass import light_dataclass
from .store import INCOMPLETE

BARS = "▁▂▃▄▅▆▇█"
ASCII_BARS = "_.-=^"  # where the terminal has no blocks
UNKNOWN = "?"
FLAT = 0.5  # the height of a line without ups and downs


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The number of a gate before and after, None where it was unknown or not measured."""

    gate: RecordedGate
    before: Fraction | None
    after: Fraction | None


def draw_line(values: Sequence[Fraction | int | None], bars: str = BARS) -> str:
    """Returns a sparkline: a character for each value, `?` for an unknown one."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0), max(known, default=0)
    line = ""
    for value in values:
        height = Fraction(value - low) / (high - low) if value is not None and high > low else Fraction(FLAT)
        line += UNKNOWN if value is None else bars[min(int(height * len(bars)), len(bars) - 1)]
    return line


def index_gates(gates: Sequence[RecordedGate]) -> dict[str, RecordedGate]:
    """Returns the results by their names, with the kinds of tests where they are about some."""
    return {one.key: one for one in gates}


def list_values(runs: Sequence[RunRecord], name: str) -> list[Fraction | None]:
    """Returns the numbers of a result in the runs, in their order; None for a run without it."""
    found = [index_gates(run.gates).get(name) for run in runs]
    return [None if one is None else one.value for one in found]


def find_changes(before: Sequence[RecordedGate], after: Sequence[RecordedGate]) -> dict[str, Change]:
    """Returns the results whose number has changed, also to unknown or from it."""
    old, new = index_gates(before), index_gates(after)
    changes = {}
    for name, gate in {**old, **new}.items():
        was, now = (results[name].value if name in results else None for results in (old, new))
        change = Change(gate=gate, before=was, after=now)
        if change.before != change.after:
            changes[name] = change
    return changes


def find_slowest_steps(runs: Sequence[RunRecord], limit: int = 3) -> list[tuple[str, float]]:
    """Returns the tools that took longest on average over the runs in which they ran, with the seconds."""
    seconds: dict[str, list[float]] = {}
    for run in runs:
        for step, duration in run.steps.items():
            seconds.setdefault(step, []).append(duration)
    means = {step: sum(durations) / len(durations) for step, durations in seconds.items()}
    return sorted(means.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]


def find_flakiest_tests(runs: Sequence[RunRecord], limit: int = 5) -> list[tuple[str, int]]:
    """Returns the tests that were flaky in the most runs, with the number of these runs."""
    counts = Counter(test for run in runs for test in run.flaky)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]


def rank(stage: str | None, ladder: Sequence[str]) -> int:
    """Returns the height of a stage on the ladder: 0 for none, and for one that is not on it."""
    return ladder.index(stage) + 1 if stage in ladder else 0


def describe_trend(runs: Sequence[RunRecord], ladder: Sequence[str]) -> str:
    """Returns how the reached stage differs between the last two runs that ended: `up`, `down`, `same` or `new`."""
    ended = [run for run in runs if run.verdict != INCOMPLETE]
    if len(ended) < 2:
        return "new"
    last, before = (rank(run.reached, ladder) for run in ended[:2])
    return "up" if last > before else "down" if last < before else "same"


def to_numbers(changes: Mapping[str, Change]) -> dict[str, list[float | None]]:
    """Returns the changes as plain data: the numbers before and after."""
    return {
        name: [None if value is None else float(value) for value in (change.before, change.after)]
        for name, change in changes.items()
    }
