"""Writes the reports of a run: INCOMPLETE before the first conftest.py, the verdict at the end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from ..discovery.components import AFFECTED
from ..model.errors import MaturityError
from ..model.paths import path_from_root
from ..model.real_clock import REAL
from ..model.report import Report, ReportFile, Run, Verdict
from ..model.text import safe
from ..reports import files, overwriting, revoking
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
        self._started = REAL.monotonic()
        self.began = time()  # in seconds of the epoch
        self._written: set[Path] = set()  # by earlier runs, as their reports say
        self._invalidated: list[files.Output] = []

    def make_empty_report(self, verdict: Verdict, *notes: str) -> Report:
        """Returns a report on no component."""
        return Report(
            verdict=verdict,
            target=self._plan.target,
            ladder=self._plan.policy.ladder,
            run=replace(self.run, duration_s=round(REAL.monotonic() - self._started, 3)),
            root=self._plan.root,
            policy=self._plan.describe_policy(),
            notes=notes,
            only_gates=self._plan.only_gates,
            affected=self._plan.affected,
            agent_budget=self._plan.agent_budget,
        )

    def invalidate(self) -> None:
        """Replaces the report of the last run by an INCOMPLETE one: if this run dies, no old verdict is left.

        The files of other formats are removed, also those that only the last report names: no reporter is called before
        there is something to report. Raises MaturityError where that is not possible, or where one would replace what
        is no report.
        """
        self._refuse_foreign_files()
        self._invalidated = self._plan.outputs
        main, *others = self._invalidated
        try:
            for path in self._written:
                path.unlink(missing_ok=True)
            for one in others:
                files.prove_writable(one.path)
            self.write(self.make_empty_report(Verdict.INCOMPLETE), [main])
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
        undecided = self._plan.requested_reports.undecided_paths
        for path in (*undecided, *find_earlier_reports(root, names, sources)):  # this run's own is INCOMPLETE by now
            revoke_report(path, f"a later run judges the component: {place}, started {self.run.started}")

    def invalidate_added(self) -> None:
        """Invalidates once more where a conftest or plugin has the format of a file: it is known only now."""
        if self._plan.outputs != self._invalidated:
            self.invalidate()

    def _refuse_foreign_files(self) -> None:
        """Raises MaturityError for a file that the plugin did not write.

        A file is the plugin's by how it begins, or because the last report names it.
        """
        root = self._plan.root
        self._written |= set(revoking.find_written_files(self._plan.report_path, root))
        for one in self._plan.outputs:
            if one.path not in self._written:
                overwriting.refuse_foreign_file("--maturity-report", one.path, one.reporter.beginning)

    def write(self, report: Report, outputs: Sequence[files.Output]) -> str:
        """Writes the report in all formats and returns the text of the first one, JSON.

        Raises OSError, and what a user's reporter raises.
        """
        names = {one.component.name for one in report.components}
        others = [one for one in self._plan.outputs[1:] if not one.component or not names or one.component in names]
        written = tuple(ReportFile(one.reporter.name, path_from_root(one.path, self._plan.root)) for one in others)
        texts = files.write_report(replace(report, others=written), outputs)
        path, text = next(iter(texts.items()))
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
