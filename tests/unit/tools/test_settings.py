"""Which directory's settings a tool applies to a component."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.model.evidence import Component, Evidence, ToolResult
from pytest_maturity.model.gates import Context
from pytest_maturity.tools.settings import (
    choose_tool,
    find_coverage_settings,
    find_directory,
    find_key,
    group_by_directory,
    list_directories_above,
    make_key,
    make_settings_test,
    read_ini,
    read_tool_tables,
)


def component(root: Path, *sources: str) -> Component:
    paths = tuple(root / source for source in sources)
    return Component(name=sources[0], sources=paths, files=(), found_by="")


def has_file(directory: Path) -> bool:
    return (directory / "settings").is_file()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("packages/a/src", "packages/b/src", "src"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "packages/a/settings").touch()
    return tmp_path


def test_the_nearest_settings_above_the_sources_count(root: Path) -> None:
    (root / "settings").touch()
    a, b, c = (component(root, name) for name in ("packages/a/src", "packages/b/src", "src"))
    assert group_by_directory([a, b, c], root, has_file) == {"packages/a": [a], "": [b, c]}


def test_settings_in_the_sources_themselves_do_not_count(root: Path) -> None:
    (root / "src/settings").touch()
    assert find_directory(component(root, "src"), root, has_file) == ""


def test_sources_in_two_places_have_the_settings_above_both(root: Path) -> None:
    both = component(root, "packages/a/src", "packages/b/src")
    assert find_directory(both, root, has_file) == ""
    (root / "packages/settings").touch()
    assert find_directory(both, root, has_file) == "packages"


def test_sources_outside_of_the_root_have_its_settings(root: Path) -> None:
    assert find_directory(component(root, "packages/a/src"), root / "src", has_file) == ""


def test_the_configured_tool_comes_before_that_of_the_directory(root: Path) -> None:
    def find(directory: Path) -> str | None:
        return "nearest" if has_file(directory) else None

    place, anywhere = root / "packages/a", ("nearest", "other")
    open_choice, chosen = Context(root=root), Context(root=root, options={"format": {"tool": "other"}})
    assert choose_tool(open_choice, "format", "packages/a", find, "usual") == "nearest"
    assert choose_tool(open_choice, "format", "", find, "usual") == "usual"
    assert choose_tool(chosen, "format", "packages/a", find, "usual") == "other"
    assert make_settings_test(open_choice, "format", anywhere, find)(place)
    assert not make_settings_test(chosen, "format", anywhere, find)(place)
    assert not make_settings_test(open_choice, "format", anywhere, find)(root)


def test_a_repository_may_begin_above_the_root(root: Path) -> None:
    inner = root / "packages/a"
    assert list(list_directories_above(inner)) == []
    (root / ".git").touch()  # a file in a work tree of its own
    assert list(list_directories_above(inner)) == [root / "packages", root]
    assert list(list_directories_above(root)) == []


def test_the_key_of_a_run_names_its_directory(root: Path) -> None:
    assert (make_key("types", ""), make_key("types", "packages/a")) == ("types", "types:packages/a")
    tools = {
        make_key(name, directory): ToolResult(argv=(name,), directory=directory)
        for name in ("types", "ruff")
        for directory in ("", "packages/a")
    }
    a, b = (Evidence(component=component(root, f"packages/{name}/src"), tools=tools) for name in "ab")
    assert (find_key("types", a), find_key("types", b)) == ("types:packages/a", "types")
    assert find_key("other", a) == "other"


@pytest.mark.parametrize("text", ["[tool", "tool = 3", "[other]"])
def test_a_broken_file_has_no_settings(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert read_tool_tables(tmp_path) == {}
    (tmp_path / "setup.cfg").write_text("a = 1")
    assert read_ini(tmp_path / "setup.cfg").sections() == []
    assert read_ini(tmp_path / "none").sections() == []


@pytest.mark.parametrize(
    ("name", "text", "has_some"),
    [
        (".coveragerc", "", True), ("pyproject.toml", "[tool.coverage.run]", True),
        ("setup.cfg", "[coverage:run]", True),
        ("tox.ini", "[coverage:report]", True), ("pyproject.toml", "[tool.cover]", False), ("tox.ini", "[run]", False),
    ],
)  # fmt: skip
def test_coverage_settings_are_found_in_every_file(tmp_path: Path, name: str, text: str, has_some: bool) -> None:
    (tmp_path / name).write_text(text)
    assert find_coverage_settings(tmp_path) == (tmp_path / name if has_some else None)
