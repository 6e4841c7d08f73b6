"""Faults 71 to 75: the repository, the terminal, and a plugin that is not there."""

from __future__ import annotations

from tests.faults.catalog.surroundings import FAULTS  # noqa: F401  # conftest.py makes a test of each
from tests.faults.conftest import Survive
from tests.faults.fault import Fault


def test_the_gate_survives(fault: Fault, survive: Survive) -> None:
    survive(fault)
