"""Retries beside other people's: the debugger switches them off, and other plugins keep what they own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.project import GateRun, Project
from tests.acceptance.retries.reruns import Retried, attempts, everywhere

# Each fails at its first execution, whoever executes it again.
TWO = """
    import pytest, journal
    {imports}

    {marker}
    def test_theirs():
        journal.fail("theirs")

    def test_ours():
        journal.fail("ours")
"""
VAIN = """
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
def retried(project: Project) -> Retried:
    return Retried(project, "rerunfailures")


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
def test_somebody_who_debugs_sees_the_first_failure_and_no_other(retried: Retried, flag: str, times: int) -> None:
    retried.project.write({"src/silent.py": SILENT})
    ran = retried.run("""
        import journal

        def test_it():
            journal.write("ran")
            raise ConnectionError("gone")
        """, flag, "--pdbcls=silent:Debugger", "--maturity-retries", "1", subprocess=True)  # fmt: skip
    assert len(retried.journal) == times
    assert ran.code == 1
    assert len(ran.component["retries"]["tests"]) == times - 1


# ── pytest-rerunfailures ─────────────────────────────────────────────────────


@everywhere
def test_rerunfailures_keeps_the_tests_that_it_marks(retried: Retried, flags: tuple[str, ...]) -> None:
    pytest.importorskip("pytest_rerunfailures")
    flags = without(flags, "rerunfailures")
    retried.project.policy(FLAKY_IS_LIMITED)
    ran = retried.run(TWO.format(imports="", marker="@pytest.mark.flaky(reruns=1)"), *flags)
    assert attempts(ran) == {"test_ours": ["failed", "passed"]}
    assert flaky(ran) == [OURS, THEIRS]
    assert ran.code == 1
    theirs = ran.gate("flaky_rate")["findings"][1]
    assert (theirs["test"], theirs["message"]) == (THEIRS, "passed when another plugin ran it again")


def without(flags: tuple[str, ...], plugin: str) -> tuple[str, ...]:
    """The same flags, but with a plugin that they switch off."""
    if f"no:{plugin}" not in flags:
        return flags
    place = flags.index(f"no:{plugin}")
    return (*flags[: place - 1], *flags[place + 1 :])


@pytest.mark.parametrize("flag", ["--reruns=1", "--force-reruns=1", ""])
def test_rerunfailures_keeps_every_test_where_it_was_asked_for_all(retried: Retried, flag: str) -> None:
    pytest.importorskip("pytest_rerunfailures")
    if not flag:
        retried.project.policy(FLAKY_IS_LIMITED, 'pythonpath = ["src"]\nreruns = 1')
    ran = retried.run(TWO.format(imports="", marker=""), *([flag] if flag else []))
    assert attempts(ran) == {}
    assert flaky(ran) == [OURS, THEIRS]
    assert ran.component["retries"]["used"] == 0


@pytest.mark.parametrize("flag", ["--reruns=0", "--force-reruns=0", ""])
def test_rerunfailures_keeps_nothing_where_it_reruns_nothing(retried: Retried, flag: str) -> None:
    pytest.importorskip("pytest_rerunfailures")
    ini = 'pythonpath = ["src"]' + ("" if flag else '\nreruns = "0"')
    retried.project.policy(FLAKY_IS_LIMITED, ini)
    ran = retried.run(TWO.format(imports="", marker=""), *([flag] if flag else []))
    assert attempts(ran) == {"test_theirs": ["failed", "passed"], "test_ours": ["failed", "passed"]}


def test_a_test_that_rerunfailures_runs_in_vain_is_failed(retried: Retried) -> None:
    pytest.importorskip("pytest_rerunfailures")
    ran = retried.run(VAIN.format(arguments="reruns=2"))
    assert retried.journal == ["ran"] * 3
    assert ran.code == 1
    assert (ran.component["outcomes"]["failed"], flaky(ran), attempts(ran)) == (1, [], {})


def test_where_no_plugin_owns_the_marker_flaky_it_is_nobodys(retried: Retried) -> None:
    ran = retried.run("""
        import pytest

        @pytest.mark.flaky
        def test_it(maturity_attempt):
            if maturity_attempt == 1:
                raise ConnectionError("gone")
        """, "-p", "no:rerunfailures")  # fmt: skip
    assert attempts(ran) == {"test_it": ["failed", "passed"]}


# ── flaky and pytest-retry ───────────────────────────────────────────────────
#
# Both keep their state in modules and disturb any test that runs pytest in its own process, so they are not
# installed where this project is tested, but each in a directory of its own (pip install --no-deps --target).


NEIGHBOURS = Path(os.environ.get("MATURITY_NEIGHBOURS", Path(sys.prefix) / "neighbours"))


@pytest.fixture
def neighbours(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets the projects of one test have a plugin; skips where it was not put there."""

    def add(name: str) -> None:
        place = NEIGHBOURS / name
        if not place.is_dir():
            pytest.skip(f"pip install --no-deps --target {place} {name}")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(place), os.environ.get("PYTHONPATH", "")]))

    return add


ALONE = ("-p", "no:rerunfailures")


@pytest.mark.parametrize("marker", ["@flaky", "@flaky(max_runs=2)", "@pytest.mark.flaky"])
@everywhere
def test_flaky_keeps_the_tests_that_it_marks(
    retried: Retried, neighbours: Callable[[str], None], marker: str, flags: tuple[str, ...]
) -> None:
    neighbours("flaky")
    source = TWO.format(imports="from flaky import flaky", marker=marker)
    ran = retried.run(source, *ALONE, *flags, subprocess=True)
    assert attempts(ran) == {"test_ours": ["failed", "passed"]}
    assert flaky(ran) == [OURS, THEIRS]


def test_flaky_keeps_the_tests_of_the_classes_that_it_marks(
    retried: Retried, neighbours: Callable[[str], None]
) -> None:
    neighbours("flaky")
    ran = retried.run("""
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
    assert attempts(ran) == {}
    assert [test.partition("::")[2] for test in flaky(ran)] == [
        "TestCase::test_it",
        "TestCase::test_other",
        "TestPlain::test_it",
    ]


def test_flaky_keeps_every_test_where_it_is_forced(retried: Retried, neighbours: Callable[[str], None]) -> None:
    neighbours("flaky")
    ran = retried.run(TWO.format(imports="", marker=""), "--force-flaky", *ALONE, subprocess=True)
    assert attempts(ran) == {}
    assert flaky(ran) == [OURS, THEIRS]


@everywhere
def test_pytest_retry_keeps_the_tests_that_it_marks(
    retried: Retried, neighbours: Callable[[str], None], flags: tuple[str, ...]
) -> None:
    neighbours("pytest-retry")
    source = TWO.format(imports="", marker="@pytest.mark.flaky(retries=1)")
    ran = retried.run(source, *ALONE, *flags, subprocess=True)
    assert attempts(ran) == {"test_ours": ["failed", "passed"]}
    assert flaky(ran) == [OURS, THEIRS]


@pytest.mark.parametrize("flag", ["--retries=1", ""])
def test_pytest_retry_keeps_every_test_where_it_was_asked_for_all(
    retried: Retried, neighbours: Callable[[str], None], flag: str
) -> None:
    neighbours("pytest-retry")
    if not flag:
        retried.project.policy(FLAKY_IS_LIMITED, 'pythonpath = ["src"]\nretries = "1"')
    ran = retried.run(TWO.format(imports="", marker=""), *([flag] if flag else []), *ALONE, subprocess=True)
    assert attempts(ran) == {}
    assert flaky(ran) == [OURS, THEIRS]


@pytest.mark.parametrize(("plugin", "arguments"), [("flaky", "max_runs=3"), ("pytest-retry", "retries=2")])
def test_a_test_that_another_plugin_runs_in_vain_is_failed(
    retried: Retried, neighbours: Callable[[str], None], plugin: str, arguments: str
) -> None:
    neighbours(plugin)
    ran = retried.run(VAIN.format(arguments=arguments), *ALONE, subprocess=True)
    assert retried.journal == ["ran"] * 3
    assert ran.code == 1
    assert (ran.component["outcomes"]["failed"], flaky(ran), attempts(ran)) == (1, [], {})
