"""The part of the dashboard about one component: is it better than last week, and where does it fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from ...model.history import Decision, RecordedGate, RunPoint, RunRecord, exact
from ...model.light_dataclass import light_dataclass
from ...model.text import format_number, plural
from ...model.waivers import Waiver, find_end
from ..numbers import (
    SPACE,
    Difference,
    compare,
    find_difference,
    format_day,
    format_distance,
    format_moment,
    format_seconds,
    format_threshold,
    format_value,
    label_gate,
    read_time,
)
from .charts import count_verdicts, draw_flaky, draw_length, draw_share, draw_trend, draw_verdicts, group_stages
from .markup import SIGNS, badge, code, fold, limited, make_id, name, rows, table, text
from .results import make_findings, make_gates, make_lines, make_steps
from .standing import Standing, describe_count, describe_stages, describe_unmet
from .thinning import MOST_POINTS, size_of_bucket

WEEK = timedelta(days=7)
SOON = timedelta(days=30)  # a person has to give again what ends within it
RECENT = 30  # runs that are searched for flaky tests
SHOWN_FLAKY = 10
SHOWN_DECISIONS = 20
SHORT_NAME = 10  # characters of a stage: it fits beside a chart
NO_RUN = "No run on record: run pytest with <code>records</code> on; trends start at the second run."


@light_dataclass(frozen=True, slots=True, kw_only=True)
class ComponentRecords:
    """The records of a component.

    `points` are its ended runs, the oldest first, and `last` is the latest of them, None without any; `unfinished` is
    how many runs have not ended. `decisions` are its promotions and demotions, the oldest first, `ending` its approvals
    and attestations that end at a time. `report` is the component in the JSON report of the last run, None where that
    is not there.
    """

    name: str
    points: tuple[RunPoint, ...] = ()
    last: RunRecord | None = None
    unfinished: int = 0
    recorded: str | None = None
    unproven: str | None = None
    decisions: tuple[Decision, ...] = ()
    ending: tuple[Decision, ...] = ()
    report: Mapping[str, Any] | None = None

    @property
    def standing(self) -> Standing:
        """The standing of the component after its last run."""
        last = self.last
        return Standing(
            name=self.name,
            verdict=last.verdict if last is not None else "INCOMPLETE",
            target=last.target if last is not None else "",
            reached=last.reached if last is not None else None,
            recorded=self.recorded,
            unproven=self.unproven,
            gates=last.gates if last is not None else (),
            gaps=last.gaps if last is not None else (),
        )

    def find_earlier(self) -> RunPoint | None:
        """Returns the latest run that is a week older than the last one; the first run where none is, None without."""
        if len(self.points) < 2:
            return None
        last = read_time(self.points[-1].started)
        if last is None:
            return self.points[0]
        older = [one for one in self.points[:-1] if (time := read_time(one.started)) and time <= last - WEEK]
        return older[-1] if older else self.points[0]

    def find_changes(self) -> tuple[dict[str, Difference], str]:
        """Returns how each gate differs from the earlier run, and the day of that run; nothing without one."""
        earlier, last = self.find_earlier(), self.last
        if earlier is None or last is None:
            return {}, ""
        changes = {}
        for gate in last.gates:
            before = earlier.numbers.get(gate.key)
            is_known = gate.key in earlier.numbers
            changes[gate.key] = find_difference(gate, None if before is None else exact(before), is_known=is_known)
        return changes, format_day(earlier.started, read_time(last.started))


def make_component(
    records: ComponentRecords, ladder: Sequence[str], now: datetime, waivers: Sequence[Waiver] = ()
) -> str:
    """Returns the section about a component, which is shown when it is the target of a link."""
    own, heading = make_id(records.name), make_id(records.name, "h-")
    parts = [
        f'<section class="component" id="{own}" aria-labelledby="{heading}">',
        '<p class="small"><a href="#">← all components</a></p>',
    ]
    if records.last is None:
        unfinished = f" {plural(records.unfinished, 'run')} did not end." if records.unfinished else ""
        parts.append(f'<h1 id="{heading}">{name(records.name)}</h1><p class="lead">{NO_RUN}{unfinished}</p>')
        return "".join([*parts, make_ending(records, now), make_decisions(records, now), "</section>"])
    standing, last = records.standing, records.last
    changes, since = records.find_changes()
    demoted = '<b class="failed">▼ Demoted</b>. ' if standing.is_demoted else ""
    commit = (
        f", commit {code(last.commit[:12])}{' with uncommitted changes' if last.dirty else ''}" if last.commit else ""
    )
    unfinished = f" {plural(records.unfinished, 'run')} did not end." if records.unfinished else ""
    parts += [
        f'<h1 id="{heading}">{badge(standing.verdict)} {standing.sentence}</h1>',
        f'<p class="lead">{demoted}{describe_stages(standing)} {describe_count(standing)} '
        f"Last run {text(format_moment(last.started))}{commit}.{unfinished}</p>",
        f'<div class="two"><div>{make_next(records, standing)}</div><div>{make_changes(changes, since)}</div></div>',
        make_trends(records, last, changes, now),
        make_strip([one.verdict for one in records.points], records.points),
        make_rates(records, last),
        make_all_gates(standing, last, ladder, changes, since),
        make_times(last),
        make_flaky(records),
        make_details(records),
        make_waivers(records, waivers, now),
        make_ending(records, now),
        make_decisions(records, now),
    ]
    return "".join([*parts, "</section>\n"])


def make_next(records: ComponentRecords, standing: Standing) -> str:
    """Returns what keeps the component from its target."""
    if standing.verdict == "PROMOTE":
        return f"<h2>To reach {name(standing.target)}</h2><p>Nothing is left to do.</p>"
    steps = make_steps(records.report) if records.report is not None else ""
    if not steps:
        found = [f"<b>{text(gap, 1000)}</b>" for gap in standing.gaps]
        found += [f"<b>{describe_unmet(gate, standing.target)}</b>" for gate in standing.list_unmet(standing.target)]
        steps = f'<ol class="steps">{"".join(f"<li>{one}</li>" for one in found)}</ol>' if found else ""
    none = "<p>No reason is on record: the target requires nothing.</p>"
    return f"<h2>To reach {name(standing.target)}</h2>{steps or none}"


def make_changes(changes: Mapping[str, Difference], since: str) -> str:
    """Returns what became better or worse, and what did not change."""
    if not since:
        return "<h2>Since the run before</h2><p>First run: nothing to compare with.</p>"
    moved = [one for one in changes.values() if one.way != "same"]
    lines = []
    for one in moved:
        before, now = (format_value(one.gate, value, one.digits) for value in (one.before, one.gate.value))
        numbers = text(now if one.way == "new" else f"{before} → {now}")
        lines.append(
            f'<span>{text(label_gate(one.gate))} <span class="dim">{numbers}</span></span>'
            f'<span class="{one.status}">{text(one.words)}</span>'
        )
    same = [text(label_gate(one.gate)) for one in changes.values() if one.way == "same"]
    quiet = f'<p class="small dim">Same: {", ".join(same)}.</p>' if same else ""
    return f"<h2>Since {text(since)}</h2>{rows(lines, 'changes')}{quiet}"


# ── over the runs ────────────────────────────────────────────────────────────


def make_trends(records: ComponentRecords, last: RunRecord, changes: Mapping[str, Difference], now: datetime) -> str:
    """Returns a chart for each gate that moved, and a sentence about those that did not."""
    points = records.points
    if len(points) < 2:
        return "<h2>Trends against thresholds</h2><p>One run on record: trends start at the second one.</p>"
    days = (format_day(points[0].started, now), format_day(points[-1].started, now))
    charts, still = [], []
    for gate in last.gates:
        values = select_values(points, gate.key)
        if len(values) < 2 or len(set(values)) == 1:
            still.append(f"{text(label_gate(gate))} {text(format_value(gate, gate.value))}")
        else:
            own = days if len(values) == len(points) else (format_day(points[-len(values)].started, now), days[1])
            charts.append(make_chart(gate, values, last.target, own, changes.get(gate.key)))
    grid = f'<div class="charts">{"".join(charts)}</div>' if charts else ""
    quiet = f'<p class="small dim">No chart, nothing moved: {", ".join(still)}.</p>' if still else ""
    thinned = (
        f'<p class="small dim">{len(points)} runs, at most {MOST_POINTS} points in a chart: of neighbouring runs, the '
        "lowest, the highest and an unknown one are drawn.</p>"
        if len(points) > MOST_POINTS and charts
        else ""
    )
    return f"<h2>Trends against thresholds</h2>{grid}{quiet}{thinned}"


def select_values(points: Sequence[RunPoint], key: str) -> list[float | None]:
    """Returns the numbers of a gate from the first run that had it on; None where it is unknown or missing."""
    first = next((place for place, one in enumerate(points) if key in one.numbers), len(points))
    return [one.numbers.get(key) for one in points[first:]]


def make_chart(
    gate: RecordedGate,
    values: Sequence[float | None],
    target: str,
    days: tuple[str, str],
    change: Difference | None,
) -> str:
    """Returns one chart, with the latest number in its heading, and thresholds in words where labels are not all."""
    judged = gate.stages.get(target)
    status = judged.status.value if judged is not None else "dim"
    mark = f"{SIGNS[status]} " if status in SIGNS else ""
    moved = f'<p class="small {change.status}">{text(change.words)}</p>' if change is not None else ""
    return (
        f'<div class="chart"><h3>{text(label_gate(gate))} '
        f'<span class="{status}">{mark}{text(format_value(gate, gate.value))}</span></h3>{moved}'
        f"{draw_trend(gate, values, target, days)}{describe_thresholds(gate, target)}</div>"
    )


def describe_thresholds(gate: RecordedGate, target: str) -> str:
    """Returns the threshold of each stage in words where stages share one, or have long names; else nothing."""
    groups = group_stages(gate, target)
    if all(len(stages) == 1 and len(stages[0]) <= SHORT_NAME for _, stages in groups):
        return ""
    parts = [
        f"{', '.join(map(name, stages))} {compare(gate)}{SPACE}{text(format_threshold(gate, stages[0]))}"
        for _, stages in groups
    ]
    return f'<p class="small dim">{"; ".join(parts)}</p>'


def make_all_gates(
    standing: Standing, last: RunRecord, ladder: Sequence[str], changes: Mapping[str, Difference], since: str
) -> str:
    """Returns the folded table of all gates of the last run."""
    counts = standing.count(last.target)
    label = f"gates of {last.component}"
    shown = make_gates(last.gates, [""] * len(last.gates), ladder, last.target, changes, label, since)
    return fold("All gates", f"{counts['passed'] + counts['waived']} of {counts.total()} met", shown)


def make_strip(verdicts: Sequence[str], points: Sequence[RunPoint]) -> str:
    """Returns the verdicts run by run, and how often each was given."""
    count = len(verdicts)
    title = f"<h2>Verdicts of {plural(count, 'run')}</h2>"
    if len(set(verdicts)) == 1:
        return f"{title}<p>{text(verdicts[0])} in {'all ' if count > 1 else ''}{plural(count, 'run')}.</p>"
    promoted, held = (format_number(Fraction(100 * verdicts.count(one), count)) for one in ("PROMOTE", "HOLD"))
    size = size_of_bucket(count)
    several = f" {size} runs to a mark; the worst of them is drawn." if size > 1 else ""
    targets = list(dict.fromkeys(one.target for one in points))
    own = " Each run against the target of its day: " + ", ".join(map(name, targets)) + "." if len(targets) > 1 else ""
    return (
        f"{title}{draw_verdicts(verdicts)}"
        '<p class="small dim">Bar up: PROMOTE. Bar down: HOLD. Dot: INCONCLUSIVE. Oldest at the left. '
        f"{count_verdicts(verdicts)}: {promoted}{SPACE}% of the runs were promoted, "
        f"{held}{SPACE}% held.{several}{own}</p>"
    )


def make_rates(records: ComponentRecords, last: RunRecord) -> str:
    """Returns in how many runs each requirement of the target was met, by the thresholds of the last run."""
    points, lines, quiet = records.points, [], []
    runs = "the only run" if len(points) == 1 else f"all {len(points)} runs"
    title = f"<h2>Success and failure <small>by today's thresholds of {name(last.target)}</small></h2>"
    for gate in last.gates:
        if last.target not in gate.stages:
            continue
        met, failed, unknown = count_met(gate, last.target, points)
        whole = met + failed + unknown
        if met == whole:
            quiet.append(text(label_gate(gate)))
            continue
        share = format_number(Fraction(100 * met, whole))
        lines.append(
            (
                text(label_gate(gate)),
                draw_share(100 * met / whole),
                f"{met} of {whole}",
                f"{share}{SPACE}%",
                *(str(one) if one else "" for one in (failed, unknown)),
            )
        )
    if not lines:
        return f"{title}<p>{f'Each was met in {runs}' if quiet else 'The target requires nothing'}.</p>"
    heads = (
        ("gate", ""), ("not met", ""), ("met", "number"), ("success", "number"), ("failed", "number"),
        ("unknown", "number"),
    )  # fmt: skip
    always = f'<p class="small dim">Met in every run: {", ".join(quiet)}.</p>' if quiet else ""
    return f"{title}{table(heads, lines, f'success and failure of {records.name}', 'tight')}{always}"


def count_met(gate: RecordedGate, stage: str, points: Sequence[RunPoint]) -> tuple[int, int, int]:
    """Returns in how many runs a requirement was met, in how many it failed, in how many the number was unknown.

    Runs before the first one that measured the gate do not count; waivers are left aside.
    """
    threshold = float(gate.stages[stage].threshold)
    values = select_values(points, gate.key)
    known = [one for one in values if one is not None]
    met = sum(one >= threshold if gate.better == "higher" else one <= threshold for one in known)
    return met, len(known) - met, len(values) - len(known)


def make_times(last: RunRecord) -> str:
    """Returns how long the last run and each of its tools took."""
    whole = last.duration_s
    if not whole and not last.steps:
        return "<h2>Where the time goes</h2><p>Unknown: the run recorded no duration.</p>"
    lines = [("the last run, with its tests", draw_length(whole, whole), text(format_seconds(whole)))]
    lines += [
        (text(step), draw_length(seconds, whole, "dim"), text(format_seconds(seconds)))
        for step, seconds in sorted(last.steps.items(), key=lambda pair: -pair[1])
    ]
    heads = (("step", ""), (f"of {format_seconds(whole)}", ""), ("took", "number"))
    return (
        f"<h2>Where the time goes</h2>{table(heads, lines, 'where the time goes', 'tight', named=False)}"
        '<p class="small dim">Tools run beside the tests: their times do not add up. A cached result took none.</p>'
    )


def make_flaky(records: ComponentRecords) -> str:
    """Returns the tests that were flaky in the last runs, the most frequent first."""
    recent = records.points[-RECENT:]
    counts = Counter(test for one in recent for test in one.flaky)
    title = f"<h2>Flaky tests <small>in the last {plural(len(recent), 'run')}</small></h2>"
    if not counts:
        return f"{title}<p>None.</p>"
    lines = []
    for test, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN_FLAKY]:
        places = [place for place, one in enumerate(recent) if test in one.flaky]
        lines.append(
            (
                code(test),
                f"{draw_flaky(places, len(recent))}{count} of {len(recent)}",
                text(format_day(recent[places[-1]].started)),
            )
        )
    left = len(counts) - SHOWN_FLAKY
    rest = (
        f'<p class="small dim">and {left} more in <code>pytest-maturity history --json</code></p>' if left > 0 else ""
    )
    heads = (("test", ""), ("runs", ""), ("last", ""))
    return title + table(heads, lines, f"flaky tests of {records.name}") + rest


def make_details(records: ComponentRecords) -> str:
    """Returns findings and lines that are not covered, which the report of the last run has."""
    title = "<h2>Findings and lines not covered</h2>"
    if records.report is None:
        where = "<code>pytest-maturity dashboard REPORT</code> shows those of the last run's JSON report here."
        return f"{title}<p>They are not in the records. {where}</p>"
    found = make_findings(records.report) + make_lines(records.report, is_open=True)
    return title + (found or "<p>None for this component.</p>")


def make_waivers(records: ComponentRecords, waivers: Sequence[Waiver], now: datetime) -> str:
    """Returns the waivers that are for a component, and what they excused in its last run."""
    last = records.last
    used = [
        f"{text(label_gate(gate))} {text(one, 1000)}"
        for gate in (last.gates if last is not None else ())
        for one in gate.list_waived(last.target if last is not None else None)
    ]
    own = [
        f"{text(describe_waiver(one), 1000)}, {text(describe_end(one, now))}"
        for one in waivers
        if one.is_for_component(records.name)
    ]
    parts = rows(limited(own, SHOWN_DECISIONS, "the waivers file"))
    if used:
        parts += f"<p>In the last run they excused:</p>{rows(limited(used, SHOWN_DECISIONS, 'the JSON report'))}"
    return f"<h2>Waivers</h2>{parts or '<p>None for this component.</p>'}"


def describe_waiver(waiver: Waiver) -> str:
    """Returns a waiver in words: what it excuses, why, and who agreed."""
    who = f"owner {waiver.owner}, approved by {waiver.approved_by}"
    return f"waiver: {waiver.label}, {waiver.reason}: {waiver.justification} ({who})"


def find_last_moment(waiver: Waiver) -> datetime | None:
    """Returns the last moment at which a waiver counts; None where its end is no time."""
    try:
        return find_end(waiver.expires) - timedelta(microseconds=1)
    except ValueError:
        return None


def describe_end(waiver: Waiver, now: datetime) -> str:
    """Returns when a waiver ends, in words."""
    last = find_last_moment(waiver)
    return format_distance(waiver.expires if last is None else last.isoformat(), now)


def make_ending(records: ComponentRecords, now: datetime) -> str:
    """Returns the approvals and attestations that end at a time, the one that ends first at the top."""
    found = []
    for one in sorted(records.ending, key=lambda decision: decision.expires):
        end = read_time(one.expires)
        status = "failed" if end is None or end <= now else "unknown" if end <= now + SOON else "dim"
        when = f'<span class="{status}">{text(format_distance(one.expires, now))}</span>'
        found.append(f"<span>{text(describe_ending(one), 1000)}</span>{when}")
    shown = rows(limited(found, SHOWN_DECISIONS, "<code>pytest-maturity log</code>"), "changes")
    return f"<h2>Approvals and attestations</h2>{shown or '<p>None that ends is on record.</p>'}"


def make_decisions(records: ComponentRecords, now: datetime) -> str:
    """Returns the promotions and demotions, the latest first."""
    found = [describe_decision(one, now) for one in reversed([*records.decisions])]
    shown = rows(limited(found, SHOWN_DECISIONS, "<code>pytest-maturity log</code>"))
    return f"<h2>On record</h2>{shown or '<p>No decision about this component.</p>'}"


def describe_decision(decision: Decision, now: datetime) -> str:
    """Returns a promotion or demotion as HTML, with its day, who decided, and the commit."""
    is_up = decision.kind == "promotion"
    mark = '<b class="passed">▲ promoted</b>' if is_up else '<b class="failed">▼ demoted</b>'
    stage = name(decision.stage) if decision.stage is not None else "no stage"
    words = [f"{mark} to {stage}, {text(format_day(decision.time, now))}"]
    if decision.actor:
        words.append(f"by {name(decision.actor)}")
    if decision.commit:
        words.append(code(decision.commit[:12]))
    if decision.reason:
        words.append(text(decision.reason, 300))
    return ", ".join(words)


def describe_ending(decision: Decision) -> str:
    """Returns an approval or attestation in words."""
    stage = f" for {decision.stage}" if decision.stage else ""
    role = f" as {decision.role}" if decision.role else ""
    values = f" of {', '.join(decision.values)}" if decision.values else ""
    return f"{decision.kind}{values} by {decision.actor or 'somebody'}{role}{stage}"
