"""`pytest-maturity record`: writes the promotion, or the demotion, that a report proves to the audit log."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from typing import Any

from ..model import exit_codes
from ..model.digests import file_digest
from ..model.errors import MaturityError
from ..model.history import Decision, DecisionKind, RunRecord
from ..model.paths import path_from_root
from ..model.report import Verdict, worst_verdict
from ..model.text import first_few, safe
from ..records.audit import SHOWN_ID, Entry, check_time, describe
from ..records.database import RecordsError
from ..records.from_report import make_run_record, make_run_records
from ..records.history import History
from ..records.stage_file import StageFileError, check_file, find_path, list_paths, render_block, write_block
from ..reports.verify import list_components, recompute_verdict
from ..reports.waivers import list_waived
from ..tools.git import GitError, list_changes
from ..tools.work_tree import read_work_tree
from . import verify
from .parser import Parser
from .project import Project, fail, fail_usage, read_project, warn_where_nothing_counts

SHOWN_STAGE = 60  # characters
PYTHON = (".py", ".pyi")


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "check a report like verify, and write its promotions and demotions to the audit log"
    parser = verbs.add_parser("record", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    verify.add_arguments(parser, is_report_required=False)
    parser.add_argument("--reason", default="", metavar="TEXT", help="a text that the audit log keeps")
    parser.add_argument(
        "--check", action="store_true",
        help="write nothing: exit 1 if a stage file claims what no record proves",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Records a report, or checks the stage files; returns the exit code."""
    try:
        project = read_project(options)
        if options.check == (options.report is not None):
            raise MaturityError("give either a REPORT to record, or --check")
    except MaturityError as error:
        return fail_usage(error)
    try:
        return check(project) if options.check else record(project, options)
    except RecordsError as error:
        return fail([str(error)])


def record(project: Project, options: argparse.Namespace) -> int:
    """Records the decisions that follow from a report. Raises RecordsError."""
    document = verify.read_trusted(options, project)
    if document is None:
        return exit_codes.INCONCLUSIVE
    components = [one for one in list_components(document) if not options.component or one["name"] in options.component]
    if problems := list(find_changed_files(document["run"], components, project.root)):
        return fail(problems)
    before = project.read_log()
    made = [decide(document, one, before, project, options.reason) for one in components]
    project.store.merge(make_run_records(document, project.actor), [])
    project.append([decision for _, decision, _ in made if decision is not None])
    warn_where_nothing_counts(project)
    for verdict, _, sentence in made:
        print(f"{verdict.value}  {sentence}")
    code = exit_codes.exit_code_of(worst_verdict(verdict for verdict, _, _ in made))
    return write_stage_files(project, [one["name"] for one in components]) or code


def decide(
    document: Mapping[str, Any], component: Mapping[str, Any], before: History, project: Project, reason: str
) -> tuple[Verdict, Decision | None, str]:
    """Returns the verdict that counts, the decision that follows from it, None where nothing does, and what to say.

    The verdict for the recorded stage counts where it is not below the target of the report.
    """
    name, target = component["name"], component["target"]
    shown = f"{safe(name, SHOWN_STAGE)}"
    ladder: Sequence[str] = document["ladder"]
    recorded = before.find_stage(name)
    verdict = Verdict(component["verdict"])
    run_record = make_run_record(document, component, project.actor)
    if any(entry.decision.run_id == run_record.run_id for entry in before.select(name)):
        return verdict, None, f"{shown}: this run is recorded already"
    if recorded is not None and recorded in ladder and ladder.index(recorded) >= ladder.index(target):
        if recompute_verdict(component, recorded, datetime.now(timezone.utc)) is Verdict.HOLD:
            stage = component["reached"]
            words = f"{shown} is demoted from {safe(recorded, SHOWN_STAGE)} to {safe(stage or 'no stage', SHOWN_STAGE)}"
            return Verdict.HOLD, make_decision("demotion", run_record, stage, reason), words
        if recorded != target:
            return verdict, None, f"{shown} stays at {safe(recorded, SHOWN_STAGE)}: the report is about a lower stage"
    if verdict is Verdict.PROMOTE:
        if demotion := find_later_demotion(before.select(name), run_record):
            words = f"{shown}: its run began before the {describe(demotion)}; run it again"
            return Verdict.INCONCLUSIVE, None, words
        waived = list_waived(component, target)
        although = f", although waivers excuse {'; '.join(waived)}" if waived else ""
        words = f"{shown} is promoted to {safe(target, SHOWN_STAGE)}{although}"
        return verdict, make_decision("promotion", run_record, target, reason, list_basis(component, target)), words
    stays = f"stays at {safe(recorded, SHOWN_STAGE)}" if recorded else "is on record at no stage"
    return verdict, None, f"{shown} {stays}"


def find_later_demotion(entries: Sequence[Entry], run_record: RunRecord) -> Decision | None:
    """Returns the last decision where it is a demotion after the begin of a run, which it outdates; else None."""
    last = entries[-1].decision if entries else None
    if last is None or last.kind != "demotion":
        return None
    return last if check_time(run_record.started) < check_time(last.time) else None


def list_basis(component: Mapping[str, Any], stage: str) -> Iterator[str]:
    """Yields the other decisions that the promotion of a component to a stage needed, in words."""
    for one in component["approvals"].get(stage, {}).get("counted", ()):
        role = f" as {one['role']}" if one["role"] else ""
        yield f"the approval {one['id'][:SHOWN_ID]} of {one['name']}{role} ({one['identity']})"


def make_decision(
    kind: DecisionKind, run_record: RunRecord, stage: str | None, reason: str, basis: Iterable[str] = ()
) -> Decision:
    """Returns a decision of now that follows from a run, and rests on other decisions."""
    return Decision(
        kind=kind,
        component=run_record.component,
        stage=stage,
        time=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        actor=run_record.actor,
        reason=safe(reason, 1000),
        run_id=run_record.run_id,
        commit=run_record.commit,
        dirty=run_record.dirty,
        digest=run_record.digest,
        policy_digest=run_record.policy_digest,
        gates=run_record.gates,
        tools=run_record.tools,
        tests=run_record.outcomes["collected"],
        rests_on=tuple(basis),
    )


def find_changed_files(run: Mapping[str, Any], components: Sequence[Mapping[str, Any]], root: Path) -> Iterator[str]:
    """Yields the components whose files are not those that the report judged."""
    later = list_later_files(run, root)
    for component in components:
        known = component["files"]
        changed = [path for path, digest in known.items() if file_digest(root / path) != digest]
        changed += [path for path in later if path not in known and is_code_of(path, component)]
        if changed:
            name = safe(component["name"], SHOWN_STAGE)
            yield f"{name}: changed since the run of the report: {first_few(changed)}; run it again"


def list_later_files(run: Mapping[str, Any], root: Path) -> list[str]:
    """Returns the files that came into the work tree after a run, by their paths from the root; none without git."""
    tree = read_work_tree(root)
    if tree is None or run["commit"] is None:
        return []
    found = {*tree.modified, *tree.untracked}
    if tree.commit != run["commit"]:
        with contextlib.suppress(GitError):  # its commit is not in this clone
            found.update(tree.top / path for path in list_changes(root, run["commit"], tree.commit))
    paths = {path_from_root(path, root) for path in found if path.is_file()}
    return sorted(paths.difference(run["uncommitted"]))


def is_code_of(path: str, component: Mapping[str, Any]) -> bool:
    """Whether a file lies among the code of a component."""
    folders = (PurePosixPath(source) for source in component["sources"])
    return path.endswith(PYTHON) and any(PurePosixPath(path).is_relative_to(folder) for folder in folders)


# ── stage files ──────────────────────────────────────────────────────────────


def write_stage_files(project: Project, names: Sequence[str]) -> int:
    """Writes the last decision about each component into its stage file; returns 3 where that is not possible."""
    pattern = project.config.records.stage_file
    if not pattern:
        return 0
    history, problems = project.read_log(), []
    for name in names:
        entries = history.select(name)
        if not entries:
            continue
        try:
            path = find_path(project.root, pattern, name)
            write_block(path, render_block(entries[-1], project.config.ladder), name)
            print(f"written: {safe(path.relative_to(project.root).as_posix(), 300)}")
        except StageFileError as error:
            problems.append(str(error))
    return fail(problems) if problems else 0


def check(project: Project) -> int:
    """Compares every stage file with the records; returns 1 where one claims what they do not prove."""
    pattern = project.config.records.stage_file
    if not pattern:
        return fail(["[tool.maturity.records] has no stage_file: nothing to check"], exit_codes.WRONG_USAGE)
    history = project.read_history()
    if history.problem:
        return fail([history.problem])
    found = list(list_paths(project.root, pattern))
    claims = [check_one(path, name, history.select(name), project) for path, name in found]
    problems = [claim for claim in claims if claim]
    for problem in problems:
        print(f"HOLD  {problem}", file=sys.stderr)
    if not problems:
        print(f"{len(found)} stage files: all claims are on record")
    return exit_codes.HELD if problems else exit_codes.PROMOTED


def check_one(path: Path, name: str, entries: Sequence[Entry], project: Project) -> str:
    """Returns what a stage file claims and no record proves, by its path from the root."""
    shown = check_file(path, name, entries, project.config.ladder)
    return shown.replace(str(path), path.relative_to(project.root).as_posix())
