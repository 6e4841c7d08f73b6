"""The shape of the house that import-linter cannot check."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src/pytest_maturity"
FILES = sorted(SOURCES.rglob("*.py"))
ONLY_IMPORTERS = {"yaml": "policyfile.py", "coverage": "cover", "subprocess": "toolbox.py", "rich": "terminal.py"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("package", list(ONLY_IMPORTERS))
def test_one_package_is_imported_in_one_room(package: str) -> None:
    rooms = {path.relative_to(SOURCES).parts[0] for path in FILES if package in set(imports(path))}
    assert rooms == {ONLY_IMPORTERS[package]}


def test_no_module_is_longer_than_300_lines() -> None:
    assert [path.name for path in FILES if len(path.read_text("utf-8").splitlines()) > 300] == []


def test_no_function_is_longer_than_50_lines() -> None:
    functions = (
        (path.name, node)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert [f"{name}: {one.name}" for name, one in functions if (one.end_lineno or 0) - one.lineno > 50] == []


def test_no_class_would_be_collected_as_a_test() -> None:
    classes = (node for path in FILES for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    assert [node.name for node in classes if isinstance(node, ast.ClassDef) and node.name.startswith("Test")] == []
