"""The page of one run, made from the JSON document: the verdict, why, what to do next, whether it is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...model.digests import compute_seal
from ...model.evidence import Evidence
from ...model.history import exact, read_gate
from ...model.report import Report
from ...model.text import plural
from ..numbers import Difference, find_difference, format_day, format_moment, format_seconds, label_gate
from ..waivers import list_waived
from .charts import draw_length
from .markup import badge, code, command, fold, limited, make_id, name, rows, table, text
from .page import make_page
from .people import make_approvals, make_attested
from .results import make_findings, make_gates, make_lines, make_steps, make_suppressions, make_tests
from .sources import make_sources, read_sources
from .standing import Standing, count_components, describe_count, describe_stages, head_with_badge, list_names, order

KIND = "run"
SHOWN_WAIVERS = 20
MOST_OPEN = 20  # components; of more, those that are promoted are one row
Document = Mapping[str, Any]


def render(document: Document, report: Report | None = None) -> str:
    """Returns the page of a JSON document, with what the report alone has: sources, slow tests, attested facts."""
    by_name = {one["name"]: one for one in document["components"]}
    judged = zip(document["components"], report.components if report is not None else (), strict=False)
    evidence = {one["name"]: judgement.evidence for one, judgement in judged}
    root = report.root if report is not None else None
    standings = order(map(read_standing, document["components"]))
    is_single = len(standings) == 1
    sections = [
        make_section(one, by_name[one.name], document, evidence.get(one.name), root, is_single=is_single)
        for one in standings
        if is_shown(one, standings)
    ]
    quiet = [one for one in standings if not is_shown(one, standings)]
    if quiet:
        names = ", ".join(name(one.name) for one in quiet)
        sections.append(fold(f"{badge('PROMOTE')} {len(quiet)} more are ready", "their names", f"<p>{names}</p>"))
    main = make_heading(document, standings) + make_notes(document) + "".join(sections) + make_origin(document)
    return make_page(
        kind=KIND,
        verdict=document["verdict"],
        title=f"{document['verdict']}: {summarize(document, standings)} - maturity",
        top=make_top(document),
        main=main,
        footer=f". Seal of the JSON report {code(compute_seal(document))}.",
    )


def is_shown(standing: Standing, standings: Sequence[Standing]) -> bool:
    """Whether a component has a section: of many, those that are ready have none."""
    return len(standings) <= MOST_OPEN or standing.verdict != "PROMOTE"


def read_standing(component: Document) -> Standing:
    """Returns how a component of a report stands."""
    return Standing(
        name=component["name"],
        verdict=component["verdict"],
        target=component["target"],
        reached=component["reached"],
        recorded=component["recorded"],
        gates=tuple(map(read_gate, component["gates"])),
        gaps=tuple(gap["message"] for gap in component["gaps"]),
    )


# ── the head ─────────────────────────────────────────────────────────────────


def make_top(document: Document) -> str:
    """Returns which run it was: branch, commit, time, policy."""
    run = document["run"]
    where = f"{name(run['branch'])} at " if run["branch"] else ""
    parts = []
    if run["commit"]:
        dirty = " with uncommitted changes" if run["dirty"] else ""
        parts.append(f"{where}{code(run['commit'][:12])}{dirty}")
    parts.append(f"{text(format_moment(run['started']))} UTC")
    parts.append(f"policy {code(document['policy']['digest'][:12])}")
    return f"<span><b>maturity</b> of one run</span><span>{' · '.join(parts)}</span>"


def summarize(document: Document, standings: Sequence[Standing]) -> str:
    """Returns the verdict of the run in words, as plain text."""
    if len(standings) == 1:
        one = standings[0]
        words = {"PROMOTE": "is ready for", "HOLD": "is not ready for"}.get(one.verdict, "is not known to be ready for")
        return f"{one.name} {words} {one.target}"
    counts = count_components(standings)
    whole = plural(len(standings), "component")
    if not standings:
        return "no component was judged"
    if document["verdict"] == "PROMOTE":
        return f"{len(standings)} of {whole} are ready"
    if counts["HOLD"]:
        return f"{counts['HOLD']} of {whole} {'is' if counts['HOLD'] == 1 else 'are'} not ready"
    if counts["INCONCLUSIVE"]:
        unknown = counts["INCONCLUSIVE"]
        return f"it is not known whether {unknown} of {whole} {'is' if unknown == 1 else 'are'} ready"
    return f"{len(standings)} of {whole} are ready, and the run has another reason"


def make_heading(document: Document, standings: Sequence[Standing]) -> str:
    """Returns the first heading, and the sentence below it."""
    if len(standings) == 1 and standings[0].verdict == document["verdict"]:
        return ""  # the component's own sentence is it
    parts = []
    for verdict, words in (("HOLD", "not ready"), ("INCONCLUSIVE", "not known"), ("PROMOTE", "ready")):
        found = [one for one in standings if one.verdict == verdict]
        if found:
            parts.append(f"{'R' if words == 'ready' else 'N'}{words[1:]}: {list_names(found)}.")
    return f"<h1>{badge(document['verdict'])} {text(summarize(document, standings))}</h1>" + (
        f'<p class="lead">{" ".join(parts)}</p>' if parts else ""
    )


def make_notes(document: Document) -> str:
    """Returns what a reader must know of the run: a part of the gates alone, a loosened policy, remarks."""
    found = []
    if document["only_gates"]:
        gates = ", ".join(text(one.replace("_", " ")) for one in document["only_gates"])
        found.append(f'<b class="unknown">Only {gates}</b> was judged: this is not a promotion.')
    policy = document["policy"]
    if policy["loosened"]:
        found.append(
            '<b class="failed">The working tree loosens the policy</b>, '
            f"which was enforced as {name(str(policy['ref']))} has it:"
        )
        found += [text(one["message"], 2000) for one in policy["loosened"]]
    found += [text(note, 2000) for note in document["notes"]]
    return f'<section aria-label="notes">{rows(found)}</section>' if found else ""


# ── one component ────────────────────────────────────────────────────────────


def make_section(
    standing: Standing,
    component: Document,
    document: Document,
    evidence: Evidence | None,
    root: Path | None,
    *,
    is_single: bool,
) -> str:
    """Returns everything about one component: open what fails, folded what does not."""
    own = make_id(component["name"])
    is_first = is_single and standing.verdict == document["verdict"]
    heading = "h1" if is_first else "h2"
    changes, since = find_changes(component)
    is_held = standing.verdict != "PROMOTE"
    demoted = (
        '<b class="failed">▼ Demoted</b>: it no longer meets the stage that it is on record at. '
        if standing.is_demoted
        else ""
    )
    words = f"{demoted}{describe_stages(standing)} {describe_count(standing)}"
    parts = [
        f'<section aria-labelledby="{own}"><{heading} id="{own}">{head_with_badge(standing)}</{heading}>',
        f'<p class="{"lead" if is_first else "dim"}">{words} {describe_changes(changes, since)}</p>',
    ]
    if steps := make_steps(component):
        again = f"pytest --maturity-component {component['name']} --maturity-target {component['target']}"
        parts.append(
            f'<div class="next {standing.verdict}"><p class="strong">To reach {name(standing.target)}</p>{steps}'
            f'<p class="small">Check again: {code(again)}</p></div>'
        )
    gates = make_gates(
        standing.gates,
        [one["note"] for one in component["gates"]],
        document["ladder"],
        standing.target,
        changes,
        f"gates of {component['name']}",
        since,
    )
    if not standing.gates:
        gates = "<p>No gate was judged.</p>"
    met = sum(standing.count(standing.target)[status] for status in ("passed", "waived"))
    whole = standing.count(standing.target).total()
    parts.append(f"<h3>Gates</h3>{gates}" if is_held else fold("Gates", f"{met} of {whole} met; nothing to do", gates))
    fails_coverage = any(one.name.startswith("coverage") for one in standing.list_unmet(standing.target))
    sources = read_sources(component, root) if root is not None else {}
    lengths = {path: len(lines) for path, lines in sources.items()}
    parts += [
        make_lines(component, is_open=fails_coverage, lengths=lengths),
        make_findings(component),
        make_sources(component, sources),
        make_tests(component, evidence.outcomes if evidence is not None else None),
        make_approvals(component),
        make_attested(evidence.attested if evidence is not None else {}),
        make_suppressions(component),
        make_waived(component),
    ]
    return "".join(parts) + "</section>"


def make_waived(component: Document) -> str:
    """Returns what waivers excuse of the target; nothing without any."""
    found = [text(one, 1000) for one in list_waived(component, component["target"])]
    return fold("Waived", str(len(found)), rows(limited(found, SHOWN_WAIVERS, "the JSON report"))) if found else ""


def make_waivers(document: Document) -> str:
    """Returns the entries of the waivers file, those that excuse nothing first; nothing without any."""
    listed = sorted(document["waivers"], key=lambda one: one["state"] == "used")
    found = [describe_listed(one) for one in listed]
    unused = sum(one["state"] != "used" for one in listed)
    more = f"{len(found)}, {unused} of them excuse nothing here" if unused else str(len(found))
    return fold("Waivers file", more, rows(limited(found, SHOWN_WAIVERS, "the JSON report"))) if found else ""


def describe_listed(one: Document) -> str:
    """Returns an entry of the waivers file with its state and its end, as HTML."""
    waiver = one["waiver"]
    words = [code(one["source"]), text(one["state"])]
    if waiver is not None:
        soon = f", in {plural(one['ends_in'], 'day')}" if one["ends_in"] is not None else ""
        who = f"owner {waiver['owner']}, approved by {waiver['approved_by']}"
        words.append(text(f"{waiver['reason']}, {who}, until {waiver['expires']}{soon}", 500))
    if one["message"]:
        words.append(text(one["message"], 500))
    return ": ".join(words[:2]) + "".join(f"; {word}" for word in words[2:])


def find_changes(component: Document) -> tuple[dict[str, Difference], str]:
    """Returns how each gate differs from the earlier run that the report compares with, and the day of that run."""
    earlier = component.get("compared_with")
    if not earlier:
        return {}, ""
    before = {key: None if value is None else exact(value) for key, value in earlier["values"].items()}
    changes = {
        gate.key: find_difference(gate, before.get(gate.key), is_known=gate.key in before)
        for gate in map(read_gate, component["gates"])
    }
    return changes, format_day(earlier["started"])


def describe_changes(changes: Mapping[str, Difference], since: str) -> str:
    """Returns in one sentence whether it is better than before, as HTML."""
    if not since:
        return ""
    worse = [one for one in changes.values() if one.way in ("worse", "lost")]
    better = [one for one in changes.values() if one.way in ("better", "known")]
    if not worse and not better:
        return f"Same as on {text(since)}."
    parts = []
    for found, word, kind in ((worse, "Worse", "failed"), (better, "Better", "passed")):
        if found:
            shown = ", ".join(f"{text(label_gate(one.gate))} {text(one.words)}" for one in found)
            parts.append(f'<span class="{kind}">{word} than on {text(since)}</span>: {shown}.')
    return " ".join(parts)


# ── the run ──────────────────────────────────────────────────────────────────


def make_origin(document: Document) -> str:
    """Returns how the run was made: its command, its versions, its policy, and where the time went."""
    run, policy = document["run"], document["policy"]
    tools = [one["version"] for one in document["tools"].values() if one["version"]]
    versions = ", ".join(dict.fromkeys([f"Python {run['python']}", f"pytest {run['pytest']}", *tools]))
    origin = f"of {text(str(policy['ref']), 200)}" if policy["ref"] else "of the working tree"
    found = [
        text(versions, 2000),
        f"policy {code(policy['digest'][:12])} {origin}",
        f"run {code(run['id'])}",
    ]
    if run["uncommitted"]:
        files = ", ".join(limited([code(one) for one in run["uncommitted"]], 20, "the JSON report"))
        found.append(f"{plural(len(run['uncommitted']), 'file')} not committed: {files}")
    found += [f"{text(key)}: {text(one['problem'], 500)}" for key, one in document["tools"].items() if one["problem"]]
    made = fold(
        "How it was made",
        "command, versions, policy",
        f'<pre tabindex="0">{command(run["command_line"])}</pre>{rows(found)}',
    )
    parts = f"{make_times(document)}{make_waivers(document)}{made}"
    return f'<section aria-labelledby="the-run"><h2 id="the-run">This run</h2>{parts}</section>'


def make_times(document: Document) -> str:
    """Returns how long the run and each of its tools took; the tools run beside the tests."""
    whole = document["run"]["duration_s"]
    lines = [("the run, with its tests", draw_length(whole, whole), text(format_seconds(whole)))]
    lines += [
        (
            text(key) + (" (of an earlier run)" if one["cached"] else ""),
            draw_length(0 if one["cached"] else one["duration_s"], whole, "dim"),
            text(format_seconds(one["duration_s"])),
        )
        for key, one in document["tools"].items()
    ]
    heads = (("step", ""), (f"of {format_seconds(whole)}", ""), ("took", "number"))
    shown = table(heads, lines, "where the time went", "tight", named=False)
    note = '<p class="small dim">Tools run beside the tests: their times do not add up to that of the run.</p>'
    return fold("Where the time went", format_seconds(whole), shown + note)
