"""Suppressions are counted and shown in every run, and a stage may limit them."""

from __future__ import annotations

import jsonschema
import pytest

from pytest_maturity.config import schema
from tests.acceptance.project import COVERAGE_ONLY, Project, lines_with

CAP = """
    [tool.maturity]
    ladder = ["only"]
    [tool.maturity.stages.only]
    pass_rate = 100
    suppressions = {cap}
"""
NONE = {"noqa": 0, "type_ignore": 0, "nosec": 0, "fmt": 0, "no_cover": 0, "omitted": 0, "skip": 0, "xfail": 0,
        "warning_filter": 0}  # fmt: skip


@pytest.fixture
def suppressing(project: Project) -> Project:
    """Two noqa, one type: ignore and one skip; what the other component does is its own business."""
    project.write(
        {
            "src/orchestration/unused.py": """
                import os  # noqa: F401
                import re  # type: ignore[x]  # noqa
                TEXT = "# nosec"
                """,
            "src/billing/__init__.py": "def price() -> int:  # nosec\n    return 1\n",
            "tests/test_orchestrator_more.py": """
                import pytest

                @pytest.mark.skip(reason="later")
                def test_later(): ...
                """,
        }
    )
    return project


def test_they_are_shown_where_no_stage_limits_them(suppressing: Project) -> None:
    ran = suppressing.gate(subprocess=True)
    assert ran.code == 0
    assert lines_with(ran.result, "suppressions:") == ["  suppressions: 2 noqa, 1 type ignore, 1 skip"]
    jsonschema.validate(ran.report, schema.load_schema("report"))
    counts = ran.component["suppressions"]
    found = counts.pop("found")
    assert counts == {**NONE, "total": 4, "noqa": 2, "type_ignore": 1, "skip": 1, "problems": []}
    assert [(one["path"], one["line"], one["kind"]) for one in found] == [
        ("src/orchestration/unused.py", 1, "noqa"),
        ("src/orchestration/unused.py", 2, "noqa"),
        ("src/orchestration/unused.py", 2, "type_ignore"),
        ("tests/test_orchestrator_more.py", 3, "skip"),
    ]
    assert found[3]["text"] == "pytest.mark.skip(reason='later')"


def test_a_component_without_any_has_no_line_and_zeros_in_the_report(project: Project) -> None:
    ran = project.gate(subprocess=True)
    assert lines_with(ran.result, "suppressions") == []
    assert ran.component["suppressions"] == {**NONE, "total": 0, "problems": [], "found": []}


def test_the_line_fits_a_narrow_terminal(suppressing: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    suppressing.write(
        {
            "src/orchestration/more.py": """
                import a  # nosec B404
                import b  # pragma: no cover
                """,
            "tests/test_orchestrator_most.py": "import pytest\n\n@pytest.mark.xfail\ndef test_a(): assert 0\n",
        }
    )
    lines = suppressing.gate(subprocess=True).result.outlines
    first = next(number for number, line in enumerate(lines) if line.startswith("  suppressions:"))
    assert lines[first : first + 2] == [
        "  suppressions: 2 noqa, 1 type ignore, 1 nosec, 1 no cover,",
        "      1 skip, 1 xfail",
    ]


def test_too_many_hold_and_the_remedy_counts_them(suppressing: Project) -> None:
    suppressing.policy(CAP.format(cap=3))
    ran = suppressing.gate(subprocess=True)
    assert ran.code == 1
    assert ran.last_line == "HOLD  orchestration is not ready for only: suppressions 4 > 3"
    rows = [line for line in ran.result.outlines if "suppressions  " in line]
    assert [line.split() for line in rows] == [["\u2717", "suppressions", "4", "3", "\u2717"]]  # and no other line
    assert ran.gate("suppressions")["note"] == "2 noqa, 1 type ignore, 1 skip"
    assert [finding["rule"] for finding in ran.gate("suppressions")["findings"]] == [
        *("noqa", "noqa", "type_ignore", "skip")
    ]
    (unmet,) = ran.component["next"]["unmet"]
    file = "src/orchestration/unused.py"
    assert unmet["message"].startswith(f"remove 1 of 4 suppressions: {file}:1: ")


def test_as_many_as_the_cap_allows_are_promoted(suppressing: Project) -> None:
    suppressing.policy(CAP.format(cap="{ max = 4, nosec = 0 }"))
    ran = suppressing.gate(subprocess=True)
    assert ran.code == 0
    assert ran.gate("suppressions.nosec")["value"] == 0


def test_a_cap_on_one_kind_holds_alone(suppressing: Project) -> None:
    suppressing.policy(CAP.format(cap="{ max = 4, skip = 0 }"))
    ran = suppressing.gate(subprocess=True)
    assert ran.last_line == "HOLD  orchestration is not ready for only: suppressions.skip 1 > 0"
    (finding,) = ran.gate("suppressions.skip")["findings"]
    assert (finding["path"], finding["line"]) == ("tests/test_orchestrator_more.py", 3)


def test_what_the_coverage_configuration_leaves_out_counts_and_a_pragma_only_once(covered: Project) -> None:
    covered.write(
        {
            "src/orchestration/unused.py": """
                FIRST = 1  # pragma: no cover
                SECOND = 2
                # SECOND in a comment
                def stub() -> None: ...
                """,
            "src/orchestration/old.py": "A = 1\n",
        }
    )
    settings = '[tool.coverage]\nrun.omit = ["*/old.py"]\nreport.exclude_also = ["SECOND", "FIRST"]\n'
    covered.policy(COVERAGE_ONLY + settings)
    ran = covered.gate(subprocess=True)
    counts = ran.component["suppressions"]
    assert (counts["total"], counts["no_cover"], counts["omitted"]) == (3, 1, 2)
    assert [(one["path"], one["line"]) for one in counts["found"] if one["kind"] == "omitted"] == [
        ("src/orchestration/old.py", None),
        ("src/orchestration/unused.py", 2),
    ]
    assert lines_with(ran.result, "  suppressions: ") == ["  suppressions: 1 no cover, 2 omitted"]


def test_without_coverage_the_total_is_unknown_and_a_kind_is_not(suppressing: Project) -> None:
    suppressing.policy(CAP.format(cap="{ max = 99, nosec = 0 }"))
    ran = suppressing.gate("--cov=src/billing", "--cov-report=", subprocess=True)
    assert ran.code == 3
    assert "suppressions unknown (code that coverage omits is unknown: pytest-cov did not" in ran.last_line
    assert (ran.gate("suppressions")["value"], ran.gate("suppressions.nosec")["status"]) == (None, "passed")
    jsonschema.validate(ran.report, schema.load_schema("report"))


def test_a_source_that_does_not_parse_is_named_in_the_line(project: Project) -> None:
    project.write({"src/orchestration/broken.py": "x = (  # noqa\n"})
    ran = project.gate(subprocess=True)
    (line,) = lines_with(ran.result, "  suppressions: unknown")
    assert line.startswith("  suppressions: unknown: noqa, type ignore, nosec")
    counts = ran.component["suppressions"]
    assert (counts["total"], counts["noqa"]) == (None, None)
    assert counts["problems"][0].startswith("src/orchestration/broken.py could not be read for suppressions: ")


def test_a_kind_that_does_not_exist_is_refused_with_the_nearest(project: Project) -> None:
    project.policy(CAP.format(cap="{ max = 1, nosecs = 0 }"))
    ran = project.gate()
    assert ran.code == 4
    assert "the gate 'suppressions' has no line 'nosecs' (did you mean 'nosec'?)" in ran.errors[0]
