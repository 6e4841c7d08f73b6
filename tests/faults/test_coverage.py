"""Faults 51 to 55: coverage that is measured twice, not at all, or almost."""

from __future__ import annotations

from tests.faults.catalog.coverage import FAULTS  # noqa: F401  # conftest.py makes a test of each
from tests.faults.conftest import Survive
from tests.faults.fault import Fault


def test_the_gate_survives(fault: Fault, survive: Survive) -> None:
    survive(fault)
