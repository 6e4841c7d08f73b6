"""The shape of the house that import-linter cannot check."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src/pytest_maturity"
FILES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(SOURCES.rglob("*.py"))}
WANTED = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
NODES = [(path, node) for path, tree in FILES.items() for node in ast.walk(tree) if isinstance(node, WANTED)]
ONLY_IMPORTERS = {"yaml": "config", "coverage": "coverage", "subprocess": "tools", "rich": "reports"}


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level and node.module:
        return [node.module.partition(".")[0]]
    return []


@pytest.mark.parametrize("package", list(ONLY_IMPORTERS))
def test_one_package_is_imported_in_one_room(package: str) -> None:
    rooms = {path.relative_to(SOURCES).parts[0] for path, node in NODES if package in imported(node)}
    assert rooms == {ONLY_IMPORTERS[package]}


def test_no_class_would_be_collected_as_a_test() -> None:
    classes = [node.name for _, node in NODES if isinstance(node, ast.ClassDef)]
    assert [name for name in classes if name.startswith("Test")] == []
