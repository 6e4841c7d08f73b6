"""Faults 40 to 50: tools that are missing, die, babble, look at nothing, never end."""

from __future__ import annotations

from tests.faults.catalog.tools import FAULTS  # noqa: F401  # conftest.py makes a test of each
from tests.faults.conftest import Survive
from tests.faults.fault import Fault


def test_the_gate_survives(fault: Fault, survive: Survive) -> None:
    survive(fault)
