"""`pytest-maturity pending`: the approvals that promotions are waiting for."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from json import dumps

from ..config.settings import APPROVALS
from ..gates.approvals import describe
from ..model import exit_codes
from ..model.approvals import StageApprovals
from ..model.errors import MaturityError
from ..model.text import safe
from ..records.database import RecordsError
from .approve import Judged, add_report_option, find_latest, list_reports, read_judged, read_ledger
from .parser import Parser
from .project import Project, add_config_option, fail, fail_usage, read_project


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "show the approvals that are missing: exit 1 if there are any"
    parser = verbs.add_parser("pending", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument(
        "component", nargs="?", metavar="COMPONENT",
        help="the component (default: all of the reports in .maturity)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_report_option(parser)
    add_config_option(parser)


def run(options: argparse.Namespace) -> int:
    """Prints what is missing; returns 0 where nothing is, 1, 3 where it is not known, 4 for wrong usage."""
    try:
        project = read_project(options)
        found = list(list_stages(project, options))
    except MaturityError as error:
        return fail_usage(error)
    except RecordsError as error:
        return fail([str(error)])
    if options.json:
        print(dumps([{"component": name, "stage": stage, **one.to_dict()} for name, stage, one in found], indent=2))
    else:
        for name, stage, one in found:
            print("\n".join(format_stage(name, stage, one)))
        if not found:
            print("no report requires approvals")
    if any(one.problem for _, _, one in found):
        return exit_codes.INCONCLUSIVE
    return exit_codes.PROMOTED if all(one.is_met for _, _, one in found) else exit_codes.HELD


def list_stages(project: Project, options: argparse.Namespace) -> Iterator[tuple[str, str, StageApprovals]]:
    """Yields each component with each stage that requires approvals, and those of now. Raises MaturityError."""
    for judged in list_judged(project, options):
        ledger = read_ledger(project, judged)
        for stage, known in judged.component[APPROVALS].items():
            yield judged.name, stage, ledger.count(judged.subject, stage, known["required"], known["roles"])


def list_judged(project: Project, options: argparse.Namespace) -> list[Judged]:
    """Returns the components that reports judged: the named one, or each of those in the directory of reports."""
    if options.component is not None:
        return [read_judged(project, options.component, options.report)]
    paths = [options.report] if options.report else list_reports(project)
    return [read_judged(project, name, path) for name, path in sorted(find_latest(paths).items())]


def format_stage(name: str, stage: str, found: StageApprovals) -> Iterator[str]:
    """Yields the lines about the approvals of one promotion."""
    number = "?" if found.number is None else found.number
    yield f"{safe(name, 60)} for {safe(stage, 60)}: {number} of {found.required} approvals; {describe(found)}"
    if found.is_met:
        return
    for reason in found.refused:
        yield f"  {safe(reason, 500)}"
    if not found.problem:
        role = f" --role {(found.missing_roles or found.roles)[0]}" if found.roles else ""
        yield f"  pytest-maturity approve {safe(name, 60)} --target {safe(stage, 60)}{role} --reason TEXT"
