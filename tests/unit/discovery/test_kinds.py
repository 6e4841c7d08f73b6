"""Kinds of tests that a policy describes and no test has."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.discovery.kinds import find_idle_kinds
from pytest_maturity.discovery.project import ProjectLayout
from pytest_maturity.model.kinds import KindRule

RULES = (
    KindRule(kind="e2e", markers=("browser",), paths=("tests/e2e",)),
    KindRule(kind="load", markers=("slow", "heavy")),
    KindRule(kind="database", paths=("tests/*/test_db_*.py",)),
)


@pytest.mark.parametrize(
    ("files", "known", "idle"),
    [
        ({"tests/test_a.py": ""}, (), ["e2e", "load", "database"]),
        ({"tests/test_a.py": ""}, ("load",), ["e2e", "database"]),
        ({"tests/e2e/test_a.py": ""}, (), ["load", "database"]),
        ({"tests/test_a.py": "@pytest.mark.browser\n"}, (), ["load", "database"]),
        ({"tests/test_a.py": "", "tests/conftest.py": "item.add_marker('heavy')\n"}, (), ["e2e", "database"]),
        ({"tests/more/test_db_a.py": "# heavy\n"}, ("e2e",), []),
    ],
)
def test_a_kind_without_a_test_is_found(
    tmp_path: Path, files: dict[str, str], known: tuple[str, ...], idle: list[str]
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    layout = ProjectLayout(root=tmp_path)
    assert [rule.kind for rule in find_idle_kinds(RULES, layout, known)] == idle
