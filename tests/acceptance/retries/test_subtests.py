"""Reruns of tests with subtests: only those of the last attempt are reported."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest

from tests.acceptance.project import lines_with
from tests.acceptance.retries.flaky_project import FlakyProject, everywhere, outcomes_by_test

needs_fixture = pytest.mark.skipif(find_spec("_pytest.subtests") is None, reason="the fixture is new in pytest 9")
SUBTESTS = """
    from journal import fail, write

    class TestIt:
        def test_it(self, subtests):
            write("ran")
            for name in ("a", "b"):
                with subtests.test(name=name):
                    fail(name, times={times})

        def test_next(self):
            write("next")
    """
UNITTEST = """
    import unittest
    from journal import fail, write

    class TestIt(unittest.TestCase):
        def test_it(self):
            write("ran")
            for name in ("a", "b"):
                with self.subTest(name=name):
                    fail(name, times={times})

        def test_next(self):
            write("next")
    """
kinds = pytest.mark.parametrize(
    "tests", [pytest.param(SUBTESTS, marks=needs_fixture), UNITTEST], ids=["fixture", "unittest"]
)


def last_failed(flaky_project: FlakyProject) -> list[str]:
    path = flaky_project.project.path / ".pytest_cache/v/cache/lastfailed"
    return list(json.loads(path.read_text())) if path.exists() else []


@kinds
@everywhere
def test_failed_subtests_of_an_attempt_before_the_last_are_not_reported(
    flaky_project: FlakyProject, tests: str, flags: tuple[str, ...]
) -> None:
    ran = flaky_project.run(tests.format(times=1), *flags, "-v", "-x")
    assert ran.code == 0
    assert outcomes_by_test(ran)["TestIt::test_it"][0::2] in (["failed", "passed"], ["failed"])
    assert "ConnectionError: " not in ran.result.stdout.str()
    assert not lines_with(ran.result, "SUBFAILED")
    assert last_failed(flaky_project) == []
    assert flaky_project.journal[-1] == "next"


@kinds
@everywhere
def test_failed_subtests_of_the_last_attempt_are_reported_once(
    flaky_project: FlakyProject, tests: str, flags: tuple[str, ...]
) -> None:
    ran = flaky_project.run(tests.format(times=9), *flags, "-v")
    text = ran.result.stdout.str()
    assert ran.code == 1
    assert outcomes_by_test(ran) == {"TestIt::test_it": ["failed"] * 3}
    assert [line.split()[-1] for line in lines_with(ran.result, "ConnectionError: a") if line[:2] == "E "] == ["3"]
    assert "FLAKY" not in text
    assert ran.component["outcomes"]["failed"] == 1
    assert flaky_project.journal == ["ran"] * 3 + ["next"]


@kinds
@everywhere
def test_a_failed_subtest_stops_the_run_with_x(flaky_project: FlakyProject, tests: str, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run(tests.format(times=9), *flags, "-x")
    assert ran.code == 1
    assert flaky_project.journal == ["ran"] * 3


@kinds
def test_the_last_failed_tests_are_those_of_a_run_without_retries(flaky_project: FlakyProject, tests: str) -> None:
    flaky_project.run(tests.format(times=9), "--maturity-retries=0")
    without = last_failed(flaky_project)  # pytest 9 does not cache unittest's tests with failed subtests
    flaky_project.again("--cache-clear")
    assert last_failed(flaky_project) == without


@needs_fixture
def test_subtests_of_fixtures_and_of_late_requests_are_held_back(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
        """
        import pytest
        from journal import fail, write

        @pytest.fixture
        def checked(subtests):
            with subtests.test("setup"):
                fail("setup")
            yield
            with subtests.test("teardown"):
                fail("teardown")

        def test_it(checked):
            pass

        def test_late(request):
            with request.getfixturevalue("subtests").test("late"):
                fail("late")
        """,
        *("-v", "-p", "no:rerunfailures"),  # it fails with subtests of fixtures
    )
    assert outcomes_by_test(ran)["test_it"][0] == outcomes_by_test(ran)["test_late"][0] == "failed"
    assert ran.component["outcomes"]["failed"] == 0
    assert not lines_with(ran.result, "SUBFAILED")


@needs_fixture
def test_a_failure_next_to_a_passed_subtest_is_rerun_and_shown_once(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
        """
        from journal import fail

        def test_it(subtests):
            with subtests.test("passes"):
                pass
            fail("it")
        """,
        "-vv",
        "-o",
        "verbosity_subtests=2",
    )
    assert outcomes_by_test(ran) == {"test_it": ["failed", "passed"]}
    assert len(lines_with(ran.result, "SUBPASSED[passes]")) == 1


@needs_fixture
def test_a_permanent_failure_of_a_subtest_is_final(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
        """
        from journal import fail, write

        def test_it(subtests):
            write("ran")
            with subtests.test("transient"):
                fail("it")
            with subtests.test("permanent"):
                assert 1 == 2
        """
    )
    assert ran.code == 1
    assert flaky_project.journal == ["ran"]
