"""A tracer that is already running measures: pytest-cov's, or that of `coverage run`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import coverage

from ..model.evidence import Component, Coverage
from .contexts import Scope
from .recorder import Recorder

PYTEST_COV = "pytest-cov"
COVERAGE_RUN = "coverage run"


class BorrowedRecorder(Recorder):
    """The tracer that `find` returns: pytest-cov's or the one of `coverage run`.

    `appends`: was it told to add to what earlier runs left?
    """

    def __init__(
        self,
        root: Path,
        components: Sequence[Component],
        measured_by: str,
        find: Callable[[], coverage.Coverage | None],
        appends: bool = False,
    ) -> None:
        super().__init__(root, components)
        self.measured_by = measured_by
        self.sends = measured_by != PYTEST_COV  # which collects its workers' data itself
        self._find = find
        self._appends = appends
        self._released = False  # has the first test begun?
        self._held: tuple[coverage.Coverage, coverage.CoverageData] | None = None
        self._files = {path for component in components for path in component.files} - self._imported_before

    def running(self) -> coverage.Coverage | None:
        return self._find()

    def start(self) -> None:
        """See whether there is data of files that this process has not imported yet."""
        if self.measured_by == COVERAGE_RUN:
            found = ((data, name) for data in self.data() for name in data.measured_files())
            measured = {self._absolute(name) for data, name in found if data.lines(name)}
            self._appends = not self._files.isdisjoint(measured)

    def switch(self, scope: Scope | None) -> None:
        """As ever, but nothing is written before the first test.

        Until then pytest-cov may start in another worker, and there it removes all files of data that it finds.
        """
        if self.measured_by == PYTEST_COV:
            with contextlib.suppress(Exception):  # a test may have patched coverage.py
                if scope is None or scope.components is None:
                    self._hold()
                else:
                    self._release()
        super().switch(scope)

    def _hold(self) -> None:
        """Let what is seen stay in memory until the first test."""
        running = self.running()
        if running is not None and running._collector is not None and not self._released:
            if self._held is None or self._held[0] is not running:
                self._held = running, coverage.CoverageData(no_disk=True)
            running._collector.covdata = self._held[1]

    def _release(self) -> None:
        """Write what was held back."""
        self._released = True
        if self._held is not None:
            running, held = self._held
            self._held = None
            assert running._collector is not None
            assert running._data is not None
            running._collector.flush_data()
            running._collector.covdata = running._data
            running._data.update(held)
            held.close(force=True)

    def close(self) -> None:
        super().close()
        if self._held is not None:
            self._held[1].close(force=True)

    def _measure(self, running: coverage.Coverage, component: Component) -> Coverage:
        if self._appends:
            return self._failed(f"{self.measured_by} adds to the data of earlier runs: measure without --append")
        return super()._measure(running, component)

    def _sees_everything(self) -> bool:
        return False


def current() -> coverage.Coverage | None:
    """The Coverage object that already measures this process (`coverage run`), if there is one."""
    return coverage.Coverage.current()
