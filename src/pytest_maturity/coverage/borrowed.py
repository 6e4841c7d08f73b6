"""Coverage by a tracer that already runs: pytest-cov's, or the one of `coverage run`."""

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
    """Reads the data of a tracer that belongs to pytest-cov or to `coverage run`."""

    def __init__(
        self,
        root: Path,
        components: Sequence[Component],
        measured_by: str,
        find_running: Callable[[], coverage.Coverage | None],
        appends: bool = False,
    ) -> None:
        """`find_running` returns the tracer's Coverage object; `appends`: it adds to the data of earlier runs."""
        super().__init__(root, components)
        self.measured_by = measured_by
        self.sends_data = measured_by != PYTEST_COV  # which collects its workers' data itself
        self._find_tracer = find_running
        self._appends = appends
        self._tests_started = False
        self._held_back: tuple[coverage.Coverage, coverage.CoverageData] | None = None
        files = {path for component in components for path in component.files} - self._imported_before
        self._files = {Path(self._find_measured_path(path)) for path in files}

    def find_running(self) -> coverage.Coverage | None:
        return self._find_tracer()

    def start(self) -> None:
        """Finds out whether `coverage run` has data of files that this process has not imported: it appends then."""
        if self.measured_by == COVERAGE_RUN:
            found = ((data, name) for data in self.collect_data() for name in data.measured_files())
            measured = {self._make_absolute(name) for data, name in found if data.lines(name)}
            self._appends = not self._files.isdisjoint(measured)

    def switch(self, scope: Scope | None) -> None:
        """Assigns what is executed from now on to a scope; of pytest-cov, nothing is written before the first test.

        Until then pytest-cov may start in another worker, and there it removes all data files that it finds.
        """
        if self.measured_by == PYTEST_COV:
            with contextlib.suppress(Exception):  # a test may have patched coverage.py
                if scope is None or scope.components is None:
                    self._hold_back()
                else:
                    self._release()
        super().switch(scope)

    def _hold_back(self) -> None:
        """Keeps data in memory until the first test."""
        running = self.find_running()
        if running is not None and running._collector is not None and not self._tests_started:
            if self._held_back is None or self._held_back[0] is not running:
                self._held_back = running, coverage.CoverageData(no_disk=True)
            running._collector.covdata = self._held_back[1]

    def _release(self) -> None:
        """Writes the data that was held back."""
        self._tests_started = True
        if self._held_back is not None:
            running, data = self._held_back
            self._held_back = None
            assert running._collector is not None
            assert running._data is not None
            running._collector.flush_data()
            running._collector.covdata = running._data
            running._data.update(data)
            data.close(force=True)

    def close(self) -> None:
        super().close()
        if self._held_back is not None:
            self._held_back[1].close(force=True)

    def _compute(self, running: coverage.Coverage, component: Component) -> Coverage:
        if self._appends:
            return self._make_unknown(f"{self.measured_by} adds to the data of earlier runs: measure without --append")
        return super()._compute(running, component)

    def _measures_all_files(self) -> bool:
        return False


def find_running_coverage() -> coverage.Coverage | None:
    """Returns the Coverage object that already measures this process, if there is one, as with `coverage run`."""
    return coverage.Coverage.current()
