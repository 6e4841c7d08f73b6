"""Writes the reports of a run: INCOMPLETE before the first conftest.py, the verdict at the end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic, time

import pytest

from ..discovery.components import AFFECTED
from ..model.errors import MaturityError
from ..model.paths import path_from_root
from ..model.report import Report, Reporter, Run, Verdict
from ..model.text import safe
from ..reports import files, overwriting
from ..reports.revoking import find_earlier_reports, revoke_report
from .plan import Plan
from .sharding.partial_evidence import PartialEvidence
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
            target=self._plan.target,
            ladder=self._plan.policy.ladder,
            run=replace(self.run, duration_s=round(monotonic() - self._started, 3)),
            root=self._plan.root,
            policy=self._plan.describe_policy(),
            notes=notes,
            only_gates=self._plan.only_gates,
            affected=self._plan.affected,
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
        requested = [name for name in self._plan.requested_names if name != AFFECTED]  # others' reports stay
        if self._plan.is_trial:
            return
        root, names = self._plan.root, (*self._plan.names, *requested)
        sources = [[path_from_root(path, root) for path in one.sources] for one in self._plan.components]
        place = safe(path_from_root(self._plan.report_path, root), 300)
        for path in find_earlier_reports(root, names, sources):  # this run's own is INCOMPLETE by now
            revoke_report(path, f"a later run judges the component: {place}, started {self.run.started}")

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

    def write(self, report: Report, formats: Iterable[Reporter]) -> str:
        """Writes the report in all formats and returns the text of the first one, JSON.

        Raises OSError, and what a user's reporter raises.
        """
        written = files.write_report(report, formats, self._plan.report_path)
        path, text = next(iter(written.items()))
        self._ticket.announce_report(path, text)
        return text

    def write_evidence(self, evidence: PartialEvidence, path: Path) -> None:
        """Writes the evidence of a shard. Raises OSError; then the evidence of an earlier run is not left, either."""
        path.unlink(missing_ok=True)
        self._ticket.announce_report(path, evidence.write(path))

    def record_work_tree(self) -> None:
        """Records the commit, and what differed from it before the tests; also what has changed until now."""
        judged, found = self._plan.files, self._plan.files.checked_out
        if not found.problem:
            self.run = replace(
                self.run,
                commit=found.commit,
                branch=safe(found.branch, 200) or None,
                shallow=found.is_shallow,
                dirty=bool(found.uncommitted),
                uncommitted=tuple(map(safe, found.uncommitted[:MAX_UNCOMMITTED])),
            )
        _ = judged.changes

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
