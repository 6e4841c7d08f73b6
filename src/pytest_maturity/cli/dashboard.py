"""`pytest-maturity dashboard`: one page over the records of all components."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..config.files import WorkingTreeFiles
from ..config.waivers import check_entries, read_entries
from ..model.errors import MaturityError
from ..model.history import Decision, RunPoint, RunRecord
from ..model.names import identity
from ..model.text import safe
from ..model.waivers import Waiver
from ..records.database import RecordsError
from ..records.history import History
from ..records.store import INCOMPLETE
from ..reports.files import write_file
from ..reports.html.component_page import ComponentRecords
from ..reports.html.dashboard import KIND, Records, render
from ..reports.html.page import BEGINNING
from ..reports.messages import printable
from ..reports.overwriting import refuse_foreign_file
from ..reports.verify import check_report, list_components, read_document
from ..tools.files import DIRECTORY
from .parser import Parser
from .project import Project, add_config_option, fail, fail_usage, read_project
from .waive import list_names

RUNS = 500  # of each component
DEFAULT = Path(DIRECTORY, "dashboard.html")
ENDING = ("approval", "attestation")


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "write an HTML page over the records: where each component stands, and how its numbers went"
    parser = verbs.add_parser("dashboard", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument(
        "reports", nargs="*", type=Path, metavar="REPORT",
        help="JSON reports of last runs: their findings and lines are shown, too",
    )  # fmt: skip
    parser.add_argument(
        "--output", type=Path, default=DEFAULT, metavar="PATH", help=f"the page (default: {DEFAULT.as_posix()})"
    )
    add_config_option(parser)


def run(options: argparse.Namespace) -> int:
    """Writes the page; returns 0, 3 where the records cannot be read or it cannot be written, 4 for wrong usage."""
    try:
        project = read_project(options)
        check_output(project.root / options.output)
        found = read_records(project, read_reports(options.reports))
    except MaturityError as error:
        return fail_usage(error)
    except RecordsError as error:
        return fail([str(error)])
    try:
        write_file(project.root / options.output, render(found))
    except OSError as error:
        return fail([f"{safe(str(options.output), 300)} cannot be written: {error.strerror or error}"])
    print(printable(safe(str(options.output), 300)))
    return 0


def check_output(path: Path) -> None:
    """Raises MaturityError where the page would replace a file that is none."""
    refuse_foreign_file("--output", path, f"{BEGINNING}{KIND} -->")


def read_reports(paths: Sequence[Path]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Returns the components of some reports by their run and name. Raises MaturityError with every problem."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    problems: list[str] = []
    for path in paths:
        try:
            document = read_document(path)
            wrong = check_report(document)
        except (MaturityError, OSError) as error:
            document, wrong = {}, [str(error.strerror or error) if isinstance(error, OSError) else error.message]
        if wrong:
            problems += [f"{safe(str(path), 300)}: {one}" for one in wrong]
            continue
        for one in list_components(document):
            found[document["run"]["id"], identity(one["name"])] = one
    if problems:
        raise MaturityError(problems)
    return found


def read_records(project: Project, reports: Mapping[tuple[str, str], Mapping[str, Any]]) -> Records:
    """Returns what the records say about every component. Raises RecordsError, and MaturityError for an old report."""
    history = project.read_history()
    names = project.store.list_components()
    points = project.store.list_points(names, limit=RUNS)
    begun = max(map(count_begun, points.values()), default=0)
    last: dict[str, RunRecord] = {}
    for one in project.store.list_runs(*names, limit=begun + 1):
        if one.verdict != INCOMPLETE:
            last.setdefault(identity(one.component), one)
    components = [read_component(name, points[name], last.get(identity(name)), history, reports) for name in names]
    shown = {(one.last.run_id, identity(one.name)) for one in components if one.last is not None}
    if unused := [f"{safe(name, 100)} of the run {safe(run, 60)}" for run, name in reports if (run, name) not in shown]:
        raise MaturityError([f"{one} is not its last run on record: give the report of that one" for one in unused])
    return Records(
        project=project.root.name,
        ladder=tuple(project.config.ladder),
        components=tuple(components),
        now=datetime.now(timezone.utc),
        head=history.head,
        limit=RUNS,
        waivers=read_waivers(project),
    )


def read_waivers(project: Project) -> tuple[Waiver, ...]:
    """Returns the waivers that count, and those that do not count any more. Raises MaturityError."""
    entries = read_entries(project.root, project.ref_files or WorkingTreeFiles(project.root))
    if not entries:
        return ()
    found = check_entries(entries, list_names(project), datetime.now(timezone.utc))
    return (*found.valid, *(one.waiver for one in found.refused if one.waiver is not None))


def count_begun(points: Sequence[RunPoint]) -> int:
    """Returns how many runs that have not ended are later than the last one that has."""
    ended = (place for place, one in enumerate(reversed(points)) if one.verdict != INCOMPLETE)
    return next(ended, len(points))


def read_component(
    name: str,
    points: Sequence[RunPoint],
    last: RunRecord | None,
    history: History,
    reports: Mapping[tuple[str, str], Mapping[str, Any]],
) -> ComponentRecords:
    """Returns what is on record about a component."""
    ended = tuple(one for one in points if one.verdict != INCOMPLETE)
    return ComponentRecords(
        name=name,
        points=ended,
        last=last,
        unfinished=len(points) - len(ended),
        recorded=history.find_stage(name),
        unproven=history.find_unproven_stage(name),
        decisions=tuple(entry.decision for entry in history.select(name)),
        ending=tuple(find_ending(name, history)),
        report=reports.get((last.run_id, identity(name))) if last is not None else None,
    )


def find_ending(name: str, history: History) -> Iterable[Decision]:
    """Yields the approvals and attestations of a component that end at a time, and were not revoked."""
    revoked = {entry.decision.revokes for entry in history.entries}
    for entry in history.select(name, ENDING):
        if entry.decision.expires and entry.decision.id not in revoked:
            yield entry.decision
