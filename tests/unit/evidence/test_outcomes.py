"""Every test counts once, by its worst phase; what did not finish or was left out is a gap."""

from __future__ import annotations

import json
from itertools import pairwise, permutations

import pytest

from pytest_maturity.evidence.outcomes import Ledger
from pytest_maturity.model.evidence import Gap, Outcomes
from pytest_maturity.model.retries import Attempt, RetriedTest
from pytest_maturity.model.text import first_few

FROM_BEST_TO_WORST = ("passed", "xpassed", "xfailed", "skipped", "error", "failed")


def counted(ledger: Ledger, of: str = "") -> Outcomes:
    """The outcomes of the tests whose ids begin so."""
    return ledger.counts({nodeid for nodeid in ledger.known() if nodeid.startswith(of)})


def gaps_of(ledger: Ledger, of: str = "", stopped: str = "") -> list[Gap]:
    return ledger.gaps({nodeid for nodeid in ledger.known() if nodeid.startswith(of)}, stopped)


def ran(*tests: tuple[str, str]) -> Ledger:
    ledger = Ledger()
    ledger.collect(nodeid for nodeid, _ in tests)
    for nodeid, outcome in tests:
        ledger.record(nodeid, outcome)
        ledger.complete(nodeid)
    return ledger


def test_an_empty_ledger_counts_nothing_and_has_no_gap() -> None:
    assert counted(Ledger()) == Outcomes()
    assert gaps_of(Ledger()) == []


@pytest.mark.parametrize("outcome", FROM_BEST_TO_WORST)
def test_each_outcome_has_its_own_count(outcome: str) -> None:
    counts = counted(ran(("a::t", outcome)))
    assert {name: getattr(counts, name) for name in FROM_BEST_TO_WORST} == {
        name: int(name == outcome) for name in FROM_BEST_TO_WORST
    }
    assert (counts.collected, counts.completed) == (1, 1)


@pytest.mark.parametrize(("better", "worse"), list(pairwise(FROM_BEST_TO_WORST)))
def test_the_worse_of_two_outcomes_counts(better: str, worse: str) -> None:
    for order in ((better, worse), (worse, better)):
        counts = counted(ran(*(("a::t", outcome) for outcome in order)))
        assert (getattr(counts, worse), getattr(counts, better)) == (1, 0)


@pytest.mark.parametrize("order", list(permutations(["passed", "skipped", "error", "failed"])))
def test_a_test_counts_once_by_its_worst_phase_in_any_order(order: tuple[str, ...]) -> None:
    ledger = ran(*(("a::t", outcome) for outcome in order))
    counts = counted(ledger)
    assert (counts.failed, counts.error, counts.skipped, counts.passed) == (1, 0, 0, 0)


def test_an_error_in_teardown_takes_back_the_pass() -> None:
    ledger = ran(("tests/a.py::t", "passed"))
    ledger.fail("tests/a.py::t", "error", 7, "boom")
    counts = counted(ledger)
    assert (counts.passed, counts.error) == (0, 1)
    (finding,) = counts.failures
    assert (finding.location, finding.rule, finding.message) == ("tests/a.py:7", "error", "boom")
    assert finding.test == "tests/a.py::t"


def test_a_failure_is_found_in_its_file_however_deep_its_test_is_nested() -> None:
    ledger = Ledger()
    ledger.fail("tests/a.py::TestA::TestB::t[x::y]", "failed", 7, "boom")
    assert counted(ledger).failures[0].path == "tests/a.py"


def test_a_test_that_begins_twice_was_run_again_by_somebody() -> None:
    ledger = ran(("a::t", "passed"), ("a::u", "passed"))
    for nodeid in ("a::t", "a::u", "a::u"):
        ledger.start(nodeid)
    assert counted(ledger).flaky_tests == ("a::u",)


def attempts(*outcomes: str) -> tuple[Attempt, ...]:
    return tuple(Attempt(number=number, outcome=outcome) for number, outcome in enumerate(outcomes, 1))


def test_a_pass_at_the_second_attempt_is_flaky_and_one_attempt_is_no_rerun() -> None:
    ledger = ran(("a::t", "passed"), ("a::u", "failed"), ("b::t", "failed"))
    ledger.tried("a::t", iter(attempts("failed", "passed")))
    ledger.tried("a::u", attempts("failed"))
    ledger.tried("a::v", attempts("failed", "failed"))  # and then the process died
    ledger.tried("b::t", attempts("failed", "failed"))
    assert ledger.rerun == {"a::t", "a::v", "b::t"}
    counts = counted(ledger, "a")
    assert counts.flaky_tests == ("a::t",)
    assert counts.retried == (
        RetriedTest(test="a::t", outcome="passed", attempts=attempts("failed", "passed")),
        RetriedTest(test="a::u", outcome="failed", attempts=attempts("failed")),
        RetriedTest(test="a::v", outcome="unfinished", attempts=attempts("failed", "failed")),
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
    counts = counted(ledger)
    assert (counts.flaky, counts.flaky_tests, counts.passed) == (2, ("a::a", "a::b"), 2)


def test_only_owned_tests_count() -> None:
    ledger = ran(("a::t", "passed"), ("b::t", "failed"))
    ledger.fail("b::t", "failed", None, "x")
    ledger.drop({"b::u": "-k b"})
    ledger.collect(["b::v"])
    ledger.record("b::w", "passed")
    ledger.rerun.add("b::w")
    assert counted(ledger, "a") == Outcomes(collected=1, completed=1, passed=1)
    assert gaps_of(ledger, "a") == []


def test_a_test_that_never_ended_is_a_gap() -> None:
    ledger = ran(("a::t", "passed"))
    ledger.collect(["a::u"])
    ledger.record("a::u", "passed")  # its call passed, and then the process died
    assert gaps_of(ledger) == [Gap(cause="unfinished", message="1 test did not finish: a::u")]


def test_what_stopped_the_run_is_said_of_the_tests_that_did_not_finish() -> None:
    ledger = Ledger()
    ledger.collect(["a::t"])
    assert gaps_of(ledger, stopped="-x") == [
        Gap(cause="unfinished", message="1 test did not finish (-x stopped the run): a::t")
    ]


def test_a_test_that_was_to_run_again_and_did_not_is_a_gap() -> None:
    ledger = Ledger()
    ledger.collect(["a::t"])
    ledger.rerun.add("a::t")
    ledger.complete("a::t")
    assert gaps_of(ledger) == [Gap(cause="unfinished", message="1 test did not finish: a::t")]


def test_deselected_and_uncollected_tests_are_gaps() -> None:
    ledger = ran(("a::t", "passed"))
    ledger.drop({f"a::{number}": "-k t" if number < 4 else "a plugin" for number in range(5)})
    ledger.record("a::ghost", "passed")
    assert gaps_of(ledger) == [
        Gap(cause="deselected", message="4 tests deselected by -k t: a::0, a::1, a::2 and 1 more"),
        Gap(cause="deselected", message="1 test deselected by a plugin: a::4"),
        Gap(cause="uncollected", message="1 test ran uncollected: a::ghost"),
    ]


def test_a_whole_file_stands_for_its_tests() -> None:
    ledger = Ledger()
    ledger.fail("tests/a.py", "error", None, "ImportError")
    ledger.whole_file("tests/a.py")
    assert gaps_of(ledger) == []
    counts = counted(ledger)
    assert (counts.collected, counts.completed, counts.error) == (1, 1, 1)


def test_three_ids_are_named_and_what_is_more_is_counted() -> None:
    assert first_few(["a::t", "a::u", "a::v"]) == "a::t, a::u, a::v"
    assert first_few(["a::t", "a::u", "a::v", "a::w"]) == "a::t, a::u, a::v and 1 more"


def test_hostile_ids_are_escaped_in_words() -> None:
    assert first_few(["a::t[\x1b[31m]"]) == "a::t[\\x1b[31m]"
    assert len(first_few(["x" * 999])) == 120


def test_a_finding_of_an_unhandled_exception_is_in_the_tests_file() -> None:
    ledger = ran(("tests/test_a.py::TestA::test_it[x::y]", "passed"))
    ledger.overlook("tests/test_a.py::TestA::test_it[x::y]", "thread", "boom")
    (found,) = counted(ledger).unhandled or ()
    assert (found.path, found.rule) == ("tests/test_a.py", "thread")
    assert (found.test, found.message) == ("tests/test_a.py::TestA::test_it[x::y]", "boom")


@pytest.mark.parametrize(("outcome", "failed"), [("failed", 1), ("error", 1), ("passed", 0), ("skipped", 0)])
def test_a_failure_and_an_error_are_failures_whosever_they_are(outcome: str, failed: int) -> None:
    assert ran(("a::t", outcome), ("b::t", "passed")).failed == failed


def test_an_unhandled_exception_is_its_tests_and_outside_of_all_everybodys() -> None:
    ledger = ran(("a::t", "passed"), ("b::t", "passed"))
    ledger.overlook("a::t", "thread", "boom")
    ledger.overlook("", "unraisable", "late")
    found = counted(ledger, "b").unhandled
    assert found is not None
    assert [(one.path, one.rule, one.message) for one in found] == [("", "unraisable", "outside the tests: late")]
    assert len(counted(ledger).unhandled or ()) == 2
    ledger.watched = False
    assert counted(ledger).unhandled is None


def test_an_unknown_outcome_is_not_taken_for_a_pass() -> None:
    ledger = ran(("a::t", "passed"))
    with pytest.raises(KeyError):
        ledger.record("a::t", "splendid")


def full(prefix: str) -> Ledger:
    """A ledger in which nothing is as it began."""
    ledger = Ledger()
    nodeid = f"{prefix}.py::test"
    ledger.collect([nodeid, f"{prefix}.py::other"])
    ledger.start(nodeid)
    ledger.start(nodeid)
    ledger.fail(nodeid, "failed", 7, "assert 1 == 2")
    ledger.record(f"{prefix}.py::other", "xpassed")
    ledger.complete(nodeid)
    ledger.tried(nodeid, [Attempt(number=1, outcome="failed", delay=0.5), Attempt(number=2, outcome="failed")])
    ledger.lack(f"{prefix}_module", nodeid)
    ledger.overlook(nodeid, "thread", "ValueError")
    ledger.drop({f"{prefix}.py::gone": "-k"})
    return ledger


def test_a_ledger_that_is_told_as_plain_data_and_read_back_is_the_same() -> None:
    ledger = full("a")
    ledger.watched = False
    plain = json.loads(json.dumps(ledger.plain()))
    assert plain == {
        "ended": {"failed": ["a.py::test"]},
        "outcomes": {"a.py::other": "xpassed"},
        "completed": [],
        "started": [],
        "rerun": ["a.py::test"],
        "attempts": {"a.py::test": [
            {"number": 1, "outcome": "failed", "phase": "", "exception": "", "message": "", "classification": "",
             "duration": 0.0, "delay": 0.5, "decision": "", "by": ""},
            {"number": 2, "outcome": "failed", "phase": "", "exception": "", "message": "", "classification": "",
             "duration": 0.0, "delay": None, "decision": "", "by": ""},
        ]},
        "missing": {"a_module": "a.py::test"},
        "failures": [["a.py::test", {"path": "a.py", "message": "assert 1 == 2", "line": 7, "column": None,
                                     "rule": "failed", "severity": "", "test": "a.py::test", "ranges": []}]],
        "unhandled": [["a.py::test", {"path": "a.py", "message": "ValueError", "line": None, "column": None,
                                      "rule": "thread", "severity": "", "test": "a.py::test", "ranges": []}]],
        "watched": False,
    }  # fmt: skip
    back = Ledger.from_plain(plain)
    ledger.collected, ledger.deselected = {}, {}  # known where the tests are collected
    assert back == ledger
    assert Ledger.from_plain({**plain, "watched": True}).watched is True
    assert Ledger.from_plain({**plain, "watched": 1}).watched is False


def test_the_order_of_plain_data_does_not_depend_on_that_of_sets() -> None:
    ledger = Ledger(started={"c": True, "b": True, "a": True}, over={"c", "d", "a"}, rerun={"b", "c", "a"})
    plain = ledger.plain()
    assert (plain["completed"], plain["started"], plain["rerun"]) == (list("abcd"), list("abc"), list("abc"))
    ledger.outcomes = {"c": "passed", "a": "passed", "b": "skipped"}
    plain = ledger.plain()
    assert plain["ended"] == {"passed": ["a", "c"], "skipped": ["b"]}
    assert [plain["outcomes"], plain["completed"], plain["started"]] == [{}, ["d"], []]


@pytest.mark.parametrize("wrong", [{"a": "splendid"}, {"a": None}, ["a"], None])
def test_outcomes_that_nobody_knows_are_refused(wrong: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        Ledger.from_plain({**Ledger().plain(), "outcomes": wrong})


def test_what_happened_elsewhere_is_added_and_what_is_to_run_is_not() -> None:
    here, there = full("a"), full("b")
    here.absorb(there)
    assert list(here.collected) == ["a.py::test", "a.py::other"]
    assert here.deselected == {"a.py::gone": "-k"}
    assert here.outcomes == {**full("a").outcomes, **there.outcomes}
    assert here.completed == here.started.keys() == here.rerun == {"a.py::test", "b.py::test"}
    assert here.attempts == {**full("a").attempts, **there.attempts}
    assert here.missing == {"a_module": "a.py::test", "b_module": "b.py::test"}
    assert here.failures == [*full("a").failures, *there.failures]
    assert here.unhandled == [*full("a").unhandled, *there.unhandled]


def test_the_worse_of_two_outcomes_counts_and_a_failure_that_is_told_twice_once() -> None:
    here, there = Ledger(outcomes={"a": "passed", "b": "failed"}), Ledger(outcomes={"a": "failed", "b": "passed"})
    here.absorb(there)
    assert here.outcomes == {"a": "failed", "b": "failed"}
    here, there = full("a"), full("a")
    here.absorb(there)
    assert here.failures == there.failures


@pytest.mark.parametrize(("here", "there"), [(True, True), (True, False), (False, True)])
def test_exceptions_were_watched_for_only_where_all_watched(here: bool, there: bool) -> None:
    ledger = Ledger(watched=here)
    ledger.absorb(Ledger(watched=there))
    assert ledger.watched is (here and there)


def test_the_first_that_lacks_a_module_is_told() -> None:
    here = Ledger(missing={"m": "here"})
    here.absorb(Ledger(missing={"m": "there", "n": "there"}))
    assert here.missing == {"m": "here", "n": "there"}


def test_what_became_of_a_test_without_an_outcome_is_told_in_the_words_of_the_run() -> None:
    ledger = Ledger(lost="ran in no shard")
    ledger.collect(["a"])
    assert [gap.message for gap in gaps_of(ledger)] == ["1 test ran in no shard: a"]


def test_what_passed_in_a_run_that_did_not_end_need_not_run_again() -> None:
    earlier = ran(("a", "passed"), ("b", "skipped"), ("c", "xfailed"), ("d", "xpassed"))
    earlier.start("a")
    earlier.complete("a")
    earlier.record("running", "passed")  # and was not torn down
    here = Ledger()
    assert here.resume([earlier]) == {"a"}
    assert (here.outcomes, here.completed, here.started) == ({"a": "passed"}, {"a"}, {})
    here.collect(["a", "b"])
    assert [gap.message for gap in gaps_of(here)] == ["1 test did not finish: b"]


def test_what_need_not_run_again_has_run() -> None:
    """So that a merge sees that another shard ran it, too."""
    here = Ledger()
    here.pass_over(here.resume([ran(("a", "passed"))]))
    assert (list(here.collected), here.started, here.completed) == (["a"], {"a": True}, {"a"})
    assert gaps_of(here) == []


def test_what_passed_in_a_run_that_did_not_end_and_runs_again_is_not_over_until_it_has_run() -> None:
    here = Ledger()
    here.resume([ran(("a", "passed"))])
    here.collect(["a"])
    here.start("a")
    assert [gap.message for gap in gaps_of(here)] == ["1 test did not finish: a"]
    here.complete("a")
    assert gaps_of(here) == []
    assert not here.rerun


def test_what_failed_in_a_run_that_did_not_end_is_flaky_when_it_passes_now() -> None:
    earlier = ran(("a", "passed"))
    earlier.fail("a", "error", None, "torn")
    earlier.complete("a")
    here = Ledger()
    assert here.resume([earlier]) == set()
    here.collect(["a"])
    here.start("a")
    here.record("a", "passed")
    here.complete("a")
    counts = counted(here)
    assert (counts.passed, counts.error, counts.flaky, counts.failures) == (1, 0, 1, ())
    ((first, second),) = (one.attempts for one in counts.retried)
    assert (first.number, first.outcome, first.message) == (1, "error", "torn")
    assert (second.number, second.outcome) == (2, "passed")


def test_attempts_go_on_from_those_of_a_run_that_did_not_end() -> None:
    earlier = ran(("a", "failed"))
    earlier.tried("a", attempts("failed", "failed"))
    here = Ledger()
    here.resume([earlier])
    here.collect(["a"])
    here.record("a", "passed")
    here.tried("a", attempts("failed", "passed"))
    ((*tries,),) = (one.attempts for one in counted(here).retried)
    assert [(one.number, one.outcome) for one in tries] == [
        (1, "failed"), (2, "failed"), (3, "failed"), (4, "passed"),
    ]  # fmt: skip


def test_a_flaky_pass_stays_flaky_and_what_one_worker_saw_does_not_change_what_another_did() -> None:
    one, other = ran(("a", "passed")), ran(("b", "failed"))
    one.tried("a", attempts("failed", "passed"))
    other.fail("b", "failed", 3, "no")
    other.watched = False
    other.overlook("b", "thread", "of b")
    other.overlook("", "thread", "of nobody")
    here = Ledger()
    assert here.resume([one, other]) == {"a"}
    counts = counted(here)
    assert counts.flaky_tests == ("a",)
    assert {tried.test: len(tried.attempts) for tried in counts.retried} == {"a": 2, "b": 1}
    assert [nodeid for nodeid, _ in here.unhandled] == [""]
    assert here.watched is False


@pytest.mark.parametrize("turn", [1, -1], ids=["passed first", "failed first"])
def test_what_passed_in_one_process_and_failed_in_another_runs_again(turn: int) -> None:
    one, other = ran(("a", "passed"), ("b", "passed")), ran(("a", "failed"))
    other.fail("a", "failed", None, "no")
    here = Ledger()
    assert here.resume([one, other][::turn]) == {"b"}
    assert (here.outcomes, here.rerun) == ({"b": "passed"}, {"a"})


def test_a_test_of_which_something_was_not_torn_down_is_not_over() -> None:
    earlier = ran(("a", "passed"), ("b", "passed"), ("c", "failed"))
    earlier.fail("c", "failed", None, "no")
    here = Ledger()
    assert here.resume([earlier], ["b", "c"]) == {"a"}
    assert (here.outcomes, here.rerun) == ({"a": "passed"}, {"c"})  # what failed is not forgotten
