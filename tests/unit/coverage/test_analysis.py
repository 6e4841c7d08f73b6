"""The coverage of files, from the data of coverage.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest
from coverage.exceptions import NotPython

from pytest_maturity.coverage.analysis import analyse_files
from pytest_maturity.model.evidence import FileCoverage

SOURCE = """\
def price(count):
    if count > 3:
        return "many"
    return "few"


def debug():  # pragma: no cover
    return 1
"""
OPENED: list[coverage.CoverageData] = []


@pytest.fixture(autouse=True)
def closed_data() -> Iterator[None]:
    """Closes the in-memory databases of coverage.py: Python 3.13 warns of those that nobody closes."""
    yield
    while OPENED:
        OPENED.pop().close(force=True)


def measured(
    root: Path, *, branch: bool = False, lines: tuple[int, ...] = (1, 2, 4), settings: str = ""
) -> coverage.Coverage:
    """Returns coverage.py with data of shop.py, as if these lines had been executed in their order."""
    (root / "coverage.rc").write_text(f"[run]\nbranch = {branch}\n{settings}")
    found = coverage.Coverage(data_file=None, config_file=str(root / "coverage.rc"), source=[str(root)])
    name, data = str(root / "shop.py"), found.get_data()
    OPENED.append(data)
    if branch:
        data.add_arcs({name: [(-1, 1), (1, -1), (-1, 2), (2, 4), (4, -1)]})
    else:
        data.add_lines({name: [1, 2, 4]})
    return found


def analyse(root: Path, found: coverage.Coverage, *names: str) -> list[FileCoverage]:
    return list(analyse_files(found, [root / name for name in names], root))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SOURCE)
    return tmp_path


def test_statements_lines_and_excluded_lines_are_counted(root: Path) -> None:
    assert analyse(root, measured(root), "shop.py") == [
        FileCoverage(
            path="shop.py", statements=4, covered_lines=3, excluded=2, missing_lines=(3,), statement_lines=(1, 2, 3, 4)
        )
    ]


def test_branches_are_counted_where_they_were_measured(root: Path) -> None:
    (found,) = analyse(root, measured(root, branch=True), "shop.py")
    assert (found.branches, found.covered_branches, found.missing_branches) == (2, 1, ((2, 3),))


def test_a_branch_to_the_end_of_a_function_has_a_negative_end(root: Path) -> None:
    (root / "shop.py").write_text("def price(count):\n    if count > 3:\n        print(1)\n")
    (found,) = analyse(root, measured(root, branch=True), "shop.py")  # as if line 2 led to a line 4
    assert found.missing_branches == ((2, -1), (2, 3))


def test_a_file_that_nobody_executed_has_no_covered_line(root: Path) -> None:
    (root / "unused.py").write_text("A = 1\nB = 2\n")
    (found,) = analyse(root, measured(root), "unused.py")
    assert (found.statements, found.covered_lines, found.missing_lines) == (2, 0, (1, 2))


def test_files_that_the_configuration_omits_are_left_out(root: Path) -> None:
    found = measured(root, settings="omit = */shop.py\n")
    assert analyse(root, found, "shop.py") == []
    assert analyse(root, measured(root)) == []


def test_a_file_that_cannot_be_parsed_is_an_error(root: Path) -> None:
    (root / "broken.py").write_text("def (\n")
    with pytest.raises(NotPython):
        analyse(root, measured(root), "broken.py")


def test_only_lines_that_the_projects_own_settings_exclude_are_reported_as_such(root: Path) -> None:
    (root / "shop.py").write_text(SOURCE + "\n\nif DEBUG:\n    # why\n    A = 1\n")
    settings = "[report]\nexclude_also =\n    if DEBUG:\n"
    (found,) = analyse(root, measured(root, settings=settings), "shop.py")
    assert found.excluded_by_settings == (11,)


def test_a_file_that_two_links_lead_to_counts_once_and_by_its_own_path(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SOURCE)
    links = [tmp_path / "a.py", tmp_path / "b.py"]
    for link in links:
        link.symlink_to(tmp_path / "shop.py")
    merged = measured(tmp_path)
    assert [one.path for one in analyse_files(merged, links, tmp_path)] == ["b.py"]
    assert [one.path for one in analyse_files(merged, [*links, tmp_path / "shop.py"], tmp_path)] == ["shop.py"]


def test_ignore_errors_leaves_no_file_out(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("def (:")
    merged = measured(tmp_path, settings="[report]\nignore_errors = true\n")
    with pytest.raises(NotPython):
        list(analyse_files(merged, [tmp_path / "shop.py"], tmp_path))
