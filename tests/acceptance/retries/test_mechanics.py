"""Reruns with pytest's own options and fixtures: only the last attempt counts, and each starts anew."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.project import GateRun
from tests.acceptance.retries.flaky_project import WORKERS, FlakyProject, attempts, everywhere, outcomes_by_test

# The first passes in its third attempt, the second never does.
THREE = """
    from journal import fail, write

    def test_flaky():
        write("flaky")
        fail("flaky", times=2)

    def test_dead():
        write("dead")
        fail("dead", times=99)

    def test_good():
        write("good")
    """
FLAKY, DEAD, GOOD = ["flaky"] * 3, ["dead"] * 3, ["good"]


def summary(ran: GateRun) -> list[str]:
    """Returns the lines of pytest's short summary."""
    return [line for line in ran.result.outlines if line.startswith(("FAILED", "ERROR "))]


# ── options that use outcomes ────────────────────────────────────────────


@everywhere
def test_x_stops_the_run_at_the_first_final_failure(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run(THREE, *flags, "-x")
    assert ran.code == 1
    assert outcomes_by_test(ran) == {"test_flaky": ["failed", "failed", "passed"], "test_dead": ["failed"] * 3}
    assert flaky_project.journal == FLAKY + DEAD
    assert summary(ran) == ["FAILED tests/test_orchestrator.py::test_dead - ConnectionError: dead 3"]


def test_maxfail_counts_tests_not_attempts(flaky_project: FlakyProject) -> None:
    flaky_project.run(THREE + "\n    def test_dead_too():\n        fail('too', times=99)\n", "--maxfail=2")
    assert flaky_project.journal == FLAKY + DEAD + GOOD
    ran = flaky_project.again("--maxfail=1")
    assert flaky_project.journal[7:] == ["flaky"] + ["dead"] * 3
    assert len(summary(ran)) == 1


@everywhere
def test_last_failed_has_the_tests_that_failed_finally(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    flaky_project.run(THREE, *flags)
    cache = flaky_project.project.path / ".pytest_cache/v/cache/lastfailed"
    assert list(json.loads(cache.read_text())) == ["tests/test_orchestrator.py::test_dead"]
    flaky_project.again(*flags, "--lf")
    assert flaky_project.journal == FLAKY + DEAD + GOOD + DEAD


def test_failed_first_starts_with_the_tests_that_failed_finally(flaky_project: FlakyProject) -> None:
    flaky_project.run(THREE)
    flaky_project.again("--ff")
    assert flaky_project.journal == FLAKY + DEAD + GOOD + DEAD + ["flaky"] + GOOD


def test_stepwise_stops_at_the_first_final_failure(flaky_project: FlakyProject) -> None:
    flaky_project.run(THREE, "--sw")
    assert flaky_project.journal == FLAKY + DEAD
    flaky_project.again("--sw")
    assert flaky_project.journal == FLAKY + DEAD + DEAD


@pytest.mark.parametrize("scope", ["module", "session"])
@pytest.mark.parametrize("flags", [("-x",), ("-x", *WORKERS), ("--maxfail=1",)])
def test_the_summary_is_printed_where_a_teardown_fails_and_the_run_stops(
    flaky_project: FlakyProject, scope: str, flags: tuple[str, ...]
) -> None:
    ran = flaky_project.run(
        f"""
        import pytest
        from journal import fail, write

        @pytest.fixture(scope="{scope}")
        def broken():
            yield
            write("torn down")
            raise AssertionError("left something")

        def test_it(broken):
            fail("it", times=99)

        def test_next(broken):
            write("next")
        """,
        *flags,
    )
    assert ran.code == 1
    assert outcomes_by_test(ran) == {"test_it": ["failed"] * 3}
    assert summary(ran) == [
        "FAILED tests/test_orchestrator.py::test_it - ConnectionError: it 3",
        "ERROR tests/test_orchestrator.py::test_it - AssertionError: left something",
    ]
    assert flaky_project.journal == ["torn down"]


def test_the_summary_is_printed_where_a_teardown_between_attempts_fails(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
        """
        import pytest
        from journal import fail, write

        @pytest.fixture(scope="session")
        def wide():
            yield
            write("wide")
            raise AssertionError("left a server")

        @pytest.fixture
        def narrow():
            yield
            write("narrow")
            raise AssertionError("left a file")

        def test_it(wide, narrow):
            write("ran")
            fail("it", times=99)

        def test_next():
            write("next")
        """,
        "-x",
    )
    assert ran.code == 1
    assert outcomes_by_test(ran) == {"test_it": ["failed"]}
    assert [line.split()[0] for line in summary(ran)] == ["FAILED", "ERROR"]
    assert "left a file" in ran.result.stdout.str()
    assert "left a server" in ran.result.stdout.str()
    assert flaky_project.journal == ["ran", "narrow", "wide"]


def test_an_attempt_with_a_transient_teardown_error_is_rerun(
    flaky_project: FlakyProject,
) -> None:
    ran = flaky_project.run(
        """
        import pytest
        from journal import fail

        @pytest.fixture
        def narrow():
            yield
            fail("teardown")

        def test_it(narrow):
            fail("it")
        """
    )
    assert ran.code == 0
    assert outcomes_by_test(ran) == {"test_it": ["failed", "passed"]}


# ── pytest's fixtures ───────────────────────────────────────────────


@everywhere
def test_the_third_attempt_has_new_fixtures_of_pytest(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run(
        """
        import logging, os, sys
        from journal import fail, write

        PLACES = set()

        def test_it(capsys, caplog, tmp_path, monkeypatch):
            assert "TRIED" not in os.environ
            monkeypatch.setenv("TRIED", "1")
            assert list(tmp_path.iterdir()) == []
            (tmp_path / "file").touch()
            PLACES.add(tmp_path)
            print("printed")
            print("error", file=sys.stderr)
            assert capsys.readouterr() == ("printed\\n", "error\\n")
            logging.warning("logged")
            assert caplog.messages == ["logged"]
            fail("it", times=2)
            assert len(PLACES) == 3
            assert caplog.get_records("setup") == []
        """,
        *flags,
    )
    assert ran.code == 0
    assert outcomes_by_test(ran) == {"test_it": ["failed", "failed", "passed"]}


@everywhere
def test_only_the_output_of_the_last_attempt_is_shown(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run(
        """
        import logging
        import pytest
        from journal import fail

        ATTEMPTS = []

        @pytest.fixture
        def noisy():
            ATTEMPTS.append(1)
            print("setup", len(ATTEMPTS))
            yield
            print("teardown", len(ATTEMPTS))

        def test_it(noisy):
            print("call", len(ATTEMPTS))
            logging.warning("log %s", len(ATTEMPTS))
            fail("it", times=9)
        """,
        *flags,
    )
    printed = [line for line in ran.result.outlines if line.startswith(("setup ", "call ", "teardown ", "WARNING"))]
    assert [line.split()[-1] for line in printed] == ["3"] * 4


@everywhere
def test_what_an_attempt_adds_to_its_item_is_removed(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run(
        """
        import pytest
        from journal import fail

        def test_it(request, record_property):
            node = request.node
            assert node.own_markers == []
            assert "usefixtures" not in node.keywords
            assert node.user_properties == []
            node.add_marker("usefixtures")
            record_property("attempt", 1)
            fail("it", times=2)
        """,
        *(*flags, "--junitxml=junit.xml", "-o", "junit_family=xunit1"),
    )
    assert outcomes_by_test(ran) == {"test_it": ["failed", "failed", "passed"]}
    assert (flaky_project.project.path / "junit.xml").read_text().count('name="attempt"') == 1


def test_an_xfail_marker_that_an_attempt_adds_holds_for_that_attempt(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
        """
        import pytest
        from journal import fail, write

        def test_it(request, maturity_attempt):
            write(maturity_attempt)
            if maturity_attempt == 1:
                fail("it")
            request.node.add_marker(pytest.mark.xfail(reason="known"))
            fail("it", times=99)
        """
    )
    assert outcomes_by_test(ran) == {"test_it": ["failed", "xfailed"]}
    assert ran.component["outcomes"]["failed"] == 1
    assert flaky_project.journal == ["1", "2"]


def test_a_test_has_one_teardown_report_where_two_fixtures_fail(flaky_project: FlakyProject) -> None:
    flaky_project.project.write({"conftest.py": """
        def pytest_maturity_classify(item, exception):
            return "permanent" if isinstance(exception, ValueError) else "transient"
    """})  # fmt: skip
    ran = flaky_project.run("""
        import pytest
        @pytest.fixture(scope="module", autouse=True)
        def wide():
            yield
            raise RuntimeError("wide")
        @pytest.fixture
        def narrow():
            yield
            raise ValueError("narrow")
        def test_it(narrow):
            raise ConnectionError
    """)
    assert ran.code == 1
    ran.result.stdout.fnmatch_lines(["*wide*", "*narrow*", "*1 failed, 1 error in*"])


def test_the_hook_is_called_again_where_the_teardown_fails(flaky_project: FlakyProject) -> None:
    flaky_project.project.write({"conftest.py": """
        def pytest_maturity_rerun(item, failure, attempt):
            return [phase.when for phase in failure.phases] in (["call"], ["call", "teardown"])
    """})  # fmt: skip
    ran = flaky_project.run("""
        import pytest
        @pytest.fixture
        def narrow(maturity_attempt):
            yield
            if maturity_attempt == 1:
                raise ValueError("narrow")
        def test_it(narrow, maturity_attempt):
            assert maturity_attempt == 2
    """)
    assert ran.code == 0
    assert outcomes_by_test(ran) == {"test_it": ["failed", "passed"]}


WRAPPERS = """
    import pytest
    from journal import write

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(item):
        write("enter")
        item.note = "of this attempt"
        try:
            return (yield)
        finally:
            del item.note
            write("leave")
    """


@everywhere
def test_wrappers_of_the_protocol_are_left_before_the_next_attempt(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    flaky_project.project.write({"conftest.py": WRAPPERS})
    ran = flaky_project.run(
        """
        from journal import fail

        def test_it():
            fail("it", times=2)
        """,
        *flags,
    )
    assert outcomes_by_test(ran) == {"test_it": ["failed", "failed", "passed"]}
    assert flaky_project.journal == ["enter", "leave"] * 3


@pytest.mark.parametrize("raises", ["before", "after"])
def test_a_wrapper_that_raises_between_attempts_loses_no_report(flaky_project: FlakyProject, raises: str) -> None:
    flaky_project.project.write({"conftest.py": f"""
        import pytest

        CALLS = []

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_protocol(item):
            CALLS.append(1)
            if {raises == "before"} and len(CALLS) == 2:
                raise KeyboardInterrupt
            result = yield
            if {raises == "after"}:
                raise KeyboardInterrupt
            return result
    """})  # fmt: skip
    tests = """
        from journal import fail

        def test_it():
            fail("it", times=1)
        """
    ran = flaky_project.run(tests, subprocess=True)
    assert ran.code == 2
    assert ran.component["outcomes"]["failed"] == 1
    assert [one["decision"] for one in attempts(ran)] == ["final: interrupted"]


def test_a_test_whose_next_attempt_another_plugin_runs_has_failed(flaky_project: FlakyProject) -> None:
    flaky_project.project.write({"conftest.py": """
        import pytest

        CALLS = []

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_protocol(item):
            CALLS.append(1)
            return True if len(CALLS) == 2 else None
    """})  # fmt: skip
    ran = flaky_project.run("""
        from journal import fail

        def test_it():
            fail("it", times=1)
        """)
    assert ran.code == 1
    assert [one["decision"] for one in attempts(ran)] == ["final: another plugin ran the next attempt"]


REPLACED = """
    import functools

    def pytest_collection_modifyitems(items):
        for item in items:
            def checked(*values, test=item.obj, **named):
                test(*values, **named)
                {check}
            item.obj = functools.wraps(item.obj)(checked)
    """
METHODS = """
    {unittest}
    from journal import fail

    class TestIt{base}:
        def test_it(self):
            assert not hasattr(self, "left")
            self.left = 1
            fail("it")
    """


@pytest.mark.parametrize(("check", "code"), [("assert False", 1), ("pass", 0)])
@pytest.mark.parametrize(
    "source",
    [
        METHODS.format(unittest="", base=""),
        METHODS.format(unittest="import unittest", base="(unittest.TestCase)"),
        "from journal import fail\ndef test_it():\n    fail('it')\n",
    ],
    ids=["class", "unittest", "function"],
)
def test_a_function_that_replaced_the_test_is_called_in_each_attempt(
    flaky_project: FlakyProject, source: str, check: str, code: int
) -> None:
    flaky_project.project.write({"conftest.py": REPLACED.format(check=check)})
    ran = flaky_project.run(source)
    assert ran.code == code
    assert [one["outcome"] for one in attempts(ran)] == ["failed", "passed" if code == 0 else "failed"]


LATER = """
    def pytest_runtest_setup(item):
        item.tries = getattr(item, "tries", 0) + 1
        if item.tries == 2:
            {change}
    """


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("item.obj = lambda number: None", "it ran another function than the first attempt"),
        ("item.callspec.params['number'] = 2", "it ran with other parameters than the first attempt: number"),
    ],
)
def test_a_test_that_passes_as_another_one_has_failed(
    flaky_project: FlakyProject, change: str, difference: str
) -> None:
    flaky_project.project.write({"conftest.py": LATER.format(change=change)})
    ran = flaky_project.run("""
        import pytest

        @pytest.mark.parametrize("number", [1])
        def test_it(number):
            if number == 1:
                raise ConnectionError("gone")
        """)
    assert ran.code == 1
    assert [(one["outcome"], one["decision"]) for one in attempts(ran)] == [
        ("failed", "rerun: transient"), ("failed", f"final: {difference}"),
    ]  # fmt: skip
    ran.result.stdout.fnmatch_lines(["*attempt 2: failed after * s (final: it ran *"])


def test_a_hook_may_wrap_the_test_in_each_attempt(flaky_project: FlakyProject) -> None:
    flaky_project.project.write({"conftest.py": """
        from journal import write

        def pytest_runtest_setup(item):
            def wrapped(*values, test=item.obj, **named):
                write("wrapped")
                test(*values, **named)
            item.obj = wrapped
    """})  # fmt: skip
    ran = flaky_project.run("""
        from journal import fail

        class TestIt:
            def test_it(self):
                fail("it")
        """)
    assert (ran.code, flaky_project.journal) == (0, ["wrapped", "wrapped"])


def test_each_attempt_gets_its_parameters_as_they_were(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run("""
        import pytest
        from journal import fail

        @pytest.mark.parametrize("queue", [[1, 2]])
        def test_it(queue):
            assert queue.pop() == 2
            fail("it")
        """)
    assert ran.code == 0
    assert outcomes_by_test(ran) == {"test_it[queue0]": ["failed", "passed"]}


@everywhere
def test_hooks_read_of_the_next_item_what_they_read_of_a_test(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    flaky_project.project.write({"conftest.py": """
        from journal import write

        def pytest_runtest_teardown(item, nextitem):
            if nextitem is None:
                write(item.name, "last")
            else:
                names = nextitem.fixturenames, nextitem.get_closest_marker("skip"), nextitem.path.name
                write(item.name, nextitem.name, nextitem.cls is item.cls, nextitem.module is item.module, *names)
    """})  # fmt: skip
    flaky_project.run(
        """
        from journal import fail

        class TestIt:
            def test_it(self): fail("it")
            def test_other(self): pass
        """,
        *flags,
    )
    assert flaky_project.journal == [
        "test_it test_it True True [] None test_orchestrator.py",
        "test_it test_other True True [] None test_orchestrator.py",
        "test_other last",
    ]
