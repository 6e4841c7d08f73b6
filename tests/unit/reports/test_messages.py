"""The lines that a person reads: what is unmet, and the verdict."""

from __future__ import annotations

import io
import shlex
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.evidence import Claim, Component, Evidence, Finding, Gap, Outcomes
from pytest_maturity.model.gates import Better, Judged, Mode, Number, Remedy, Requirement, Status
from pytest_maturity.model.report import EnforcedPolicy, GateResult, Judgement, PolicyChange, Report, Run, Verdict
from pytest_maturity.model.suppressions import Suppression, Suppressions
from pytest_maturity.reports import messages
from pytest_maturity.reports.messages import (  # fmt: skip
    Unmet,
    change_text,
    command_line,
    finding_text,
    is_command,
    list_unmet,
    policy_lines,
    printable_line,
    summary_lines,
    unmet_lines,
    unnamed_test_notes,
    verdict_line,
    verdict_lines,
)

GAP = Gap(cause="partial", message="only a part was run")
NOTHING = Suppressions(unknown=frozenset(), problems=())


def judged(threshold: str, status: Status, remedy: Remedy | None = None, mode: Mode = "block") -> Judged:
    requirement = Requirement(gate="x", threshold=Fraction(threshold), source="here", mode=mode)
    return Judged(requirement=requirement, status=status, remedy=remedy)


def result(name: str, value: Number | None, **more: Any) -> GateResult:
    return GateResult(name=name, value=value, **more)


def failed(
    name: str = "docs", remedy: Remedy | None = None, value: Number = 3, better: Better = "higher"
) -> GateResult:
    return result(name, value, better=better, stages={"dev": judged("5", Status.FAILED, remedy)})


def unknown(name: str = "lint", note: str = "ruff is not installed") -> GateResult:
    return result(name, None, note=note, stages={"dev": judged("0", Status.UNKNOWN)})


def passed(name: str = "ok", value: Number = 9) -> GateResult:
    return result(name, value, stages={"dev": judged("5", Status.PASSED)})


def judgement(*results: GateResult, verdict: Verdict = Verdict.HOLD, **more: Any) -> Judgement:
    component = Component(name="auth", sources=(), files=(), found_by="src")
    given = {
        "suppressions": NOTHING,
        **{key: more.pop(key) for key in ("gaps", "outcomes", "suppressions") if key in more},
    }
    evidence = Evidence(component=component, **given)
    fields = {"target": "dev", "reached": None, "next_stage": "dev", **more}
    return Judgement(evidence=evidence, verdict=verdict, results=results, **fields)


# ── what is unmet ────────────────────────────────────────────────────────────


def test_the_gaps_come_first_and_have_no_gate() -> None:
    found = list_unmet(judgement(passed(), failed(), gaps=(GAP,)), "dev")
    assert [(one.gate, one.message) for one in found] == [
        ("", "only a part was run"), ("docs", "is 3, must be at least 5")
    ]  # fmt: skip


def test_a_remedy_takes_the_place_of_the_numbers() -> None:
    (found,) = list_unmet(judgement(failed(remedy=Remedy("write 2 docs", ("docs", "a b")))), "dev")
    assert found == Unmet(gate="docs", message="write 2 docs", command=("docs", "a b"))


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


def test_a_command_is_a_line_of_its_own_that_a_shell_reads_back() -> None:
    command = ("pytest", "t.py::total[a: b]", "t.py::it's[$(x)]")
    first, second = unmet_lines(Unmet(gate="pass_rate", message="fix 2 tests", command=command))
    assert first == "    pass rate: fix 2 tests"
    assert second == """      run: pytest 't.py::total[a: b]' 't.py::it'"'"'s[$(x)]'"""
    assert (is_command(first), is_command(second)) == (False, True)
    assert tuple(shlex.split(second.partition("run: ")[2])) == command


def test_a_program_that_path_finds_is_printed_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for directory in ("first", "second"):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "ruff").touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/first:{tmp_path}/second")
    assert command_line((f"{tmp_path}/first/ruff", "check", "a b")) == "ruff check 'a b'"
    assert command_line((f"{tmp_path}/second/ruff", "check")) == f"{tmp_path}/second/ruff check"
    assert command_line(("./count.sh",)) == "./count.sh"
    assert command_line(("ruff",)) == "ruff"


def test_a_gap_is_called_one() -> None:
    assert unmet_lines(Unmet(gate="", message="only a part was run")) == ["    gap: only a part was run"]


# ── below the table ──────────────────────────────────────────────────────────


def test_what_is_unmet_follows_the_reached_stage() -> None:
    assert summary_lines(judgement(failed(), unknown()), details=False) == [
        "  reached: nothing yet.  To reach dev:",
        "    docs: is 3, must be at least 5",
        "    lint: ruff is not installed",
    ]


def test_with_gaps_the_reached_stage_is_not_known() -> None:
    assert summary_lines(judgement(gaps=(GAP,)), details=False) == [
        "  reached: nothing: the run has gaps.  To reach dev:", "    gap: only a part was run"
    ]  # fmt: skip


def test_the_target_has_lines_of_its_own_where_it_needs_more_than_the_next_stage() -> None:
    both = {"dev": judged("5", Status.FAILED), "top": judged("5", Status.FAILED)}
    far = {"top": judged("9", Status.FAILED, Remedy("dig", ("dig",)))}
    found = judgement(result("a", 3, stages=both), result("b", 3, stages=far), target="top")
    assert summary_lines(found, details=False) == [
        "  reached: nothing yet.  To reach dev:",
        "    a: is 3, must be at least 5",
        "  To reach top, too:",
        "    b: dig",
        "      run: dig",
    ]


def test_the_top_of_the_ladder_needs_nothing() -> None:
    found = judgement(passed(), reached="dev", next_stage=None)
    assert summary_lines(found, details=False) == ["  reached: dev, the top of the ladder."]


def test_with_details_the_findings_are_listed_up_to_twenty() -> None:
    findings = tuple(Finding(path="a.py", line=line, message="bad") for line in range(1, 30))
    one = result("own", 3, findings=findings, stages={"dev": judged("5", Status.PASSED)})
    lines = summary_lines(judgement(one, reached="dev", next_stage=None), details=True)
    assert lines[0] == "  own: a.py:1: bad"
    assert len(lines) == 20 + 1
    assert len(summary_lines(judgement(one, reached="dev", next_stage=None), details=False)) == 1


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (Finding(path="a.py", line=3, message="bad"), "a.py:3: bad"),
        (Finding(path="t.py", line=3, message="boom", test="t.py::t[a: b]"), "t.py:3: t.py::t[a: b]: boom"),
        (Finding(path="", message="outside the tests: late"), "outside the tests: late"),
        (Finding(path="a.py", message="4 lines", ranges=((1, 4),)), "a.py:1-4: 4 lines"),
    ],
)
def test_a_finding_is_its_place_its_test_and_its_message(finding: Finding, text: str) -> None:
    assert finding_text(finding) == text


def test_suppressions_are_mentioned_where_the_table_has_no_row_for_them() -> None:
    noqa = Suppressions(found=(Suppression(kind="noqa", path="a.py", line=1),), unknown=frozenset(), problems=())
    partly = Suppressions(unknown=frozenset({"omitted"}), problems=("coverage was not measured",))
    row = result("suppressions", 1, stages={"dev": judged("5", Status.PASSED)})
    top: dict[str, Any] = {"reached": "dev", "next_stage": None}
    assert summary_lines(judgement(suppressions=noqa, **top), False)[0] == "  suppressions: 1 noqa"
    assert summary_lines(judgement(suppressions=partly, **top), False)[0] == (
        "  suppressions: unknown: omitted; coverage was not measured"
    )
    assert len(summary_lines(judgement(row, suppressions=noqa, **top), False)) == 1


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


def report(*judgements: Judgement, verdict: Verdict, notes: tuple[str, ...] = ()) -> Report:
    return Report(
        verdict=verdict, target="dev", ladder=("dev",), run=Run(id="1", started=""), root=Path("/"), notes=notes,
        components=judgements,
    )  # fmt: skip


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
        (report(verdict=Verdict.INCONCLUSIVE), "INCONCLUSIVE  0 of 0 components are ready for dev"),
    ],
)
def test_the_last_line_is_the_verdict_of_the_run(given: Report, last: str) -> None:
    lines = verdict_lines(given)
    assert lines[-1] == last
    assert len(lines) == len(given.components) + (not last.endswith("auth is ready for dev"))


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
