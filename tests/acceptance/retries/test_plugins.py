"""Reruns with debuggers, which disable them, and with other plugins, which keep the tests that they rerun."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.project import GateRun, Project
from tests.acceptance.retries.flaky_project import FlakyProject, everywhere, outcomes_by_test

# Each fails at its first execution, whichever plugin reruns it.
TWO_TESTS = """
    import pytest, journal
    {imports}

    {marker}
    def test_theirs():
        journal.fail("theirs")

    def test_ours():
        journal.fail("ours")
"""
ALWAYS_FAILING = """
    import journal, pytest

    @pytest.mark.flaky({arguments})
    def test_it():
        journal.write("ran")
        raise ConnectionError("gone")
"""
THEIRS, OURS = "tests/test_orchestrator.py::test_theirs", "tests/test_orchestrator.py::test_ours"
FLAKY_IS_LIMITED = """
    [tool.maturity]
    ladder = ["bronze"]
    stages.bronze = { pass_rate = 100, flaky_rate = 0 }
    retry.base_delay = 0
"""


@pytest.fixture
def flaky_project(project: Project) -> FlakyProject:
    return FlakyProject(project, "rerunfailures")


def flaky(ran: GateRun) -> list[str]:
    found: list[str] = ran.component["retries"]["flaky"]
    return found


# ── the debugger ─────────────────────────────────────────────────────────────

SILENT = """
    import pdb

    class Debugger(pdb.Pdb):
        def interaction(self, *args):
            print("debugging")

        def set_trace(self, *args, **kwargs):
            print("tracing")
"""


@pytest.mark.parametrize(("flag", "times"), [("--pdb", 1), ("--trace", 1), ("--verbose", 2)])
def test_nothing_is_rerun_in_a_debugger(flaky_project: FlakyProject, flag: str, times: int) -> None:
    flaky_project.project.write({"src/silent.py": SILENT})
    ran = flaky_project.run("""
        import journal

        def test_it():
            journal.write("ran")
            raise ConnectionError("gone")
        """, flag, "--pdbcls=silent:Debugger", "--maturity-retries", "1", subprocess=True)  # fmt: skip
    assert len(flaky_project.journal) == times
    assert ran.code == 1
    assert len(ran.component["retries"]["tests"]) == times - 1


# ── pytest-rerunfailures ─────────────────────────────────────────────────────


@everywhere
def test_rerunfailures_reruns_the_tests_with_its_marker(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    pytest.importorskip("pytest_rerunfailures")
    flags = without(flags, "rerunfailures")
    flaky_project.project.policy(FLAKY_IS_LIMITED)
    ran = flaky_project.run(TWO_TESTS.format(imports="", marker="@pytest.mark.flaky(reruns=1)"), *flags)
    assert outcomes_by_test(ran) == {"test_ours": ["failed", "passed"]}
    assert flaky(ran) == [OURS, THEIRS]
    assert ran.code == 1
    theirs = ran.gate("flaky_rate")["findings"][1]
    assert (theirs["test"], theirs["message"]) == (THEIRS, "passed when another plugin ran it again")


def without(flags: tuple[str, ...], plugin: str) -> tuple[str, ...]:
    """Returns the flags without those that switch off a plugin."""
    if f"no:{plugin}" not in flags:
        return flags
    place = flags.index(f"no:{plugin}")
    return (*flags[: place - 1], *flags[place + 1 :])


@pytest.mark.parametrize("flag", ["--reruns=1", "--force-reruns=1", ""])
def test_rerunfailures_reruns_every_test_with_its_option(flaky_project: FlakyProject, flag: str) -> None:
    pytest.importorskip("pytest_rerunfailures")
    if not flag:
        flaky_project.project.policy(FLAKY_IS_LIMITED, 'pythonpath = ["src"]\nreruns = 1')
    ran = flaky_project.run(TWO_TESTS.format(imports="", marker=""), *([flag] if flag else []))
    assert outcomes_by_test(ran) == {}
    assert flaky(ran) == [OURS, THEIRS]
    assert ran.component["retries"]["used"] == 0


@pytest.mark.parametrize("flag", ["--reruns=0", "--force-reruns=0", ""])
def test_rerunfailures_reruns_no_test_with_zero_reruns(flaky_project: FlakyProject, flag: str) -> None:
    pytest.importorskip("pytest_rerunfailures")
    ini = 'pythonpath = ["src"]' + ("" if flag else '\nreruns = "0"')
    flaky_project.project.policy(FLAKY_IS_LIMITED, ini)
    ran = flaky_project.run(TWO_TESTS.format(imports="", marker=""), *([flag] if flag else []))
    assert outcomes_by_test(ran) == {"test_theirs": ["failed", "passed"], "test_ours": ["failed", "passed"]}


def test_a_test_that_fails_in_every_rerun_of_rerunfailures_is_failed(flaky_project: FlakyProject) -> None:
    pytest.importorskip("pytest_rerunfailures")
    ran = flaky_project.run(ALWAYS_FAILING.format(arguments="reruns=2"))
    assert flaky_project.journal == ["ran"] * 3
    assert ran.code == 1
    assert (ran.component["outcomes"]["failed"], flaky(ran), outcomes_by_test(ran)) == (1, [], {})


def test_the_marker_flaky_without_its_plugin_is_ignored(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run("""
        import pytest

        @pytest.mark.flaky
        def test_it(maturity_attempt):
            if maturity_attempt == 1:
                raise ConnectionError("gone")
        """, "-p", "no:rerunfailures")  # fmt: skip
    assert outcomes_by_test(ran) == {"test_it": ["failed", "passed"]}


# ── flaky and pytest-retry ───────────────────────────────────────────────────
#
# Both keep their state in modules and disturb any test that runs pytest in its own process, so they are not
# installed where this project is tested, but each in a directory of its own (pip install --no-deps --target).


PLUGIN_DIRECTORY = Path(os.environ.get("MATURITY_NEIGHBOURS", Path(sys.prefix) / "neighbours"))


@pytest.fixture
def install_plugin(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Returns a function that makes a plugin available to the test's project; skips where it is not installed."""

    def add(name: str) -> None:
        directory = PLUGIN_DIRECTORY / name
        if not directory.is_dir():
            pytest.skip(f"pip install --no-deps --target {directory} {name}")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(directory), os.environ.get("PYTHONPATH", "")]))

    return add


ALONE = ("-p", "no:rerunfailures")


@pytest.mark.parametrize("marker", ["@flaky", "@flaky(max_runs=2)", "@pytest.mark.flaky"])
@everywhere
def test_flaky_reruns_the_tests_with_its_decorator(
    flaky_project: FlakyProject, install_plugin: Callable[[str], None], marker: str, flags: tuple[str, ...]
) -> None:
    install_plugin("flaky")
    source = TWO_TESTS.format(imports="from flaky import flaky", marker=marker)
    ran = flaky_project.run(source, *ALONE, *flags, subprocess=True)
    assert outcomes_by_test(ran) == {"test_ours": ["failed", "passed"]}
    assert flaky(ran) == [OURS, THEIRS]


def test_flaky_reruns_the_tests_of_classes_with_its_decorator(
    flaky_project: FlakyProject, install_plugin: Callable[[str], None]
) -> None:
    install_plugin("flaky")
    ran = flaky_project.run("""
        import unittest
        import journal
        from flaky import flaky

        @flaky
        class TestPlain:
            def test_it(self):
                journal.fail("plain")

        @flaky
        class TestCase(unittest.TestCase):
            def test_it(self):
                journal.fail("case")

            def test_other(self):
                journal.fail("other")
        """, *ALONE, subprocess=True)  # fmt: skip
    assert outcomes_by_test(ran) == {}
    assert [test.partition("::")[2] for test in flaky(ran)] == [
        "TestCase::test_it",
        "TestCase::test_other",
        "TestPlain::test_it",
    ]


def test_flaky_reruns_every_test_where_it_is_forced(
    flaky_project: FlakyProject, install_plugin: Callable[[str], None]
) -> None:
    install_plugin("flaky")
    ran = flaky_project.run(TWO_TESTS.format(imports="", marker=""), "--force-flaky", *ALONE, subprocess=True)
    assert outcomes_by_test(ran) == {}
    assert flaky(ran) == [OURS, THEIRS]


@everywhere
def test_pytest_retry_reruns_the_tests_with_its_marker(
    flaky_project: FlakyProject, install_plugin: Callable[[str], None], flags: tuple[str, ...]
) -> None:
    install_plugin("pytest-retry")
    source = TWO_TESTS.format(imports="", marker="@pytest.mark.flaky(retries=1)")
    ran = flaky_project.run(source, *ALONE, *flags, subprocess=True)
    assert outcomes_by_test(ran) == {"test_ours": ["failed", "passed"]}
    assert flaky(ran) == [OURS, THEIRS]


@pytest.mark.parametrize("flag", ["--retries=1", ""])
def test_pytest_retry_reruns_every_test_with_its_option(
    flaky_project: FlakyProject, install_plugin: Callable[[str], None], flag: str
) -> None:
    install_plugin("pytest-retry")
    if not flag:
        flaky_project.project.policy(FLAKY_IS_LIMITED, 'pythonpath = ["src"]\nretries = "1"')
    ran = flaky_project.run(TWO_TESTS.format(imports="", marker=""), *([flag] if flag else []), *ALONE, subprocess=True)
    assert outcomes_by_test(ran) == {}
    assert flaky(ran) == [OURS, THEIRS]


@pytest.mark.parametrize(("plugin", "arguments"), [("flaky", "max_runs=3"), ("pytest-retry", "retries=2")])
def test_a_test_that_fails_in_every_rerun_of_another_plugin_is_failed(
    flaky_project: FlakyProject, install_plugin: Callable[[str], None], plugin: str, arguments: str
) -> None:
    install_plugin(plugin)
    ran = flaky_project.run(ALWAYS_FAILING.format(arguments=arguments), *ALONE, subprocess=True)
    assert flaky_project.journal == ["ran"] * 3
    assert ran.code == 1
    assert (ran.component["outcomes"]["failed"], flaky(ran), outcomes_by_test(ran)) == (1, [], {})
