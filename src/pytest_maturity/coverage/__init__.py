"""Coverage of a component, by a tracer that the plugin starts or by one that already runs.

Two tracers in one process break each other, so the data of pytest-cov or `coverage run` is borrowed where one of them
measures. The numbers come from coverage.py's own analysis, so they equal its reports.
"""

from __future__ import annotations

from .borrowed import COVERAGE_RUN, PYTEST_COV, BorrowedRecorder, find_running_coverage
from .contexts import Scope, name_kind
from .merged import MergedRecorder
from .own import OwnRecorder
from .recorder import Recorder

__all__ = [
    "COVERAGE_RUN", "PYTEST_COV", "BorrowedRecorder", "MergedRecorder", "OwnRecorder", "Recorder", "Scope",
    "find_running_coverage", "name_kind",
]  # fmt: skip
