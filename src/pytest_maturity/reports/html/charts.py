"""Charts as inline SVG. Their attributes hold all that they need: the page's policy forbids `style`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from ...model.history import RecordedGate, exact
from ...model.text import safe
from ..numbers import compare, format_threshold, format_value
from .markup import text
from .thinning import MOST_POINTS, Point, size_of_bucket, thin

WIDTH, HEIGHT = 182, 96  # of the plot; labels stand at its right
LEFT, RIGHT, TOP, BOTTOM = 2.0, 176.0, 16.0, 91.0  # of the values
LABEL_HEIGHT = 12.5
LONGEST_LABEL = 15  # characters
UNKNOWN_VERDICTS = ("INCONCLUSIVE", "INCOMPLETE")


def number(value: float) -> str:
    """Returns a coordinate, as short as it can be."""
    return f"{value:.1f}".removesuffix(".0")


class Scale:
    """Turns the place and the number of a run into coordinates."""

    def __init__(self, values: Sequence[float | None], gate: RecordedGate) -> None:
        """Makes room for all values and all thresholds."""
        shown = [*(one for one in values if one is not None), *(float(one.threshold) for one in gate.stages.values())]
        self._low, self._high = min(shown, default=0.0), max(shown, default=0.0)
        self._count = len(values)

    def x(self, place: int) -> float:
        """Returns where a run stands."""
        return LEFT + (RIGHT - LEFT) * place / (self._count - 1) if self._count > 1 else RIGHT

    def y(self, value: float) -> float:
        """Returns the height of a number."""
        if self._high == self._low:
            return (TOP + BOTTOM) / 2
        return BOTTOM - (BOTTOM - TOP) * (value - self._low) / (self._high - self._low)


def draw_trend(gate: RecordedGate, values: Sequence[float | None], target: str, days: tuple[str, str]) -> str:
    """Returns the numbers of a gate over the runs, oldest first, against its thresholds.

    The side on which the target fails is hatched. Shares have a line, counts have steps, and a share that is mostly
    perfect has a bar for each lapse. Where a number was unknown, the line has a hole with a question mark.
    """
    scale = Scale(values, gate)
    parts = [*draw_thresholds(gate, target, scale), *draw_values(gate, thin(values), scale)]
    last, x = values[-1], number(scale.x(len(values) - 1))
    status = gate.stages[target].status.value if target in gate.stages else "plain"
    if last is not None:
        parts.append(f'<circle class="dot {status}" cx="{x}" cy="{number(scale.y(last))}" r="4"/>')
    parts.append(f'<path class="axis" d="M0 {HEIGHT}H{WIDTH}"/><text x="0" y="112">{text(days[0])}</text>')
    parts.append(f'<text x="{WIDTH}" y="112" text-anchor="end">{text(days[1])}</text>')
    label = text(describe_trend(gate, values, target, days))
    return f'<svg viewBox="0 0 272 116" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def draw_thresholds(gate: RecordedGate, target: str, scale: Scale) -> Iterable[str]:
    """Yields the hatched side, a line for each threshold, and its label where there is room."""
    if target in gate.stages:
        y = scale.y(float(gate.stages[target].threshold))
        top, bottom = (y, float(HEIGHT)) if gate.better == "higher" else (4.0, y)
        yield f'<rect class="hatched" x="0" y="{number(top)}" width="{WIDTH}" height="{number(max(bottom - top, 0))}"/>'
    taken: list[float] = []
    for threshold, stages in group_stages(gate, target):
        y, is_target = scale.y(float(threshold)), target in stages
        kind = " target" if is_target else ""
        yield f'<path class="threshold{kind}" d="M0 {number(y)}H{WIDTH}"/>'
        if all(abs(y - one) >= LABEL_HEIGHT for one in taken):  # the text below the chart has the others, too
            taken.append(y)
            shown = label_threshold(gate, target if is_target else stages[0], is_target=is_target)
            yield f'<text class="label{kind}" x="188" y="{number(y + 4)}">{text(shown)}</text>'


def group_stages(gate: RecordedGate, target: str) -> list[tuple[Fraction, list[str]]]:
    """Returns each threshold with the stages that have it, that of the target first."""
    stages: dict[Fraction, list[str]] = {}
    for stage, one in gate.stages.items():
        stages.setdefault(one.threshold, []).append(stage)
    return sorted(stages.items(), key=lambda pair: target not in pair[1])


def label_threshold(gate: RecordedGate, stage: str, *, is_target: bool) -> str:
    """Returns `staging ≥ 70`; `dev 50` for a stage that is not the target. A long name is cut."""
    bound = f"{compare(gate)} {format_threshold(gate, stage)}" if is_target else format_threshold(gate, stage)
    return f"{safe(stage, max(LONGEST_LABEL - len(bound), 4))} {bound}"


def draw_values(gate: RecordedGate, points: Sequence[Point], scale: Scale) -> Iterable[str]:
    """Yields the line, the steps or the lapses, and the question marks of what was unknown."""
    known = [value for _, value in points if value is not None]
    best = (max if gate.better == "higher" else min)(known, default=None)
    is_mostly_best = sum(value == best for value in known) * 2 > len(known) > 2
    if best is not None and is_mostly_best and gate.unit == "%":
        lapses = "".join(
            f"M{number(scale.x(place))} {number(scale.y(best))}V{number(scale.y(value))}"
            for place, value in points
            if value is not None and value != best
        )
        yield f'<path class="line" d="{lapses}"/>' if lapses else ""
    else:
        yield f'<path class="line" d="{draw_path(gate, points, scale)}"/>'
    for place, value in points:
        if value is None:
            yield f'<text class="hole" x="{number(scale.x(place))}" y="58" text-anchor="middle">?</text>'


def draw_path(gate: RecordedGate, points: Sequence[Point], scale: Scale) -> str:
    """Returns the path of a line: of steps where the gate counts; with a gap where a number was unknown."""
    path, height, is_share = "", 0.0, gate.unit == "%"
    is_drawing = False
    for place, value in points:
        if value is None:
            is_drawing = False
            continue
        x, y = scale.x(place), scale.y(value)
        if not is_drawing:
            path += f"M{number(x)} {number(y)}"
        elif is_share:
            path += f"L{number(x)} {number(y)}"
        else:
            path += f"H{number(x)}" + (f"V{number(y)}" if number(y) != number(height) else "")
        height, is_drawing = y, True
    return path


def describe_trend(gate: RecordedGate, values: Sequence[float | None], target: str, days: tuple[str, str]) -> str:
    """Returns the chart in words: first, lowest, highest, now, and what the target needs."""
    known = [value for value in values if value is not None]
    unknown = len(values) - len(known)
    words = f"{gate.name.replace('_', ' ')} over {len(values)} runs, {days[0]} to {days[1]}"
    if known:
        first, low, high = (format_value(gate, exact(one)) for one in (known[0], min(known), max(known)))
        words += f": first {first}, lowest {low}, highest {high}, now {format_value(gate, gate.value)}"
    if unknown:
        words += f", unknown in {unknown}"
    if target in gate.stages:
        words += f"; {target} needs {compare(gate)} {format_threshold(gate, target)}"
    return words


def draw_trail(heights: Sequence[int], target: int, stages: int, label: str) -> str:
    """Returns the stage that a component reached, run by run, as a small line; the target's height is dotted."""
    step = 21 / max(stages, 1)

    def y(height: float) -> str:
        return number(23 - step * height)

    points = thin([float(one) for one in heights])
    count = max(len(heights) - 1, 1)
    path, last = "", ""
    for place, height in points:
        x, here = number(2 + 112 * place / count), y(height or 0)
        path += f"M{x} {here}" if not path else f"H{x}" + (f"V{here}" if here != last else "")
        last = here
    return (
        f'<svg class="spark" viewBox="0 0 120 26" role="img" aria-label="{text(label)}">'
        f'<path class="threshold" d="M2 {y(target)}H114"/><path class="line" d="{path}"/>'
        f'<circle class="dot plain" cx="{number(2 + 112 * (len(heights) > 1))}" cy="{last}" r="2.6"/></svg>'
    )


def draw_verdicts(verdicts: Sequence[str]) -> str:
    """Returns a strip: a bar up for PROMOTE, a bar down for HOLD, a dot for what is not known.

    Of more than 120 runs several share a mark, and the worst of them is drawn.
    """
    size = size_of_bucket(len(verdicts))
    worst = [find_worst(verdicts[start : start + size]) for start in range(0, len(verdicts), size)]
    step = 600 / max(len(worst), 1)
    paths = {"PROMOTE": "", "HOLD": "", "INCONCLUSIVE": ""}
    shapes = {"PROMOTE": "16V3", "HOLD": "18V31", "INCONCLUSIVE": "15V19"}
    for place, verdict in enumerate(worst):
        paths[verdict] += f"M{number(step * (place + 0.5))} {shapes[verdict]}"
    marks = "".join(f'<path class="mark {verdict}" d="{path}"/>' for verdict, path in paths.items() if path)
    label = f"verdicts of {len(verdicts)} runs, oldest first: {count_verdicts(verdicts)}"
    return (
        f'<svg class="strip" viewBox="0 0 600 34" preserveAspectRatio="none" role="img" aria-label="{label}">'
        f'<path class="axis" d="M0 17H600"/>{marks}</svg>'
    )


def find_worst(verdicts: Sequence[str]) -> str:
    """Returns the worst of some verdicts."""
    if "HOLD" in verdicts:
        return "HOLD"
    return "INCONCLUSIVE" if any(one in UNKNOWN_VERDICTS for one in verdicts) else "PROMOTE"


def count_verdicts(verdicts: Sequence[str]) -> str:
    """Returns `56 PROMOTE, 64 HOLD, 0 INCONCLUSIVE`."""
    return ", ".join(f"{verdicts.count(one)} {one}" for one in ("PROMOTE", "HOLD", "INCONCLUSIVE"))


def draw_flaky(places: Sequence[int], runs: int) -> str:
    """Returns a mark for each run in which a test was flaky."""
    step = 116 / max(runs, 1)
    path = "".join(f"M{number(2 + step * (place + 0.5))} 2V20" for place in places[-MOST_POINTS:])
    return (
        f'<svg class="spark" viewBox="0 0 120 26" aria-hidden="true"><path class="axis" d="M2 22H118"/>'
        f'<path class="mark flaky" d="{path}"/></svg>'
    )


def draw_length(part: float, whole: float, kind: str = "plain") -> str:
    """Returns a bar for a part of a whole."""
    width = 100 * min(max(part / whole, 0.004), 1) if whole > 0 else 0
    return (
        '<svg class="length" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="axis" d="M0 6H100"/><rect class="bar {kind}" y="2" width="{number(width)}" height="8"/></svg>'
    )


def draw_share(percent: float) -> str:
    """Returns a bar whose filled part is what is missing to 100 per cent: a miss is seen, whatever its size."""
    missing = 100 - percent
    width = max(missing, 1.5) if missing > 0 else 0
    return (
        '<svg class="share" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar rest" x="0" y="0" width="100" height="12"/>'
        f'<rect class="bar failed" x="{number(100 - width)}" y="0" width="{number(width)}" height="12"/></svg>'
    )


def draw_holes(lines: Sequence[int], length: int) -> str:
    """Returns a file of `length` lines as a strip, with a mark for each run of the lines, which are sorted."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    whole = max(length, *lines) if lines else max(length, 1)
    path = ""
    for first, last in runs:
        width = max(100 * (last - first + 1) / whole, 1.0)
        start = min(100 * (first - 1) / whole, 100 - width)
        path += f"M{number(start)} 0H{number(start + width)}V12H{number(start)}z"
    return (
        '<svg class="share" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar rest" x="0" y="0" width="100" height="12"/>'
        f'<path class="bar failed" d="{path}"/></svg>'
    )
