"""The seconds of the component's tests: every phase of every attempt."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from pytest_maturity.tools.processes import find_program
from tests.acceptance.project import Project

POLICY = """
    [tool.maturity]
    ladder = ["one"]
    retry.base_delay = 0
    stages.one = { pass_rate = 100, duration = { total_s = 0.5, slowest_s = 30 } }
    """
SLOW = """
    import time

    import pytest

    attempts = []

    @pytest.fixture
    def slow():
        time.sleep(0.1)
        yield
        time.sleep(0.1)

    def test_slow(slow):
        time.sleep(0.1)

    def test_again():
        attempts.append(1)
        time.sleep(0.2)
        if len(attempts) == 1:
            raise ConnectionError("gone")
    """


@pytest.mark.parametrize("workers", [(), ("-n1",)])
def test_every_phase_and_attempt_counts(project: Project, workers: tuple[str, ...]) -> None:
    project.policy(POLICY)
    project.write({"tests/test_orchestrator.py": SLOW})
    ran = project.gate(*workers, subprocess=True)
    assert ran.code == 1
    total, slowest = ran.gate("duration.total_s"), ran.gate("duration.slowest_s")
    assert 0.7 <= total["value"] < 30
    assert 0.4 <= slowest["value"] <= total["value"]
    assert (slowest["status"], slowest["unit"]) == ("passed", "s")
    assert [one["message"].partition(": ")[2] for one in total["findings"]] == ["test_again", "test_slow"]
    (unmet,) = ran.component["unmet"]
    assert unmet["command"][:3] == [find_program("pytest"), "--durations=0", "tests/test_orchestrator.py::test_again"]


def test_the_seconds_are_those_of_pytests_own_report(project: Project) -> None:
    project.policy(POLICY)
    project.write({"tests/test_orchestrator.py": SLOW.replace('raise ConnectionError("gone")', "pass")})
    ran = project.gate("--junitxml=junit.xml", subprocess=True)
    cases = ElementTree.parse(project.path / "junit.xml").iter("testcase")
    seconds = [float(case.attrib["time"]) for case in cases]
    assert len(seconds) == 2
    assert ran.gate("duration.total_s")["value"] == pytest.approx(sum(seconds), abs=0.02)
    assert ran.gate("duration.slowest_s")["value"] == pytest.approx(max(seconds), abs=0.02)


FREEZER = """
    import sys
    import time

    import pytest

    class Frozen:
        def __init__(self, name):
            self.name = name

        def __call__(self):
            return 1e9

    @pytest.fixture(autouse=True, scope="session")
    def stopped_clock():
        \"\"\"Replaces each name of a clock in every module, as a library does that freezes time.\"\"\"
        clocks = {id(getattr(time, name)): name for name in ("time", "monotonic", "perf_counter")}
        for module in [*sys.modules.values()]:
            for name, value in [*vars(module).items()] if hasattr(module, "__dict__") else ():
                if id(value) in clocks:
                    setattr(module, name, Frozen(clocks[id(value)]))
    """


@pytest.mark.parametrize("workers", [(), ("-n1",)])
def test_a_frozen_clock_changes_no_duration(project: Project, workers: tuple[str, ...]) -> None:
    project.policy(POLICY)
    project.write({"tests/test_orchestrator.py": SLOW, "conftest.py": FREEZER})
    ran = project.gate(*workers, subprocess=True)
    assert 0.7 <= ran.gate("duration.total_s")["value"] < 30
    assert ran.code == 1


def test_a_run_that_ends_early_has_no_duration(project: Project) -> None:
    project.policy(POLICY.replace("pass_rate = 100, ", ""))
    project.write({"tests/test_orchestrator.py": "def test_a(): assert 0\ndef test_b(): pass\n"})
    ran = project.gate("-x", subprocess=True)
    assert ran.gate("duration.total_s")["note"] == "only 1 of 2 tests ran to the end"
    assert ran.code == 3
