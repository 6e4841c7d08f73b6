"""The attempts of a test: their number as a fixture, their record in the report, and what they leave behind."""

from __future__ import annotations

import json
from importlib import resources

import jsonschema
import pytest

from tests.acceptance.retries.flaky_project import WORKERS, FlakyProject, attempts, everywhere, outcomes_by_test

# ── the fixture `maturity_attempt` ────────────────────────────────────────────

NUMBERS = """
    import journal, pytest

    @pytest.fixture
    def broker(maturity_attempt):
        journal.write("fixture", maturity_attempt)

    def test_it(broker, maturity_attempt):
        journal.write("test", maturity_attempt)
        if maturity_attempt < 3:
            raise ConnectionError("gone")

    def test_next(maturity_attempt):
        journal.write("next", maturity_attempt)
"""


def test_the_fixture_has_the_number_of_the_attempt(flaky_project: FlakyProject) -> None:
    assert flaky_project.run(NUMBERS).code == 0
    pairs = [f"{who} {number}" for number in (1, 2, 3) for who in ("fixture", "test")]
    assert flaky_project.journal == [*pairs, "next 1"]


@pytest.mark.parametrize("flags", [("--maturity-component", "orchestration", "--maturity-retries", "0"), ()])
def test_without_retries_the_fixture_is_one(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    flaky_project.project.write({"tests/test_orchestrator.py": NUMBERS})
    flaky_project.project.run("tests/test_orchestrator.py", *flags)
    assert flaky_project.journal == ["fixture 1", "test 1", "next 1"]


# ── the report ────────────────────────────────────────────────────────────────

ONE_FLAKY_OF_TEN = """
    import pytest

    @pytest.mark.parametrize("number", range(10))
    def test_it(number, maturity_attempt):
        if number == 7 and maturity_attempt < 3:
            raise ConnectionError("gone")
"""
DEFAULTS = """
    [tool.maturity]
    stages.dev = { coverage = false, lint = false }
    stages.staging = { coverage = false, types = false, security = false }
    stages.production = { coverage = false }
    retry.base_delay = 0
"""
FLAKY = "tests/test_orchestrator.py::test_it[7]"
ATTEMPTS_MESSAGE = "passed in attempt 3, after ConnectionError in call, ConnectionError in call: gone"


@pytest.mark.parametrize(("target", "code", "limit"), [("dev", 0, None), ("staging", 1, "2"), ("production", 1, "0")])
def test_one_flaky_test_of_ten_is_allowed_at_dev_only(
    flaky_project: FlakyProject, target: str, code: int, limit: str | None
) -> None:
    flaky_project.project.policy(DEFAULTS)
    ran = flaky_project.run(ONE_FLAKY_OF_TEN, "--maturity-target", target)
    assert ran.code == code
    assert ran.component["reached"] == "dev"
    gate = ran.gate("flaky_rate")
    assert gate["value"] == 10
    assert gate["stages"]["staging"]["status"] == gate["stages"]["production"]["status"] == "failed"
    assert [(finding["test"], finding["message"]) for finding in gate["findings"]] == [(FLAKY, ATTEMPTS_MESSAGE)]
    if limit:
        assert ran.last_line == f"HOLD  orchestration is not ready for {target}: flaky rate 10 % > {limit}"
    shown = " ".join(ran.result.stdout.str().split())
    message = f"stabilize 1 flaky test: {FLAKY}: {ATTEMPTS_MESSAGE}"
    assert message in [one["message"] for one in ran.component["next"]["unmet"]]
    assert "flaky rate: stabilize 1 flaky test" in shown
    assert f"FLAKY {FLAKY} attempt 1: ConnectionError in call after" in shown


@everywhere
def test_attempts_are_in_the_report_and_not_in_the_rates(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run(ONE_FLAKY_OF_TEN + "\n    def test_worse(): assert 0\n", *flags)
    schema = json.loads(resources.files("pytest_maturity").joinpath("reports/report.schema.json").read_text("utf-8"))
    jsonschema.validate(ran.report, schema)
    counts, retries = ran.component["outcomes"], ran.component["retries"]
    assert (counts["collected"], counts["passed"], counts["failed"], counts["flaky"]) == (11, 10, 1, 1)
    assert (retries["pass_rate"], retries["clean_pass_rate"], retries["flaky_rate"]) == (90.90909, 81.818181, 10)
    assert (retries["used"], retries["budget"], retries["flaky"]) == (2, 10, [FLAKY])
    (test,) = retries["tests"]
    assert (test["test"], test["outcome"]) == (FLAKY, "passed")
    first, second, third = test["attempts"]
    assert [one.pop("duration_s") >= 0 for one in (first, second, third)] == [True] * 3
    assert second == {**first, "number": 2}
    assert first == {
        "number": 1, "outcome": "failed", "phase": "call", "exception": "ConnectionError", "message": "gone",
        "classification": "transient", "delay_s": 0, "decision": "rerun: transient", "by": "maturity_default_policy",
    }  # fmt: skip
    assert third == {
        "number": 3, "outcome": "passed", "phase": "", "exception": "", "message": "", "classification": "",
        "delay_s": None, "decision": "", "by": "",
    }  # fmt: skip


def test_lines_that_only_a_failed_attempt_executed_are_covered_with_a_note(flaky_project: FlakyProject) -> None:
    flaky_project.project.policy("""
        [tool.maturity]
        ladder = ["covered"]
        stages.covered.coverage = 100
        retry.base_delay = 0
        """)
    flaky_project.project.write({
        "src/orchestration/engine.py": "def run(steps):\n    if steps == 1:\n        return 'few'\n    return 'many'\n",
        "src/orchestration/unused.py": "",
    })  # fmt: skip
    source = """
        import orchestration

        def test_it(maturity_attempt):
            orchestration.run(maturity_attempt)
            if maturity_attempt == 1:
                raise ConnectionError("gone")
        """
    ran = flaky_project.run(source, subprocess=True)
    assert ran.component["coverage"]["percent"] == 100
    assert ran.component["coverage"]["notes"] == ["lines that only failed attempts reached count as covered"]
    ran = flaky_project.run(source.replace("== 1", "== 99"), subprocess=True)
    assert ran.component["coverage"]["notes"] == []


def test_an_exception_group_is_named_by_its_members(flaky_project: FlakyProject) -> None:
    flaky_project.configure("max_retries = 0")
    ran = flaky_project.run("""
        import sys

        if sys.version_info < (3, 11):
            from exceptiongroup import ExceptionGroup

        def test_it():
            raise ExceptionGroup("several", [TimeoutError(), ExceptionGroup("", [ConnectionError(), TimeoutError()])])
        """)
    assert [one["exception"] for one in attempts(ran)] == ["TimeoutError, ConnectionError"]


# ── workers ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dist", ["load", "loadscope", "loadfile", "worksteal"])
def test_a_test_that_kills_its_worker_is_failed(flaky_project: FlakyProject, dist: str) -> None:
    ran = flaky_project.run("""
        import os
        import journal

        def test_kills():
            with open("killed", "a") as file:
                file.write("x")
            if len(open("killed").read()) == 1:
                os._exit(1)

        def test_a(): pass
        def test_b(): pass
        """, *WORKERS, f"--dist={dist}")  # fmt: skip
    assert ran.code in (1, 3)
    assert ran.report["verdict"] != "PROMOTE"
    counts = ran.component["outcomes"]
    assert (counts["failed"], counts["flaky"], counts["passed"]) == (1, 0, 2)


def test_a_test_that_kills_its_worker_in_a_later_attempt_is_failed(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run("""
        import os

        def test_it(maturity_attempt):
            if maturity_attempt == 2:
                os._exit(1)
            raise ConnectionError("gone")

        def test_other(): pass
        """, *WORKERS)  # fmt: skip
    assert ran.report["verdict"] != "PROMOTE"
    assert ran.component["outcomes"]["failed"] == 1


# ── memory ────────────────────────────────────────────────────────────────────


def test_no_frame_of_a_failed_attempt_stays_alive(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run("""
        import gc, weakref
        import pytest

        class Big: pass

        kept = []

        @pytest.fixture
        def thing(maturity_attempt):
            big = Big()
            kept.append(weakref.ref(big))
            yield big

        @pytest.fixture(scope="module")
        def wide():
            big = Big()
            kept.append(weakref.ref(big))
            if len(kept) == 1:
                raise ConnectionError("gone")

        def test_it(wide, thing, maturity_attempt):
            big = Big()
            kept.append(weakref.ref(big))
            gc.collect()
            alive = [one() for one in kept[:-2]]
            assert alive == [None] * len(alive), alive
            if maturity_attempt < 4:
                raise ConnectionError("gone")

        def test_after():
            gc.collect()
            assert len(kept) == 8
            assert [one() for one in kept] == [None] * 8
        """, "--maturity-retries", "3", subprocess=True)  # fmt: skip  # in this process pytester keeps the reports
    assert ran.code == 0
    assert outcomes_by_test(ran) == {"test_it": ["error", "failed", "failed", "passed"]}
