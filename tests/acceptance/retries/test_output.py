"""The terminal's output about rerun tests."""

from __future__ import annotations

import re

import pytest

from tests.acceptance.project import GateRun, lines_with
from tests.acceptance.retries.flaky_project import FAILS_TWICE, MANY_FAIL, FlakyProject, everywhere

MIXED = """
    import pytest
    from pytest_maturity import TransientError

    def test_good(): pass

    def test_flaky(maturity_attempt):
        if maturity_attempt == 1:
            raise ConnectionError("the connection to the broker was reset by the peer \\x1b[31m" + "x" * 999)

    @pytest.fixture
    def dead():
        raise TimeoutError

    def test_dead(dead): pass

    def test_closed():
        raise TransientError("come back tomorrow", retry_after=86400)
"""


@everywhere
def test_a_flaky_test_is_shown_as_r_and_counted_apart(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run("def test_good(): pass\n" + FAILS_TWICE.replace("\n    ", "\n"), *flags)
    assert lines_with(ran.result, ".R") or lines_with(ran.result, "R.")
    assert re.search("1 passed.*1 flaky in", ran.result.stdout.str())


@everywhere
def test_a_flaky_test_is_shown_with_its_number_of_attempts(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run(FAILS_TWICE, "-v", *flags)
    assert lines_with(ran.result, "FLAKY 3/3")
    ran = flaky_project.run(FAILS_TWICE.replace("< 3", "== 1"), "-v", *flags)
    assert lines_with(ran.result, "FLAKY 2/3")


def section(ran: GateRun) -> list[str]:
    """The lines about rerun tests, without their times."""
    lines = ran.result.outlines
    first = next(number for number, line in enumerate(lines) if "maturity: rerun tests" in line)
    last = next(number for number, line in enumerate(lines) if "maturity: orchestration" in line)
    return lines[first + 1 : last]


def test_every_attempt_is_listed_with_its_exception_duration_and_delay(
    flaky_project: FlakyProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    flaky_project.configure("base_delay = 0.01\njitter = false\nmax_retries = 1")
    lines = section(flaky_project.run(MIXED, subprocess=True))
    assert "(waited 0.01 s)" in "".join(lines)
    shown = [re.sub(r"\d+\.\d+ s", "T s", line) for line in lines]
    reset = "the connection to the broker was reset by the peer \\x1b[31m" + "x" * 18 + "..."
    assert shown == [
        "  FLAKY tests/test_orchestrator.py::test_flaky",
        f"    attempt 1: ConnectionError in call after T s (waited T s): {reset}",
        "    attempt 2: passed after T s",
        "  ERROR tests/test_orchestrator.py::test_dead",
        "    attempt 1: TimeoutError in setup after T s (waited T s)",
        "    attempt 2: TimeoutError in setup after T s (final: max_retries is 1)",
        "  1 test not rerun: the time budget is 300 s: T s used, T s to wait",
    ]


@pytest.mark.parametrize("width", ["40", "60", "120"])
def test_no_line_about_reruns_is_wider_than_the_terminal(
    flaky_project: FlakyProject, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    lines = section(flaky_project.run(MIXED, subprocess=True))
    lines_of_text = [line for line in lines if len(line.split()) > 1]
    assert max(map(len, lines_of_text)) <= int(width)
    text = " ".join(" ".join(lines).split())
    assert "attempt 1: ConnectionError in call" in text


def test_rerun_tests_are_coloured_where_pytest_colours(flaky_project: FlakyProject) -> None:
    coloured = flaky_project.run(MIXED, "--color=yes", "-v").result.stdout.str()
    assert "\x1b[33m  FLAKY tests/test_orchestrator.py::test_flaky\x1b[0m" in coloured
    assert "\x1b[31m  ERROR tests/test_orchestrator.py::test_dead\x1b[0m" in coloured
    assert "\x1b[33mFLAKY 2/3\x1b[0m" in coloured
    assert "\x1b[31mx" not in coloured
    assert "\x1b" not in flaky_project.again("--color=no").result.stdout.str()


@pytest.mark.parametrize("flag", ["-q", "-qq"])
def test_a_quiet_run_does_not_list_attempts(flaky_project: FlakyProject, flag: str) -> None:
    text = flaky_project.run(MIXED, flag).result.stdout.str()
    assert "attempt 1" not in text


def test_without_reruns_there_is_no_section(flaky_project: FlakyProject) -> None:
    assert "rerun tests" not in flaky_project.run("def test_it(): assert 0\n").result.stdout.str()


def test_the_first_twenty_rerun_tests_are_listed(flaky_project: FlakyProject) -> None:
    flaky_project.configure("budget = 100\nbreaker = 100\nmax_retries = 1")
    lines = section(flaky_project.run(MANY_FAIL.format(count=23, error="ConnectionError")))
    assert sum("FAILED" in line for line in lines) == 20
    assert lines[-1] == "  and 3 more; the report has them all"
