"""`pytest-maturity verify`: checks a report in a later step of a CI job."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from ..config.following_files import follows_from_run
from ..config.settings import load_config
from ..model import exit_codes
from ..model.digests import file_digest
from ..model.errors import MaturityError
from ..model.report import Verdict, worst_verdict
from ..model.text import safe
from ..reports.verify import SHORTEST_COMMIT, check_report, find_mismatches, list_components, read_document
from ..reports.waivers import list_waived
from ..tools.git import GitError, find_prefix, list_changes
from .parser import Parser
from .project import Project, add_config_option, find_other_policy, read_project
from .withdrawn import find_withdrawn

LONGEST_AGE = 100 * 366 * 24  # hours


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "check a report: exit 0 only if it is unchanged, recent, as expected, and promotes"
    parser = verbs.add_parser("verify", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    add_arguments(parser)


def add_arguments(parser: Parser, *, is_report_required: bool = True) -> None:
    """Adds the report, and what is expected of it."""
    nargs = None if is_report_required else "?"
    parser.add_argument("report", type=Path, nargs=nargs, metavar="REPORT", help="the JSON report of a run")
    parser.add_argument(
        "--component", action="append", default=[], metavar="NAME",
        help="require that the report judges this component, and use its verdict (repeatable; default: all components)",
    )  # fmt: skip
    parser.add_argument("--target", metavar="STAGE", help="require that the components were judged for this stage")
    parser.add_argument("--commit", metavar="SHA", help="require this commit, without uncommitted changes")
    parser.add_argument("--run-id", metavar="ID", help="require this run")
    parser.add_argument(
        "--max-age", type=hours, default=timedelta(hours=24), metavar="HOURS",
        help="require that the run started in the last HOURS (default: 24)",
    )  # fmt: skip
    add_config_option(parser)


def hours(text: str) -> timedelta:
    """Returns a duration in hours, of at most a century. Raises ValueError, which argparse reports."""
    found = float(text)
    if not 0 < found <= LONGEST_AGE:
        raise ValueError(text)
    return timedelta(hours=found)


def run(options: argparse.Namespace) -> int:
    """Checks a report; returns the exit code of its verdict, 3 where it cannot be trusted or is another one."""
    document = read_trusted(options)
    if document is None:
        return exit_codes.INCONCLUSIVE
    verdict = choose_verdict(document, options.component)
    print(f"{verdict.value}  {safe(str(options.report))}: {', '.join(describe(document, options.component))}")
    return exit_codes.exit_code_of(verdict)


def read_trusted(options: argparse.Namespace, project: Project | None = None) -> dict[str, Any] | None:
    """Returns the report where it can be trusted and is the expected one; else None, and prints why not.

    It must have been judged by the policy of the `project`; without one, by that of `find_project`.
    """
    document: dict[str, Any] = {}
    now = datetime.now(timezone.utc)
    try:
        document = read_document(options.report)
        problems = check_report(document)
        if not problems:
            problems = find_mismatches(
                document,
                components=options.component,
                target=options.target,
                commit=find_judged_commit(document, options.commit),
                run_id=options.run_id,
                oldest=now - options.max_age,
                now=now,
            )
            project = project or find_project(document, options)
            if project is not None:
                problems += [
                    *find_other_policy(document, project),
                    *find_withdrawn(document, project, choose_components(document, options.component)),
                ]
    except OSError as error:
        problems = [error.strerror or str(error)]
    except MaturityError as error:
        problems = list(error.problems)
    for problem in problems:
        print(f"INCONCLUSIVE  {safe(str(options.report))}: {problem}", file=sys.stderr)
    return None if problems else document


def select_components(document: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Returns the report about the components that --component names, all without it, with their verdict."""
    if not names:
        return dict(document)
    verdict = choose_verdict(document, names)
    return {**document, "components": choose_components(document, names), "verdict": verdict.value}


def find_project(document: Mapping[str, Any], options: argparse.Namespace) -> Project | None:
    """Returns the project in the working directory, whose policy must be that of the report; None where it is another.

    A report is about it where one of the files that were judged is there as it was, or where the command line names a
    configuration. Raises MaturityError for a configuration that is not valid.
    """
    files = {path: known for one in list_components(document) for path, known in one["files"].items()}
    is_here = any(known and file_digest(Path.cwd() / path) == known for path, known in files.items())
    is_named = options.config is not None or options.policy_ref is not None
    return read_project(options) if is_here or is_named else None


def find_judged_commit(document: Mapping[str, Any], commit: str | None) -> str | None:
    """Returns the expected commit; the report's own one where the two differ only in files about what was judged.

    Those are baselines, waivers, approvals and stage files: committing one must not undo what it says. Without the
    repository, the expected commit is returned as it is.
    """
    judged = document["run"]["commit"]
    if commit is None or judged is None or not re.fullmatch(f"[0-9a-f]{{{SHORTEST_COMMIT},64}}", commit):
        return commit
    root = Path.cwd()
    try:
        prefix, changes = find_prefix(root), list_changes(root, judged, commit)
        stage_file = load_config(root).records.stage_file
    except (GitError, MaturityError):
        return commit
    files = {path for component in list_components(document) for path in component["files"]}
    follows = (
        path.startswith(prefix)
        and path[len(prefix) :] not in files
        and follows_from_run(path[len(prefix) :], stage_file)
        for path in changes
    )
    return judged if all(follows) else commit


def choose_verdict(document: Mapping[str, Any], names: Sequence[str]) -> Verdict:
    """Returns the verdict of the named components, without names that of the whole report."""
    if not names:
        return Verdict(document["verdict"])
    return worst_verdict(Verdict(one["verdict"]) for one in list_components(document) if one["name"] in names)


def describe(document: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Returns each component with its verdict, `billing PROMOTE for staging`; without one, the reason in the notes."""
    chosen = choose_components(document, names)
    notes = [safe(str(note), 300) for note in document.get("notes", ())]
    nothing = f"no component was judged{f': {notes[-1]}' if notes else ''}"
    return [describe_component(one) for one in chosen] or [nothing]


def choose_components(document: Mapping[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the named components of a report, without names all."""
    return [one for one in list_components(document) if not names or one["name"] in names]


def describe_component(component: Mapping[str, Any]) -> str:
    """Returns a component with its verdict, and what waivers excuse of its target."""
    waived = list_waived(component, component["target"])
    more = f" (waived: {'; '.join(waived)})" if waived else ""
    return f"{safe(component['name'], 60)} {component['verdict']} for {safe(component['target'], 60)}{more}"
