"""`pytest-maturity revoke`: ends an approval or an attestation before its time."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone

from ..model import exit_codes
from ..model.errors import MaturityError
from ..model.history import Decision
from ..model.text import safe
from ..records.approvals import read_given
from ..records.audit import SHOWN_ID, describe
from ..records.database import RecordsError
from ..tools.git import GitError
from .approve import keep
from .parser import Parser
from .project import Project, add_config_option, fail, fail_usage, read_project

SHORTEST_ID = 6  # digits


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "end an approval or an attestation"
    parser = verbs.add_parser("revoke", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument("id", metavar="ID", help="its id, or the first digits: pending, approve and log --json show it")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="the reason, which the audit log keeps")
    add_config_option(parser)


def run(options: argparse.Namespace) -> int:
    """Writes the revocation; returns 0, 3 where it cannot be written, 4 where there is nothing to revoke."""
    try:
        return revoke(read_project(options), options)
    except MaturityError as error:
        return fail_usage(error)
    except (RecordsError, GitError) as error:
        return fail([str(error)])


def revoke(project: Project, options: argparse.Namespace) -> int:
    """Writes the revocation. Raises MaturityError where the id fits none or several, RecordsError."""
    decision = find_decision(project, options.id.lower())
    revocation = Decision(
        kind="revocation",
        component=decision.component,
        stage=decision.stage,
        time=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        actor=project.actor,
        reason=safe(options.reason, 1000),
        project=decision.project,
        revokes=decision.id,
    )
    print(f"the {describe(decision)} by {safe(decision.actor, 60)} ({decision.id[:SHOWN_ID]}) is revoked")
    keep(project, revocation)
    return exit_codes.PROMOTED


def find_decision(project: Project, start: str) -> Decision:
    """Returns the approval or attestation whose id starts so. Raises MaturityError, RecordsError."""
    if len(start) < SHORTEST_ID:
        raise MaturityError(f"give at least {SHORTEST_ID} digits of the id")
    known = read_given(project.root, project.config, project.read_history(), project.ref_files)
    given = [one.decision for one in known]
    revoked = {one.revokes for one in given if one.kind == "revocation"}
    found = [one for one in given if one.kind != "revocation" and one.id.startswith(start)]
    if not found:
        raise MaturityError(f"no approval or attestation has the id {safe(start, 70)}: see pytest-maturity log --json")
    if len(found) > 1:
        raise MaturityError(f"several ids start with {safe(start, 70)}: give more digits")
    if found[0].id in revoked:
        raise MaturityError(f"{found[0].id[:SHOWN_ID]} is revoked already")
    return found[0]
