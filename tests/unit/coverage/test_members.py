"""Which coverage settings of a member of a repository a run of the whole does not apply."""

from __future__ import annotations

from pathlib import Path

import coverage
import pytest

from pytest_maturity.coverage.directory import change_directory
from pytest_maturity.coverage.members import find_member_settings, find_unapplied_options
from pytest_maturity.model.evidence import Component

MODULE = "packages/shop/src/shop/core.py"


@pytest.fixture
def component(tmp_path: Path) -> Component:
    path = tmp_path / MODULE
    path.parent.mkdir(parents=True)
    path.write_text("")
    return Component(name="shop", sources=(path.parent,), files=(path,), found_by="")


def unapplied(root: Path, component: Component, member: str, whole: str = "") -> list[str]:
    (root / "packages/shop/.coveragerc").write_text(f"[run]\n{member}")
    (root / ".coveragerc").write_text(f"[run]\n{whole}")
    file = find_member_settings(component, root)
    assert file == root / "packages/shop/.coveragerc"
    with change_directory(root):
        running = coverage.Coverage(data_file=None, messages=False)
        return find_unapplied_options(running, file, component.files)


@pytest.mark.parametrize(
    ("member", "whole", "expected"),
    [
        ("branch = true\n", "", ["branch"]),
        ("branch = true\n", "branch = true\n", []),
        ("", "branch = true\n", []),
        ("branch = false\n", "branch = true\n", []),
        ("concurrency = gevent, thread\n", "concurrency = thread, gevent\n", []),
        ("concurrency = gevent\nplugins = a.b\n", "", ["concurrency", "plugins"]),
        ("omit = src/shop/core.py\n", "", ["omit"]),
        ("omit = src/shop/core.py\n", "omit = packages/*/src/shop/core.py\n", []),
        ("omit = tests/*\n", "", []),
        ("source = src\nparallel = true\ndata_file = x\nrelative_files = true\n", "", []),
    ],
)
def test_options_that_change_what_is_measured_and_that_the_run_lacks_are_named(
    tmp_path: Path, component: Component, member: str, whole: str, expected: list[str]
) -> None:
    assert unapplied(tmp_path, component, member, whole) == expected


def test_settings_of_the_root_belong_to_no_member(tmp_path: Path, component: Component) -> None:
    (tmp_path / ".coveragerc").write_text("[run]\nbranch = true\n")
    assert find_member_settings(component, tmp_path) is None
