"""Subtests of an attempt that is not the last are not seen."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest

from tests.acceptance.project import Project, lines_with
from tests.acceptance.retries.reruns import Retried, attempts, everywhere

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


@pytest.fixture
def retried(project: Project) -> Retried:
    return Retried(project)


def last_failed(retried: Retried) -> list[str]:
    path = retried.project.path / ".pytest_cache/v/cache/lastfailed"
    return list(json.loads(path.read_text())) if path.exists() else []


@kinds
@everywhere
def test_failed_subtests_of_an_earlier_attempt_are_not_reported(
    retried: Retried, tests: str, flags: tuple[str, ...]
) -> None:
    ran = retried.run(tests.format(times=1), *flags, "-v", "-x")
    assert ran.code == 0
    assert attempts(ran)["TestIt::test_it"][0::2] in (["failed", "passed"], ["failed"])
    assert "ConnectionError: " not in ran.result.stdout.str()
    assert not lines_with(ran.result, "SUBFAILED")
    assert last_failed(retried) == []
    assert retried.journal[-1] == "next"


@kinds
@everywhere
def test_failed_subtests_of_the_last_attempt_are_reported_once(
    retried: Retried, tests: str, flags: tuple[str, ...]
) -> None:
    ran = retried.run(tests.format(times=9), *flags, "-v")
    text = ran.result.stdout.str()
    assert ran.code == 1
    assert attempts(ran) == {"TestIt::test_it": ["failed"] * 3}
    assert [line.split()[-1] for line in lines_with(ran.result, "ConnectionError: a") if line[:2] == "E "] == ["3"]
    assert "FLAKY" not in text
    assert ran.component["outcomes"]["failed"] == 1
    assert retried.journal == ["ran"] * 3 + ["next"]


@kinds
@everywhere
def test_the_first_failure_stops_the_run_where_it_is_a_subtest(
    retried: Retried, tests: str, flags: tuple[str, ...]
) -> None:
    ran = retried.run(tests.format(times=9), *flags, "-x")
    assert ran.code == 1
    assert retried.journal == ["ran"] * 3


@kinds
def test_the_last_failed_tests_are_those_of_a_run_without_retries(retried: Retried, tests: str) -> None:
    retried.run(tests.format(times=9), "--maturity-retries=0")
    without = last_failed(retried)  # pytest 9 forgets tests of unittest whose subtests failed
    retried.again("--cache-clear")
    assert last_failed(retried) == without


@needs_fixture
def test_subtests_of_fixtures_and_those_that_are_asked_for_late_are_held_back_too(retried: Retried) -> None:
    ran = retried.run(
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
        *("-v", "-p", "no:rerunfailures"),  # it breaks on subtests of fixtures
    )
    assert attempts(ran)["test_it"][0] == attempts(ran)["test_late"][0] == "failed"
    assert ran.component["outcomes"]["failed"] == 0
    assert not lines_with(ran.result, "SUBFAILED")


@needs_fixture
def test_what_fails_beside_a_passing_subtest_is_tried_again_and_shown_once(retried: Retried) -> None:
    ran = retried.run(
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
    assert attempts(ran) == {"test_it": ["failed", "passed"]}
    assert len(lines_with(ran.result, "SUBPASSED[passes]")) == 1


@needs_fixture
def test_a_subtest_that_failed_for_good_ends_the_attempts(retried: Retried) -> None:
    ran = retried.run(
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
    assert retried.journal == ["ran"]
