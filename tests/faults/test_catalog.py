"""The gate survives every fault of the catalogue: `-k "22 or 40"` selects some of them by their numbers."""

from __future__ import annotations

import pytest

from tests.faults.catalog import FAULTS
from tests.faults.conftest import CheckFault
from tests.faults.fault import Fault


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.key.replace("/", "-")) for fault in FAULTS])
def test_the_gate_survives(fault: Fault, check_fault: CheckFault) -> None:
    check_fault(fault)
