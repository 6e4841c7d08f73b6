"""Faults 62 to 70: strings that attack whoever prints them. One real run each; many more are tested elsewhere."""

from __future__ import annotations

from tests.faults.catalog.hostile import FAULTS  # noqa: F401  # conftest.py makes a test of each
from tests.faults.conftest import Survive
from tests.faults.fault import Fault


def test_the_gate_survives(fault: Fault, survive: Survive) -> None:
    survive(fault)
