"""Numbers, dates and durations as pages and texts show them: rounded toward failure, and as few words as will do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from fractions import Fraction

from ..model.gates import Better
from ..model.history import RecordedGate
from ..model.light_dataclass import light_dataclass
from ..model.text import DIGITS, decimal_places, format_number, safe

SPACE = "\N{NO-BREAK SPACE}"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def label_gate(gate: RecordedGate) -> str:
    """Returns the name of a gate with spaces, and the kinds of tests where others have another result."""
    return safe(gate.name.replace("_", " ") + (f" ({', '.join(gate.kinds)})" if gate.kinds else ""), 120)


def count_digits(gate: RecordedGate) -> int:
    """Returns with how many decimal places a gate is shown: as many as tell its number from its thresholds."""
    thresholds = {one.threshold for one in gate.stages.values()}
    digits = max([1, *map(decimal_places, thresholds)])
    while digits < DIGITS and format_number(gate.value, gate.better, digits) in {
        format_number(one, gate.better, digits) for one in thresholds if one != gate.value
    }:
        digits += 1
    return digits


def format_value(gate: RecordedGate, value: Fraction | None, digits: int | None = None) -> str:
    """Returns a number of a gate with its unit, `unknown` where there is none."""
    if value is None:
        return "unknown"
    unit = f"{SPACE}{safe(gate.unit, 10)}" if gate.unit else ""
    return format_number(value, gate.better, count_digits(gate) if digits is None else digits) + unit


def format_threshold(gate: RecordedGate, stage: str) -> str:
    """Returns what a stage requires of a gate, without the unit."""
    return format_number(gate.stages[stage].threshold, gate.better, count_digits(gate))


def compare(gate: RecordedGate) -> str:
    """Returns the sign between a number that is good and its threshold."""
    return "≥" if gate.better == "higher" else "≤"


@light_dataclass(frozen=True, slots=True)
class Difference:
    """The number of a gate `before` and now. `way` is `better`, `worse`, `same`, `new`, `lost` or `known`."""

    gate: RecordedGate
    before: Fraction | None
    way: str

    @property
    def digits(self) -> int:
        """The number of decimal places that tell the number from the one before."""
        digits = count_digits(self.gate)
        before, now, better = self.before, self.gate.value, self.gate.better
        if before is None or now is None or before == now:
            return digits
        while digits < DIGITS and len({Fraction(format_number(one, better, digits)) for one in (before, now)}) == 1:
            digits += 1
        return digits

    @property
    def words(self) -> str:
        """The change in words: `better by 2.9`; never better than it is."""
        if self.way == "known":
            return "known again"
        if self.way == "lost":
            return "unknown now"
        if self.way not in ("better", "worse") or self.before is None or self.gate.value is None:
            return self.way
        distance, digits = abs(self.gate.value - self.before), self.digits
        rounding: Better = "higher" if self.way == "better" else "lower"
        shown = format_number(distance, rounding, digits)
        if not Fraction(shown):
            return f"{self.way} by less than {format_number(Fraction(1, 10**digits), digits=digits)}"
        return f"{self.way} by {shown}"

    @property
    def status(self) -> str:
        """The class of the words: that of a passed or failed requirement, `dim` where nothing changed."""
        return {"better": "passed", "known": "passed", "worse": "failed", "lost": "unknown"}.get(self.way, "dim")


def find_difference(gate: RecordedGate, before: Fraction | None, *, is_known: bool = True) -> Difference:
    """Returns how the number of a gate differs from an earlier one; `is_known` is whether that run had the gate."""
    if not is_known:
        return Difference(gate, None, "new")
    if gate.value == before:
        return Difference(gate, before, "same")
    if gate.value is None or before is None:
        return Difference(gate, before, "lost" if gate.value is None else "known")
    is_better = (gate.value > before) == (gate.better == "higher")
    return Difference(gate, before, "better" if is_better else "worse")


def read_time(value: str) -> datetime | None:
    """Returns the time that ISO 8601 text stands for, in UTC; None where it stands for none."""
    try:
        found = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found.astimezone(timezone.utc) if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)


def format_day(value: str | datetime, now: datetime | None = None) -> str:
    """Returns `23 Nov`, with the year where it is not that of `now`; the text itself where it is no time."""
    found = read_time(value) if isinstance(value, str) else value
    if found is None:
        return safe(str(value), 60)
    year = f" {found.year}" if now is not None and found.year != now.year else ""
    return f"{found.day} {MONTHS[found.month - 1]}{year}"


def format_moment(value: str) -> str:
    """Returns `30 Nov 2026, 08:41`; the text itself where it is no time."""
    found = read_time(value)
    return f"{format_day(found)} {found.year}, {found:%H:%M}" if found is not None else safe(value, 60)


def format_distance(value: str, now: datetime) -> str:
    """Returns how far a day is: `in 6 days, 6 Dec`, `today, 30 Nov`, `ended 28 Nov`."""
    found = read_time(value)
    if found is None:
        return safe(value, 60)
    day = format_day(found, now)
    if found <= now:
        return f"ended {day}"
    days = (found.date() - now.date()).days
    return f"today, {day}" if not days else f"in {days} day{'s' * (days != 1)}, {day}"


def format_seconds(seconds: float) -> str:
    """Returns `12 ms`, `0.3 s`, `48.9 s`, `3 min 5 s`."""
    if 0 < seconds < 0.1:
        return f"{max(round(1000 * seconds), 1)}{SPACE}ms"
    if seconds >= 119.95:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes}{SPACE}min {rest}{SPACE}s"
    return f"{seconds:.1f}{SPACE}s"


def format_ranges(lines: Sequence[int]) -> str:
    """Returns line numbers with neighbours joined: `3, 5-8`."""
    groups: list[list[int]] = []
    for line in sorted(set(lines)):
        if groups and line == groups[-1][1] + 1:
            groups[-1][1] = line
        else:
            groups.append([line, line])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in groups)
