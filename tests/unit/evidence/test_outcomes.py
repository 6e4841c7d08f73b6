"""Every test counts once, by its worst phase; what did not finish or was left out is a gap."""

from __future__ import annotations

import json
from itertools import pairwise, permutations

import pytest

from pytest_maturity.evidence.outcomes import OutcomeLog, select_new_findings
from pytest_maturity.model.evidence import EndedTest, Finding, Gap, Outcomes
from pytest_maturity.model.retries import Attempt, RetriedTest
from pytest_maturity.model.text import first_few
from pytest_maturity.model.timings import Timing

FROM_BEST_TO_WORST = ("passed", "xpassed", "xfailed", "skipped", "error", "failed")


def counted(log: OutcomeLog, of: str = "") -> Outcomes:
    """The outcomes of the tests whose ids begin so."""
    return log.count_outcomes({nodeid for nodeid in log.list_nodeids() if nodeid.startswith(of)})


def gaps_of(log: OutcomeLog, of: str = "", **reasons: str) -> list[Gap]:
    return log.find_gaps({nodeid for nodeid in log.list_nodeids() if nodeid.startswith(of)}, **reasons)


def ran(*tests: tuple[str, str]) -> OutcomeLog:
    log = OutcomeLog()
    log.record_collected(nodeid for nodeid, _ in tests)
    for nodeid, outcome in tests:
        log.record_outcome(nodeid, outcome)
        log.record_end(nodeid)
    return log


def test_an_empty_log_counts_nothing_and_has_no_gap() -> None:
    assert counted(OutcomeLog()) == Outcomes()
    assert gaps_of(OutcomeLog()) == []


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
    log = ran(*(("a::t", outcome) for outcome in order))
    counts = counted(log)
    assert (counts.failed, counts.error, counts.skipped, counts.passed) == (1, 0, 0, 0)


def test_an_error_in_teardown_takes_back_the_pass() -> None:
    log = ran(("tests/a.py::t", "passed"))
    log.record_failure("tests/a.py::t", "error", 7, "boom")
    counts = counted(log)
    assert (counts.passed, counts.error) == (0, 1)
    (finding,) = counts.failures
    assert (finding.location, finding.rule, finding.message) == ("tests/a.py:7", "error", "boom")
    assert finding.test == "tests/a.py::t"


def test_a_failure_is_found_in_its_file_however_deep_its_test_is_nested() -> None:
    log = OutcomeLog()
    log.record_failure("tests/a.py::TestA::TestB::t[x::y]", "failed", 7, "boom")
    assert counted(log).failures[0].path == "tests/a.py"


def test_a_test_that_starts_twice_was_rerun_by_a_plugin() -> None:
    log = ran(("a::t", "passed"), ("a::u", "passed"))
    for nodeid in ("a::t", "a::u", "a::u"):
        log.record_start(nodeid)
    assert counted(log).flaky_tests == ("a::u",)


def attempts(*outcomes: str) -> tuple[Attempt, ...]:
    return tuple(Attempt(number=number, outcome=outcome) for number, outcome in enumerate(outcomes, 1))


def test_a_pass_at_the_second_attempt_is_flaky_and_one_attempt_is_no_rerun() -> None:
    log = ran(("a::t", "passed"), ("a::u", "failed"), ("b::t", "failed"))
    log.record_attempts("a::t", iter(attempts("failed", "passed")))
    log.record_attempts("a::u", attempts("failed"))
    log.record_attempts("a::v", attempts("failed", "failed"))  # and then the process died
    log.record_attempts("b::t", attempts("failed", "failed"))
    assert log.rerun == {"a::t", "a::v", "b::t"}
    counts = counted(log, "a")
    assert counts.flaky_tests == ("a::t",)
    assert counts.retried == (
        RetriedTest(test="a::t", outcome="passed", attempts=attempts("failed", "passed")),
        RetriedTest(test="a::u", outcome="failed", attempts=attempts("failed")),
        RetriedTest(test="a::v", outcome="unfinished", attempts=attempts("failed", "failed")),
    )


def test_the_first_test_that_needed_a_missing_module_is_kept() -> None:
    log = OutcomeLog()
    log.record_missing_module("requests", "a::t")
    log.record_missing_module("requests", "b::t")
    log.record_missing_module("yaml", "b::u")
    assert log.missing_modules == {"requests": "a::t", "yaml": "b::u"}


def test_a_pass_after_a_rerun_is_flaky_and_a_failure_after_one_is_not() -> None:
    log = ran(("a::b", "passed"), ("a::a", "passed"), ("a::c", "failed"))
    for nodeid in ("a::a", "a::b", "a::c"):
        log.record_rerun(nodeid)
    counts = counted(log)
    assert (counts.flaky, counts.flaky_tests, counts.passed) == (2, ("a::a", "a::b"), 2)


def test_only_owned_tests_count() -> None:
    log = ran(("a::t", "passed"), ("b::t", "failed"))
    log.record_failure("b::t", "failed", None, "x")
    log.record_deselected({"b::u": "-k b"})
    log.record_collected(["b::v"])
    log.record_outcome("b::w", "passed")
    log.record_rerun("b::w")
    assert counted(log, "a") == Outcomes(collected=1, completed=1, passed=1)
    assert gaps_of(log, "a") == []


def test_a_test_that_never_ended_is_a_gap() -> None:
    log = ran(("a::t", "passed"))
    log.record_collected(["a::u"])
    log.record_outcome("a::u", "passed")  # its call passed, and then the process died
    assert gaps_of(log) == [Gap(cause="unfinished", message="1 test did not finish: a::u")]


def test_a_gap_names_what_stopped_the_run() -> None:
    log = OutcomeLog()
    log.record_collected(["a::t"])
    assert gaps_of(log, stopped_by="-x") == [
        Gap(cause="unfinished", message="1 test did not finish (-x stopped the run): a::t")
    ]


def test_a_test_that_was_to_run_again_and_did_not_is_a_gap() -> None:
    log = OutcomeLog()
    log.record_collected(["a::t"])
    log.record_rerun("a::t")
    log.record_end("a::t")
    assert gaps_of(log) == [Gap(cause="unfinished", message="1 test did not finish: a::t")]


def test_deselected_and_uncollected_tests_are_gaps() -> None:
    log = ran(("a::t", "passed"))
    log.record_deselected({f"a::{number}": "-k t" if number < 4 else "a plugin" for number in range(5)})
    log.record_outcome("a::ghost", "passed")
    assert gaps_of(log) == [
        Gap(cause="deselected", message="4 tests deselected by -k t: a::0, a::1, a::2 and 1 more"),
        Gap(cause="deselected", message="1 test deselected by a plugin: a::4"),
        Gap(cause="uncollected", message="1 test ran uncollected: a::ghost"),
    ]


def test_a_whole_file_stands_for_its_tests() -> None:
    log = OutcomeLog()
    log.record_failure("tests/a.py", "error", None, "ImportError")
    log.record_file("tests/a.py")
    assert gaps_of(log) == []
    counts = counted(log)
    assert (counts.collected, counts.completed, counts.error) == (1, 1, 1)


def test_three_ids_are_named_and_what_is_more_is_counted() -> None:
    assert first_few(["a::t", "a::u", "a::v"]) == "a::t, a::u, a::v"
    assert first_few(["a::t", "a::u", "a::v", "a::w"]) == "a::t, a::u, a::v and 1 more"


def test_hostile_ids_are_escaped_in_words() -> None:
    assert first_few(["a::t[\x1b[31m]"]) == "a::t[\\x1b[31m]"
    assert len(first_few(["x" * 999])) == 120


def test_a_finding_of_an_unhandled_exception_is_in_the_tests_file() -> None:
    log = ran(("tests/test_a.py::TestA::test_it[x::y]", "passed"))
    log.record_unhandled("tests/test_a.py::TestA::test_it[x::y]", "thread", "boom")
    (found,) = counted(log).unhandled or ()
    assert (found.path, found.rule) == ("tests/test_a.py", "thread")
    assert (found.test, found.message) == ("tests/test_a.py::TestA::test_it[x::y]", "boom")


@pytest.mark.parametrize(("outcome", "failed"), [("failed", 1), ("error", 1), ("passed", 0), ("skipped", 0)])
def test_a_failure_and_an_error_are_failures_of_any_component(outcome: str, failed: int) -> None:
    assert ran(("a::t", outcome), ("b::t", "passed")).count_failed() == failed


def test_an_unhandled_exception_belongs_to_its_test_and_outside_of_all_to_every_component() -> None:
    log = ran(("a::t", "passed"), ("b::t", "passed"))
    log.record_unhandled("a::t", "thread", "boom")
    log.record_unhandled("", "unraisable", "late")
    found = counted(log, "b").unhandled
    assert found is not None
    assert [(one.path, one.rule, one.message) for one in found] == [("", "unraisable", "outside the tests: late")]
    assert len(counted(log).unhandled or ()) == 2
    log.record_watching(False)
    assert counted(log).unhandled is None


def test_the_duration_of_a_test_is_that_of_its_phases_and_of_every_attempt() -> None:
    log = ran(("a::t", "passed"), ("a::u", "passed"), ("b::t", "passed"))
    for nodeid in ("a::t", "a::u", "b::t"):
        log.record_start(nodeid)
        for seconds in (0.25, 1.0, 0.25):
            log.record_duration(nodeid, seconds)
    failed = Attempt(number=1, outcome="failed", duration_s=4.0)
    log.record_attempts("a::u", [failed, Attempt(number=2, outcome="passed", duration_s=1.5)])
    found = counted(log, "a")
    assert (found.duration_s, found.durations) == (7.0, (("a::u", 5.5), ("a::t", 1.5)))


def test_the_durations_are_unknown_where_a_test_was_not_timed() -> None:
    log = ran(("a::t", "passed"))
    assert counted(log).duration_s is None
    log.record_start("a::t")
    log.record_start("a::u")
    log.record_duration("a::t", 1.0)
    assert counted(log).duration_s is None
    log.record_duration("a::u", 1.0)
    assert counted(log).duration_s == 2.0
    log.record_file("a.py")  # a test file without tests takes no time
    assert counted(log).duration_s == 2.0
    log.record_duration("a::u", None)  # one phase is enough
    found = counted(log)
    assert (found.duration_s, found.durations) == (None, (("a::t", 1.0),))


def test_warnings_count_once_for_each_line_and_category() -> None:
    log = OutcomeLog()
    for line, category in ((7, "Mine"), (7, "Mine"), (7, "Other"), (3, "Mine")):
        log.record_warning("src/a.py", line, category, "old", "UserWarning")
    log.record_warning("src/b.py", 1, "Mine", "old", "UserWarning")
    found = [(one.location, one.rule, one.message) for one in log.list_warnings({"src/a.py"})]
    assert found == [
        ("src/a.py:3", "UserWarning", "Mine: old"),
        ("src/a.py:7", "UserWarning", "Mine: old"),
        ("src/a.py:7", "UserWarning", "Other: old"),
    ]


def test_categories_that_are_ignored_in_any_process_are_ignored() -> None:
    here, there = OutcomeLog(), OutcomeLog()
    here.record_warning_filters(True, {"a": frozenset({"UserWarning"})}, ["ignore:a"], [])
    more = {"a": frozenset({"FutureWarning"}), "b": frozenset({"UserWarning"})}
    there.record_warning_filters(False, more, ["ignore:a", "once"], ["-W ignore"])
    here.merge(there)
    assert ([*here.own_filters], [*here.foreign_filters]) == (["ignore:a", "once"], ["-W ignore"])
    assert here.ignored_warnings == {"a": {"UserWarning", "FutureWarning"}, "b": {"UserWarning"}}
    assert not here.watches_warnings


def test_warnings_and_durations_of_a_killed_run_are_kept() -> None:
    killed = ran(("a", "passed"), ("b", "failed"))
    killed.record_failure("b", "failed", 1, "no")
    for nodeid, seconds in (("a", 1.0), ("b", 2.0)):
        killed.record_duration(nodeid, seconds)
    killed.record_warning("src/a.py", 3, "Mine", "old", "UserWarning")
    killed.record_duration("b", None)
    here = OutcomeLog()
    here.resume([killed])
    assert (here.durations, here.untimed) == ({"a": 1.0}, set())
    assert [one.location for one in here.warnings.values()] == ["src/a.py:3"]
    here.record_not_rerun(["a"])
    here.record_start("b")
    here.record_outcome("b", "passed")
    here.record_end("b")
    here.record_duration("b", 0.5)
    assert counted(here).duration_s == 3.5


def test_the_times_that_need_not_be_taken_again_are_those_of_what_passed() -> None:
    killed = ran(("a", "passed"), ("b", "failed"))
    slow, failed = (Timing(test=test, limit_ms=5.0, call_ms=9.0) for test in ("a", "b"))
    for timing in (slow, failed):
        killed.record_timing(timing)
        killed.record_duration(timing.test, None)
        for user in ("shop", "shop:unit"):
            killed.record_duration_alone(user, timing.test, 2.0)
    here = OutcomeLog(durations_alone={"shop": {"c": 1.0}}, untimed={"c"})
    here.resume([killed])
    assert here.durations_alone == {"shop": {"a": 2.0, "c": 1.0}, "shop:unit": {"a": 2.0}}
    assert here.untimed == {"a", "c"}
    assert here.timings == {"a": slow}


def test_each_test_is_listed_with_its_outcome_and_its_time() -> None:
    log = ran(("a", "passed"), ("b", "failed"), ("other", "passed"))
    log.record_collected(["c", "d"])
    log.deselected["d"] = "-k"
    log.record_duration("a", 1.5)
    assert log.list_tests({"a", "b", "c", "d"}) == (
        EndedTest("a", "passed", 1.5),
        EndedTest("b", "failed"),
        EndedTest("c", "unfinished"),
    )


def test_the_time_of_a_shared_fixture_is_that_of_each_users_first_test() -> None:
    log = ran(("a", "passed"), ("b", "passed"))
    for nodeid, seconds in (("a", 3.0), ("b", 1.0)):
        log.record_duration(nodeid, seconds)
    log.record_shared_duration("a", 2.0)
    for user, nodeid in (("shop", "a"), ("shop:unit", "b"), ("shop:e2e", "a")):
        log.record_duration_alone(user, nodeid, 2.0)
    assert log.count_outcomes({"a", "b"}).duration_s == 4.0
    assert log.count_outcomes({"a", "b"}, "shop").duration_s == 4.0
    assert log.count_outcomes({"b"}, "shop:unit").durations == (("b", 3.0),)
    assert log.count_outcomes({"a"}, "shop:e2e").durations == (("a", 3.0),)
    assert log.count_outcomes({"a"}, "shop:other").durations == (("a", 1.0),)


def test_a_warning_comes_from_kinds_of_tests_and_from_shared_fixtures() -> None:
    log, other = OutcomeLog(), OutcomeLog()
    log.record_warning("src/a.py", 3, "Mine", "old", "UserWarning", "unit")
    log.record_warning("src/a.py", 3, "Mine", "old", "UserWarning", "#key")
    log.record_warning("src/a.py", 9, "Mine", "old", "UserWarning")
    other.record_fixture_kind("key", "e2e")
    log.merge(other)
    found = [(one.line, sorted(origins)) for one, origins in log.list_origins({"src/a.py"})]
    assert found == [(3, ["e2e", "unit"]), (9, [""])]


def test_a_category_is_ignored_where_none_of_the_tests_that_ran_reports_it() -> None:
    log = ran(("a::t", "passed"), ("a::u", "passed"), ("a::s", "skipped"))
    log.record_warning_filters(True, {"orders": frozenset({"BytesWarning"})}, [], [])
    log.record_unreported_warnings("a::t", {"orders": frozenset({"UserWarning", "FutureWarning"})})
    tests = {"a::t", "a::u", "a::s"}
    assert log.find_ignored_categories("orders", tests) == {"BytesWarning"}
    assert log.find_ignored_categories("orders", {"a::t", "a::s"}) == {"BytesWarning", "UserWarning", "FutureWarning"}
    assert log.find_ignored_categories("billing", {"a::t"}) == set()
    assert log.find_ignored_categories("orders", {"a::s"}) == {"BytesWarning"}
    log.record_unreported_warnings("a::u", {"orders": frozenset({"UserWarning"})})
    assert log.find_ignored_categories("orders", tests) == {"BytesWarning", "UserWarning"}


def test_an_unknown_outcome_is_not_taken_for_a_pass() -> None:
    log = ran(("a::t", "passed"))
    with pytest.raises(KeyError):
        log.record_outcome("a::t", "splendid")


def full(prefix: str) -> OutcomeLog:
    """A log in which nothing is as it began."""
    log = OutcomeLog()
    nodeid = f"{prefix}.py::test"
    log.record_collected_file(f"{prefix}.py")
    log.record_collected([nodeid, f"{prefix}.py::other"])
    log.record_start(nodeid)
    log.record_start(nodeid)
    log.record_failure(nodeid, "failed", 7, "assert 1 == 2", "src/a.py:3")
    log.record_outcome(f"{prefix}.py::other", "xpassed")
    log.record_end(nodeid)
    log.record_attempts(nodeid, [Attempt(number=1, outcome="failed", delay_s=0.5), Attempt(number=2, outcome="failed")])
    log.record_missing_module(f"{prefix}_module", nodeid)
    log.record_unhandled(nodeid, "thread", "ValueError")
    log.record_duration(nodeid, 0.5)
    log.record_timing(Timing(test="a.py::test", is_benchmark=True, limit_ms=5.0, mean_ms=1.0, p95_ms=2.0))
    log.record_timing(Timing(test="a.py::test", call_ms=7.5))
    log.record_duration(f"{prefix}.py::other", None)
    log.record_warning(f"src/{prefix}.py", 3, "Mine", "old", "UserWarning", "#key")
    log.record_fixture_kind("key", "e2e")
    log.record_shared_duration(nodeid, 0.25)
    log.record_duration_alone("orders:e2e", nodeid, 0.25)
    log.record_warning_filters(True, {"orders": frozenset({"UserWarning"})}, [f"ignore:{prefix}"], ["-W ignore"])
    log.record_unreported_warnings(nodeid, {"orders": frozenset({"BytesWarning"})})
    log.record_deselected({f"{prefix}.py::gone": "-k"})
    log.record_gap(f"{prefix}.py", Gap(cause="no-tests", message="empty"))
    log.record_gap(f"{prefix}.py", Gap(cause="no-tests", message="empty"))
    log.record_not_rerun([f"{prefix}.py::before"])
    log.marked[nodeid] = frozenset({"orders", "billing"})
    log.record_kinds({nodeid: "unit"})
    log.record_kinds({nodeid: "e2e"})
    return log


def test_what_failed_and_never_started_could_not_be_collected() -> None:
    log = ran(("c.py::t", "failed"))
    log.record_failure("a.py", "error", None, "SyntaxError")
    log.record_failure("b.py::t", "error", None, "no fixture")
    log.record_start("b.py::t")
    log.record_failure("c.py::t", "failed", None, "no")
    log.record_failure("a.py", "error", None, "SyntaxError")
    assert log.find_uncollectable() == ["a.py"]
    assert log.count_failed() == 3


# ── on the way to another process ────────────────────────────────────────────


def test_a_log_that_is_written_as_plain_data_and_read_back_is_the_same() -> None:
    log = full("a")
    log.record_watching(False)
    data = json.loads(json.dumps(log.to_dict()))
    assert data == {
        "finished": {"failed": ["a.py::test"]},
        "outcomes": {"a.py::other": "xpassed"},
        "ended": ["a.py::before"],
        "started": ["a.py::before"],
        "rerun": ["a.py::test"],
        "attempts": {"a.py::test": [
            {"number": 1, "outcome": "failed", "phase": "", "exception": "", "message": "", "classification": "",
             "duration_s": 0.0, "delay_s": 0.5, "decision": "", "by": ""},
            {"number": 2, "outcome": "failed", "phase": "", "exception": "", "message": "", "classification": "",
             "duration_s": 0.0, "delay_s": None, "decision": "", "by": ""},
        ]},
        "missing_modules": {"a_module": "a.py::test"},
        "failures": [{"path": "a.py", "message": "assert 1 == 2", "line": 7, "column": None, "rule": "failed",
                      "severity": "", "test": "a.py::test", "raised_at": "src/a.py:3", "ranges": []}],
        "unhandled": [{"path": "a.py", "message": "ValueError", "line": None, "column": None, "rule": "thread",
                       "severity": "", "test": "a.py::test", "raised_at": "", "ranges": []}],
        "watches_unhandled": False,
        "durations": {"a.py::test": 0.5},
        "untimed": ["a.py::other"],
        "timings": [
            {"test": "a.py::test", "is_benchmark": True, "limit_ms": 5.0, "call_ms": 7.5, "mean_ms": 1.0,
             "p95_ms": 2.0},
        ],
        "warnings": [["Mine", {"path": "src/a.py", "message": "Mine: old", "line": 3, "column": None,
                               "rule": "UserWarning", "severity": "", "test": "", "raised_at": "", "ranges": []},
                      ["#key"]]],
        "fixture_kinds": {"key": ["e2e"]},
        "shared_durations": {"a.py::test": 0.25},
        "durations_alone": {"orders:e2e": {"a.py::test": 0.25}},
        "ignored_warnings": {"orders": ["UserWarning"]},
        "unreported_warnings": {"orders": {"a.py::test": ["BytesWarning"]}},
        "watches_warnings": True,
        "own_filters": ["ignore:a"],
        "foreign_filters": ["-W ignore"],
        "collected_files": ["a.py"],
        "deselected": {"a.py::gone": "-k"},
        "gaps": {"a.py": [{"cause": "no-tests", "message": "empty", "kinds": []}]},
        "kinds": {"a.py::test": "e2e"},
        "marked": {"a.py::test": ["billing", "orders"]},
        "not_rerun": ["a.py::before"],
    }  # fmt: skip
    back = OutcomeLog.from_dict(data)
    assert back.ended == log.ended
    merged = OutcomeLog()
    merged.merge(log)
    again = OutcomeLog()
    again.merge(back)
    assert json.loads(json.dumps(again.to_dict())) == json.loads(json.dumps(merged.to_dict())) == data
    assert OutcomeLog.from_dict({**data, "watches_unhandled": True}).watches_unhandled is True
    assert OutcomeLog.from_dict({**data, "watches_unhandled": 1}).watches_unhandled is False


def test_the_order_of_plain_data_does_not_depend_on_that_of_sets() -> None:
    log = OutcomeLog(started={"c", "b", "a"}, ended={"c", "b", "d", "a"}, rerun={"b", "c", "a"})
    data = log.to_dict()
    assert (data["ended"], data["started"], data["rerun"]) == (list("abcd"), list("abc"), list("abc"))
    log.outcomes.update({"c": "passed", "a": "passed", "b": "skipped"})
    data = log.to_dict()
    assert data["finished"] == {"passed": ["a", "c"], "skipped": ["b"]}
    assert [data["outcomes"], data["ended"], data["started"]] == [{}, ["d"], []]


@pytest.mark.parametrize("wrong", [{"a": "splendid"}, {"a": None}, ["a"], None])
def test_unknown_outcomes_are_refused(wrong: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        OutcomeLog.from_dict({**OutcomeLog().to_dict(), "outcomes": wrong})


def test_a_merged_log_has_what_both_had_except_the_tests_that_are_to_run() -> None:
    here, there = full("a"), full("b")
    here.merge(there)
    assert list(here.collected) == ["a.py::test", "a.py::other", "a.py::before", "b.py::before"]
    assert here.deselected == {"a.py::gone": "-k", "b.py::gone": "-k"}
    assert here.collected_files == {"a.py", "b.py"}
    assert here.gaps == {name: [Gap(cause="no-tests", message="empty")] for name in ("a.py", "b.py")}
    assert here.marked.keys() == here.rerun == {"a.py::test", "b.py::test"}
    assert here.outcomes == {**full("a").outcomes, **there.outcomes}
    assert here.ended == here.started == {*here.rerun, "a.py::before", "b.py::before"}
    assert list(here.not_rerun) == ["a.py::before", "b.py::before"]
    assert here.attempts == {**full("a").attempts, **there.attempts}
    assert here.missing_modules == {"a_module": "a.py::test", "b_module": "b.py::test"}
    assert here.failures == [*full("a").failures, *there.failures]
    assert here.unhandled == [*full("a").unhandled, *there.unhandled]
    assert here.durations == {"a.py::test": 0.5, "b.py::test": 0.5}
    assert [one.path for one in here.warnings.values()] == ["src/a.py", "src/b.py"]


def test_a_log_that_is_merged_twice_changes_nothing() -> None:
    """A controller gets the reports of its workers' tests, and at the end their logs."""
    here = full("a")
    here.merge(full("b"))
    before = here.to_dict()
    here.merge(full("b"))
    here.merge(full("a"))
    assert here.to_dict() == before


def test_of_a_part_of_the_tests_what_it_left_out_is_not_merged() -> None:
    here = OutcomeLog()
    here.merge(full("a").copy_without_selection())
    assert (here.deselected, here.collected_files, here.not_rerun, here.collected) == ({}, set(), {}, {})
    assert here.outcomes == full("a").outcomes
    assert here.ended == full("a").ended


def test_the_worse_of_two_outcomes_counts_when_logs_are_merged() -> None:
    here = OutcomeLog(outcomes={"a": "passed", "b": "failed"})
    here.merge(OutcomeLog(outcomes={"a": "failed", "b": "passed"}))
    assert here.outcomes == {"a": "failed", "b": "failed"}


def test_a_failure_that_two_processes_have_counts_once_and_a_second_one_is_added() -> None:
    here, there = OutcomeLog(), OutcomeLog()
    here.record_failure("a.py", "error", None, "SyntaxError: here")
    there.record_failure("a.py", "error", None, "SyntaxError: there")
    there.record_failure("b.py::t", "failed", None, "one")
    there.record_failure("b.py::t", "error", None, "two")
    here.record_failure("b.py::t", "failed", None, "one")
    here.merge(there)
    assert [finding.message for finding in here.failures] == ["SyntaxError: here", "one", "two"]


def test_as_many_equal_unhandled_exceptions_count_as_one_process_had() -> None:
    here, there = OutcomeLog(), OutcomeLog()
    for log in (here, there, there):
        log.record_unhandled("", "thread", "boom")
    there.record_unhandled("", "thread", "bang")
    here.merge(there)
    assert [finding.message.rpartition(" ")[2] for finding in here.unhandled] == ["boom", "boom", "bang"]


@pytest.mark.parametrize(("here", "there"), [(True, True), (True, False), (False, True)])
def test_exceptions_were_watched_for_only_where_all_processes_watched(here: bool, there: bool) -> None:
    log = OutcomeLog(watches_unhandled=here)
    log.merge(OutcomeLog(watches_unhandled=there))
    assert log.watches_unhandled is (here and there)


def test_the_first_test_that_needs_a_missing_module_is_named() -> None:
    here = OutcomeLog(missing_modules={"m": "here"})
    here.merge(OutcomeLog(missing_modules={"m": "there", "n": "there"}))
    assert here.missing_modules == {"m": "here", "n": "there"}


def test_a_gap_says_what_became_of_a_test_without_an_outcome() -> None:
    log = OutcomeLog()
    log.record_collected(["a"])
    assert [gap.message for gap in gaps_of(log, lost="ran in no shard")] == ["1 test ran in no shard: a"]


def test_a_fixture_that_failed_at_first_in_another_components_test_makes_a_pass_flaky() -> None:
    log = ran(("a::t", "passed"))
    log.record_shared_failure("a::t", "server: OSError")
    counts = counted(log)
    assert counts.flaky_tests == ("a::t",)
    ((first, second),) = (test.attempts for test in counts.retried)
    assert (first.outcome, first.message, second.number, second.outcome) == ("error", "server: OSError", 2, "passed")
    log.record_attempts("a::t", attempts("failed", "passed"))
    assert [one.number for one in log.attempts["a::t"]] == [1, 2, 3]


# ── a run that was killed ────────────────────────────────────────────────────


def test_what_passed_in_a_killed_run_need_not_run_again() -> None:
    killed = ran(("a", "passed"), ("b", "skipped"), ("c", "xfailed"), ("d", "xpassed"))
    killed.record_start("a")
    killed.record_end("a")
    killed.record_outcome("running", "passed")  # and was not torn down
    here = OutcomeLog()
    here.resume([killed])
    assert here.passed_before == {"a"}
    assert (here.outcomes, here.ended, here.started) == ({"a": "passed"}, {"a"}, set())
    here.record_collected(["a", "b"])
    assert [gap.message for gap in gaps_of(here)] == ["1 test did not finish: b"]


def test_what_need_not_run_again_has_run() -> None:
    """So that a merge sees that another shard ran it, too."""
    here = OutcomeLog()
    here.resume([ran(("a", "passed"))])
    here.record_not_rerun(here.passed_before)
    assert (list(here.collected), here.started, here.ended) == (["a"], {"a"}, {"a"})
    assert gaps_of(here) == []


def test_what_passed_in_a_killed_run_and_runs_again_is_not_over_until_it_has_run() -> None:
    here = OutcomeLog()
    here.resume([ran(("a", "passed"))])
    here.record_collected(["a"])
    here.record_start("a")
    assert [gap.message for gap in gaps_of(here)] == ["1 test did not finish: a"]
    here.record_end("a")
    assert gaps_of(here) == []
    assert not here.rerun


def test_what_failed_in_a_killed_run_is_flaky_when_it_passes_now() -> None:
    killed = ran(("a", "passed"))
    killed.record_failure("a", "error", None, "torn")
    killed.record_end("a")
    here = OutcomeLog()
    here.resume([killed])
    assert here.passed_before == set()
    here.record_collected(["a"])
    here.record_start("a")
    here.record_outcome("a", "passed")
    here.record_end("a")
    counts = counted(here)
    assert (counts.passed, counts.error, counts.flaky, counts.failures) == (1, 0, 1, ())
    ((first, second),) = (test.attempts for test in counts.retried)
    assert (first.number, first.outcome, first.message) == (1, "error", "torn")
    assert (second.number, second.outcome) == (2, "passed")


def test_a_test_that_did_not_end_in_a_killed_run_starts_anew() -> None:
    killed = OutcomeLog()
    killed.record_start("a")
    killed.record_failure("a", "failed", None, "no")  # and was not torn down
    killed.record_attempts("a", attempts("failed", "failed"))
    here = OutcomeLog()
    here.resume([killed])
    assert not here.outcomes
    assert not here.attempts
    assert not here.rerun


def test_attempts_continue_those_of_a_killed_run() -> None:
    killed = ran(("a", "failed"))
    killed.record_attempts("a", attempts("failed", "failed"))
    here = OutcomeLog()
    here.resume([killed])
    here.record_collected(["a"])
    here.record_outcome("a", "passed")
    here.record_attempts("a", attempts("failed", "passed"))
    ((*every,),) = (test.attempts for test in counted(here).retried)
    assert [(one.number, one.outcome) for one in every] == [
        (1, "failed"), (2, "failed"), (3, "failed"), (4, "passed"),
    ]  # fmt: skip


def test_a_flaky_pass_stays_flaky_and_one_workers_log_does_not_change_what_another_has() -> None:
    one, other = ran(("a", "passed")), ran(("b", "failed"))
    one.record_attempts("a", attempts("failed", "passed"))
    other.record_failure("b", "failed", 3, "no")
    other.record_watching(False)
    other.record_unhandled("b", "thread", "of b")
    other.record_unhandled("", "thread", "of no test")
    here = OutcomeLog()
    here.resume([one, other])
    assert here.passed_before == {"a"}
    counts = counted(here)
    assert counts.flaky_tests == ("a",)
    assert {test.test: len(test.attempts) for test in counts.retried} == {"a": 2, "b": 1}
    assert [finding.test for finding in here.unhandled] == [""]
    assert here.watches_unhandled is False


@pytest.mark.parametrize("turn", [1, -1], ids=["passed first", "failed first"])
def test_what_passed_in_one_process_and_failed_in_another_runs_again(turn: int) -> None:
    one, other = ran(("a", "passed"), ("b", "passed")), ran(("a", "failed"))
    other.record_failure("a", "failed", None, "no")
    here = OutcomeLog()
    here.resume([one, other][::turn])
    assert here.passed_before == {"b"}
    assert (here.outcomes, here.rerun) == ({"b": "passed"}, {"a"})


def test_a_test_whose_fixture_was_not_torn_down_runs_again() -> None:
    killed = ran(("a", "passed"), ("b", "passed"), ("c", "failed"))
    killed.record_failure("c", "failed", None, "no")
    here = OutcomeLog()
    here.resume([killed], ["b", "c"])
    assert here.passed_before == {"a"}
    assert (here.outcomes, here.rerun) == ({"a": "passed"}, {"c"})  # a failure is kept


def test_a_worker_gets_the_tests_that_passed_in_a_killed_run() -> None:
    log = OutcomeLog()
    log.expect_passed(["a"])
    assert log.passed_before == {"a"}
    assert not log.outcomes
    assert not log.ended


def test_a_test_that_only_started_and_a_file_that_only_ended_are_known() -> None:
    log = OutcomeLog()
    log.record_start("a::t")
    log.record_end("b.py")
    assert list(log.list_nodeids()) == ["a::t", "b.py"]
    assert (log.started, log.ended) == ({"a::t"}, {"b.py"})


def test_a_shared_failure_is_an_attempt_with_its_reason() -> None:
    log = OutcomeLog()
    reason = "another component's test, which shares the fixture, was run again"
    first = Attempt(number=1, outcome="error", message="down", decision=reason)
    log.record_shared_failure("a::t", "down")
    assert log.attempts == log.previous_attempts == {"a::t": (first,)}
    log.record_shared_failure("a::t", "down again")
    assert [attempt.message for attempt in log.attempts["a::t"]] == ["down", "down again"]


def test_a_test_that_need_not_run_again_is_collected_and_has_ended_once() -> None:
    log = OutcomeLog()
    log.record_end("a::t")
    log.record_not_rerun(["a::t"])
    assert log.collected == log.not_rerun == {"a::t": None}
    assert log.started == log.ended == {"a::t"}


def test_a_test_that_started_and_did_not_end_is_read_back_as_such() -> None:
    log = OutcomeLog()
    log.record_start("a::t")
    back = OutcomeLog.from_dict(log.to_dict())
    assert (back.started, back.ended) == ({"a::t"}, set())


def test_a_test_has_ended_after_a_merge_if_it_had_ended_in_one_of_the_logs() -> None:
    started, ended = OutcomeLog(), OutcomeLog()
    for log in (started, ended):
        log.record_start("a::t")
    ended.record_end("a::t")
    for first, second, expected in ((started, ended, True), (ended, started, True), (started, started, False)):
        log = OutcomeLog()
        log.merge(first)
        log.merge(second)
        assert log.has_ended("a::t") is expected
        assert log.started == {"a::t"}


def test_a_merge_keeps_the_files_of_both_logs_that_ended_without_a_start() -> None:
    here, there = OutcomeLog(), OutcomeLog()
    here.record_end("a.py")
    there.record_end("b.py")
    here.merge(there)
    assert here.ended == {"a.py", "b.py"}


def test_a_resumed_log_keeps_what_it_had() -> None:
    log = ran(("a::first", "failed"))
    log.record_shared_failure("a::first", "down")
    log.record_watching(False)
    log.resume([ran(("b::t", "passed"))])
    assert log.outcomes == {"a::first": "failed", "b::t": "passed"}
    assert log.ended == {"a::first", "b::t"}
    assert list(log.previous_attempts) == ["a::first"]
    assert not log.watches_unhandled


def test_only_a_test_that_failed_and_ended_in_the_killed_run_is_run_again() -> None:
    killed = ran(("a::failed", "failed"), ("a::passed", "passed"))
    killed.record_failure("a::failed", "failed", 1, "wrong")
    killed.record_failure("a::unfinished", "failed", 1, "wrong")
    killed.failures.append(Finding(path="a.py", message="wrong", rule="failed", test="a::passed"))
    log = OutcomeLog()
    log.resume([killed])
    assert log.rerun == {"a::failed"}
    reason = "run again, because its run did not end"
    failure = Attempt(number=1, outcome="failed", message="wrong", decision=reason)
    assert log.attempts == {"a::failed": (failure,)}


def test_as_many_findings_are_new_as_there_are_more_than_known() -> None:
    one, other = Finding(path="a.py", message="x"), Finding(path="b.py", message="y")
    assert select_new_findings([one, one, other, one], [one, one], lambda finding: finding) == [other, one]


def test_a_test_of_two_kinds_in_two_processes_is_a_gap_for_both() -> None:
    log, same, other = OutcomeLog(), OutcomeLog(), OutcomeLog()
    log.record_kinds({"a.py::t": "unit"})
    same.record_kinds({"a.py::t": "unit", "a.py::u": "e2e"})
    other.record_kinds({"a.py::t": "e2e"})
    log.merge(same)
    assert (log.kinds, log.gaps) == ({"a.py::t": "unit", "a.py::u": "e2e"}, {})
    log.merge(other)
    message = "a.py::t is of the kind unit in one process and e2e in another"
    assert log.gaps == {"a.py": [Gap(cause="kind", message=message, kinds=("e2e", "unit"))]}


def test_files_that_were_skipped_as_a_whole_are_found() -> None:
    log = ran(("b.py", "skipped"), ("a.py", "skipped"), ("c.py", "error"), ("d.py::t", "skipped"))
    assert log.find_skipped_files(["b.py", "a.py", "c.py", "d.py"]) == ["a.py", "b.py"]
    assert log.find_skipped_files(["d.py"]) == []
