"""Faults 30 to 39: policies that are wrong, dangerous, or ask for nothing: refused."""

from __future__ import annotations

from tests.faults.catalog.configuration import FAULTS  # noqa: F401  # conftest.py makes a test of each
from tests.faults.conftest import Survive
from tests.faults.fault import Fault


def test_the_gate_survives(fault: Fault, survive: Survive) -> None:
    survive(fault)
