"""The evidence of a run: defaults, sums, and findings that survive JSON."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest

from pytest_maturity.model.evidence import (  # fmt: skip
    MISSING_TESTS,
    Claim,
    Command,
    Component,
    Coverage,
    Evidence,
    FileCoverage,
    Finding,
    Gap,
    GapCause,
    KindEvidence,
    NewCode,
    Outcomes,
    ToolResult,
    join_warnings,
)
from pytest_maturity.model.retries import Attempt, RetriedTest

COMPONENT = Component(name="auth", sources=(), files=(Path("/a.py"),), found_by="src")


# ── findings ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "location"),
    [
        ({}, "a.py"),
        ({"line": 7}, "a.py:7"),
        ({"line": 0}, "a.py:0"),
        ({"line": 7, "column": 3}, "a.py:7"),
        ({"line": 3, "ranges": ((3, 5), (8, 8))}, "a.py:3-5,8"),
        ({"ranges": ((4, 4),)}, "a.py:4"),
        ({"test": "a.py::test"}, "a.py"),
    ],
)
def test_the_location_of_a_finding_has_its_lines(fields: dict[str, Any], location: str) -> None:
    assert Finding(path="a.py", message="m", **fields).location == location


@pytest.mark.parametrize(
    ("fields", "location"),
    [
        ({}, "a.py"),
        ({"column": 5}, "a.py"),
        ({"line": 7}, "a.py:7"),
        ({"line": 7, "column": 5}, "a.py:7:5"),
        ({"line": 7, "column": 0}, "a.py:7:0"),
        ({"line": 7, "column": 5, "ranges": ((3, 4), (8, 8))}, "a.py:3"),
        ({"line": 7, "column": 5, "raised_at": "a.py:9"}, "a.py:9"),
    ],
)
def test_an_exact_location_is_one_place_that_an_editor_opens(fields: dict[str, Any], location: str) -> None:
    assert Finding(path="a.py", message="m", **fields).exact_location == location


def test_a_finding_about_no_file_has_no_location() -> None:
    assert Finding(path="", message="m", test="").location == ""


def test_a_finding_needs_only_a_path_and_a_message() -> None:
    found = Finding(path="a.py", message="m")
    assert (found.line, found.column, found.rule, found.severity) == (None, None, "", "")
    assert (found.test, found.raised_at, found.ranges) == ("", "", ())


FULL = Finding(
    path="a.py",
    message="m",
    line=1,
    column=2,
    rule="r",
    severity="high",
    test="a.py::t[x: y]",
    raised_at="b.py:7",
    ranges=((1, 2), (4, 4)),
)


@pytest.mark.parametrize("finding", [FULL, Finding(path="a.py", message="m")])
def test_a_finding_survives_json(finding: Finding) -> None:
    read = Finding.from_dict(json.loads(json.dumps(finding.to_dict())))
    assert read == finding
    assert hash(read) == hash(finding)


def test_the_line_that_raised_is_the_place_of_a_failure_or_stands_before_its_message() -> None:
    found = Finding(path="tests/a.py", line=3, message="boom", test="tests/a.py::t")
    here, there = replace(found, raised_at="tests/a.py:5"), replace(found, raised_at="src/b.py:7")
    assert [one.location for one in (found, here, there)] == ["tests/a.py:3", "tests/a.py:5", "tests/a.py:3"]
    assert [one.explanation for one in (found, here, there)] == ["boom", "boom", "src/b.py:7: boom"]


def test_a_file_with_a_colon_in_its_name_is_told_apart_from_others() -> None:
    found = Finding(path="a:b.py", message="boom", raised_at="a:b.py:7")
    assert (found.location, found.explanation) == ("a:b.py:7", "boom")


def test_every_field_of_a_finding_is_written() -> None:
    assert FULL.to_dict() == {
        "path": "a.py", "message": "m", "line": 1, "column": 2, "rule": "r", "severity": "high",
        "test": "a.py::t[x: y]", "raised_at": "b.py:7", "ranges": ((1, 2), (4, 4)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"path": "a", "message": "m"}, KeyError),
        ({"path": "a", "message": "m", "ranges": 3}, TypeError),
        ({"path": "a", "message": "m", "ranges": [[1]]}, ValueError),
        ({"path": "a", "message": "m", "ranges": [], "other": 1}, TypeError),
        ({"path": "a", "ranges": []}, TypeError),
    ],
)
def test_data_of_another_form_is_no_finding(data: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Finding.from_dict(data)


# ── components ───────────────────────────────────────────────────────────────


def test_a_component_needs_its_name_its_sources_and_how_they_were_found() -> None:
    assert (COMPONENT.spellings, COMPONENT.imports, COMPONENT.tests, COMPONENT.linked) == ({}, (), (), ())
    assert (COMPONENT.importers, COMPONENT.imports_instead) == ((), None)


def test_a_claim_of_a_whole_file_names_no_other_part_and_no_tests() -> None:
    claim = Claim(path=Path("t.py"), rule="name")
    assert (claim.named_part, claim.nodes) == ("", ())


def test_the_python_files_of_a_component_are_its_files() -> None:
    claim = Claim(path=Path("/test_a.py"), rule="name")
    component = Component(name="a", sources=(), files=(Path("/a.py"),), found_by="src", tests=(claim,))
    assert component.python_files() == (Path("/a.py"),)


# ── outcomes ─────────────────────────────────────────────────────────────────


def test_evidence_of_nothing_counts_nothing_and_its_coverage_is_unknown() -> None:
    evidence = Evidence(component=COMPONENT)
    counts = {name: value for name, value in asdict(evidence.outcomes).items() if isinstance(value, int)}
    assert set(counts.values()) == {0}
    assert len(counts) == 10
    texts = (evidence.outcomes.failures, evidence.outcomes.flaky_tests, evidence.outcomes.retried)
    assert texts == ((), (), ())
    filters = (evidence.outcomes.own_filters, evidence.outcomes.foreign_filters, evidence.outcomes.ignored_warnings)
    assert filters == ((), (), frozenset())
    assert evidence.outcomes.durations == ()
    assert evidence.outcomes.unhandled == evidence.outcomes.warnings == ()
    assert evidence.outcomes.duration_s is None
    assert evidence.coverage.percent is None
    assert evidence.coverage.problem == "coverage was not measured"
    assert (evidence.tools, evidence.gaps, evidence.kinds, evidence.idle_kinds) == ({}, (), {}, ())
    assert (evidence.digests, evidence.tool_versions, evidence.standing) == ({}, {}, None)
    assert evidence.new_code.problem == "the changed lines were not read"
    assert evidence.suppressions.total is None


def test_two_pieces_of_evidence_share_no_tools() -> None:
    first, second = Evidence(component=COMPONENT), Evidence(component=COMPONENT)
    assert first.tools is not second.tools
    assert COMPONENT.spellings is not Component(name="b", sources=(), files=(), found_by="src").spellings


def test_attempts_after_the_first_are_retries() -> None:
    def tried(times: int) -> RetriedTest:
        attempts = tuple(Attempt(number=number + 1, outcome="failed") for number in range(times))
        return RetriedTest(test="a::t", outcome="failed", attempts=attempts)

    assert Outcomes(retried=(tried(3), tried(1), tried(2))).retries == 3
    assert Outcomes().retries == 0


UNIT = Outcomes(
    collected=9,
    completed=8,
    passed=2,
    failed=1,
    error=1,
    skipped=1,
    xfailed=1,
    xpassed=2,
    flaky=1,
    failures=(Finding(path="t.py", message="boom"),),
    flaky_tests=("t.py::f",),
    retried=(RetriedTest(test="t.py::f", outcome="passed", attempts=()),),
    retry_budget=10,
    unhandled=(Finding(path="t.py", message="in thread", test="t.py::u"), Finding(path="", message="late")),
    duration_s=1.5,
    durations=(("t.py::slow", 1.0), ("t.py::b", 0.5)),
    warnings=(Finding(path="b.py", line=2, message="old", rule="W"), Finding(path="a.py", message="all", rule="W")),
    ignored_warnings=frozenset({"UserWarning"}),
    own_filters=("ignore::A", "ignore::B"),
    foreign_filters=("-W ignore",),
)
E2E = Outcomes(
    collected=20,
    completed=20,
    passed=10,
    failed=2,
    error=3,
    skipped=2,
    xfailed=1,
    xpassed=2,
    flaky=3,
    failures=(Finding(path="e.py", message="bang"),),
    flaky_tests=("e.py::f",),
    retried=(RetriedTest(test="e.py::f", outcome="passed", attempts=()),),
    retry_budget=12,
    unhandled=(Finding(path="e.py", message="in thread", test="e.py::u"), Finding(path="", message="late")),
    duration_s=2.25,
    durations=(("e.py::slow", 1.0), ("e.py::c", 1.25)),
    warnings=(Finding(path="b.py", line=2, message="old", rule="W"), Finding(path="b.py", message="all", rule="W")),
    ignored_warnings=frozenset({"FutureWarning"}),
    own_filters=("ignore::B", "ignore::C"),
    foreign_filters=("-W ignore", "-W error"),
)


def test_the_outcomes_of_two_groups_of_tests_add_up() -> None:
    assert Outcomes.join([UNIT, E2E]) == Outcomes(
        collected=29,
        completed=28,
        passed=12,
        failed=3,
        error=4,
        skipped=3,
        xfailed=2,
        xpassed=4,
        flaky=4,
        failures=UNIT.failures + E2E.failures,
        flaky_tests=("t.py::f", "e.py::f"),
        retried=UNIT.retried + E2E.retried,
        retry_budget=12,
        unhandled=(
            Finding(path="t.py", message="in thread", test="t.py::u"),
            Finding(path="e.py", message="in thread", test="e.py::u"),
            Finding(path="", message="late"),
        ),
        duration_s=3.75,
        durations=(("e.py::c", 1.25), ("e.py::slow", 1.0), ("t.py::slow", 1.0), ("t.py::b", 0.5)),
        warnings=(
            Finding(path="a.py", message="all", rule="W"),
            Finding(path="b.py", message="all", rule="W"),
            Finding(path="b.py", line=2, message="old", rule="W"),
        ),
        ignored_warnings=frozenset({"UserWarning", "FutureWarning"}),
        own_filters=("ignore::A", "ignore::B", "ignore::C"),
        foreign_filters=("-W ignore", "-W error"),
    )


def test_what_is_unknown_of_one_group_of_tests_is_unknown_of_all() -> None:
    unknown = replace(E2E, unhandled=None, duration_s=None, warnings=None)
    for parts in ([UNIT, unknown], [unknown, UNIT]):
        joined = Outcomes.join(parts)
        assert (joined.unhandled, joined.duration_s, joined.warnings) == (None, None, None)


def test_no_group_of_tests_has_outcomes_of_nothing() -> None:
    assert Outcomes.join([]) == Outcomes(duration_s=0.0)


def test_seconds_are_added_without_rounding() -> None:
    assert Outcomes.join([Outcomes(duration_s=0.1)] * 10).duration_s == 1.0


def test_skipped_tests_did_not_run() -> None:
    assert UNIT.ran == 7
    assert E2E.ran == 18


def test_warnings_are_sorted_by_path_line_rule_and_text_and_each_counts_once() -> None:
    def warning(path: str, line: int | None, rule: str, message: str) -> Finding:
        return Finding(path=path, line=line, rule=rule, message=message)

    ordered = (
        warning("a", None, "R", "m"),
        warning("a", 1, "R", "m"),
        warning("a", 2, "Q", "z"),
        warning("a", 2, "R", "l"),
        warning("a", 2, "R", "m"),
        warning("b", None, "A", "a"),
    )
    assert join_warnings([*reversed(ordered), *ordered]) == ordered


# ── kinds of tests ───────────────────────────────────────────────────────────


UNIT_COVERAGE = Coverage(measured_by="unit")
OF_KINDS = Evidence(
    component=COMPONENT,
    outcomes=Outcomes(collected=100),
    coverage=Coverage(measured_by="all"),
    kinds={
        "unit": KindEvidence(outcomes=Outcomes(collected=10, passed=10, duration_s=0.0), coverage=UNIT_COVERAGE),
        "e2e": KindEvidence(outcomes=Outcomes(collected=20, skipped=20, duration_s=0.0)),
        "smoke": KindEvidence(outcomes=Outcomes(collected=30, skipped=29, passed=1, duration_s=0.0)),
        "": KindEvidence(outcomes=Outcomes(collected=5, passed=5, duration_s=0.0)),
    },
)


@pytest.mark.parametrize(
    ("kinds", "collected", "idle"),
    [
        ((), 100, ()),
        (("unit",), 15, ()),
        (("e2e",), 25, ("e2e",)),
        (("smoke",), 35, ()),
        (("unit", "e2e"), 35, ("e2e",)),
        (("unknown",), 5, ()),
        (("unit", "e2e", "smoke"), 100, ("e2e",)),
    ],
)
def test_a_stage_is_judged_by_the_kinds_that_it_needs_and_by_tests_of_no_known_kind(
    kinds: tuple[str, ...], collected: int, idle: tuple[str, ...]
) -> None:
    found = OF_KINDS.with_tests_of(kinds)
    assert (found.outcomes.collected, found.idle_kinds) == (collected, idle)
    assert found.coverage.measured_by == "all"


def test_evidence_without_kinds_is_that_of_every_kind() -> None:
    evidence = Evidence(component=COMPONENT, outcomes=Outcomes(collected=3))
    assert evidence.with_tests_of(["unit"]) is evidence
    assert evidence.of_kind("unit") is evidence


def test_the_evidence_of_one_kind_has_its_own_coverage() -> None:
    unit, unknown = OF_KINDS.of_kind("unit"), OF_KINDS.of_kind("unknown")
    assert (unit.outcomes.collected, unit.coverage) == (15, UNIT_COVERAGE)
    assert (unknown.outcomes.collected, unknown.coverage.percent) == (5, None)
    problem = "the coverage of this kind of tests was not recorded"
    assert unknown.coverage.problem == OF_KINDS.of_kind("e2e").coverage.problem == problem


# ── new code ─────────────────────────────────────────────────────────────────


def test_without_a_change_there_is_no_new_code() -> None:
    code = NewCode()
    assert (code.branch, code.commit, code.lines, code.changed, code.problem) == ("", "", {}, 0, "")


@pytest.mark.parametrize(
    ("fields", "is_new"),
    [
        ({"path": "a.py", "line": 4}, True),
        ({"path": "a.py", "line": 5}, False),
        ({"path": "a.py"}, True),
        ({"path": "b.py"}, False),
        ({"path": "b.py", "line": 4}, False),
        ({"path": "c.py"}, False),
        ({"path": "c.py", "line": 4}, False),
        ({"path": "c.py", "ranges": ((1, 9),)}, False),
        ({"path": "a.py", "line": 4, "ranges": ((5, 9),)}, False),
        ({"path": "a.py", "line": 9, "ranges": ((5, 5), (1, 4))}, True),
        ({"path": "a.py", "ranges": ((1, 3),)}, False),
        ({"path": "a.py", "ranges": ((4, 4),)}, True),
    ],
)
def test_a_finding_is_new_where_one_of_its_lines_is(fields: dict[str, Any], is_new: bool) -> None:
    code = NewCode(lines={"a.py": frozenset({4}), "b.py": frozenset()})
    assert code.has_finding(Finding(message="m", **fields)) is is_new


# ── coverage ─────────────────────────────────────────────────────────────────


def test_coverage_is_exact_and_nothing_to_cover_is_none() -> None:
    third = FileCoverage(path="a", statements=2, covered_lines=1, branches=1)
    empty = FileCoverage(path="b", statements=0, covered_lines=0)
    assert (third.percent, empty.percent) == (Fraction(100, 3), None)
    assert Coverage(files=(third, empty)).percent == Fraction(100, 3)
    assert Coverage(files=(empty,)).percent is None
    assert Coverage().percent is None
    assert Coverage(files=(third,), problem="broken").percent is None
    assert Coverage(files=(third, third)).sum("statements") == 4
    assert Coverage().sum("statements") == 0


def test_lines_and_branches_count_alike() -> None:
    file = FileCoverage(path="a", statements=4, covered_lines=3, branches=2, covered_branches=1, excluded=7)
    assert (file.covered, file.total, file.percent) == (4, 6, Fraction(200, 3))


def test_a_file_that_nothing_executed_is_at_zero_per_cent() -> None:
    assert FileCoverage(path="a", statements=4, covered_lines=0).percent == 0


def test_coverage_is_of_lines_alone_by_default() -> None:
    file = FileCoverage(path="a", statements=4, covered_lines=3)
    assert (file.branches, file.covered_branches, file.excluded) == (0, 0, 0)
    assert (file.missing_lines, file.missing_branches, file.excluded_by_settings) == ((), (), ())
    assert file.statement_lines == ()
    assert (Coverage().branch, Coverage().measured_by, Coverage().problem, Coverage().notes) == (False, "", "", ())


# ── tools ────────────────────────────────────────────────────────────────────


def test_a_tool_has_ten_minutes_and_two_exit_codes_by_default() -> None:
    command = Command(argv=("ruff",))
    assert (command.timeout, command.exit_codes, command.install, command.inputs) == (600, (0, 1), (), None)
    assert (command.directory, command.isolated, command.cache_variable, command.problem) == ("", False, "", "")
    assert (command.variables, command.settings) == ((), ())


def test_a_tool_that_has_not_run_has_no_output() -> None:
    result = ToolResult(argv=("ruff",))
    assert (result.exit_code, result.stdout, result.stderr, result.duration_s, result.problem) == (None, "", "", 0, "")
    assert (result.cached, result.fingerprint, result.directory, result.version) == (False, "", "", "")
    assert (result.withheld, result.variables, result.settings, result.install) == ((), (), (), ())


RESULT = ToolResult(
    argv=("ruff", "check"),
    exit_code=1,
    stdout="out",
    stderr="err",
    duration_s=0.5,
    problem="broken",
    cached=True,
    fingerprint="f1",
    directory="src",
    withheld=("MYPYPATH", "X"),
    variables=(("A", "1"), ("B", "2")),
    settings=("ruff.toml",),
    install=("pip", "install", "ruff"),
    version="ruff 0.15",
)


@pytest.mark.parametrize("result", [RESULT, ToolResult(argv=("ruff",))])
def test_the_output_of_a_tool_survives_json(result: ToolResult) -> None:
    assert ToolResult.from_dict(json.loads(json.dumps(asdict(result)))) == result


def test_the_variables_of_a_tool_are_read_as_texts() -> None:
    assert ToolResult.from_dict({**asdict(RESULT), "variables": [[1, 2]]}).variables == (("1", "2"),)


def test_missing_tools_of_one_installer_are_installed_together() -> None:
    def missing(*install: str) -> ToolResult:
        return ToolResult(argv=("x",), install=install)

    tools = {
        "lint": missing("pip", "install", "ruff"),
        "docs": missing(),
        "types": missing("pip", "install", "mypy", "ruff"),
        "spec": missing("npm", "install", "x"),
    }
    assert Evidence(component=COMPONENT, tools=tools).install_commands == (
        ("pip", "install", "ruff", "mypy"),
        ("npm", "install", "x"),
    )
    assert Evidence(component=COMPONENT).install_commands == ()


@pytest.mark.parametrize("data", [FULL, COMPONENT, Outcomes(), Coverage(), Command(argv=()), ToolResult(argv=())])
def test_evidence_cannot_be_changed(data: object) -> None:
    with pytest.raises((FrozenInstanceError, TypeError)):
        data.problem = "x"  # type: ignore[attr-defined]


def test_a_gap_survives_a_dictionary_and_an_unknown_cause_is_refused() -> None:
    gap = Gap(cause="worker", message="worker gw0 died")
    assert Gap.from_dict(asdict(gap)) == gap
    with pytest.raises(ValueError, match="unknown cause of a gap: weather"):
        Gap.from_dict({"cause": "weather", "message": "rain"})
    with pytest.raises(KeyError):
        Gap.from_dict({"cause": "worker"})
    read = Gap.from_dict({"cause": "kind", "message": 3, "kinds": ["unit", 4]})
    assert read == Gap(cause="kind", message="3", kinds=("unit", "4"))


@pytest.mark.parametrize(
    ("of_gap", "of_stage", "concerns"),
    [
        ((), (), True),
        (("unit",), (), True),
        ((), ("unit",), True),
        (("unit", "e2e"), ("e2e",), True),
        (("unit",), ("e2e", "smoke"), False),
    ],
)
def test_a_gap_of_some_kinds_concerns_stages_that_need_one_of_them(
    of_gap: tuple[str, ...], of_stage: tuple[str, ...], concerns: bool
) -> None:
    assert Gap(cause="kind", message="m", kinds=of_gap).concerns(of_stage) is concerns


def test_only_a_component_without_tests_is_not_ready_by_a_gap() -> None:
    assert [cause for cause in get_args(GapCause) if Gap(cause=cause, message="m").is_failure] == ["untested"]


def test_of_some_gaps_the_missing_tests_could_have_improved_a_number() -> None:
    found = {cause for cause in get_args(GapCause) if Gap(cause=cause, message="m").has_missing_tests}
    assert found == MISSING_TESTS == {
        "deselected", "displaced", "ignored", "interrupted", "no-tests", "partial", "unfinished", "untested", "worker",
    }  # fmt: skip


@pytest.mark.parametrize("cause", get_args(GapCause))
def test_every_cause_can_be_read_back(cause: GapCause) -> None:
    gap = Gap(cause=cause, message="m", kinds=("unit",))
    assert Gap.from_dict(asdict(gap)) == gap


@pytest.mark.parametrize(
    ("nodes", "inner", "belongs"),
    [
        ((), "test_a", True),
        (("test_a",), "test_a", True),
        (("test_a",), "test_a[1]", True),
        (("test_a",), "test_ab", False),
        (("TestA",), "TestA::test_b", True),
        (("TestA",), "TestAB::test_b", False),
        (("x", "TestA::test_b"), "TestA::test_b[1]", True),
        (("x",), "TestA::x", False),
    ],
)
def test_a_claim_to_some_node_ids_has_the_tests_in_them(nodes: tuple[str, ...], inner: str, belongs: bool) -> None:
    assert Claim(path=Path("t.py"), rule="", nodes=nodes).has_test(f"t.py::{inner}") is belongs


@pytest.mark.parametrize(
    ("nodeid", "nodes", "belongs"),
    [
        ("t.py", ("test_a",), True),  # the file could not be collected
        ("t.py::TestA", ("TestA::test_b",), True),  # the class could not be collected
        ("t.py::TestA", ("TestAB::test_b",), False),
        ("t.py::test_b", (), True),
    ],
)
def test_what_stands_in_place_of_tests_belongs_to_the_component_of_the_tests(
    nodeid: str, nodes: tuple[str, ...], belongs: bool
) -> None:
    assert Claim(path=Path("t.py"), rule="", nodes=nodes).has_test(nodeid) is belongs
