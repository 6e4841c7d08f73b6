"""Statements about all evidence: worse or less evidence never helps, and what is printed agrees with the decision."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_maturity.config import schema
from pytest_maturity.config.files import NOT_A_NUMBER, parse_scalar
from pytest_maturity.discovery.naming_rules import JOINED, find_spellings
from pytest_maturity.evidence.assess import decide, judge
from pytest_maturity.evidence.outcomes import SEVERITY, OutcomeLog
from pytest_maturity.gates import coverage, flaky_rate, pass_rate, skipped_rate, suppressions
from pytest_maturity.gates.command import make_command_gate
from pytest_maturity.model.evidence import (  # fmt: skip
    Component,
    Coverage,
    Evidence,
    FileCoverage,
    Gap,
    Outcomes,
    ToolResult,
)
from pytest_maturity.model.gates import Context, Gate, Judged, Measurement, Requirement, Status  # fmt: skip
from pytest_maturity.model.names import identity, normalize
from pytest_maturity.model.report import Judgement, Report, Run, Verdict, worst_verdict
from pytest_maturity.model.suppressions import KINDS, Suppression, Suppressions
from pytest_maturity.model.text import decimal_places, format_number, safe
from pytest_maturity.plugin import judging
from pytest_maturity.reports import verify
from pytest_maturity.reports.json import number, render

SOME = settings(max_examples=50, deadline=None)
FEW = settings(max_examples=25, deadline=None)
SCHEMA = jsonschema.Draft7Validator(schema.load_schema("report"))
CONTEXT = Context(root=Path("/project"))
COMPONENT = Component(name="auth", sources=(), files=(), found_by="src")
GATES = {module.GATE.name: module.GATE for module in (pass_rate, coverage, skipped_rate, flaky_rate, suppressions)}

counts = st.integers(0, 4)
percents = st.decimals(0, 100, places=2).map(Fraction)
fractions = st.fractions(-1000, 1000, max_denominator=10**9)
betters = st.sampled_from(["higher", "lower"])


@st.composite
def outcomes(draw: st.DrawFn) -> Outcomes:
    found = {name: draw(counts) for name in ("passed", "failed", "error", "skipped", "xfailed", "xpassed")}
    total, flaky = sum(found.values()), draw(st.integers(0, found["passed"]))
    return replace(Outcomes(collected=total, completed=total, flaky=flaky), **found)  # type: ignore[arg-type]  # counts


@st.composite
def files(draw: st.DrawFn) -> FileCoverage:
    statements, branches = draw(counts), draw(counts)
    covered = draw(st.integers(0, statements))
    return FileCoverage(
        path=draw(st.text(max_size=5)), statements=statements, covered_lines=covered, branches=branches,
        covered_branches=draw(st.integers(0, branches)), missing_lines=tuple(range(covered + 1, statements + 1)),
    )  # fmt: skip


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    gaps = draw(st.lists(st.builds(Gap, cause=st.just("partial"), message=st.text(max_size=5)), max_size=1))
    found = Coverage(files=tuple(draw(st.lists(files(), max_size=3))))
    kinds, unknown = draw(st.lists(st.sampled_from(KINDS), max_size=3)), draw(st.frozensets(st.sampled_from(KINDS)))
    suppressed = Suppressions(found=tuple(map(suppression, kinds)), unknown=unknown, problems=())
    return Evidence(
        component=COMPONENT, outcomes=draw(outcomes()), coverage=found, suppressions=suppressed, gaps=tuple(gaps)
    )


def suppression(kind: str) -> Suppression:
    return Suppression(kind=kind, path="a.py", line=1)


@st.composite
def policies(draw: st.DrawFn) -> dict[str, list[Requirement]]:
    ladder: dict[str, list[Requirement]] = {}
    effective: dict[str, Requirement] = {}
    for stage in ("dev", "production"):
        for name in draw(st.sets(st.sampled_from(list(GATES)), min_size=1)):
            mode = draw(st.sampled_from(["block", "block", "warn"]))
            effective[name] = Requirement(gate=name, threshold=draw(percents), mode=mode, source="here")  # type: ignore[arg-type]
        ladder[stage] = list(effective.values())
    return ladder


def verdict(evidence: Evidence, policy: dict[str, list[Requirement]]) -> Judgement:
    return judge(evidence, GATES, policy, "production", CONTEXT)


def worsened(evidence: Evidence, how: str) -> Evidence:
    """The same evidence and one bad thing more."""
    old = evidence.outcomes
    if how == "gap":
        return replace(evidence, gaps=(*evidence.gaps, Gap(cause="partial", message="y")))
    if how == "uncovered":
        more = FileCoverage(path="more.py", statements=1, covered_lines=0, missing_lines=(1,))
        return replace(evidence, coverage=replace(evidence.coverage, files=(*evidence.coverage.files, more)))
    if how in ("suppressed", "unread"):
        found = evidence.suppressions
        another = replace(found, found=(*found.found, suppression("noqa")))
        return replace(
            evidence, suppressions=another if how == "suppressed" else replace(found, unknown=frozenset(KINDS))
        )
    if how == "flaky":
        return replace(evidence, outcomes=replace(old, flaky=min(old.flaky + 1, old.passed)))
    counted = {how: getattr(old, how) + 1, "collected": old.collected + 1, "completed": old.completed + 1}
    return replace(evidence, outcomes=replace(old, **counted))


def relapsed(evidence: Evidence, how: str) -> Evidence:
    """The same evidence, where one test that passed did something else."""
    old = evidence.outcomes
    passed = max(0, old.passed - 1)
    changed = {how: getattr(old, how) + old.passed - passed, "passed": passed, "flaky": min(old.flaky, passed)}
    return replace(evidence, outcomes=replace(old, **changed))


@FEW
@given(evidences(), policies(), st.sampled_from(["gap", "uncovered", "flaky", "suppressed", "unread"]))
def test_bad_evidence_never_makes_a_verdict_better(evidence: Evidence, policy: Any, how: str) -> None:
    before, after = verdict(evidence, policy), verdict(worsened(evidence, how), policy)
    if before.verdict is not Verdict.PROMOTE:
        assert after.verdict is not Verdict.PROMOTE


@FEW
@given(evidences(), policies(), st.sampled_from(["failed", "error"]))
def test_a_test_that_fails_instead_of_passing_never_helps_the_pass_rate(
    evidence: Evidence, policy: Any, how: str
) -> None:
    policy = {stage: [one for one in required if one.gate == "pass_rate"] for stage, required in policy.items()}
    before, after = verdict(evidence, policy), verdict(relapsed(evidence, how), policy)
    assert before.verdict is Verdict.PROMOTE or after.verdict is not Verdict.PROMOTE


@FEW
@given(evidences(), policies(), st.sampled_from(["outcomes", "coverage", "completed", "problem"]))
def test_missing_evidence_never_promotes_what_was_held(evidence: Evidence, policy: Any, what: str) -> None:
    before = verdict(evidence, policy)
    found, old = evidence.coverage, evidence.outcomes
    less = {
        "outcomes": replace(evidence, outcomes=Outcomes()),
        "coverage": replace(evidence, coverage=Coverage()),
        "problem": replace(evidence, coverage=replace(found, problem="lost")),
        "completed": replace(evidence, outcomes=replace(old, completed=max(0, old.completed - 1))),
    }[what]
    if before.verdict is not Verdict.PROMOTE:
        assert verdict(less, policy).verdict is not Verdict.PROMOTE


@FEW
@given(evidences(), policies())
def test_judging_twice_is_equal(evidence: Evidence, policy: Any) -> None:
    assert verdict(evidence, policy) == verdict(evidence, policy)


@FEW
@given(evidences(), policies())
def test_promote_means_that_every_blocking_requirement_passed(evidence: Evidence, policy: Any) -> None:
    found = verdict(evidence, policy)
    judged = [row.stages["production"] for row in found.results if "production" in row.stages]
    everything = [one for one in judged if one.requirement.mode == "block"]
    proven = bool(everything) and all(one.status is Status.PASSED for one in everything) and not evidence.gaps
    assert (found.verdict is Verdict.PROMOTE) <= proven
    assert (found.reached == "production") <= (found.verdict is Verdict.PROMOTE)


@FEW
@given(evidences(), policies())
def test_every_report_holds_to_its_schema(evidence: Evidence, policy: Any) -> None:
    judgement = verdict(evidence, policy)
    report = Report(
        verdict=judgement.verdict, target="production", ladder=tuple(policy), run=Run(id="1", started="now"),
        root=CONTEXT.root, components=(judgement,),
    )  # fmt: skip
    document = json.loads(render(report))
    SCHEMA.validate(document)
    assert verify.check_report(document) == []  # read back, it gives the same verdict
    assert verify.recompute_verdict(document["components"][0], "production") is judgement.verdict


STATUSES = st.lists(st.tuples(st.sampled_from(["block", "block", "warn"]), st.sampled_from(Status)), max_size=5)


@SOME
@given(STATUSES, st.booleans(), st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7]), st.booleans())
def test_every_combination_of_statuses_has_the_documented_exit_code(
    statuses: list[tuple[Any, Status]], gaps: bool, of_pytest: int, interrupted: bool
) -> None:
    blocking = {status for mode, status in statuses if mode == "block"}
    code = judging.choose_exit_code(decide(statuses, [Gap(cause="partial", message="")] * gaps), of_pytest, interrupted)
    if of_pytest in (3, 4, 6, 7) or (of_pytest == 2 and interrupted):
        assert code == of_pytest  # usage, internal error, a plugin's own, Ctrl-C: nothing is better than it
    elif Status.FAILED in blocking:
        assert code == 1
    elif gaps or not blocking or Status.UNKNOWN in blocking:
        assert code == (5 if of_pytest == 5 else 3)  # pytest found no test
    else:
        assert code == 0


@SOME
@given(st.lists(st.sampled_from([Verdict.PROMOTE, Verdict.HOLD, Verdict.INCONCLUSIVE]), max_size=5))
def test_a_run_is_as_good_as_its_worst_component(verdicts: list[Verdict]) -> None:
    found = worst_verdict(verdicts)
    assert (found is Verdict.PROMOTE) == (bool(verdicts) and set(verdicts) == {Verdict.PROMOTE})
    assert (found is Verdict.HOLD) == (Verdict.HOLD in verdicts)


@SOME
@given(fractions, st.decimals(0, 1000, places=6).map(Fraction), betters)
def test_what_is_printed_never_contradicts_what_was_decided(value: Fraction, threshold: Fraction, better: Any) -> None:
    gate = Gate("x", lambda *_: Measurement(value), better=better)
    requirement = Requirement(gate="x", threshold=threshold, source="here")
    found = judge(Evidence(component=COMPONENT), {"x": gate}, {"dev": [requirement]}, "dev", CONTEXT)
    digits = max(1, decimal_places(threshold))
    printed, limit = Fraction(format_number(value, better, digits)), Fraction(format_number(threshold, better, digits))
    good = printed >= limit if better == "higher" else printed <= limit
    assert limit == threshold
    assert good is (found.verdict is Verdict.PROMOTE)
    judged: Judged = found.results[0].stages["dev"]
    assert good is (judged.status is Status.PASSED)


@SOME
@given(fractions, betters)
def test_a_number_in_json_is_never_better_than_the_exact_one(value: Fraction, better: Any) -> None:
    found = number(value, better)
    assert found is not None
    exact = Fraction(str(found))
    assert exact <= value if better == "higher" else exact >= value
    assert abs(exact - value) < Fraction(1, 10**5)


@SOME
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15))
def test_the_number_of_a_command_is_read_exactly_as_it_is_written(number: Any) -> None:
    gate = make_command_gate("size", {"command": ["x"], "pattern": "score (.*)"})
    tools = {"size:auth": ToolResult(argv=("x",), exit_code=0, stdout=f"score {number:f}")}
    assert gate.measure(Evidence(component=COMPONENT, tools=tools), CONTEXT).value == Fraction(number)


@SOME
@given(st.text())
def test_whatever_is_made_safe_can_be_printed_and_stays_so(text: str) -> None:
    shown = safe(text)
    assert all(
        char.isprintable() or (char.isspace() and char not in "\r\n\t\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029")
        for char in shown
    )
    assert len(shown) <= 500
    assert safe(shown) == shown
    assert len(shown.splitlines()) <= 1


@SOME
@given(st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,20}", fullmatch=True))
def test_spellings_are_normal_and_hold_the_name_itself(name: str) -> None:
    found = find_spellings(name)
    base = normalize(name.rpartition(".")[2])
    assert not base or found[base] == "name"
    assert all(normalize(spelling) == spelling for spelling, rule in found.items() if rule != JOINED)
    assert find_spellings(name.upper() if name.islower() else name) is not None
    assert identity(identity(name)) == identity(name)


@SOME
@given(st.text(max_size=12))
def test_a_yaml_scalar_is_a_number_only_where_it_looks_like_one(text: str) -> None:
    value = parse_scalar(text)
    if isinstance(value, str):
        assert value == text
    elif value is not None and not isinstance(value, bool):
        assert text in NOT_A_NUMBER or set(text) <= set("-.0123456789")


@FEW
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(SEVERITY)), max_size=12), st.randoms())
def test_the_log_does_not_depend_on_the_order_of_reports(reports: list[tuple[str, str]], random: Any) -> None:
    def counted(some: list[tuple[str, str]]) -> Outcomes:
        log = OutcomeLog()
        for nodeid, outcome in some:
            log.record_outcome(nodeid, outcome)
        return log.count_outcomes(set(log.list_nodeids()))

    shuffled = list(reports)
    random.shuffle(shuffled)
    found = counted(reports)
    assert found == counted(shuffled)
    assert sum(getattr(found, name) for name in SEVERITY) == len({nodeid for nodeid, _ in reports})
