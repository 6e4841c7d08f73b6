"""The lines that a person reads: what is unmet, and the verdict."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.evidence import Claim, Component, Finding, Outcomes, ToolProgress
from pytest_maturity.model.gates import Better, Number, Ratchet, Remedy, Status
from pytest_maturity.model.report import EnforcedPolicy, Judgement, PolicyChange, Report, Verdict
from pytest_maturity.reports import messages
from pytest_maturity.reports.messages import (
    Unmet,
    change_text,
    command_line,
    list_unmet,
    policy_lines,
    printable_line,
    progress_line,
    report_heading,
    settings_line,
    threshold_lines,
    unnamed_test_notes,
    verdict_line,
    verdict_lines,
)

from .judgements import GAP, failed, judged, judgement, passed, report, result, unknown

# ── what is unmet ────────────────────────────────────────────────────────────


def test_the_gaps_come_first_and_have_no_gate() -> None:
    found = list_unmet(judgement(passed(), failed(), gaps=(GAP,)), "dev")
    assert [(one.gate, one.message) for one in found] == [
        ("", "only a part was run"), ("docs", "is 3, must be at least 5")
    ]  # fmt: skip


def test_a_remedy_takes_the_place_of_the_numbers() -> None:
    (found,) = list_unmet(judgement(failed(remedy=Remedy("write 2 docs", ("docs", "a b")))), "dev")
    assert found == Unmet(gate="docs", message="write 2 docs", command=("docs", "a b"))
    assert found.sentence == "write 2 docs"


def test_a_sentence_has_the_first_findings() -> None:
    findings = (
        Finding(path="a.py", line=3, rule="E1", message="m"), Finding(path="b.py", message="m"),
        Finding(path="t.py", message="m", test="t.py::a"), Finding(path="c.py", message="m"),
    )  # fmt: skip
    (found,) = list_unmet(judgement(failed(remedy=Remedy("write"), findings=findings)), "dev")
    assert found.findings == findings
    assert found.sentence == "write: a.py:3: m; b.py: m; t.py::a: m; and 1 more"


@pytest.mark.parametrize(
    ("value", "better", "threshold", "message"),
    [
        (3, "lower", "0.25", "is 3, must be at most 0.25"),
        (Fraction("0.251"), "lower", "0.25", "is 0.26, must be at most 0.25"),
        (Fraction("69.96"), "higher", "70", "is 69.9, must be at least 70"),
        (Fraction("69.9599"), "higher", "69.96", "is 69.95, must be at least 69.96"),
    ],
)
def test_without_a_remedy_the_number_and_the_threshold_are_shown(
    value: Number, better: Better, threshold: str, message: str
) -> None:
    one = result("a", value, better=better, stages={"dev": judged(threshold, Status.FAILED)})
    assert list_unmet(judgement(one), "dev") == [Unmet(gate="a", message=message)]


@pytest.mark.parametrize(("note", "message"), [("ruff died", "ruff died"), ("", "it was not measured")])
def test_what_is_unknown_has_the_reason(note: str, message: str) -> None:
    assert list_unmet(judgement(unknown(note=note)), "dev") == [Unmet(gate="lint", message=message)]


def test_a_secret_in_the_command_of_a_remedy_is_hidden() -> None:
    remedy = Remedy("fix", ("scan", "--api-key", "abc", "--token=abc", "src"))
    (found,) = list_unmet(judgement(failed(remedy=remedy)), "dev")
    assert found.command == ("scan", "--api-key", "***", "--token=***", "src")


def test_a_program_that_path_finds_is_printed_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for directory in ("first", "second"):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "ruff").touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/first:{tmp_path}/second")
    assert command_line((f"{tmp_path}/first/ruff", "check", "a b")) == "ruff check 'a b'"
    assert command_line((f"{tmp_path}/second/ruff", "check")) == f"{tmp_path}/second/ruff check"
    assert command_line(("./count.sh",)) == "./count.sh"
    assert command_line(("ruff",)) == "ruff"


# ── the policy ───────────────────────────────────────────────────────────────


CHANGE = PolicyChange(
    setting="coverage",
    new="1",
    old="2",
    new_source="new.dev.coverage",
    old_source="old.dev.coverage",
    components=("auth", "billing"),
    stages=("dev",),
)


def test_the_policy_of_the_working_tree_needs_no_line() -> None:
    assert policy_lines(EnforcedPolicy(digest="x")) == []


def test_the_policy_of_a_ref_is_named_with_what_the_working_tree_loosened() -> None:
    commit = "0123456789abcdef" * 2
    assert policy_lines(EnforcedPolicy(ref="main", commit=commit)) == [
        "  the policy of main, commit 0123456789ab, is enforced"
    ]
    assert policy_lines(EnforcedPolicy(ref="main", commit=commit, loosened=(CHANGE,))) == [
        "  the policy of main, commit 0123456789ab, is enforced; the working tree loosened:",
        "    coverage of auth, billing at dev: 1 instead of 2 (new.dev.coverage; old.dev.coverage)",
    ]


@pytest.mark.parametrize(
    ("components", "text"),
    [
        ("", "coverage: 1 instead of 2"),
        ("a", "coverage of a at dev, staging: 1 instead of 2"),
        ("abcdef", "coverage of a, b, c, d, e, f at dev, staging: 1 instead of 2"),
        ("abcdefg", "coverage of 7 components at dev, staging: 1 instead of 2"),
    ],
)
def test_a_change_of_the_policy_is_one_sentence(components: str, text: str) -> None:
    change = replace(CHANGE, components=tuple(components), stages=("dev", "staging"))
    assert change_text(change) == f"{text} (new.dev.coverage; old.dev.coverage)"


# ── the verdict ──────────────────────────────────────────────────────────────


def test_test_files_whose_names_mislead_are_noted() -> None:
    root = Path("/p")
    claims = tuple(Claim(path=root / f"{name}.py", rule="", named_part=part) for name, part in (("a", "b"), ("c", "")))
    component = Component(name="x.y", sources=(), files=(), found_by="", tests=claims, importers=(root / "d.py",))
    assert list(unnamed_test_notes(component, lambda path: path.name)) == [
        "x.y: no test file has its name; these import it and have the name of another part: a.py (b)",
        "x.y: test files that import it and are not counted, because of their names: d.py; "
        'tests_also = "imports" in tool.maturity.components."x.y" counts them',
    ]
    assert list(unnamed_test_notes(replace(component, tests=(), importers=()), str)) == []


def test_tests_that_import_other_modules_than_the_component_are_noted() -> None:
    modules = ("a", "b", "c", "d")
    component = Component(name="x", sources=(), files=(), found_by="", imports=("p.x",), imports_instead=modules)
    note = "x: none of its test files imports it (p.x); they import a, b, c and 1 more"
    assert list(unnamed_test_notes(component, str)) == [note]
    assert list(unnamed_test_notes(replace(component, imports_instead=()), str)) == []


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (judgement(passed(), verdict=Verdict.PROMOTE), "PROMOTE  auth is ready for dev"),
        (
            judgement(passed(), verdict=Verdict.PROMOTE, outcomes=Outcomes(passed=8, failed=1, error=1)),
            "PROMOTE  auth is ready for dev, although 2 tests failed: pass_rate allows it",
        ),
        (judgement(failed(), passed()), "HOLD  auth is not ready for dev: docs 3 < 5"),
        (judgement(failed(better="lower", value=7)), "HOLD  auth is not ready for dev: docs 7 > 5"),
        (judgement(failed("a_b"), failed("c")), "HOLD  auth is not ready for dev: a b 3 < 5, c 3 < 5"),
        (judgement(failed(), unknown(), unknown("types")), "HOLD  auth is not ready for dev: docs 3 < 5; "
         "unknown: lint, types"),
        (
            judgement(unknown(), verdict=Verdict.INCONCLUSIVE, gaps=(GAP,)),
            "INCONCLUSIVE  auth, dev: lint unknown (ruff is not installed); only a part was run",
        ),
        (judgement(passed(), verdict=Verdict.INCONCLUSIVE), "INCONCLUSIVE  auth, dev: nothing is required"),
    ],
)  # fmt: skip
def test_the_verdict_has_its_reasons(given: Judgement, line: str) -> None:
    assert verdict_line(given) == line


def test_a_number_has_the_digits_of_its_thresholds_and_its_unit() -> None:
    stages = {"dev": judged("69.96", Status.FAILED), "top": judged("70", Status.FAILED)}
    one = result("coverage", Fraction("69.9599"), unit="%", stages=stages)
    assert verdict_line(judgement(one)) == "HOLD  auth is not ready for dev: coverage 69.95 % < 69.96"


PROMOTED, HELD = judgement(passed(), verdict=Verdict.PROMOTE), judgement(failed())


@pytest.mark.parametrize(
    ("given", "last"),
    [
        (report(PROMOTED, verdict=Verdict.PROMOTE), "PROMOTE  auth is ready for dev"),
        (report(PROMOTED, HELD, verdict=Verdict.HOLD), "HOLD  1 of 2 components is ready for dev"),
        (report(PROMOTED, PROMOTED, verdict=Verdict.PROMOTE), "PROMOTE  2 of 2 components are ready for dev"),
        (
            report(PROMOTED, verdict=Verdict.INCONCLUSIVE, notes=("no", "the disk is full")),
            "INCONCLUSIVE  1 of 1 component is ready for dev: the disk is full",
        ),
        (
            report(PROMOTED, HELD, verdict=Verdict.HOLD, notes=("a remark",)),
            "HOLD  1 of 2 components is ready for dev",
        ),
        (
            report(PROMOTED, PROMOTED, verdict=Verdict.INCONCLUSIVE, notes=("the disk is full",)),
            "INCONCLUSIVE  2 of 2 components are ready for dev: the disk is full",
        ),
        (report(verdict=Verdict.INCONCLUSIVE), "INCONCLUSIVE  0 of 0 components are ready for dev"),
        (
            replace(report(PROMOTED, HELD, verdict=Verdict.HOLD), target=None),
            "HOLD  1 of 2 components is ready for its target",
        ),
        (
            replace(report(HELD, HELD, verdict=Verdict.HOLD), target=None),
            "HOLD  0 of 2 components are ready for their targets",
        ),
    ],
)
def test_the_last_line_is_the_verdict_of_the_run(given: Report, last: str) -> None:
    lines = verdict_lines(given)
    assert lines[-1] == (given.verdict, last)


def test_of_several_components_those_that_are_not_promoted_have_a_line_each() -> None:
    unclear = judgement(unknown(), name="b", verdict=Verdict.INCONCLUSIVE)
    held = judgement(failed(), name="c")
    run = report(PROMOTED, unclear, held, verdict=Verdict.HOLD)
    assert verdict_lines(run) == [
        (Verdict.HOLD, "HOLD  c is not ready for dev: docs 3 < 5"),
        (Verdict.INCONCLUSIVE, "INCONCLUSIVE  b, dev: lint unknown (ruff is not installed)"),
        (Verdict.HOLD, "HOLD  1 of 3 components is ready for dev"),
    ]


def test_components_with_other_targets_are_ready_for_theirs() -> None:
    both = report(PROMOTED, judgement(passed(), target="top", verdict=Verdict.PROMOTE), verdict=Verdict.PROMOTE)
    run = replace(both, target=None)
    assert verdict_lines(run) == [(Verdict.PROMOTE, "PROMOTE  2 of 2 components are ready for their targets")]


def test_the_heading_is_the_component_with_its_target_or_the_number_of_components() -> None:
    assert report_heading(report(HELD, verdict=Verdict.HOLD), 26) == "maturity: auth, target dev"
    assert report_heading(report(HELD, verdict=Verdict.HOLD), 25) == "maturity: auth"
    assert report_heading(report(HELD, PROMOTED, verdict=Verdict.HOLD), 25) == "maturity: 2 components"


# ── what stdout can print ────────────────────────────────────────────────────


class Latin(io.StringIO):
    encoding = "latin-1"


class Strange(io.StringIO):
    encoding = "no-such-encoding"


@pytest.mark.parametrize(("stdout", "line"), [(Latin(), "\xe4 \\u2713"), (Strange(), "\\xe4 \\u2713")])
def test_characters_that_stdout_lacks_are_escaped(
    monkeypatch: pytest.MonkeyPatch, stdout: io.StringIO, line: str
) -> None:
    monkeypatch.setattr("sys.stdout", stdout)
    assert printable_line("\xe4 \u2713") == line
    assert messages.can_print("a")
    assert not messages.can_print("\u2713")


def test_the_settings_of_a_tool_are_those_of_all_its_runs() -> None:
    runs = {"ruff": ("pyproject.toml",), "types": (), "ruff:lib": ("lib/ruff.toml",), "types:lib": ()}
    assert settings_line(runs) == "ruff: pyproject.toml, lib/ruff.toml; types: defaults"


# ── baselines ────────────────────────────────────────────────────────────────


def ratcheted(value: Number, status: Status, baseline: str | None = "300", **more: Any) -> Judgement:
    """Returns the judgement of one gate, of which less is better, with the limit 0 and a baseline."""
    number = None if baseline is None else Fraction(baseline)
    ratchet = Ratchet(name="lint", value=number, source="b.json", **more)
    of_stage = replace(judged("0", status), bound=number, ratchet=ratchet)
    verdict = {Status.FAILED: Verdict.HOLD, Status.UNKNOWN: Verdict.INCONCLUSIVE}.get(status, Verdict.PROMOTE)
    return judgement(result("lint", value, better="lower", stages={"dev": of_stage}), verdict=verdict)


def test_what_a_baseline_holds_is_said_with_the_verdict() -> None:
    found = ratcheted(300, Status.WAIVED)
    words = "lint 300 is held at its baseline 300, limit 0"
    assert verdict_line(found) == f"PROMOTE  auth is ready for dev, although {words}"
    assert messages.baseline_lines(found) == [f"  {words} (b.json)"]
    assert messages.baseline_lines(ratcheted(0, Status.PASSED)) == []


def test_what_is_worse_than_its_baseline_has_both_bounds() -> None:
    found = ratcheted(301, Status.FAILED)
    assert verdict_line(found) == "HOLD  auth is not ready for dev: lint 301 > 300 (baseline 300, limit 0)"
    assert list_unmet(found, "dev")[0].message == "is 301, must be at most 300 (baseline 300, limit 0)"
    found = ratcheted(301, Status.FAILED, None)
    assert verdict_line(found) == "HOLD  auth is not ready for dev: lint 301 > 0 (no baseline yet)"


def test_a_number_has_as_many_places_as_it_takes_to_differ_from_its_baseline() -> None:
    found = ratcheted(Fraction("1.23456"), Status.FAILED, "1.2345")
    assert "lint 1.2346 > 1.2345 (baseline 1.2345, limit 0)" in verdict_line(found)


def test_a_baseline_that_cannot_be_compared_is_the_reason() -> None:
    found = ratcheted(300, Status.UNKNOWN, problem="b.json is of ruff 1, and this run used ruff 2")
    words = "b.json is of ruff 1, and this run used ruff 2: pytest-maturity baseline REPORT writes a new one"
    assert verdict_line(found) == f"INCONCLUSIVE  auth, dev: lint unknown ({words})"
    assert list_unmet(found, "dev")[0].message == words


def test_an_improvement_is_a_note() -> None:
    (note,) = messages.stale_baseline_notes(ratcheted(290, Status.WAIVED, is_stale=True))
    words = "auth: baseline is stale: lint 290 is better than 300 (b.json); pytest-maturity baseline REPORT raises it"
    assert note == words
    assert list(messages.stale_baseline_notes(ratcheted(300, Status.WAIVED))) == []


# ── where thresholds are set ─────────────────────────────────────────────────


def test_each_threshold_has_the_place_where_it_is_set_equal_ones_once() -> None:
    dev, top = judged("5", Status.PASSED), judged("7", Status.FAILED, mode="warn")
    found = judgement(result("my_docs", 6, better="higher", stages={"dev": dev, "staging": dev, "top": top}))
    assert threshold_lines(found) == [
        "  thresholds, and where each is set",
        "    my docs >= 5: dev, staging (here)",
        "    my docs warn >= 7: top (here)",
    ]
    assert threshold_lines(judgement()) == []


# ── the tools that are waited for ────────────────────────────────────────────


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (79, "maturity: types 4 s, bandit queued; done: ruff 0.3 s, a\\nb 2.0 s"),
        (60, "maturity: types 4 s, bandit queued; done: ruff 0.3 s ..."),
        (50, "maturity: types 4 s, bandit queued ..."),
        (10, "maturity: "),
    ],
)
def test_of_the_tools_that_are_waited_for_those_are_shown_that_fit(width: int, line: str) -> None:
    ended = (ToolProgress("ruff", 0.31, has_ended=True), ToolProgress("a\nb", 2, has_ended=True))
    assert progress_line((ToolProgress("types", 4.4), ToolProgress("bandit"), *ended), width) == line
