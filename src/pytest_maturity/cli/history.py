"""`pytest-maturity history`: how the numbers of a component went, and what changed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from json import dumps
from typing import Any

from ..model.errors import MaturityError
from ..model.history import RecordedGate, RunRecord
from ..model.text import did_you_mean, format_number, safe
from ..records.database import RecordsError
from ..records.history import History
from ..records.store import INCOMPLETE
from ..records.summary import (
    ASCII_BARS,
    BARS,
    Change,
    draw_line,
    find_changes,
    find_flakiest_tests,
    find_slowest_steps,
    index_gates,
    list_values,
    to_numbers,
)
from ..reports.messages import can_print, printable
from .parser import Parser
from .project import Project, add_config_option, fail, fail_usage, read_project

SHOWN_RUNS = 30  # in a sparkline
RUNS = 200  # that are read


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "show how the numbers of components went, what changed, slow steps and flaky tests"
    parser = verbs.add_parser("history", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument("component", nargs="?", metavar="COMPONENT", help="the component (default: all on record)")
    parser.add_argument("--gate", metavar="NAME", help="only this gate, with its lines")
    parser.add_argument("--json", action="store_true", help=f"print JSON, with the last {RUNS} runs")
    add_config_option(parser)


def run(options: argparse.Namespace) -> int:
    """Prints the history; returns 0, 3 where the records cannot be read, 4 for a component or gate without any."""
    try:
        project = read_project(options)
        history = project.read_history()
        names = project.store.list_components() if options.component is None else [options.component]
        histories = project.store.list_runs_by_component(names, RUNS)
        check_names(project, options, histories)
    except MaturityError as error:
        return fail_usage(error)
    except RecordsError as error:
        return fail([str(error)])
    if options.json:
        print(dumps([make_data(name, runs, history, options.gate) for name, runs in histories.items()], indent=2))
        return 0
    for name, runs in histories.items():
        for line in format_history(name, runs, history, options.gate):
            print(printable(line))
    if not histories:
        print("no records")
    return 0


def check_names(project: Project, options: argparse.Namespace, histories: Mapping[str, Sequence[RunRecord]]) -> None:
    """Raises MaturityError where nothing is on record about the component, or the gate."""
    if options.component is not None and not histories[options.component]:
        known = project.store.list_components()
        raise MaturityError(
            f"no run of {safe(options.component, 60)!r} is on record{did_you_mean(options.component, known)}"
        )
    gates = {gate.name for runs in histories.values() for one in runs for gate in one.gates}
    known_gates = {*gates, *(gate.partition(".")[0] for gate in gates)}
    if options.gate is not None and options.gate not in known_gates:
        hint = did_you_mean(options.gate, sorted(known_gates))
        raise MaturityError(f"--gate: no run has a gate {safe(options.gate, 60)!r}{hint}")


def is_shown(gate: RecordedGate, wanted: str | None) -> bool:
    """Whether a result is that of the wanted gate, or of one of its lines."""
    return wanted is None or gate.name == wanted or gate.name.startswith(f"{wanted}.")


def select_changes(changes: Mapping[str, Change], wanted: str | None) -> dict[str, Change]:
    """Returns the changes of the wanted gate."""
    return {name: change for name, change in changes.items() if is_shown(change.gate, wanted)}


def find_both_changes(
    name: str, runs: Sequence[RunRecord], history: History, wanted: str | None
) -> tuple[dict[str, Change], dict[str, Change]]:
    """Returns what changed since the run before the last one, and since the last promotion."""
    ended = [one for one in runs if one.verdict != INCOMPLETE]
    promotion = history.find_last_promotion(name)
    since_run = find_changes(ended[1].gates, ended[0].gates) if len(ended) > 1 else {}
    since_promotion = find_changes(promotion.gates, ended[0].gates) if promotion and ended else {}
    return select_changes(since_run, wanted), select_changes(since_promotion, wanted)


def format_history(name: str, runs: Sequence[RunRecord], history: History, wanted: str | None) -> Iterator[str]:
    """Yields the lines about one component."""
    recorded, unproven = history.find_stage(name), history.find_unproven_stage(name)
    stage = f"{safe(unproven, 60)} (unproven)" if unproven else safe(recorded or "no stage", 60)
    yield f"{safe(name, 60)}: on record at {stage}"
    if not runs:
        return
    last = runs[0]
    reached = f", reached {safe(last.reached, 60)}" if last.reached else ""
    commit = f", commit {safe(last.commit, 64)[:12]}{'+' if last.dirty else ''}" if last.commit else ""
    yield f"  last run: {safe(last.started, 60)[:16]} {last.verdict} for {safe(last.target, 60)}{reached}{commit}"
    yield from format_waived(last)
    shown = list(reversed([one for one in runs if one.verdict != INCOMPLETE][:SHOWN_RUNS]))
    gates = {key: gate for one in shown for key, gate in index_gates(one.gates).items() if is_shown(gate, wanted)}
    bars = BARS if can_print(BARS) else ASCII_BARS
    width = max(map(len, gates), default=0)
    for key, gate in gates.items():
        values = list_values(shown, key)
        number = format_number(values[-1], gate.better)
        unit = f" {safe(gate.unit, 20)}" if gate.unit and values[-1] is not None else ""
        yield f"    {safe(key, 60).ljust(width)}  {draw_line(values, bars)}  {number}{unit}"
    since_run, since_promotion = find_both_changes(name, runs, history, wanted)
    for words, changes in (("run", since_run), ("promotion", since_promotion)):
        if changes:
            yield f"  since the last {words}: {', '.join(format_change(key, one) for key, one in changes.items())}"
    if wanted is None:
        if steps := find_slowest_steps(runs):
            yield f"  slowest steps: {', '.join(f'{safe(step, 60)} {seconds:.1f} s' for step, seconds in steps)}"
        if flaky := find_flakiest_tests(runs):
            tests = ", ".join(f"{safe(test, 200)} ({count} of {len(runs)} runs)" for test, count in flaky)
            yield f"  flakiest tests: {tests}"


def format_waived(last: RunRecord) -> Iterator[str]:
    """Yields what waivers excused in a run."""
    for gate in last.gates:
        for stage in gate.stages:
            for text in gate.list_waived(stage):
                yield f"  waived at {safe(stage, 60)}: {safe(gate.name, 60)}, {safe(text, 300)}"


def format_change(name: str, change: Change) -> str:
    """Returns `coverage 70 to 62.4`."""
    before, after = (format_number(value, change.gate.better) for value in (change.before, change.after))
    return f"{safe(name, 60)} {before} to {after}"


def make_data(name: str, runs: Sequence[RunRecord], history: History, wanted: str | None) -> dict[str, Any]:
    """Returns the history of one component as plain data, the latest run first."""
    since_run, since_promotion = find_both_changes(name, runs, history, wanted)
    return {
        "component": name,
        "recorded": history.find_stage(name),
        "unproven": history.find_unproven_stage(name),
        "since_last_run": to_numbers(since_run),
        "since_last_promotion": to_numbers(since_promotion),
        "slowest_steps": dict(find_slowest_steps(runs)),
        "flakiest_tests": dict(find_flakiest_tests(runs)),
        "runs": [
            {**one.to_dict(), "gates": [gate.to_dict() for gate in one.gates if is_shown(gate, wanted)]} for one in runs
        ],
    }
