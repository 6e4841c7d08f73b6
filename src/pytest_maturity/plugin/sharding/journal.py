"""The journal of a run: what it observed so far, so that another run can continue it where it is killed.

Every process that runs tests writes its journal anew every few seconds: the outcomes of the tests so far and, in the
same file, what they covered, so that neither is known without the other. What ran after the last time runs again.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ...coverage import Recorder
from ...evidence.outcomes import OutcomeLog
from ...model.real_clock import REAL
from .. import own_plugins, pytest_internals
from ..judged_files import stamp
from ..plan import Plan
from ..report_files import ReportFiles
from .inputs import Inputs, read_files
from .partial_evidence import PartialEvidence

INTERVAL = 5.0  # the shortest pause between two writes, in seconds
SHARE = 100  # pause at least this many times as long as the last write took: a hundredth of the run


class Journal:
    """The journal of one process, in a directory that every process of the run shares."""

    def __init__(self, path: Path, plan: Plan, reports: ReportFiles, inputs: Inputs, has_files: bool) -> None:
        """`has_files`: whether the files are among the inputs; else they are read when the journal is first written."""
        self._path = path
        self._plan = plan
        self._reports = reports
        self._inputs, self._has_files = inputs, has_files
        self._stamps = {file: stamp(file) for file in list_component_files(plan)}
        self._due = REAL.monotonic() + INTERVAL
        self._session: pytest.Session | None = None
        self._pid = os.getpid()

    def listen(self, config: pytest.Config, log: OutcomeLog, recorder: Recorder) -> None:
        """Writes after a test, whenever it is time to."""
        self._config, self._log, self._recorder = config, log, recorder
        own_plugins.register(config, self, "maturity_journal")
        # All is known of a test when the next one begins: the warnings plugin reports after a test's end.
        pytest_internals.add_listener(config.hook.pytest_runtest_logstart, "nodeid", self._after_test)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keeps the session, which knows what is not torn down yet."""
        self._session = session

    def _after_test(self, _: str) -> None:
        if REAL.monotonic() >= self._due:
            self.write()

    def write(self) -> None:
        """Writes what is known by now. Where that fails, the run goes on without a journal."""
        if os.getpid() != self._pid:  # a child that a test forked
            return
        begun = REAL.monotonic()
        try:
            self._write()
        except Exception:  # nothing depends on it, and a test may have broken what it uses
            self._due = float("inf")
        else:
            self._due = REAL.monotonic() + max(INTERVAL, SHARE * (REAL.monotonic() - begun))

    def _write(self) -> None:
        """Writes the journal. Raises OSError, also where a file of the components or their tests changed meanwhile."""
        if not self._has_files:
            self._inputs = read_files(self._inputs, self._plan, self._config, self._reports.began)
            self._has_files = True
        if changed := [path for path, known in self._stamps.items() if stamp(path) != known]:
            raise OSError(f"changed during the run: {changed[0]}")
        run = replace(self._reports.run, id=self._path.parent.name)  # a worker has one of its own
        evidence = PartialEvidence(
            run=run,
            components=self._plan.found_names,
            arguments=self._plan.arguments,
            root=str(self._plan.root),
            inputs=self._inputs,
            outcomes=self._log,
            coverage=self._recorder.to_dict(),
            waiting=self._find_waiting(),
        )
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        evidence.write(self._path)

    def _find_waiting(self) -> dict[str, list[str]]:
        """Returns the tests that are over and may still become errors, by the collector that is not torn down."""
        if self._session is None:
            return {}
        open_, items = list(pytest_internals.list_pending_teardowns(self._session)), self._session.items
        return {
            node.nodeid or "session": [
                item.nodeid for item in items if self._log.has_ended(item.nodeid) and node in item.listchain()
            ]
            for node in open_
        }


def list_component_files(plan: Plan) -> set[Path]:
    """Returns the source files and the test files of the components."""
    sources = {path for component in plan.components for path in component.files}
    return sources | {claim.path for component in plan.components for claim in component.tests}
