"""Faults 56 to 61: disks that are full, read-only or shared, and places that no report can go to."""

from __future__ import annotations

from tests.faults.catalog.storage import FAULTS  # noqa: F401  # conftest.py makes a test of each
from tests.faults.conftest import Survive
from tests.faults.fault import Fault


def test_the_gate_survives(fault: Fault, survive: Survive) -> None:
    survive(fault)
