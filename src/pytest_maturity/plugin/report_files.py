"""Writes the reports of a run: INCOMPLETE before the first conftest.py, the verdict at the end."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic, time

import pytest

from ..config import schema
from ..model.digests import compute_seal
from ..model.errors import MaturityError
from ..model.names import identity
from ..model.paths import path_from_root
from ..model.report import Report, Reporter, Run, Verdict
from ..model.text import safe
from ..reports import files, overwriting, verify
from .plan import Plan
from .supervisor import Ticket

MAX_UNCOMMITTED = 50  # names of files in a report


class ReportFiles:
    """The report files of one run. `run` describes it; commit and changes are known at the end only."""

    def __init__(self, plan: Plan, run: Run, ticket: Ticket) -> None:
        self.run = run
        self._plan = plan
        self._ticket = ticket
        self._started = monotonic()
        self.began = time()  # in seconds of the epoch
        self._has_reported: bool | None = None  # did an earlier run leave its report at this path?

    def make_empty_report(self, verdict: Verdict, *notes: str) -> Report:
        """Returns a report on no component."""
        return Report(
            verdict=verdict,
            target=self._plan.policy.target,
            ladder=self._plan.policy.ladder,
            run=replace(self.run, duration_s=round(monotonic() - self._started, 3)),
            root=self._plan.root,
            policy=self._plan.describe_policy(),
            notes=notes,
        )

    def invalidate(self, formats: Iterable[Reporter] = files.BUILTIN) -> None:
        """Replaces the reports of the last run by INCOMPLETE ones: if this run dies, no old verdict is left.

        Raises MaturityError where they cannot be replaced, or where one would replace what is no report.
        """
        known = list(formats)
        self._refuse_foreign_files(known)
        try:
            self.write(self.make_empty_report(Verdict.INCOMPLETE), known)
        except OSError as error:
            words = self.describe_write_error(error)
            revoke_report(self._plan.report_path, words)
            raise MaturityError(words) from error

    def _refuse_foreign_files(self, formats: Sequence[Reporter]) -> None:
        """Raises MaturityError for a file that the plugin did not write.

        A file of another format does not name its author: it counts as written by the plugin where its JSON report is.
        """
        place = self._plan.report_path
        if self._has_reported is None:
            report = place.parent / f"{place.stem}{files.BUILTIN[0].suffix}"
            self._has_reported = overwriting.is_written_by_gate(place) or overwriting.is_written_by_gate(report)
        for path in () if self._has_reported else files.paths_of_formats(formats, place):
            overwriting.refuse_foreign_file("--maturity-report", path)

    def write(self, report: Report, formats: Iterable[Reporter]) -> None:
        """Writes the report in all formats. Raises OSError, and what a user's reporter raises."""
        self.announce(files.write_report(report, formats, self._plan.report_path)[0])

    def record_work_tree(self) -> None:
        """Records the commit, and what differed from it before the tests; also what has changed until now."""
        judged = self._plan.files
        if judged.tree is not None:
            uncommitted = [path_from_root(path, self._plan.root) for path in judged.list_uncommitted()]
            shown = tuple(map(safe, uncommitted[:MAX_UNCOMMITTED]))
            self.run = replace(self.run, commit=judged.tree.commit, dirty=bool(uncommitted), uncommitted=shown)
        _ = judged.changes

    def announce(self, path: Path) -> None:
        """Names the file that the supervisor has to verify. Raises OSError."""
        self._ticket.announce_report(path)

    def describe_write_error(self, error: OSError) -> str:
        """Returns the message for a report that cannot be written."""
        place = safe(str(error.filename or self._plan.report_path), 300)  # the reason must not be cut off
        return f"the report {place} cannot be written: {error.strerror}; send it elsewhere with --maturity-report PATH"


@contextlib.contextmanager
def usage_errors() -> Iterator[None]:
    """Raises a MaturityError of the `with` block as pytest.UsageError."""
    try:
        yield
    except MaturityError as error:
        raise pytest.UsageError(error.message) from error


def revoke_reports(config: pytest.Config, why: str) -> None:
    """Invalidates the reports of earlier runs where this run is refused before it knows its components."""
    for path in find_reports(config):
        revoke_report(path, why)


def find_reports(config: pytest.Config) -> Iterator[Path]:
    """Yields the paths of the reports that the command line means, in every spelling of a component's name."""
    options = config.known_args_namespace
    names: list[str] = options.maturity_component
    if options.maturity_report:
        yield config.invocation_params.dir / options.maturity_report
    elif len(set(map(identity, names))) == 1 and names != ["all"]:
        folder = config.rootpath / files.DIRECTORY
        yield from (path for path in folder.glob("*.json") if identity(path.stem) == identity(names[0]))
    else:
        yield files.default_path(config.rootpath, ("several", "components"))


def revoke_report(path: Path, why: str) -> None:
    """Makes the report of an earlier run INCOMPLETE, where this run ends before it can write its own.

    On a full disk, removes the file instead. Where nothing may be changed the file stays: then only the exit code and
    the run id show that it is old. Leaves files alone that are no report.
    """
    with contextlib.suppress(OSError, ValueError, MaturityError):  # a name that no file can have, too
        document = verify.read_document(path)
        if schema.find_problems(document, schema.load_schema("report"), "report"):
            return
        note = f"a later run was refused, so this verdict does not count any more: {safe(why, 1000)}"
        document |= {"verdict": Verdict.INCOMPLETE.value, "components": [], "notes": [note]}
        text = json.dumps({**document, "seal": compute_seal(document)}, indent=2, ensure_ascii=False)
        try:
            files.write_file(path, f"{text}\n")
        except OSError:
            path.unlink()
