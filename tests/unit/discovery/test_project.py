"""The layout of a project: its source roots, the parts of its code, and its test files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from pytest_maturity.discovery.project import ProjectLayout, expand_pattern, has_python_files


def plant(root: Path, *paths: str) -> Path:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return root


def dotted(layout: ProjectLayout) -> list[str]:
    return [part.dotted_name for part in layout.code_parts]


def relative(root: Path, paths: Iterable[Path]) -> list[str]:
    return [path.relative_to(root).as_posix() for path in paths]


@pytest.mark.parametrize(
    ("paths", "parts"),
    [
        (["src/auth/__init__.py", "src/billing.py"], ["auth", "billing"]),
        (
            ["src/shop/__init__.py", "src/shop/auth/x.py", "src/shop/_client.py"],
            ["shop", "shop._client", "shop.auth", "shop.auth.x"],
        ),
        (["src/ns/auth/__init__.py"], ["ns", "ns.auth"]),
        (["shop/__init__.py", "shop/auth.py", "setup.py", "docs/conf.py", "tests/test_x.py"], ["shop", "shop.auth"]),
        (["app.py", "conftest.py", "test_app.py", "noxfile.py"], ["app"]),
        (
            ["packages/my-api/src/my_api/core/x.py"],
            ["my-api", "my-api.my_api", "my-api.my_api.core", "my-api.my_api.core.x"],
        ),
        (["src/README.md", "shop/a.py"], ["shop", "shop.a"]),
        (["src/my-api/handler.py"], ["my-api", "my-api.handler"]),
        (["src/shop/testing/__init__.py", "src/shop/x.py"], ["shop", "shop.testing", "shop.x"]),
        (["src/shop/tests/test_x.py", "src/shop/x.py", "src/shop/test_y.py"], ["shop", "shop.x"]),
        (["src/a.py", "build/lib/a.py", "dist/a/b.py", ".tox/x/a.py", "src/__pycache__/a.py"], ["a"]),
        (["a.py", "build/lib/a.py", "node_modules/x/a.py"], ["a"]),
        (["src/build/__init__.py", "src/venv/__init__.py"], ["build", "venv"]),
        (["src/_.py", "src/__main__.py", "src/a.py"], ["a"]),
        (["src/shop/checks/test_flow.py", "src/shop/tests.py", "src/shop/x.py"], ["shop", "shop.x"]),
        (["manage.py", "shop/a.py"], ["shop", "shop.a"]),
        (["src/setup.py", "src/shop/a.py"], ["shop", "shop.a"]),
        (
            ["packages/a/src/a/x.py", "packages/b/b/y.py", "packages/b/tests/test_b.py", "packages/docs/index.md"],
            ["a", "b", "a.a", "b.y", "a.a.x"],
        ),
        (["packages/b/b/y.py", "packages/b/pyproject.toml"], ["b", "b.y"]),
        (["packages/b/y.py"], ["packages", "packages.b", "packages.b.y"]),
        ([], []),
    ],
)
def test_code_parts_are_found(tmp_path: Path, paths: list[str], parts: list[str]) -> None:
    assert dotted(ProjectLayout(plant(tmp_path, *paths))) == parts


def test_configured_sources_replace_the_default_ones(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/a.py", "lib/b.py", "backend/src/shop/auth/x.py")
    assert dotted(ProjectLayout(root, ("lib",))) == ["b"]
    assert dotted(ProjectLayout(root, ("backend/src",))) == [
        "backend",
        "backend.shop",
        "backend.shop.auth",
        "backend.shop.auth.x",
    ]
    assert dotted(ProjectLayout(root, ("missing",))) == []
    assert dotted(ProjectLayout(root, ("l*",))) == ["b"]


@pytest.mark.parametrize("pattern", ["..", "/", "/etc", "../out*", "/*", "a\0b", "x" * 5000, "**x/y", "../outside"])
def test_no_source_root_is_outside_of_the_project(tmp_path: Path, pattern: str) -> None:
    root = plant(tmp_path / "project", "src/a.py")
    plant(tmp_path / "outside", "b.py")
    assert ProjectLayout(root, (pattern,), (pattern,)).source_roots == ()
    assert ProjectLayout(root, (pattern,), (pattern,)).test_roots == ()


def test_a_source_root_that_is_a_link_out_of_the_project_does_not_count(tmp_path: Path) -> None:
    root = plant(tmp_path / "project", "x.txt")
    plant(tmp_path / "outside", "b.py")
    (root / "src").symlink_to(tmp_path / "outside")
    assert ProjectLayout(root).source_roots == (root,)
    assert ProjectLayout(root, ("src",)).source_roots == ()


def test_a_link_is_followed_and_keeps_its_name(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth/__init__.py")
    (root / "src" / "login").symlink_to(root / "src" / "auth")
    units = {part.name: part.sources for part in ProjectLayout(root).code_parts if len(part.names) == 1}
    assert units == {"auth": (root / "src/auth",), "login": (root / "src/auth",)}


def test_test_files_are_found_in_the_test_roots_and_among_the_sources(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        "tests/unit/test_a.py", "tests/b_test.py", "tests/helper.py", "test/test_c.py", "src/shop/test_d.py",
        "src/shop/tests/test_e.py", "packages/x/tests/test_f.py", "docs/test_g.py", "tests/.hidden/test_h.py",
        "src/venv/pyvenv.cfg", "src/venv/lib/test_i.py",
    )  # fmt: skip
    plant(root, "src/shop/x.py")
    assert relative(root, ProjectLayout(root).test_files) == [
        "packages/x/tests/test_f.py", "src/shop/test_d.py", "src/shop/tests/test_e.py", "test/test_c.py",
        "tests/b_test.py", "tests/unit/test_a.py",
    ]  # fmt: skip


def test_the_files_of_a_component_are_its_code_without_its_tests(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        "src/shop/__init__.py", "src/shop/a.py", "src/shop/deep/b.py", "src/shop/test_a.py", "src/shop/tests/helper.py",
        "src/shop/conftest.py", "src/shop/data.txt", "src/shop/.cache/x.py", "src/shop/__pycache__/y.py",
        "src/shop/testing/fixtures.py", "src/shop/venv/__init__.py", "src/shop/build/z.py",
    )  # fmt: skip
    assert relative(root, ProjectLayout(root).find_source_files([root / "src/shop"])[0]) == [
        "src/shop/__init__.py", "src/shop/a.py", "src/shop/deep/b.py", "src/shop/testing/fixtures.py",
        "src/shop/venv/__init__.py",
    ]  # fmt: skip


def test_links_that_lead_to_other_python_files_are_listed_and_not_followed(tmp_path: Path) -> None:
    root = plant(
        tmp_path, "src/shop/a.py", "src/shop/deep/b.py", "src/shop/tests/c.py", "vendor/pk/d.py", "assets/e.txt"
    )
    links = {"pk": "vendor/pk", "deep/up": "vendor", "own": "src/shop/deep", "static": "assets", ".hidden": "vendor/pk",
             "tests/data": "vendor/pk", "node_modules": "vendor"}  # fmt: skip
    for name, target in links.items():
        (root / "src/shop" / name).symlink_to(root / target)
    (root / "src/shop/loop").symlink_to("loop")
    files, linked = ProjectLayout(root).find_source_files([root / "src/shop"])
    assert relative(root, files) == ["src/shop/a.py", "src/shop/deep/b.py"]
    assert relative(root, linked) == ["src/shop/deep/up", "src/shop/pk"]
    assert ProjectLayout(root).find_source_files([root / "src/shop", root / "vendor"])[1] == ()


def test_links_to_directories_among_the_tests_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    root = plant(tmp_path / "project", "src/shop/a.py", "tests/test_a.py", "shared/checks/test_b.py", "shared/up/c.py")
    plant(tmp_path, "elsewhere/test_d.py", "elsewhere/conftest.py")
    (tmp_path / "elsewhere/conftest.py").write_text("def pytest_collect_file(): return '.yaml'\n", "utf-8")
    (tmp_path / "elsewhere/case.yaml").touch()
    links = {"tests/more": "shared", "shared/checks/again": "tests", "shared/up/top": "shared", "tests/self": "tests"}
    for name, target in links.items():
        (root / name).symlink_to(root / target)
    (root / "tests/far").symlink_to(tmp_path / "elsewhere")
    found = ProjectLayout(root, patterns=("test_*.py",)).test_files
    assert relative(root, found) == [
        "tests/far/case.yaml", "tests/far/test_d.py", "tests/more/checks/test_b.py", "tests/test_a.py",
    ]  # fmt: skip


def test_a_source_that_is_a_file_is_itself(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/a.py", "src/b.py")
    assert relative(root, ProjectLayout(root).find_source_files([root / "src/a.py"])[0]) == ["src/a.py"]


def test_python_files_that_match_everything_make_no_test_of_the_code(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/shop/a.py", "src/shop/tests/b.py", "tests/check_a.py")
    layout = ProjectLayout(root, patterns=("*.py",))
    assert dotted(layout) == ["shop", "shop.a"]
    assert relative(root, layout.test_files) == ["src/shop/tests/b.py", "tests/check_a.py"]
    assert relative(root, layout.find_source_files([root / "src/shop"])[0]) == ["src/shop/a.py"]


def test_the_projects_own_patterns_say_what_a_test_is(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/shop/tests.py", "src/shop/a.py", "tests/check_a.py", "tests/test_a.py")
    layout = ProjectLayout(root, patterns=("check_*.py", "tests.py"))
    assert relative(root, layout.test_files) == ["src/shop/tests.py", "tests/check_a.py"]


def test_all_means_what_lies_in_the_source_roots_or_in_the_only_package_there(tmp_path: Path) -> None:
    one = plant(tmp_path / "one", "src/shop/auth.py", "src/shop/billing/x.py")
    assert [part.dotted_name for part in ProjectLayout(one).find_top_parts()] == ["shop.auth", "shop.billing"]
    two = plant(tmp_path / "two", "src/auth/x.py", "src/billing.py")
    assert [part.dotted_name for part in ProjectLayout(two).find_top_parts()] == ["auth", "billing"]
    bare = plant(tmp_path / "bare", "src/shop/__init__.py")
    assert [part.dotted_name for part in ProjectLayout(bare).find_top_parts()] == ["shop"]


def test_a_folder_holds_python_in_itself_or_in_namespaces_below_it(tmp_path: Path) -> None:
    root = plant(tmp_path, "a/x.py", "b/c/x.py", "d/e/f/g/x.py", "h/1/2/3/4/x.py", "i/x.txt")
    assert [has_python_files(str(root / name)) for name in "abdhi"] == [True, True, True, False, False]


def test_a_pattern_names_paths_that_exist(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/a.py", "src/b.py")
    assert relative(root, expand_pattern(root, "src/*.py")) == ["src/a.py", "src/b.py"]
    assert relative(root, expand_pattern(root, "src/a.py")) == ["src/a.py"]
    assert expand_pattern(root, "src/c.py") == []


def test_test_files_match_pytests_patterns_of_names_and_of_paths(tmp_path: Path) -> None:
    root = plant(
        tmp_path, "tests/test_tax/__init__.py", "tests/tax/__init__.py", "tests/check_a.py", "tests/deep/check_b.py"
    )
    (root / "tests/test_tax/__init__.py").write_text("def test_tax(): pass\n")
    layout = ProjectLayout(root, patterns=("test_*/__init__.py", "tests/check_*.py"))
    assert relative(root, layout.test_files) == ["tests/check_a.py", "tests/test_tax/__init__.py"]


def test_directories_that_pytest_does_not_enter_hold_no_tests(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/a.py", "tests/test_a.py", "tests/typing/test_b.py", "tests/deep/data/test_c.py")
    layout = ProjectLayout(root, skipped=("tests/typing", "data"))
    assert relative(root, layout.test_files) == ["tests/test_a.py"]


def test_there_may_be_no_test_file_outside_of_the_given_paths(tmp_path: Path) -> None:
    root = plant(tmp_path, "shop/tax.py", "shop/test_tax.py", "checks/test_tax.py", "examples/tax/tests/test_demo.py")
    assert relative(root, ProjectLayout(root, tests=("checks",), test_paths_only=True).test_files) == [
        "checks/test_tax.py"
    ]
    assert relative(root, ProjectLayout(root, tests=("checks",)).test_files) == [
        "checks/test_tax.py", "shop/test_tax.py",
    ]  # fmt: skip


def test_scripts_and_examples_of_a_flat_project_hold_no_tests(tmp_path: Path) -> None:
    root = plant(tmp_path, "shop/tax.py", "maint/test_helper.py", "examples/tax/tests/test_demo.py", "test_tax.py")
    assert relative(root, ProjectLayout(root).test_files) == ["test_tax.py"]


def test_tests_py_is_neither_source_nor_always_a_test_file(tmp_path: Path) -> None:
    root = plant(tmp_path, "shop/tax/models.py", "shop/tax/tests.py")
    layout = ProjectLayout(root)
    assert relative(root, layout.find_source_files([root / "shop"])[0]) == ["shop/tax/models.py"]
    assert layout.test_files == ()
    layout = ProjectLayout(root, patterns=("tests.py",))
    assert relative(root, layout.test_files) == ["shop/tax/tests.py"]


def test_a_project_in_a_larger_repository_has_its_own_layout(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/other.py", "tests/test_other.py", "lib-a/src/tax.py", "lib-a/tests/test_tax.py")
    layout = ProjectLayout(root, folder=root / "lib-a")
    assert dotted(layout) == ["tax"]
    assert relative(root, layout.test_files) == ["lib-a/tests/test_tax.py"]


@pytest.mark.parametrize(
    ("conftest", "endings"),
    [
        ("def pytest_collect_file(file_path, parent):\n    if file_path.suffix == '.yaml': pass\n", (".yaml",)),
        (
            'def pytest_collect_file(path):\n    path.match("*.toml") or path.suffix in (".yml", ".py")\n',
            (".toml", ".yml"),
        ),
        ("SUFFIX = '.yaml'\n", ()),
    ],
)
def test_a_conftest_that_collects_files_tells_their_endings(
    tmp_path: Path, conftest: str, endings: tuple[str, ...]
) -> None:
    root = plant(tmp_path, "src/shop.py", "tests/test_shop.py", "tests/deep/shop.yaml", "tests/deep/shop.json")
    (root / "tests/deep/conftest.py").write_text(conftest)
    layout = ProjectLayout(root)
    assert layout.custom_endings == endings
    assert str(root / "tests/test_shop.py") in layout.test_paths
    assert (str(root / "tests/deep/shop.yaml") in layout.test_paths) is (".yaml" in endings)
    assert layout.is_custom_file("/x/a.yaml") is (".yaml" in endings)


def test_an_empty_package_file_is_no_test_file(tmp_path: Path) -> None:
    root = plant(tmp_path, "tests/a/__init__.py", "tests/b/__init__.py", "src/x.py", "tests/test_empty.py")
    (root / "tests/b/__init__.py").write_text("def test_b(): pass\n")
    layout = ProjectLayout(root, patterns=("test_*.py", "__init__.py"))
    assert relative(root, layout.test_files) == ["tests/b/__init__.py", "tests/test_empty.py"]


def test_a_directory_whose_test_root_is_a_kind_of_test_is_no_code(tmp_path: Path) -> None:
    root = plant(tmp_path, "t/__init__.py", "t/unit/test_x.py", "t/mocks.py", "shop/x.py", "shop/tests/test_y.py")
    assert [part.name for part in ProjectLayout(root, tests=("t/unit",)).code_parts] == ["shop", "x"]
    assert "t" in [part.name for part in ProjectLayout(root, tests=("shop/tests",)).code_parts]
    assert "shop" in [part.name for part in ProjectLayout(root, tests=("shop/tests",)).code_parts]
