"""The dashboard over the records: which components are not where they should be, and a section for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ...model.history import Decision
from ...model.light_dataclass import light_dataclass
from ...model.text import plural
from ...model.waivers import ANY, Waiver
from ..numbers import format_day, format_distance, format_moment, read_time
from .charts import draw_trail
from .component_page import (
    SOON,
    WEEK,
    ComponentRecords,
    describe_decision,
    describe_ending,
    describe_waiver,
    find_last_moment,
    make_component,
)
from .markup import badge, code, fold, limited, make_id, name, rows, table, text
from .page import make_page
from .standing import Standing, count_components, describe_unmet, make_rung

KIND = "dashboard"
MOST_OPEN = 20  # components; of more, those that are promoted are one row
SHOWN_REASONS = 3
SHOWN_SOON = 20
SHOWN_CHANGES = 20
ENDED = timedelta(days=14)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of a project, as the dashboard shows them.

    `head` is the hash that stands for the audit log, `limit` how many runs of each component were read at most,
    `waivers` are the entries of the waivers file, also those that have ended.
    """

    project: str
    ladder: tuple[str, ...]
    components: tuple[ComponentRecords, ...]
    now: datetime
    head: str = ""
    limit: int = 0
    waivers: tuple[Waiver, ...] = ()


def render(records: Records) -> str:
    """Returns the page."""
    components = sorted(records.components, key=lambda one: one.standing.order)
    standings = [one.standing for one in components]
    ready = sum(one.verdict == "PROMOTE" for one in standings)
    whole = plural(len(standings), "component")
    title = f"{ready} of {whole} {'is' if ready == 1 else 'are'} ready for {'its' if ready == 1 else 'their'} target"
    home = make_home(records, components, standings, title) if components else make_empty()
    sections = "".join(make_component(one, records.ladder, records.now, records.waivers) for one in components)
    worst = standings[0].verdict if standings else "INCONCLUSIVE"
    return make_page(
        kind=KIND,
        verdict=worst,
        title=f"{worst}: {ready} of {len(standings)} ready - {records.project}"
        if standings
        else f"no records - {records.project}",
        top=f"<span><b>{name(records.project)}</b> maturity</span>{make_when(records)}",
        main=f'<div class="home">{home}</div>\n{sections}',
        footer=make_footer(records),
    )


def make_when(records: Records) -> str:
    """Returns when the page was made, and the last run."""
    runs = [one.last for one in records.components if one.last is not None]
    if not runs:
        return f"<span>{text(format_moment(records.now.isoformat()))} UTC</span>"
    last = max(runs, key=lambda one: one.started)
    commit = f" at {code(last.commit[:12])}" if last.commit else ""
    policy = f" · policy {code(last.policy_digest[:12])}" if last.policy_digest else ""
    return f"<span>last run {text(format_moment(last.started))} UTC{commit}{policy}</span>"


def make_footer(records: Records) -> str:
    """Returns from how many runs the page was made, and what it left out."""
    points = [point for one in records.components for point in one.points]
    head = f" Audit head {code(records.head)}." if records.head.strip("0") else ""  # zeros: of no decision
    limit = f" At most the last {records.limit} runs of each component." if records.limit else ""
    if not points:
        return f" on {text(format_moment(records.now.isoformat()))}.{head}"
    first, last = min(one.started for one in points), max(one.started for one in points)
    made = text(format_moment(records.now.isoformat()))
    span = f"{text(format_day(first, records.now))} to {text(format_moment(last))}"
    return f" on {made} from {plural(len(points), 'judgement')}, {span}.{limit}{head}"


def make_empty() -> str:
    """Returns the page of a project without records."""
    return (
        "<h1>No records yet</h1><p>Run pytest with <code>[tool.maturity.records]</code> in the configuration; "
        "trends start at the second run.</p>"
    )


# ── the overview ─────────────────────────────────────────────────────────────


def make_home(
    records: Records, components: Sequence[ComponentRecords], standings: Sequence[Standing], title: str
) -> str:
    """Returns what is seen first: how many are ready, the ladder, what ends soon, what changed."""
    changes = list_changes(records)
    counts = count_components(standings)
    parts = []
    if counts["HOLD"]:
        demoted = f', <span class="failed">▼ {counts["demoted"]} of them demoted</span>' if counts["demoted"] else ""
        parts.append(f"{counts['HOLD']} HOLD{demoted}")
    if counts["INCONCLUSIVE"]:
        parts.append(f"{counts['INCONCLUSIVE']} INCONCLUSIVE")
    if counts["INCOMPLETE"]:
        parts.append(f"{counts['INCOMPLETE']} without a finished run")
    promoted = sum(one.kind == "promotion" for one in changes)
    since = format_day(records.now - WEEK)
    parts.append(
        f'<span class="passed">▲ {promoted} promoted</span> since {since}'
        if promoted
        else f"none promoted since {since}"
    )
    return (
        f'<h1>{title}</h1><p class="lead">{" · ".join(parts)}</p>'
        f"{make_ladder(records, components)}{make_soon(records)}{make_week(records, changes)}"
    )


def make_ladder(records: Records, components: Sequence[ComponentRecords]) -> str:
    """Returns the ladder of all components; of many, those that are promoted are folded."""
    ready = [one for one in components if one.standing.verdict == "PROMOTE" and not one.standing.is_below]
    quiet = ready if len(components) > MOST_OPEN else []
    shown = [one for one in components if one not in quiet]
    parts = [make_rungs(records, shown, "components")] if shown else []
    if quiet:
        names = ", ".join(f'<a href="#{make_id(one.name)}">{name(one.name)}</a>' for one in quiet)
        folded = fold(
            f"✓ {plural(len(quiet), 'component')} ready",
            "their ladders",
            make_rungs(records, quiet, "components that are ready"),
        )
        parts.append(f'<p class="small">Ready: {names}</p>{folded}')
    keys = (
        ("✓", "met"), ("✗ 2", "two requirements failed"), ("? 1", "one could not be told"), ("~ 1", "one is waived"),
        ("frame", "the target"), ("◆", "stage on record"), ("dotted", "the target in “reached”"),
    )  # fmt: skip
    legend = "".join(f"<li><b>{sign}</b> {meaning}</li>" for sign, meaning in keys)
    return "".join(parts) + f'<ul class="key">{legend}</ul>'


def make_rungs(records: Records, components: Sequence[ComponentRecords], label: str) -> str:
    """Returns a row for each component: its verdict, its rungs, the stages that it reached, and why."""
    ladder = records.ladder
    heads = [
        ("component", ""), ("last verdict", "judged"), *((stage, "stage") for stage in ladder), ("reached", "trail"),
        ("why, or what changed this week", "why"),
    ]  # fmt: skip
    lines = []
    for one in components:
        standing = one.standing
        link = f'<a href="#{make_id(one.name)}">{name(one.name)}</a>'
        if one.last is None:
            lines.append(
                (link, badge("INCOMPLETE", has_sign=True), *([""] * len(ladder)), "", "no finished run on record")
            )
            continue
        rungs = [make_rung(standing, stage, ladder) for stage in ladder]
        lines.append(
            (link, badge(standing.verdict, has_sign=True), *rungs, make_trail(one, ladder), explain(one, records))
        )
    return table(heads, lines, label, "ladder")


def make_trail(component: ComponentRecords, ladder: Sequence[str]) -> str:
    """Returns which stage a component reached over its runs."""
    heights = [ladder.index(one.reached) + 1 if one.reached in ladder else 0 for one in component.points]
    standing = component.standing
    target = ladder.index(standing.target) + 1 if standing.target in ladder else 0
    label = f"stage reached over {plural(len(heights), 'run')}, now {standing.reached or 'none'}"
    return draw_trail(heights, target, len(ladder), label)


def explain(component: ComponentRecords, records: Records) -> str:
    """Returns why a component is held, or what changed this week, as HTML."""
    standing = component.standing
    if standing.verdict == "PROMOTE" and not standing.is_below:
        recent = [one for one in component.decisions if is_recent(one, records)]
        if recent and recent[-1].kind == "promotion":
            since = text(format_day(recent[-1].time, records.now))
            return f'<span class="dim">▲ {name(str(recent[-1].stage))} since {since}</span>'
        return ""
    stage = str(standing.recorded) if standing.is_below else standing.target
    reasons = [describe_unmet(gate, stage) for gate in standing.list_unmet(stage)] + [
        text(gap, 200) for gap in standing.gaps
    ]
    word = "▼ demoted" if standing.is_demoted else "below its stage on record"
    demoted = f'<b class="failed">{word}</b> · ' if standing.is_below else ""
    return demoted + "; ".join(limited(reasons, SHOWN_REASONS, "its page"))


def is_recent(decision: Decision, records: Records) -> bool:
    """Whether a decision is less than a week old."""
    time = read_time(decision.time)
    return time is not None and time > records.now - WEEK


def list_changes(records: Records) -> list[Decision]:
    """Returns the promotions and demotions of the last week, the latest first."""
    found = [one for component in records.components for one in component.decisions if is_recent(one, records)]
    return sorted(found, key=lambda one: one.time, reverse=True)


def make_soon(records: Records) -> str:
    """Returns what ends soon, or ended lately, and has to be given again by a person."""
    found: list[tuple[datetime | None, str, str, str]] = []
    for component in records.components:
        link = f'<a href="#{make_id(component.name)}">{name(component.name)}</a>'
        found += [(read_time(one.expires), one.expires, link, describe_ending(one)) for one in component.ending]
    for waiver in records.waivers:
        concerned = name(waiver.component) if waiver.component != ANY else "every component"
        found.append((find_last_moment(waiver), waiver.expires, concerned, describe_waiver(waiver)))
    soon = [one for one in found if one[0] is None or records.now - ENDED <= one[0] <= records.now + SOON]
    soon.sort(key=lambda one: (one[0] is not None, one[0] or records.now))
    lines = []
    for end, expires, concerned, what in soon[:SHOWN_SOON]:
        status = "failed" if end is None or end <= records.now else "unknown"
        when = format_distance(expires if end is None else end.isoformat(), records.now)
        lines.append((f'<span class="{status}">{text(when)}</span>', concerned, text(what, 1000)))
    title = "<h2>Needs a person soon</h2>"
    if not lines:
        return f"{title}<p>No waiver, approval or attestation ends within 30 days.</p>"
    left = len(soon) - SHOWN_SOON
    rest = f'<p class="small dim">and {left} more in the waivers file and the audit log</p>' if left > 0 else ""
    heads = (("when", ""), ("component", ""), ("what", ""))
    return title + table(heads, lines, "what needs a person soon", named=False) + rest


def make_week(records: Records, changes: Sequence[Decision]) -> str:
    """Returns the stage changes of the last week."""
    title = f"<h2>Since last week, {text(format_day(records.now - WEEK))}</h2>"
    lines = [
        f'<a href="#{make_id(one.component)}">{name(one.component)}</a> {describe_decision(one, records.now)}'
        for one in changes
    ]
    shown = rows(limited(lines, SHOWN_CHANGES, "<code>pytest-maturity log</code>"))
    return title + (shown or "<p>No stage changes on record.</p>")
