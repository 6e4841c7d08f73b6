"""The records of a run: read before the first conftest.py, written when the run begins and when it has ended.

This module is imported only where records are used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from json import loads  # bound here: a test may patch it
from pathlib import Path
from typing import TYPE_CHECKING

from ..config.git_ref import GitRefFiles
from ..config.settings import Config, RecordSettings
from ..model.approvals import Subject
from ..model.baseline import Baseline, BaselineNumber
from ..model.errors import MaturityError
from ..model.evidence import Gap
from ..model.gates import Requirement
from ..model.history import KINDS, RunRecord
from ..model.report import Run
from ..model.standing import EarlierRun, PastDecision, Standing
from ..model.text import first_few, safe
from ..records.audit import describe
from ..records.configured import choose_store
from ..records.database import RecordsError
from ..records.from_report import find_actor, make_begun_record, make_run_records
from ..records.history import is_rewritten, is_trusted, read_history
from ..records.ref import add_ref
from ..records.store import INCOMPLETE

if TYPE_CHECKING:
    from ..records.approvals import ApprovalLedger

SHOWN_DECISIONS = 10  # in the report
WEEK = timedelta(days=7)  # how old the run is with which this one is compared


class RunRecords:
    """The records of one run. `history` are the decisions before the first conftest.py."""

    def __init__(self, settings: RecordSettings, root: Path, ref_files: GitRefFiles | None) -> None:
        """Reads the decisions; `ref_files` are those of the policy's git ref."""
        self._settings, self._now = settings, datetime.now(timezone.utc)
        self._root, self._ref_files = root, ref_files
        self._ledger: ApprovalLedger | None = None
        self._store = choose_store(settings, root, os.environ)
        self._dependencies: Mapping[str, Sequence[str]] = {}  # of each component, where a stage needs them
        self._dependency_problem = ""
        self._compared_with: Mapping[str, RunRecord] = {}  # known when the run has begun
        own = read_history(self._store, is_trusted=is_trusted(self._store, settings.trust))
        self._entries = own.entries or own.unproven  # of the store, as they were before the tests
        self.history = add_ref(own, settings.trust, ref_files)
        self._retention = timedelta(days=settings.retention) if settings.retention is not None else None
        self._actor = find_actor(os.environ)

    def choose_targets(self, names: Iterable[str], ladder: Sequence[str]) -> dict[str, str]:
        """Returns the recorded stage of each component; the lowest one for a component without, see `find_standing`."""
        stages = {name: self.history.find_stage(name) or "" for name in names}
        return {name: stage if stage in ladder else ladder[0] for name, stage in stages.items()}

    def find_standing(self, name: str, ladder: Sequence[str], *, is_target: bool) -> Standing:
        """Returns what is on record about a component."""
        stage, promotion = self.history.find_stage(name), self.history.find_last_promotion(name)
        return Standing(
            stage=stage,
            is_target=is_target,
            problem=self._describe_missing(name, stage, ladder),
            ladder=tuple(ladder),
            days=None if self.history.problem else self.history.compute_days(name, ladder, self._now),
            promoted_tests=promotion.tests if promotion is not None else None,
            dependencies=self._find_dependencies(name),
            dependency_problem=self._dependency_problem,
            decisions=tuple(self._list_decisions(name)),
            compared_with=make_earlier(self._compared_with[name]) if name in self._compared_with else None,
        )

    def _list_decisions(self, name: str) -> Iterator[PastDecision]:
        """Yields the last decisions about a component, the latest first."""
        for entry in self.history.select(name, KINDS)[: -SHOWN_DECISIONS - 1 : -1]:
            one = entry.decision
            yield PastDecision(time=one.time, what=describe(one), actor=one.actor, reason=one.reason)

    def read_approvals(self, policy: Config, names: Iterable[str]) -> None:
        """Reads the approvals on record, and verifies their signatures, before a test can change anything."""
        from ..records.approvals import ApprovalLedger  # here: few runs need it

        self._ledger = ApprovalLedger(self._root, policy, self.history, self._ref_files, names)

    def add_approvals(self, standing: Standing, subject: Subject, required: Mapping[str, Requirement]) -> Standing:
        """Returns the standing with the approvals of what is to be promoted, by the stages that require some."""
        if self._ledger is None:
            return standing
        found = {
            stage: self._ledger.count(subject, stage, int(one.threshold), one.roles) for stage, one in required.items()
        }
        return replace(standing, approvals=found)

    def find_baseline(self, name: str) -> Baseline | None:
        """Returns the numbers of a component's last promoted run; None where it was never promoted on record."""
        promotion = self.history.find_last_promotion(name)
        if promotion is None:
            return None
        numbers = {}
        for gate in promotion.gates:
            value = gate.value if gate.baseline is None else gate.baseline
            if value is not None:
                numbers[gate.key] = BaselineNumber(value=value, tools=gate.tools)
        return Baseline(component=name, source=f"the promotion of {promotion.time[:10]} on record", numbers=numbers)

    def add_dependencies(self, find: Callable[[], Mapping[str, Sequence[str]]]) -> None:
        """Adds the components that each component imports, as `find` returns them."""
        try:
            self._dependencies = find()
        except MaturityError as error:
            self._dependency_problem = f"the components that it imports are not known: {first_few(error.problems)}"
        if self.history.problem:
            self._dependency_problem = f"the records cannot be read: {self.history.problem}"

    def _find_dependencies(self, name: str) -> dict[str, str | None] | None:
        """Returns the recorded stage of each component that this one imports; None where they are not known."""
        if self._dependency_problem or name not in self._dependencies:
            return None
        return {one: self.history.find_stage(one) for one in self._dependencies[name]}

    def _describe_missing(self, name: str, stage: str | None, ladder: Sequence[str]) -> str:
        """Returns why a component has no recorded stage of the ladder; empty where it has one."""
        if self.history.problem:
            return f"the records cannot be read: {self.history.problem}"
        if stage is not None:
            return "" if stage in ladder else f"its recorded stage {safe(stage, 60)!r} is not on the ladder"
        if unproven := self.history.find_unproven_stage(name):
            return (
                f"its recorded stage is unproven: {self._store.name} says {safe(unproven, 60)}, and "
                "[tool.maturity.records] does not trust it here"
            )
        return "it has no recorded stage: pytest-maturity record REPORT writes one"

    def list_notes(self) -> list[str]:
        """Returns a note where the records cannot be read."""
        return [f"records: {self.history.problem}"] if self.history.problem else []

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that records are written to."""
        return self._store.files

    def begin(self, run: Run, targets: Mapping[str, str]) -> list[str]:
        """Records that a run of components, each with its target, has begun: what is killed leaves that behind.

        Returns notes: on earlier runs that have not ended, and why nothing can be written.
        """
        begun = [make_begun_record(run.id, name, target, run.started, self._actor) for name, target in targets.items()]
        try:
            last = self._store.list_runs(*targets, limit=1)
            self._compared_with = self._store.find_runs_at(targets, self._now - WEEK)
            self._store.write_runs(begun, self._retention)
        except RecordsError as error:
            return [] if self.history.problem else [f"records: {error}"]
        why = "has no verdict: it was killed or refused, or still goes on"
        unfinished = [one for one in last if one.verdict == INCOMPLETE]
        return [f"{one.component}: the run of {safe(one.started, 60)} {why}" for one in unfinished]

    def find_gaps(self) -> list[Gap]:
        """Returns a gap where the audit log has lost entries since the run began: a test rewrote it."""
        if not is_rewritten(self._entries, self._store):
            return []
        return [Gap(cause="changed", message="the audit log of the records was rewritten during the run")]

    def write(self, text: str) -> str:
        """Records the run of a JSON report; returns why that is not possible, empty where it was done."""
        try:
            self._store.write_runs(make_run_records(loads(text), self._actor))
        except RecordsError as error:
            return str(error)
        return ""


def make_earlier(run: RunRecord) -> EarlierRun:
    """Returns what a report says of an earlier run."""
    values = {gate.key: gate.value for gate in run.gates}
    return EarlierRun(run_id=run.run_id, started=run.started, verdict=run.verdict, reached=run.reached, values=values)
