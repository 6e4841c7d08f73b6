"""One workshop for all faults: the project that was promoted yesterday is judged once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.catalog import not_yet
from tests.faults.fault import Fault, Impossible
from tests.faults.running import Ran, Workshop

Survive = Callable[[Fault], Ran]


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("faults"))


@pytest.fixture
def survive(workshop: Workshop) -> Survive:
    """Run the gate on a project with the fault; it must neither promote nor exit with 0, and say why."""

    def judge(fault: Fault) -> Ran:
        try:
            ran = workshop.judge(fault, fault.key.replace("/", "-").replace(" ", "-"))
        except Impossible as reason:
            pytest.skip(str(reason))
        told = f"exit code {ran.code}, verdict on disk {ran.verdict or 'none'}\n{ran.said}"
        assert (ran.code, ran.verdict) == (fault.code, fault.verdict), told
        assert fault.limit or (ran.code != 0 and ran.verdict != "PROMOTE"), told
        for words in fault.words:
            assert words in ran.said, f"nothing says {words!r}\n{told}"
        if fault.check is not None:
            fault.check(ran)
        return ran

    return judge


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a `fault` runs for each of its module's."""
    if "fault" in metafunc.fixturenames:
        metafunc.parametrize("fault", [parameter(fault) for fault in metafunc.module.FAULTS])


def parameter(fault: Fault) -> object:
    """A fault as a parameter: left out while what it is about does not exist."""
    marks = [pytest.mark.skip(reason=f"waiting: {fault.waiting}")] if fault.waiting else []
    if reason := not_yet(fault):
        marks.append(pytest.mark.xfail(reason=f"not yet: {reason}", strict=False))
    return pytest.param(fault, id=fault.key.replace("/", "-"), marks=marks)
