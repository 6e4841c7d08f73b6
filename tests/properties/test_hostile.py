"""Whatever text stands in a report: what is printed and stored of it is harmless, and the report keeps its schema."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_maturity.config import schema
from pytest_maturity.model import redaction
from pytest_maturity.model.errors import ConfigError
from pytest_maturity.model.evidence import (  # fmt: skip
    Claim,
    Component,
    Coverage,
    Evidence,
    FileCoverage,
    Finding,
    Gap,
    Outcomes,
)
from pytest_maturity.model.gates import Judged, Remedy, Requirement, Status  # fmt: skip
from pytest_maturity.model.report import GateResult, Judgement, Report, Run, Verdict
from pytest_maturity.model.retries import Attempt, RetriedTest
from pytest_maturity.model.text import describe_error, escape_ci_commands, safe, safe_repr
from pytest_maturity.plugin.retries.output import build_output_element, build_surefire_element, format_attempt
from pytest_maturity.reports.json import render
from pytest_maturity.reports.messages import printable_line, verdict_lines
from pytest_maturity.reports.needs import Layout, needs_lines, short_needs_lines
from pytest_maturity.reports.table import overview, table
from tests.hostile import HOSTILE, all_strings, harmful_lines, is_harmless

FEW = settings(max_examples=40, deadline=None)
SOME = settings(max_examples=150, deadline=None)
SCHEMA = jsonschema.Draft7Validator(schema.load_schema("report"))

# Random text hardly ever holds a command: so the pieces of commands are drawn more often than letters.
PIECES = (
    *"#[]: \t\n\r\x85\u2028\x00\u202e\ud800", "::", "##", "\x1b[", "error",
)  # fmt: skip
texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(list(HOSTILE.values())),
    st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=12).map("".join),
)
numbers = st.one_of(st.none(), st.integers(0, 100), st.fractions(0, 100))
statuses = st.sampled_from(Status)
verdicts = st.sampled_from([Verdict.PROMOTE, Verdict.HOLD, Verdict.INCONCLUSIVE])


@pytest.fixture(autouse=True)
def _no_secrets() -> None:
    redaction.learn_secrets({})


@SOME
@given(texts, st.integers(3, 600))
def test_what_is_made_safe_is_harmless_short_and_stays_so(text: str, limit: int) -> None:
    found = safe(text, limit)
    assert is_harmless(found)
    assert len(found) <= limit
    assert safe(found, limit) == found


@SOME
@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="#"), max_size=50))
def test_what_does_nothing_is_not_changed(text: str) -> None:
    assert safe(f"a{text}") == f"a{text}"


@SOME
@given(st.lists(texts.map(safe), max_size=6), st.sampled_from(["", " ", ": ", "#", ":"]))
def test_several_safe_strings_are_disarmed_together(strings: list[str], between: str) -> None:
    whole = escape_ci_commands(between.join(strings))
    assert is_harmless(whole)
    assert escape_ci_commands(whole) == whole


@SOME
@given(texts, st.sampled_from(["\x1b[31m", " \x1b[1;2m ", "\x1b[0m"]))
def test_a_styled_line_keeps_its_style_and_gives_no_command(text: str, style: str) -> None:
    found = escape_ci_commands(style + safe(text))
    assert found.startswith(style.rstrip())
    assert not harmful_lines([found])


@SOME
@given(texts, texts)
def test_an_exception_and_a_value_are_described_harmlessly(text: str, name: str) -> None:
    class OddError(Exception):
        def __repr__(self) -> str:
            return text

        def __str__(self) -> str:
            return text

    OddError.__qualname__ = name
    assert not harmful_lines([describe_error(OddError()), safe_repr(OddError())])


@FEW
@given(st.lists(texts, min_size=1, max_size=4))
def test_every_problem_of_a_usage_error_is_one_harmless_line(problems: list[str]) -> None:
    lines = f"ERROR: {ConfigError(problems).message}".split("\n")
    assert len(lines) == len(problems)
    assert not harmful_lines(lines)
    assert all(one.startswith("ERROR: ") for one in lines)


# ── a whole report ───────────────────────────────────────────────────────────


attempts = st.builds(
    Attempt, number=st.integers(1, 3), outcome=texts, phase=texts, exception=texts, message=texts,
    classification=st.sampled_from(["transient", "permanent", "unknown", ""]), decision=texts, by=texts,
)  # fmt: skip
findings = st.builds(
    Finding, path=texts, message=texts, line=st.one_of(st.none(), st.integers(-1, 9)), rule=texts, severity=texts,
    test=texts, ranges=st.lists(st.tuples(st.integers(-1, 9), st.integers(-1, 9)), max_size=2).map(tuple),
)  # fmt: skip
commands = st.lists(texts, max_size=3).map(tuple)
remedies = st.one_of(st.none(), st.builds(Remedy, text=texts, command=commands))


@st.composite
def results(draw: st.DrawFn, ladder: list[str]) -> GateResult:
    stages = {
        stage: Judged(
            requirement=Requirement(
                gate=draw(texts), line=draw(texts), threshold=Fraction(draw(st.integers(0, 100))), source=draw(texts),
                mode=draw(st.sampled_from(["block", "warn"])),
            ),
            status=draw(statuses),
            remedy=draw(remedies),
        )
        for stage in ladder
    }  # fmt: skip
    return GateResult(
        name=draw(texts), value=draw(numbers), unit=draw(texts), note=draw(texts),
        better=draw(st.sampled_from(["higher", "lower"])), stages=stages,
        findings=tuple(draw(st.lists(findings, max_size=2))),
    )  # fmt: skip


@st.composite
def judgements(draw: st.DrawFn, ladder: list[str]) -> Judgement:
    root = Path("/project")
    claim = Claim(path=root / draw(texts).replace("\0", ""), rule=draw(texts))
    component = Component(
        name=draw(texts), sources=(claim.path,), files=(claim.path,), found_by=draw(texts), tests=(claim,)
    )
    retried = RetriedTest(test=draw(texts), outcome=draw(texts), attempts=tuple(draw(st.lists(attempts, max_size=2))))
    evidence = Evidence(
        component=component,
        outcomes=Outcomes(passed=1, flaky_tests=(draw(texts),), retried=(retried,) if retried.attempts else ()),
        coverage=Coverage(
            files=(FileCoverage(path=draw(texts), statements=1, covered_lines=0),), measured_by=draw(texts),
            notes=(draw(texts),), problem=draw(texts),
        ),
        gaps=tuple(draw(st.lists(st.builds(Gap, cause=texts, message=texts), max_size=2))),
    )  # fmt: skip
    return Judgement(
        evidence=evidence, verdict=draw(verdicts),
        target=draw(st.sampled_from(ladder)), reached=draw(st.sampled_from([None, *ladder])),
        next_stage=draw(st.sampled_from([None, *ladder])),
        results=tuple(draw(st.lists(results(ladder), max_size=2))),
    )  # fmt: skip


@st.composite
def reports(draw: st.DrawFn) -> Report:
    ladder = draw(st.lists(texts, min_size=1, max_size=3, unique=True))
    run = Run(
        id=draw(texts), started=draw(texts), python=draw(texts), pytest=draw(texts), plugin=draw(texts),
        command_line=tuple(draw(st.lists(texts, max_size=2))), commit=draw(texts), policy_digest=draw(texts),
    )  # fmt: skip
    return Report(
        verdict=draw(verdicts), target=draw(st.sampled_from(ladder)),
        ladder=tuple(ladder), run=run, root=Path("/project"), notes=tuple(draw(st.lists(texts, max_size=2))),
        components=tuple(draw(st.lists(judgements(ladder), max_size=2))),
    )  # fmt: skip


@FEW
@given(reports())
def test_any_report_becomes_json_that_holds_to_the_schema_and_is_harmless(report: Report) -> None:
    text = render(report)
    SCHEMA.validate(json.loads(text))
    assert text.encode("utf-8")
    assert not harmful_lines(text[:-1].split("\n"))
    assert not [one for one in all_strings(json.loads(text)) if not is_harmless(one)]


@FEW
@given(reports(), st.sampled_from([30, 80, 200]), st.booleans())
def test_any_report_is_printed_in_harmless_lines(report: Report, width: int, markup: bool) -> None:
    lines = [printable_line(line) for _, line in verdict_lines(report)]
    for judgement in report.components:
        lines += table(judgement, report.ladder, width, markup).split("\n")[:-1]
    lines += overview(report, width, markup).split("\n")[:-1]
    for details in (False, True):
        layout = Layout(width, details)
        lines += [printable_line(line) for one in report.components for line in needs_lines(one, layout)]
        lines += [printable_line(line) for line in short_needs_lines(report, layout)]
    assert not harmful_lines(lines)


@FEW
@given(reports())
def test_the_rows_of_a_table_are_as_many_as_the_gates(report: Report) -> None:
    for judgement in report.components:
        assert len(table(judgement, report.ladder, 10_000, False).splitlines()) == 1 + len(judgement.results)


@SOME
@given(attempts)
def test_an_attempt_is_one_harmless_line_and_valid_xml(attempt: Attempt) -> None:
    assert not harmful_lines([printable_line(format_attempt(attempt))])
    for made, tag in (
        (build_surefire_element(replace(attempt, outcome="failed"), passed=True), "flakyFailure"),
        (build_output_element([attempt]), "system-out"),
    ):
        read = ElementTree.fromstring(ElementTree.tostring(made))
        assert read.tag == tag
        assert not harmful_lines([*read.attrib.values(), "".join(read.itertext())])


# ── secrets ──────────────────────────────────────────────────────────────────

secrets = st.text(alphabet="abcdefXYZ0123456789+/=_-$^.*(|", min_size=8, max_size=40).filter(
    lambda one: not one.isalpha() and any(map(str.isalnum, one)) and "..." not in one
)


@SOME
@given(secrets, texts, texts, st.integers(10, 600))
def test_a_secret_of_the_environment_is_never_printed_not_even_in_part(
    secret: str, before: str, after: str, limit: int
) -> None:
    redaction.learn_secrets({"API_TOKEN": secret})
    try:
        found = safe(f"{before} {secret} {after}", limit)
        assert secret not in found
        assert safe(found, limit) == found
        if len(before) < 1000:
            assert found == safe(f"{before} {redaction.HIDDEN} {after}", limit) or secret in before + after
    finally:
        redaction.learn_secrets({})
