"""Faults 1 to 18: what happens to the process, to the session, to the clock and to the modules that tests patch."""

from __future__ import annotations

from tests.faults.catalog.process import FAULTS  # noqa: F401  # conftest.py makes a test of each
from tests.faults.conftest import Survive
from tests.faults.fault import Fault


def test_the_gate_survives(fault: Fault, survive: Survive) -> None:
    survive(fault)
