"""A stage file shows the last decision between two markers, and what people wrote around them stays."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.gates import Status
from pytest_maturity.model.history import RecordedGate, RecordedRequirement
from pytest_maturity.records.audit import Entry, make_entry
from pytest_maturity.records.stage_file import (
    BEGIN,
    END,
    StageFileError,
    check_file,
    find_path,
    list_paths,
    render_block,
    write_block,
)
from tests.unit.records.records import COVERAGE, demotion, promotion

LADDER = ("dev", "staging", "production")
FAILED = RecordedRequirement(threshold=Fraction(0), status=Status.FAILED)
GATES = (
    replace(COVERAGE, stages={**COVERAGE.stages, "production": replace(FAILED, threshold=Fraction(805, 10))}),
    RecordedGate(
        name="types", value=None, better="lower", stages={"production": replace(FAILED, status=Status.UNKNOWN)}
    ),
    RecordedGate(name="lint", value=Fraction(3), better="lower", stages={"production": replace(FAILED, mode="warn")}),
)


def entry(**changed: Any) -> Entry:
    return make_entry(promotion(commit="c" * 40, gates=GATES, **changed), None)


def test_the_block_has_the_stage_every_gate_and_what_the_next_stage_needs() -> None:
    found = entry()
    assert render_block(found, LADDER).splitlines() == [
        BEGIN,
        "",
        "Stage: **staging**, promoted on 2026-01-01, commit cccccccccccc.",
        "",
        "| gate | measured | staging | production |",
        "|---|---|---|---|",
        "| coverage | 62.4 % | 50 ✓ | 80.5 ✗ |",
        "| types | ? | - | 0 ? |",
        "| lint | 3 | - | warn 0 ✗ |",
        "",
        "In the way of production: coverage, types.",
        "",
        f"Record: {found.decision.id}",
        "",
        END,
    ]


def test_a_demotion_to_nothing_and_the_top_of_the_ladder_have_their_words() -> None:
    assert "Stage: **none**, demoted on 2026-01-01." in render_block(make_entry(demotion(), None), LADDER)
    assert "In the way" not in render_block(entry(stage="production"), LADDER)
    assert "with uncommitted changes" in render_block(entry(dirty=True), LADDER)


def test_hostile_names_are_harmless(tmp_path: Path) -> None:
    gate = replace(COVERAGE, name="a|b\n<script>")
    assert "| a\\|b\\\\n\\<script\\> |" in render_block(make_entry(promotion(gates=(gate,)), None), LADDER)


def test_the_rest_of_the_file_belongs_to_people(tmp_path: Path) -> None:
    path = tmp_path / "MATURITY.md"
    write_block(path, render_block(entry(), LADDER), "shop")
    assert path.read_text().startswith("# Maturity of shop\n\n<!-- maturity: begin")
    path.write_text("# Ours\n\nbefore\n\n" + render_block(entry(), LADDER) + "\nafter\n")
    new = render_block(entry(stage="dev"), LADDER)
    write_block(path, new, "shop")
    assert path.read_text() == f"# Ours\n\nbefore\n\n{new}\nafter\n"
    path.write_text("only ours")
    write_block(path, new, "shop")
    assert path.read_text() == f"only ours\n\n{new}\n"


@pytest.mark.parametrize(
    "text", [BEGIN, END, f"{END}\n{BEGIN}", f"{BEGIN}\n{END}\n{BEGIN}\n{END}", f"{BEGIN}\n{BEGIN}\n{END}"]
)
def test_markers_that_are_no_pair_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "MATURITY.md"
    path.write_text(text)
    with pytest.raises(StageFileError, match="are not a pair"):
        write_block(path, render_block(entry(), LADDER), "shop")
    assert path.read_text() == text
    assert "are not a pair" in check_file(path, "shop", [entry()], LADDER)


def test_only_the_last_decision_proves_a_claim(tmp_path: Path) -> None:
    path = tmp_path / "MATURITY.md"
    path.write_text("no claim")
    assert check_file(path, "shop", [], LADDER) == ""
    write_block(path, render_block(entry(), LADDER), "shop")
    assert check_file(path, "shop", [entry()], LADDER) == ""
    assert check_file(path, "shop", [], LADDER) == f"{path} claims what no record proves"
    later = make_entry(demotion(day=2), entry())
    assert check_file(path, "shop", [entry(), later], LADDER) == f"{path} is older than the last decision about shop"
    path.unlink()
    assert "cannot be read" in check_file(path, "shop", [], LADDER)


def test_a_path_stays_in_the_project(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    assert find_path(tmp_path, "{component}/M.md", "shop") == tmp_path / "shop/M.md"
    (tmp_path / "link").symlink_to("/")
    (tmp_path / "shop/M.md").symlink_to("elsewhere")
    for name in ("../x", "shop", "link"):
        with pytest.raises(StageFileError, match="is a link, or lies outside of the project"):
            find_path(tmp_path, "{component}/M.md", name)


def test_the_files_are_found_with_their_components(tmp_path: Path) -> None:
    for name in ("shop", "bank"):
        (tmp_path / f"src/{name}").mkdir(parents=True)
        (tmp_path / f"src/{name}/M.md").touch()
    assert list(list_paths(tmp_path, "src/{component}/M.md")) == [
        (tmp_path / "src/bank/M.md", "bank"), (tmp_path / "src/shop/M.md", "shop"),
    ]  # fmt: skip
    (tmp_path / "shop.md").touch()
    assert list(list_paths(tmp_path, "{component}.md")) == [(tmp_path / "shop.md", "shop")]
