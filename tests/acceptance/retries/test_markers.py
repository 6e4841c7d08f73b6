"""The marker `maturity_rerun`: its settings, and the error for each error."""

from __future__ import annotations

import pytest

from tests.acceptance.retries.flaky_project import WORKERS, FlakyProject, attempts, outcomes_by_test


@pytest.mark.parametrize(
    "named", ["LookupError", "'LookupError'", "'builtins.LookupError'", "'builtins.KeyError'", "KeyError"]
)
def test_a_marker_adds_transient_exceptions_for_one_test(flaky_project: FlakyProject, named: str) -> None:
    ran = flaky_project.run(f"""
        import pytest

        @pytest.mark.maturity_rerun(transient=[{named}])
        def test_it(maturity_attempt):
            if maturity_attempt == 1:
                raise KeyError("not yet")

        def test_other():
            raise KeyError("not yet")
        """)
    assert outcomes_by_test(ran) == {"test_it": ["failed", "passed"]}
    assert ran.component["outcomes"]["failed"] == 1


def test_a_marker_accepts_a_type_of_the_test_file(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run("""
        import pytest

        class Busy(Exception): pass

        @pytest.mark.maturity_rerun(transient=[Busy])
        class TestIt:
            def test_it(self, maturity_attempt):
                if maturity_attempt == 1:
                    raise Busy
        """)
    assert outcomes_by_test(ran) == {"TestIt::test_it": ["failed", "passed"]}


WRONG_MARKERS = """
    import pytest

    @pytest.mark.maturity_rerun(2)
    def test_positional(): open("ran", "w")

    @pytest.mark.maturity_rerun(retries=2, transients=[OSError])
    def test_unknown(): open("ran", "w")

    @pytest.mark.parametrize("number", range(3))
    @pytest.mark.maturity_rerun(max_retries=-1)
    def test_negative(number): open("ran", "w")

    @pytest.mark.maturity_rerun(max_retries=True)
    def test_boolean(): open("ran", "w")

    @pytest.mark.maturity_rerun(max_retries="2", transient=OSError)
    class TestBoth:
        def test_one(self): open("ran", "w")
        def test_two(self): open("ran", "w")

    @pytest.mark.maturity_rerun(transient=[int])
    def test_no_exception(): open("ran", "w")

    @pytest.mark.maturity_rerun(max_retries=0, transient=[])
    def test_right(): open("ran", "w")
"""
LIST = "maturity_rerun: transient must be a list of exception types, or of their names as module.Class"
ERRORS = [
    "::test_positional: maturity_rerun: takes max_retries=... and transient=[...], no positional arguments",
    "::test_unknown: maturity_rerun: there is no 'retries' (did you mean 'max_retries'?)",
    "::test_unknown: maturity_rerun: there is no 'transients' (did you mean 'transient'?)",
    "::test_negative: maturity_rerun: max_retries must be a whole number from 0 to 100, not -1",
    "::test_boolean: maturity_rerun: max_retries must be a whole number from 0 to 100, not True",
    "::TestBoth: maturity_rerun: max_retries must be a whole number from 0 to 100, not '2'",
    f"::TestBoth: {LIST}",
    f"::test_no_exception: {LIST}",
]


@pytest.mark.parametrize("flags", [(), ("--maturity-retries", "0")])
def test_every_wrong_marker_is_reported_once_before_any_test_runs(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    ran = flaky_project.run(WRONG_MARKERS, *flags)
    assert ran.code == 4
    assert ran.errors == [f"ERROR: tests/test_orchestrator.py{error}" for error in ERRORS]
    assert not (flaky_project.project.path / "ran").exists()


def test_wrong_markers_in_a_worker_are_reported_and_no_test_runs(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(WRONG_MARKERS, *WORKERS)
    assert ran.code == 4
    assert ran.report["verdict"] == "INCONCLUSIVE"
    assert ran.errors == [f"ERROR: tests/test_orchestrator.py{error}" for error in ERRORS]
    assert not (flaky_project.project.path / "ran").exists()


def test_a_wrong_marker_that_a_test_adds_to_itself_is_ignored(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run("""
        import pytest

        @pytest.fixture
        def late(request):
            request.node.add_marker(pytest.mark.maturity_rerun(max_retries="many", transient=1))

        def test_it(late):
            raise ConnectionError("gone")
        """)
    assert len(attempts(ran)) == 3
