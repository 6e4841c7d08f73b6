"""`pytest-maturity demote`: writes to the audit log that a component is at a lower stage."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone

from ..config.settings import check_stage
from ..model import exit_codes
from ..model.errors import MaturityError
from ..model.history import Decision
from ..model.text import did_you_mean, safe
from ..records.database import RecordsError
from .parser import Parser
from .project import Project, add_config_option, fail, fail_usage, read_project, warn_where_nothing_counts
from .record import write_stage_files


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "write to the audit log that a component is at a lower stage, or at none"
    parser = verbs.add_parser("demote", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument("component", metavar="COMPONENT", help="the component")
    parser.add_argument("--to", metavar="STAGE", help="the stage that it is at from now on (default: none)")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="the reason, which the audit log keeps")
    add_config_option(parser)


def run(options: argparse.Namespace) -> int:
    """Writes the demotion; returns 0, 3 where the records cannot be written, 4 where there is nothing to demote."""
    try:
        project = read_project(options)
        if options.to is not None and (problems := check_stage("--to", options.to, project.config.ladder)):
            raise MaturityError(problems)
        return demote(project, options)
    except MaturityError as error:
        return fail_usage(error)
    except RecordsError as error:
        return fail([str(error)])


def demote(project: Project, options: argparse.Namespace) -> int:
    """Writes the demotion. Raises MaturityError for a component that is not above the stage, and RecordsError."""
    ladder, log = project.config.ladder, project.read_log()
    name, shown = options.component, safe(options.component, 60)
    recorded = log.find_stage(name)
    if recorded is None:
        known = sorted(log.list_components())
        raise MaturityError(f"{shown} is on record at no stage{did_you_mean(name, known)}")
    if options.to is not None and recorded in ladder and ladder.index(options.to) >= ladder.index(recorded):
        raise MaturityError(f"--to: {shown} is on record at {safe(recorded, 60)}, which is not above {options.to}")
    (entry,) = project.append(
        [
            Decision(
                kind="demotion",
                component=log.select(name)[-1].decision.component,
                stage=options.to,
                time=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
                actor=project.actor,
                reason=safe(options.reason, 1000),
            )
        ]
    )
    print(f"{shown} is demoted from {safe(recorded, 60)} to {options.to or 'no stage'} (audit log: {entry.hash})")
    warn_where_nothing_counts(project)
    return write_stage_files(project, [entry.decision.component]) or exit_codes.PROMOTED
