"""The imports of test files are read once, and say which of several parts a file is for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_maturity.discovery import import_index, imports
from pytest_maturity.discovery.import_index import ImportIndex, count_common, list_prefixes
from pytest_maturity.discovery.project import CodePart, ProjectLayout


def write(root: Path, **contents: str) -> ProjectLayout:
    for path, text in {"src__shop__core": "", **contents}.items():
        file = (root / path.replace("__", "/")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return ProjectLayout(root)


def part(name: str) -> CodePart:
    names = tuple(name.split("."))
    return CodePart(names=names, sources=(Path("/src", *names),), root=Path("/src"), found_by=name)


def choose(index: ImportIndex, path: Path, *names: str) -> list[str]:
    parts = {part(name): [name] for name in names}
    return [one.dotted_name for one in index.choose_closest(parts, path)]


def test_the_importers_of_a_module_import_it_or_something_of_it(tmp_path: Path) -> None:
    layout = write(
        tmp_path, tests__test_a="from shop.core import x", tests__test_b="import shop.core, shop.core.y",
        tests__test_c="import shop", tests__test_d="# shop.core", tests__test_e="from shop.corelib import x",
    )  # fmt: skip
    index = ImportIndex(layout)
    found = index.group_by_module(layout.test_files)
    assert [path.name for path in found["shop.core"]] == ["test_a.py", "test_b.py"]
    assert len(found["shop"]) == 4
    assert [path.name for path in layout.test_files if index.imports_any(["x", "shop.core"], path)] == [
        "test_a.py",
        "test_b.py",
    ]


def test_a_file_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = write(tmp_path, tests__test_a="import shop.core", tests__test_b="import os")
    parsed: list[str] = []
    read: Callable[..., set[str]] = imports.find_imported_names

    def count_calls(path: Path, package: tuple[str, ...], *needles: str) -> set[str]:
        parsed.append(path.name)
        return read(path, package, *needles)

    monkeypatch.setattr(import_index, "find_imported_names", count_calls)
    index = ImportIndex(layout)
    for _ in range(3):
        index.group_by_module(layout.test_files)
        index.list_names(layout.test_files[0])
    assert parsed == ["test_a.py", "test_b.py"]


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("from a.auth import x", ["a.auth"]),
        ("from a.models import x", ["a.auth"]),
        ("import a", ["a.auth"]),
        ("import a, b", ["a.auth", "b.auth"]),
        ("from a.auth import x\nfrom b.auth import y", ["a.auth", "b.auth"]),
        ("from a.auth import x\nfrom b.models import y", ["a.auth"]),
        ("import os", []),
    ],
)
def test_the_closest_of_two_parts_is_the_one_with_most_in_common(tmp_path: Path, text: str, chosen: list[str]) -> None:
    index = ImportIndex(write(tmp_path, tests__test_auth=text))
    assert choose(index, tmp_path / "tests/test_auth.py", "a.auth", "b.auth") == chosen


@pytest.mark.parametrize("text", ["from tests.test_base import Base", "from test_base import Base"])
def test_imports_of_an_imported_test_module_count_where_a_files_own_do_not_decide(tmp_path: Path, text: str) -> None:
    index = ImportIndex(write(tmp_path, tests__test_auth=text, tests__test_base="from b.auth import x"))
    assert choose(index, tmp_path / "tests/test_auth.py", "a.auth", "b.auth") == ["b.auth"]


def test_a_test_module_that_imports_itself_ends(tmp_path: Path) -> None:
    index = ImportIndex(write(tmp_path, tests__test_auth="import test_auth"))
    assert choose(index, tmp_path / "tests/test_auth.py", "a.auth", "b.auth") == []


def test_only_what_is_imported_itself_is_imported(tmp_path: Path) -> None:
    index = ImportIndex(write(tmp_path, tests__test_auth="from a.auth.api import x\nimport b"))
    parts = {part(name): [name] for name in ("a.auth", "b.auth")}
    assert index.list_imported(parts, tmp_path / "tests/test_auth.py") == [part("a.auth")]


def test_prefixes_and_common_names() -> None:
    assert list(list_prefixes("a.b.c")) == ["a.b.c", "a.b", "a"]
    assert count_common(["a", "b"], ["a", "c", "b"]) == 1
    assert count_common(["a", "b"], ["a", "b", "c"]) == 2
