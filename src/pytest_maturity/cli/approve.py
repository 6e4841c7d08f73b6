"""`pytest-maturity approve`: writes a person's consent to the promotion of what a report judged."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..config.settings import APPROVALS, check_stage
from ..model import exit_codes
from ..model.approvals import Subject
from ..model.digests import compute_decision_digest
from ..model.durations import parse_duration
from ..model.errors import MaturityError
from ..model.history import Decision
from ..model.names import identity
from ..model.people import Identity, is_same_person
from ..model.text import did_you_mean, first_few, safe
from ..records.approval_files import write_file
from ..records.approvals import LONGEST, ApprovalLedger, list_keys, name_tag
from ..records.audit import SHOWN_ID
from ..records.database import RecordsError
from ..records.from_report import find_ci_actor
from ..records.history import REF
from ..reports.files import default_path
from ..reports.verify import check_report, list_components, read_document
from ..tools.files import DIRECTORY
from ..tools.git import GitError
from ..tools.signatures import delete_tag, find_signer, read_tag, write_signed_tag
from .parser import Parser
from .project import Project, add_config_option, fail, fail_usage, find_other_policy, read_project
from .project import warn_where_nothing_counts as warn
from .record import find_changed_files


@dataclass(frozen=True)
class Judged:
    """A component of a report: what may be approved. `path` is that of the report."""

    path: Path
    document: Mapping[str, Any]
    component: Mapping[str, Any]

    @property
    def name(self) -> str:
        name: str = self.component["name"]
        return name

    @property
    def subject(self) -> Subject:
        """The component as it is to be promoted."""
        files = self.component["files"]
        changed = {*self.document["run"]["uncommitted"]}
        return Subject(
            component=self.name,
            digest=compute_decision_digest(files, self.document["policy"]["digest"]),
            paths=(*files, *self.component["sources"]),
            uncommitted=tuple(path for path in files if path in changed),
        )


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "approve the promotion of a component to a stage, as a report has judged it"
    parser = verbs.add_parser("approve", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument("component", metavar="COMPONENT", help="the component")
    parser.add_argument("--target", required=True, metavar="STAGE", help="the stage that it may be promoted to")
    parser.add_argument("--role", default="", metavar="ROLE", help="the role in which you approve")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="the reason, which the audit log keeps")
    parser.add_argument(
        "--expires", default="14d", metavar="14d",
        help="how long it counts: days, hours or minutes (default: 14d; at most 366d)",
    )  # fmt: skip
    parser.add_argument(
        "--by", metavar="NAME", help="who approves (default: the user, or the one owner of the role's keys)"
    )
    add_report_option(parser)
    add_config_option(parser)


def add_report_option(parser: Parser) -> None:
    """Adds the option that names the report."""
    parser.add_argument(
        "--report", type=Path, metavar="REPORT",
        help="the JSON report that judged the component (default: the last one in .maturity)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Writes the approval; returns 0, 3 where it would not count or cannot be written, 4 for wrong usage."""
    try:
        project = read_project(options)
        return approve(project, options)
    except MaturityError as error:
        return fail_usage(error)
    except (RecordsError, GitError) as error:
        return fail([str(error)])


def approve(project: Project, options: argparse.Namespace) -> int:
    """Writes the approval. Raises MaturityError with every mistake, RecordsError, GitError."""
    if problems := list(find_mistakes(project, options)):
        raise MaturityError(problems)
    judged = read_judged(project, options.component, options.report)
    stage = judged.component[APPROVALS].get(options.target)
    if stage is None:
        raise MaturityError(f"--target: {options.target} requires no approvals of {safe(judged.name, 60)}")
    if stage["roles"] and options.role not in stage["roles"]:
        raise MaturityError(f"--role: {options.target} needs approvals as {' or '.join(stage['roles'])}")
    name, known_by = choose_name(project, options)
    ledger = read_ledger(project, judged)
    now = datetime.now(timezone.utc)
    run_record = judged.document["run"]
    decision = Decision(
        kind="approval",
        component=judged.name,
        stage=options.target,
        time=now.isoformat(timespec="milliseconds"),
        actor=safe(name, 100),
        reason=safe(options.reason, 1000),
        run_id=run_record["id"],
        commit=run_record["commit"],
        dirty=run_record["dirty"],
        digest=judged.subject.digest,
        policy_digest=judged.document["policy"]["digest"],
        project=ledger.project,
        role=options.role,
        identity=known_by,
        expires=(now + parse_duration(options.expires)).isoformat(timespec="milliseconds"),
    )
    if reason := ledger.find_reason(decision, judged.subject):
        return fail([f"this approval would not count: {reason}"])
    print(f"{safe(judged.name, 60)} is approved for {options.target} by {decision.actor} ({known_by}) until "
          f"{decision.expires[:10]} (approval {decision.id[:SHOWN_ID]})")  # fmt: skip
    keep(project, decision)
    return exit_codes.PROMOTED


def keep(project: Project, decision: Decision) -> None:
    """Writes an approval or a revocation where it counts, by `trust`; an approval is signed where that is needed."""
    is_signed = project.config.approvals.identity == "signed" and decision.kind == "approval"
    in_ref = REF in project.config.records.trust
    if is_signed and not in_ref:
        tag = name_tag(decision)
        subject = f"approve the promotion of {decision.component} to {decision.stage}"
        write_signed_tag(project.root, tag, f"{subject}\n\n{decision.id}")
        try:
            check_signer(project, decision)
        except GitError:
            delete_tag(project.root, tag)
            raise
        print(f"signed: the tag {tag}; type git push origin {tag}")
    project.store.append([decision])
    if in_ref:
        path = write_file(project.root, decision)
        commit = "git commit -S" if is_signed else "git commit"
        print(f"written: {path}; it counts when the git ref of the policy has it: type git add {path} && {commit}")
    else:
        warn(project)


def check_signer(project: Project, decision: Decision) -> None:
    """Raises GitError unless the tag of an approval is signed by the person who it says approved."""
    tag, _ = read_tag(project.root, name_tag(decision))
    signer = find_signer(project.root, "tag", tag, list_keys(project.config.approvals, decision.role))
    if not is_same_person(signer, decision.actor):
        raise GitError(f"the key that git signs with is that of {safe(signer, 60)}: add --by {safe(signer, 60)}")


def find_mistakes(project: Project, options: argparse.Namespace) -> Iterator[str]:
    """Yields what is wrong on the command line."""
    settings = project.config.approvals
    yield from check_stage("--target", options.target, project.config.ladder)
    if options.role and settings.roles and options.role not in settings.roles:
        known = list(settings.roles)
        hint = did_you_mean(options.role, known) or f"; known: {', '.join(known)}"
        yield f"--role: there is no role {safe(options.role, 60)!r}{hint}"
    if options.by is not None and settings.identity == "ci":
        yield '--by: the policy accepts no typed names: its identity is "ci"'
    if options.by is not None and not options.by.strip():
        yield "--by: must not be empty"
    if not options.reason.strip():
        yield "--reason: must not be empty"
    try:
        if parse_duration(options.expires) > LONGEST:
            yield f"--expires: must be at most {LONGEST.days}d, not {safe(options.expires, 40)}"
    except ValueError:
        yield f"--expires: must be days, hours or minutes, like 14d, 12h or 45m, not {safe(options.expires, 40)!r}"


def choose_name(project: Project, options: argparse.Namespace) -> tuple[str, Identity]:
    """Returns who approves, and how that is known. Raises MaturityError where the policy needs a CI service."""
    if project.config.approvals.identity == "ci":
        named = find_ci_actor(os.environ)
        if not named:
            raise MaturityError("the policy needs a user that a CI service names, and none does here: approve in a job")
        return named, "ci"
    if project.config.approvals.identity == "claimed":
        return options.by or project.actor, "claimed"
    owners = list(dict.fromkeys(key.name for key in list_keys(project.config.approvals, options.role)))
    if options.by is None and len(owners) != 1:
        raise MaturityError(f"--by: say whose key signs: {first_few(owners) or 'the role has no keys'}")
    return options.by or owners[0], "signed"


# ── what is approved ─────────────────────────────────────────────────────────


def read_judged(project: Project, name: str, path: Path | None) -> Judged:
    """Returns what a report says about a component, in whatever spelling. Raises MaturityError."""
    known = {identity(one): where for one, where in find_latest(list_reports(project)).items()} if path is None else {}
    path = path or known.get(identity(name)) or default_path(project.root, [name])
    shown = safe(os.path.relpath(path, project.root), 300)
    try:
        document = read_document(path)
        problems = check_report(document) or [*find_other_policy(document, project)]
    except OSError as error:
        raise MaturityError(f"{shown}: {error.strerror or error}: run pytest --maturity-component {name}") from error
    except MaturityError as error:
        problems = list(error.problems)
    if problems:
        raise MaturityError([f"{shown}: {problem}" for problem in problems])
    names = [one["name"] for one in list_components(document)]
    found = [one for one in list_components(document) if identity(one["name"]) == identity(name)]
    if not found:
        raise MaturityError(f"{shown}: does not judge {safe(name, 60)!r}{did_you_mean(name, names)}")
    if changed := list(find_changed_files(document["run"], found, project.root)):
        raise MaturityError([f"{shown}: {problem}" for problem in changed])
    return Judged(path=path, document=document, component=found[0])


def list_reports(project: Project) -> list[Path]:
    """Returns the JSON files in the directory of the reports."""
    return sorted((project.root / DIRECTORY).glob("*.json"))


def find_latest(paths: Iterable[Path]) -> dict[str, Path]:
    """Returns the last report on each component that needs approvals; a file that is no report is left out."""
    latest: dict[str, tuple[str, Path]] = {}
    for path in paths:
        try:
            document: dict[str, Any] = read_document(path)
            started: str = document["run"]["started"]
            names = [one["name"] for one in document["components"] if one[APPROVALS]]
        except (MaturityError, OSError, KeyError, TypeError):
            continue
        for name in names:
            latest[name] = max(latest.get(name, ("", path)), (started, path))
    return {name: path for name, (_, path) in latest.items()}


def read_ledger(project: Project, judged: Judged) -> ApprovalLedger:
    """Returns the approvals on record. Raises RecordsError."""
    return ApprovalLedger(project.root, project.config, project.read_history(), project.ref_files, [judged.name])
