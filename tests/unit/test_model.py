"""The words of the gate as data."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import pytest_maturity
from pytest_maturity.model import (
    Context,
    Coverage,
    FileCoverage,
    Finding,
    Judged,
    Mode,
    Requirement,
    Status,
)  # fmt: skip


@pytest.mark.parametrize(("line", "where"), [(None, "a.py"), (7, "a.py:7")])
def test_a_finding_says_where_it_is(line: int | None, where: str) -> None:
    assert Finding(path="a.py", message="m", line=line).where == where


def test_coverage_is_exact_and_nothing_to_cover_is_none() -> None:
    third = FileCoverage(path="a", statements=2, covered_lines=1, branches=1)
    empty = FileCoverage(path="b", statements=0, covered_lines=0)
    assert (third.percent, empty.percent) == (Fraction(100, 3), None)
    assert Coverage(files=(third, empty)).percent == Fraction(100, 3)
    assert Coverage(files=(empty,)).percent is None
    assert Coverage().percent is None
    assert Coverage(files=(third,), problem="broken").percent is None
    assert Coverage(files=(third, third)).sum("statements") == 4


@pytest.mark.parametrize(
    ("status", "mode", "blocks"),
    [
        (Status.PASSED, "block", False),
        (Status.WAIVED, "block", False),
        (Status.UNKNOWN, "block", True),
        (Status.FAILED, "block", True),
        (Status.FAILED, "warn", False),
        (Status.UNKNOWN, "warn", False),
    ],
)
def test_only_passed_and_waived_do_not_block(status: Status, mode: Mode, blocks: bool) -> None:
    requirement = Requirement(gate="a", threshold=Fraction(1), source="here", mode=mode)
    assert Judged(requirement=requirement, status=status).blocks is blocks


def test_a_requirement_for_a_line_has_both_names() -> None:
    assert Requirement(gate="a", threshold=Fraction(1), source="").name == "a"
    assert Requirement(gate="a", line="b", threshold=Fraction(1), source="").name == "a.b"


@pytest.mark.parametrize(
    ("path", "shown"), [("src/a.py", "src/a.py"), ("/project/src/a.py", "src/a.py"), ("/other/a.py", "/other/a.py")]
)
def test_a_path_is_printed_from_the_root(path: str, shown: str) -> None:
    context = Context(root=Path("/project"))
    assert context.relative(path) == shown
    assert context.relative(Path(path)) == shown


def test_a_gate_reads_its_own_options() -> None:
    context = Context(root=Path("/project"), options={"types": {"tool": "mypy"}})
    assert context.option("types", "tool") == "mypy"
    assert context.option("types", "timeout", 5) == 5
    assert context.option("lint", "timeout") is None


@pytest.mark.parametrize("name", pytest_maturity.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(pytest_maturity, name).__module__.partition(".")[0] == "pytest_maturity"


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match=r"^module 'pytest_maturity' has no attribute 'Nonsense'$"):
        _ = pytest_maturity.Nonsense
