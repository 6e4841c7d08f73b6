"""The lines of components that raise warnings, and the categories that filters ignore."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest

from pytest_maturity.model.evidence import Component
from pytest_maturity.plugin.source_lines import SourceLines, find_builtin_category


class Mine(DeprecationWarning):
    """A category of a library."""


@pytest.fixture
def component(tmp_path: Path) -> Component:
    root = tmp_path.resolve()
    (root / "src/shop").mkdir(parents=True)
    files = tuple(root / "src/shop" / name for name in ("__init__.py", "prices.py"))
    for file in files:
        file.touch()
    return Component(name="shop", sources=(root / "src/shop",), files=files, found_by="src", imports=("shop",))


def test_a_file_is_found_by_every_name_that_leads_to_it(tmp_path: Path, component: Component) -> None:
    root = tmp_path.resolve()
    (root / "link").symlink_to(root / "src")
    lines = SourceLines([component], root, root / "src")
    for name in (str(root / "src/shop/prices.py"), "shop/prices.py", str(root / "link/shop/prices.py")):
        assert lines.find_source(name) == "src/shop/prices.py"
    for name in ("prices.py", "<string>", "", str(root / "tests/test_shop.py"), "\0"):
        assert lines.find_source(name) is None


def test_an_installed_copy_is_its_source(tmp_path: Path, component: Component, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path.resolve() / "venv/site-packages/shop/prices.py"
    copy.parent.mkdir(parents=True)
    copy.touch()
    (copy.parent / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(copy.parents[1])])
    lines = SourceLines([component], tmp_path.resolve(), tmp_path)
    assert lines.find_source(str(copy)) == "src/shop/prices.py"
    assert lines.find_source(str(copy.with_name("other.py"))) is None


EVERY = {"UserWarning", "RuntimeWarning", "DeprecationWarning", "Warning"}


@pytest.mark.parametrize(
    ("filters", "ignored"),
    [
        ([("default", "", Warning, "")], set()),
        ([("ignore", "", Warning, "")], EVERY),
        ([("ignore", "", DeprecationWarning, "")], {"DeprecationWarning"}),
        ([("ignore", "", Mine, "")], set()),
        ([("ignore", "old", Warning, "")], set()),
        ([("ignore", "", Warning, "other")], set()),
        ([("ignore", "", Warning, "shop")], EVERY),
        ([("ignore", "", UserWarning, r"shop\.prices")], {"UserWarning"}),
        ([("ignore", "", Warning, ""), ("error", "", UserWarning, "")], EVERY - {"UserWarning"}),
        ([("error", "", UserWarning, ""), ("ignore", "", Warning, "")], EVERY),
    ],
)
def test_a_category_is_ignored_where_a_filter_ignores_all_of_it(
    tmp_path: Path, component: Component, filters: list[tuple[str, str, type[Warning], str]], ignored: set[str]
) -> None:
    with warnings.catch_warnings():
        warnings.resetwarnings()
        for action, message, category, module in filters:
            warnings.filterwarnings(action, message, category, module)  # type: ignore[arg-type]  # text is fine
        found = SourceLines([component], tmp_path, tmp_path).find_ignored_categories(warnings.filters)
    assert found.get("shop", set()) & EVERY == ignored


def test_the_line_of_one_filter_ignores_nothing_else(tmp_path: Path, component: Component) -> None:
    with warnings.catch_warnings():
        warnings.resetwarnings()
        warnings.filterwarnings("ignore", lineno=7)
        assert SourceLines([component], tmp_path, tmp_path).find_ignored_categories(warnings.filters) == {}


def test_a_category_of_a_library_is_the_builtin_one_that_it_is_based_on() -> None:
    assert find_builtin_category(Mine) == "DeprecationWarning"
    assert find_builtin_category(type("Odd", (Warning,), {})) == "Warning"
    assert find_builtin_category(ResourceWarning) == "ResourceWarning"
