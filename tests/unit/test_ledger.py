"""Every test counts once, by its worst phase; what did not finish or was left out is a gap."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest

from pytest_maturity.ledger import Ledger, some
from pytest_maturity.model import Gap, Outcomes
from pytest_maturity.retry import Attempt, Retried

FROM_BEST_TO_WORST = ("passed", "xpassed", "xfailed", "skipped", "errors", "failed")


def everybody(nodeid: str) -> bool:
    return True


def ran(*tests: tuple[str, str]) -> Ledger:
    ledger = Ledger()
    ledger.collect(nodeid for nodeid, _ in tests)
    for nodeid, outcome in tests:
        ledger.record(nodeid, outcome)
        ledger.complete(nodeid)
    return ledger


def test_an_empty_ledger_counts_nothing_and_has_no_gap() -> None:
    assert Ledger().counts(everybody) == Outcomes()
    assert Ledger().gaps(everybody) == []


@pytest.mark.parametrize("outcome", FROM_BEST_TO_WORST)
def test_each_outcome_has_its_own_count(outcome: str) -> None:
    counts = ran(("a::t", outcome)).counts(everybody)
    counted = {name: getattr(counts, name) for name in FROM_BEST_TO_WORST}
    assert counted == {name: int(name == outcome) for name in FROM_BEST_TO_WORST}
    assert (counts.collected, counts.completed) == (1, 1)


@pytest.mark.parametrize(("better", "worse"), list(pairwise(FROM_BEST_TO_WORST)))
def test_the_worse_of_two_outcomes_counts(better: str, worse: str) -> None:
    for order in ((better, worse), (worse, better)):
        counts = ran(*(("a::t", outcome) for outcome in order)).counts(everybody)
        assert (getattr(counts, worse), getattr(counts, better)) == (1, 0)


@pytest.mark.parametrize("order", list(permutations(["passed", "skipped", "errors", "failed"])))
def test_a_test_counts_once_by_its_worst_phase_in_any_order(order: tuple[str, ...]) -> None:
    ledger = ran(*(("a::t", outcome) for outcome in order))
    counts = ledger.counts(everybody)
    assert (counts.failed, counts.errors, counts.skipped, counts.passed) == (1, 0, 0, 0)


def test_an_error_in_teardown_takes_back_the_pass() -> None:
    ledger = ran(("tests/a.py::t", "passed"))
    ledger.fail("tests/a.py::t", "errors", 7, "boom")
    counts = ledger.counts(everybody)
    assert (counts.passed, counts.errors) == (0, 1)
    (finding,) = counts.failures
    assert (finding.where, finding.rule, finding.message) == ("tests/a.py:7", "errors", "tests/a.py::t: boom")


def test_a_failure_is_found_in_its_file_however_deep_its_test_is_nested() -> None:
    ledger = Ledger()
    ledger.fail("tests/a.py::TestA::TestB::t[x::y]", "failed", 7, "boom")
    assert ledger.counts(everybody).failures[0].path == "tests/a.py"


def test_a_test_that_begins_twice_was_run_again_by_somebody() -> None:
    ledger = ran(("a::t", "passed"), ("a::u", "passed"))
    for nodeid in ("a::t", "a::u", "a::u"):
        ledger.start(nodeid)
    assert ledger.counts(everybody).flaky_tests == ("a::u",)


def attempts(*outcomes: str) -> tuple[Attempt, ...]:
    return tuple(Attempt(number=number, outcome=outcome) for number, outcome in enumerate(outcomes, 1))


def test_a_pass_at_the_second_attempt_is_flaky_and_one_attempt_is_no_rerun() -> None:
    ledger = ran(("a::t", "passed"), ("a::u", "failed"), ("b::t", "failed"))
    ledger.tried("a::t", iter(attempts("failed", "passed")))
    ledger.tried("a::u", attempts("failed"))
    ledger.tried("a::v", attempts("failed", "failed"))  # and then the process died
    ledger.tried("b::t", attempts("failed", "failed"))
    assert ledger.rerun == {"a::t", "a::v", "b::t"}
    counts = ledger.counts(lambda nodeid: nodeid.startswith("a"))
    assert counts.flaky_tests == ("a::t",)
    assert counts.retried == (
        Retried(test="a::t", outcome="passed", attempts=attempts("failed", "passed")),
        Retried(test="a::u", outcome="failed", attempts=attempts("failed")),
        Retried(test="a::v", outcome="unfinished", attempts=attempts("failed", "failed")),
    )


def test_the_first_test_that_lacked_a_module_is_remembered() -> None:
    ledger = Ledger()
    ledger.lack("requests", "a::t")
    ledger.lack("requests", "b::t")
    ledger.lack("yaml", "b::u")
    assert ledger.missing == {"requests": "a::t", "yaml": "b::u"}


def test_a_pass_after_a_rerun_is_flaky_and_a_failure_after_one_is_not() -> None:
    ledger = ran(("a::b", "passed"), ("a::a", "passed"), ("a::c", "failed"))
    ledger.rerun.update(["a::a", "a::b", "a::c"])
    counts = ledger.counts(everybody)
    assert (counts.flaky, counts.flaky_tests, counts.passed) == (2, ("a::a", "a::b"), 2)


def test_only_owned_tests_count() -> None:
    ledger = ran(("a::t", "passed"), ("b::t", "failed"))
    ledger.fail("b::t", "failed", None, "x")
    ledger.drop({"b::u": "-k b"})
    ledger.collect(["b::v"])
    ledger.record("b::w", "passed")
    ledger.rerun.add("b::w")
    assert ledger.counts(lambda nodeid: nodeid.startswith("a")) == Outcomes(collected=1, completed=1, passed=1)
    assert ledger.gaps(lambda nodeid: nodeid.startswith("a")) == []


def test_a_test_that_never_ended_is_a_gap() -> None:
    ledger = ran(("a::t", "passed"))
    ledger.collect(["a::u"])
    ledger.record("a::u", "passed")  # its call passed, and then the process died
    assert ledger.gaps(everybody) == [Gap(kind="unfinished", words="1 test did not finish: a::u")]


def test_what_stopped_the_run_is_said_of_the_tests_that_did_not_finish() -> None:
    ledger = Ledger()
    ledger.collect(["a::t"])
    assert ledger.gaps(everybody, "-x") == [
        Gap(kind="unfinished", words="1 test did not finish (-x stopped the run): a::t")
    ]


def test_a_test_that_was_to_run_again_and_did_not_is_a_gap() -> None:
    ledger = Ledger()
    ledger.collect(["a::t"])
    ledger.rerun.add("a::t")
    ledger.complete("a::t")
    assert ledger.gaps(everybody) == [Gap(kind="unfinished", words="1 test did not finish: a::t")]


def test_deselected_and_uncollected_tests_are_gaps() -> None:
    ledger = ran(("a::t", "passed"))
    ledger.drop({f"a::{number}": "-k t" if number < 4 else "a plugin" for number in range(5)})
    ledger.record("a::ghost", "passed")
    assert ledger.gaps(everybody) == [
        Gap(kind="deselected", words="4 tests deselected by -k t: a::0, a::1, a::2 and 1 more"),
        Gap(kind="deselected", words="1 test deselected by a plugin: a::4"),
        Gap(kind="uncollected", words="1 test ran uncollected: a::ghost"),
    ]


def test_a_whole_file_stands_for_its_tests() -> None:
    ledger = Ledger()
    ledger.fail("tests/a.py", "errors", None, "ImportError")
    ledger.whole_file("tests/a.py")
    assert ledger.gaps(everybody) == []
    counts = ledger.counts(everybody)
    assert (counts.collected, counts.completed, counts.errors) == (1, 1, 1)


def test_three_ids_are_named_and_what_is_more_is_counted() -> None:
    assert some(["a::t", "a::u", "a::v"]) == "a::t, a::u, a::v"
    assert some(["a::t", "a::u", "a::v", "a::w"]) == "a::t, a::u, a::v and 1 more"


def test_hostile_ids_are_escaped_in_words() -> None:
    assert some(["a::t[\x1b[31m]"]) == "a::t[\\x1b[31m]"
    assert len(some(["x" * 999])) == 120


def test_a_finding_of_an_unhandled_exception_is_in_the_tests_file() -> None:
    ledger = ran(("tests/test_a.py::TestA::test_it[x::y]", "passed"))
    ledger.overlook("tests/test_a.py::TestA::test_it[x::y]", "thread", "boom")
    (found,) = ledger.counts(everybody).unhandled or ()
    assert (found.path, found.rule) == ("tests/test_a.py", "thread")
    assert found.message == "tests/test_a.py::TestA::test_it[x::y]: boom"


@pytest.mark.parametrize(("outcome", "failed"), [("failed", 1), ("errors", 1), ("passed", 0), ("skipped", 0)])
def test_a_failure_and_an_error_are_failures_whosever_they_are(outcome: str, failed: int) -> None:
    assert ran(("a::t", outcome), ("b::t", "passed")).failed == failed


def test_an_unhandled_exception_is_its_tests_and_outside_of_all_everybodys() -> None:
    ledger = ran(("a::t", "passed"), ("b::t", "passed"))
    ledger.overlook("a::t", "thread", "boom")
    ledger.overlook("", "unraisable", "late")
    found = ledger.counts(lambda nodeid: nodeid.startswith("b")).unhandled
    assert found is not None
    assert [(one.path, one.rule, one.message) for one in found] == [("", "unraisable", "outside the tests: late")]
    assert len(ledger.counts(everybody).unhandled or ()) == 2
    ledger.watched = False
    assert ledger.counts(everybody).unhandled is None


def test_an_unknown_outcome_is_not_taken_for_a_pass() -> None:
    ledger = ran(("a::t", "passed"))
    with pytest.raises(KeyError):
        ledger.record("a::t", "splendid")
