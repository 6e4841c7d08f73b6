"""The fixtures of all fault tests. The project that was promoted before the fault is judged once for all of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.fault import Fault, Impossible
from tests.faults.runner import FaultRunner

CheckFault = Callable[[Fault], None]


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> FaultRunner:
    return FaultRunner(tmp_path_factory.mktemp("faults"))


@pytest.fixture
def check_fault(runner: FaultRunner) -> CheckFault:
    """Runs the gate on a project with the fault: it must neither promote nor exit with 0, and name the cause."""

    def check(fault: Fault) -> None:
        try:
            result = runner.run_gate(fault, fault.directory)
        except Impossible as reason:
            pytest.skip(str(reason))
        details = f"exit code {result.exit_code}, verdict on disk {result.verdict or 'none'}\n{result.everything}"
        assert (result.exit_code, result.verdict) == (fault.exit_code, fault.verdict), details
        assert fault.limit or (result.exit_code != 0 and result.verdict != "PROMOTE"), details
        for message in fault.messages:
            assert message in result.everything, f"{message!r} is missing\n{details}"
        if fault.check is not None:
            fault.check(result)

    return check
