"""Coverage of a component, by a tracer of our own or by one that is already running.

Two tracers in one process break each other, so where pytest-cov or `coverage run`
measures, its data is borrowed. Numbers come from coverage.py's own analysis, so
they equal its reports.
"""

from __future__ import annotations

from .borrowed import COVERAGE_RUN, PYTEST_COV, BorrowedRecorder, current
from .contexts import Scope
from .merged import MergedRecorder
from .own import OwnRecorder
from .recorder import Recorder

__all__ = [
    "COVERAGE_RUN", "PYTEST_COV", "BorrowedRecorder", "MergedRecorder", "OwnRecorder", "Recorder", "Scope", "current",
]  # fmt: skip
