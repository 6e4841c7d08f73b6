"""The lines below a component's table: the reached stage, and what the next one needs."""

from __future__ import annotations

import io
import shlex
from dataclasses import replace

import pytest

from pytest_maturity.model.evidence import Finding
from pytest_maturity.model.gates import Remedy, Status
from pytest_maturity.model.report import Verdict
from pytest_maturity.model.suppressions import Suppression, Suppressions
from pytest_maturity.reports.messages import is_command
from pytest_maturity.reports.needs import Layout, finding_lines, needs_lines, overview_needs_lines, short_needs_lines

from .judgements import GAP, failed, judged, judgement, passed, report, result, unknown

WIDE = Layout(80)
RANGES = Finding(
    path="src/a.py", message="3 lines not covered", line=3, rule="missing", ranges=((3, 3), (5, 6), (8, 9))
)


class Utf8(io.StringIO):
    encoding = "utf-8"


@pytest.fixture(autouse=True)
def _stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Utf8())


def test_what_is_unmet_follows_the_reached_stage() -> None:
    assert needs_lines(judgement(failed(), unknown()), WIDE) == [
        "  reached nothing yet; dev needs",
        "  1 docs: is 3, must be at least 5",
        "  2 lint: ruff is not installed",
    ]


def test_with_gaps_no_stage_is_reached() -> None:
    assert needs_lines(judgement(gaps=(GAP,)), WIDE) == [
        "  reached nothing: the run has gaps; dev needs", "  1 gap: only a part was run"
    ]  # fmt: skip


def test_the_target_has_lines_of_its_own_where_it_needs_more_than_the_next_stage() -> None:
    both = {"dev": judged("5", Status.FAILED), "top": judged("5", Status.FAILED)}
    far = {"top": judged("9", Status.FAILED, Remedy("dig", ("dig",)))}
    found = judgement(result("a", 3, stages=both), result("b", 3, stages=far), target="top")
    assert needs_lines(found, WIDE) == [
        "  reached nothing yet; dev needs",
        "  1 a: is 3, must be at least 5",
        "  and top needs",
        "  2 b: dig",
        "    run: dig",
    ]


def test_the_findings_of_a_gate_are_listed_once() -> None:
    stages = {"dev": judged("5", Status.FAILED), "top": judged("9", Status.FAILED)}
    found = judgement(result("a", 3, stages=stages, findings=(RANGES,)), target="top")
    assert needs_lines(found, WIDE)[1:] == [
        "  1 a: is 3, must be at least 5",
        "    src/a.py  3 5-6 8-9",
        "  and top needs",
        "  2 a: is 3, must be at least 9",
    ]


def test_the_top_of_the_ladder_needs_nothing() -> None:
    assert needs_lines(judgement(passed(), reached="dev", next_stage=None), WIDE) == [
        "  reached dev, the top of the ladder"
    ]


def test_a_command_is_a_line_of_its_own_that_a_shell_reads_back() -> None:
    command = ("pytest", "t.py::total[a: b]", "t.py::it's[$(x)]", "x" * 100)
    _, first, second = needs_lines(judgement(failed(remedy=Remedy("fix 2 tests", command))), Layout(60))
    assert first == "  1 docs: fix 2 tests"
    assert second.startswith("""    run: pytest 't.py::total[a: b]' 't.py::it'"'"'s[$(x)]' xxx""")
    assert (is_command(first), is_command(second)) == (False, True)
    assert tuple(shlex.split(second.partition("run: ")[2])) == command


def test_suppressions_are_mentioned_where_the_table_has_no_row_for_them() -> None:
    noqa = Suppressions(found=(Suppression(kind="noqa", path="a.py", line=1),), unknown=frozenset(), problems=())
    row = result("suppressions", 1, stages={"dev": judged("5", Status.PASSED)})
    top = replace(judgement(suppressions=noqa), reached="dev", next_stage=None)
    assert needs_lines(top, WIDE)[0] == "  suppressions: 1 noqa"
    assert len(needs_lines(replace(top, results=(row,)), WIDE)) == 1


def test_details_list_the_findings_that_keep_nobody_from_a_stage() -> None:
    findings = tuple(Finding(path="a.py", line=line, message="bad", rule="E1") for line in range(1, 30))
    one = result("own", 3, findings=findings, stages={"dev": judged("5", Status.PASSED)})
    found = judgement(one, reached="dev", next_stage=None)
    lines = needs_lines(found, Layout(80, details=True))
    assert lines[1:3] == ["  own (met)", "    a.py:1  E1  bad"]
    assert lines[-1] == "    and 9 more findings, all in the report"
    assert len(needs_lines(found, WIDE)) == 1


# ── findings ─────────────────────────────────────────────────────────────────


def test_details_have_places_that_a_terminal_opens() -> None:
    found = (Finding(path="a.py", line=3, column=7, rule="E1", message="bad"), RANGES)
    details = Layout(120, details=True)
    assert list(finding_lines(found, details)) == ["    a.py:3:7    E1  bad", "    src/a.py:3  3 5-6 8-9"]
    assert list(finding_lines(found, Layout(80))) == ["    a.py:3  E1  bad", "    src/a.py  3 5-6 8-9"]
    raised = Finding(path="t.py", line=1, column=2, message="bad", test="t.py::a", raised_at="t.py:9")
    assert list(finding_lines((raised,), details)) == ["    t.py:9  a  bad"]


TYPES = Finding(path="src/shop/cart.py", line=88, rule="arg-type", message='Argument 1 has type "str"; expected "int"')


def lines_of(*findings: Finding, width: int = 80, details: bool = False) -> list[str]:
    return list(finding_lines(findings, Layout(width, details)))


def test_a_message_is_cut_and_a_place_never() -> None:
    assert lines_of(TYPES) == ['    src/shop/cart.py:88  arg-type  Argument 1 has type "str"; expected "int"']
    assert lines_of(TYPES, width=70) == [
        "    src/shop/cart.py:88  arg-type", '      Argument 1 has type "str"; expected "int"'
    ]  # fmt: skip
    assert lines_of(replace(TYPES, message="word " * 30), width=45) == [
        "    src/shop/cart.py:88  arg-type", f"      {'word ' * 7}word", f"      {'word ' * 7}w..."
    ]  # fmt: skip
    assert lines_of(replace(TYPES, path="x" * 90), width=60)[:2] == ["    " + "x" * 90 + ":88", "      arg-type"]


def test_details_show_whole_messages() -> None:
    assert " ".join(lines_of(TYPES, width=50, details=True)).endswith('expected "int"')


def test_places_stand_in_a_column_where_the_terminal_is_wide() -> None:
    short = Finding(path="a.py", line=1, rule="F401", message="m")
    assert lines_of(TYPES, short, width=120)[1] == "    a.py:1               F401  m"
    assert lines_of(TYPES, short, width=99)[1] == "    a.py:1  F401  m"


def test_lines_that_no_test_executed_are_wrapped_at_spaces() -> None:
    assert lines_of(RANGES, width=22) == ["    src/a.py  3 5-6", "      8-9"]


def test_failures_of_one_cause_are_one_finding_with_the_first_test() -> None:
    lost = [
        Finding(path="t.py", line=number, message=f"TypeError: 0x{number} has no 'run'", test=f"t.py::lost{number}")
        for number in range(1, 8)
    ]
    other = Finding(path="t.py", line=9, message="boom", test="t.py::other")
    assert lines_of(*lost, other) == [
        "    7 of 8 tests: TypeError: 0x1 has no 'run'",
        "      first: t.py:1  lost1",
        "    t.py:9  other  boom",
    ]


def test_five_findings_are_listed_and_the_others_counted() -> None:
    many = [replace(TYPES, line=line) for line in range(1, 8)]
    assert lines_of(*many)[5:] == ["    and 2 more findings, all in the report"]
    tests = [Finding(path="t.py", message=word, test=f"t.py::{word}") for word in "abcdef"]
    assert lines_of(*tests)[5:] == ["    and 1 more cause, all in the report"]


# ── with -q ──────────────────────────────────────────────────────────────────


def test_each_thing_that_is_missing_is_one_line_with_as_many_places_as_fit() -> None:
    findings = tuple(replace(TYPES, line=line) for line in (8, 9, 10))
    held = judgement(failed("types", Remedy("fix 3 errors"), findings=findings), unknown(), gaps=(GAP,))
    run = report(held, verdict=Verdict.HOLD)
    rest = ["lint: ruff is not installed"]
    assert short_needs_lines(run, Layout(90)) == [
        "gap: only a part was run",
        "types: fix 3 errors: src/shop/cart.py:8, src/shop/cart.py:9, src/shop/cart.py:10",
        *rest,
    ]
    assert short_needs_lines(run, Layout(60))[1:] == [
        "types: fix 3 errors: src/shop/cart.py:8 and 2 more", *rest
    ]  # fmt: skip


def test_of_several_components_each_line_has_the_name() -> None:
    held = judgement(failed(), name="cart")
    promoted = judgement(passed(), verdict=Verdict.PROMOTE)
    run = report(promoted, held, verdict=Verdict.HOLD)
    assert short_needs_lines(run, WIDE) == ["cart: docs: is 3, must be at least 5"]


# ── several components ───────────────────────────────────────────────────────


def test_below_the_table_of_several_components_are_the_first_things_that_they_need() -> None:
    place = Finding(path="a.py", line=3, message="bad")
    many = judgement(*(failed(f"g{number}", Remedy("dig; or not"), findings=(place,)) for number in range(12)))
    other = judgement(passed(), verdict=Verdict.PROMOTE, name="ready")
    found = report(many, other, verdict=Verdict.HOLD)
    first, second, *rest = overview_needs_lines(found, WIDE)
    assert (first, second) == ("  to reach their targets", "    auth: g0: dig: a.py:3")
    assert len(rest) == 10
    assert rest[-1] == "    and 2 more; all: -v, or --maturity-component with one name"
    assert overview_needs_lines(found, Layout(80, details=True)) == []
    assert overview_needs_lines(report(other, other, verdict=Verdict.PROMOTE), WIDE) == []


def test_a_table_of_several_components_without_more_says_where_the_details_are() -> None:
    both = report(judgement(failed(), name="a"), judgement(unknown(), name="b"), verdict=Verdict.HOLD)
    assert overview_needs_lines(both, WIDE) == [
        "  to reach their targets",
        "    a: docs: is 3, must be at least 5",
        "    b: lint: ruff is not installed",
        "  more about each: -v, or --maturity-component with one name",
    ]
