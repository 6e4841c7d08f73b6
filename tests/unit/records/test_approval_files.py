"""Approval files: what is written is read back; what is no approval has a problem with a reason."""

from __future__ import annotations

from dataclasses import replace
from json import dumps
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.config.git_ref import read_ref
from pytest_maturity.model.history import Decision
from pytest_maturity.records.approval_files import (
    LARGEST,
    parse_file,
    read_files_of_ref,
    read_files_of_tree,
    write_file,
)
from pytest_maturity.records.database import RecordsError
from tests.unit.records.records import approval, promotion
from tests.unit.repository import make_repository


def test_a_file_that_is_written_is_read_back(tmp_path: Path) -> None:
    decision = approval(component="My Shop")
    path = write_file(tmp_path, decision)
    assert path == f"maturity-approvals/my_shop-approval-{decision.id[:12]}.json"
    (found,) = read_files_of_tree(tmp_path)
    assert (found.path, found.decision, found.problem) == (path, decision, "")


def test_a_ref_has_its_own_files(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "project")
    api = repository.path / "api"
    api.mkdir()
    (api / "pyproject.toml").write_text("[tool.maturity]\n", "utf-8")
    decision = approval()
    name = write_file(api, decision)
    repository.write("api/maturity-approvals/README.md", "no approval")
    repository.git("add", ".")
    repository.git("commit", "-q", "-m", "approve")
    (api / name).unlink()
    write_file(api, replace(decision, actor="eve"))
    (found,) = read_files_of_ref(read_ref(api, "main", None))
    assert (found.path, found.decision) == (name, decision)


def data_of(**changed: Any) -> dict[str, Any]:
    return {**approval().to_dict(), **changed}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is no approval: Expecting value"),
        (b"\xff", "is no approval: 'utf-8' codec"),
        (b"[]", "is no approval: "),
        (b"{}", "is no approval: 'kind'"),
        (b"[" * 50_000, "is no approval: "),
        (b" " * (LARGEST + 1), "is no approval: is too large"),
        (dumps(data_of(time="yesterday")).encode(), "is no approval: "),
        (dumps(data_of(time="2026-01-31T12:00:00")).encode(), "is no approval: "),
        (dumps(data_of(identity="verified")).encode(), "is no approval: 'verified' is none of"),
        (dumps(data_of(actor=1)).encode(), "is no approval: a text of the decision is none"),
        (dumps(data_of(vote="yes")).encode(), "is no approval: "),
        (dumps(promotion().to_dict()).encode(), "is no approval: holds a promotion"),
    ],
)
def test_what_is_no_approval_says_why(data: bytes, problem: str) -> None:
    found = parse_file("maturity-approvals/a.json", data)
    assert found.decision is None
    assert found.problem.startswith(problem)


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "maturity-approvals").write_text("", "utf-8")
    with pytest.raises(RecordsError, match=r"^maturity-approvals/shop-approval-\w+\.json cannot be written: "):
        write_file(tmp_path, approval())


def test_a_directory_with_the_name_of_a_file_has_a_problem(tmp_path: Path) -> None:
    (tmp_path / "maturity-approvals/a.json").mkdir(parents=True)
    (found,) = read_files_of_tree(tmp_path)
    assert found.problem.startswith("is no approval")
    assert isinstance(found.decision, Decision) is False
