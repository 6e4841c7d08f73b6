"""Faults 19 to 29: what is run, what is left out, and what counts as a failure."""

from __future__ import annotations

from tests.faults.catalog.selection import FAULTS  # noqa: F401  # conftest.py makes a test of each
from tests.faults.conftest import Survive
from tests.faults.fault import Fault


def test_the_gate_survives(fault: Fault, survive: Survive) -> None:
    survive(fault)
