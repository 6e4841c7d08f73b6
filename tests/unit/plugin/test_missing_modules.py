"""The missing module behind an exception, and the command that installs it."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from pytest_maturity.plugin.missing_modules import advise_on_missing_module, find_missing_module


def not_found(name: object) -> ModuleNotFoundError:
    return ModuleNotFoundError("No module named x", name=name)  # type: ignore[arg-type]


def test_a_missing_module_is_found_behind_explicit_causes() -> None:
    error = RuntimeError()
    error.__cause__ = not_found("yamll.parts")
    assert find_missing_module(not_found("yamll")) == "yamll"
    assert find_missing_module(error) == "yamll.parts"


def test_other_exceptions_name_no_missing_module() -> None:
    assert find_missing_module(ImportError("cannot import name", name="yamll")) is None
    assert find_missing_module(None) is None


def test_causes_that_form_a_circle_are_examined_once() -> None:
    first, second = RuntimeError(), RuntimeError()
    first.__cause__, second.__cause__ = second, first
    assert find_missing_module(first) is None


def test_an_installed_package_without_the_submodule_is_not_missing() -> None:
    assert find_missing_module(not_found("pytest_maturity.nowhere")) is None


def test_a_submodule_of_a_namespace_package_can_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shared_namespace", types.ModuleType("shared_namespace"))
    assert find_missing_module(not_found("shared_namespace.part")) == "shared_namespace.part"


@pytest.mark.parametrize("name", [None, 5, b"yaml"])
def test_an_exception_without_a_module_name_is_ignored(name: object) -> None:
    assert find_missing_module(not_found(name)) is None


# ── advice ───────────────────────────────────────────────────────────────────


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


UNKNOWN = "no file of the project declares what provides it: declare that, then install it"


@pytest.mark.parametrize(
    ("name", "text", "module", "advice"),
    [
        ("pyproject.toml", "[project]\ndependencies = ['PyYAML>=6']", "yaml.c", "PyYAML: pip install PyYAML"),
        ("pyproject.toml", "[project.optional-dependencies]\nx = ['My.x[y]']", "my_x", "My.x: pip install My.x"),
        ("pyproject.toml", "[dependency-groups]\nx = [{include-group = 'y'}, 'dep']", "dep", "dep: pip install dep"),
        ("pyproject.toml", "[tool.hatch.envs.x]\ndependencies = ['dep']", "dep", "dep: pip install dep"),
        ("pyproject.toml", "[tool.poetry.group.x.dependencies]\ndep = '1'", "dep", "dep: poetry install --all-extras"),
        ("pyproject.toml", "[tool.uv]\ndev-dependencies = ['dep']", "dep", "dep: uv sync --all-extras --all-groups"),
        ("setup.cfg", "[options]\ninstall_requires =\n  a\n  dep ~= 1", "dep", "dep: pip install dep"),
        ("setup.cfg", "[options.extras_require]\nx = dep", "dep", "dep: pip install dep"),
        ("requirements-dev.txt", "# dep\n-r x\ndep==1  # why", "dep", "dep: pip install dep"),
        ("requirements/test.txt", "dep", "dep", "dep: pip install dep"),
    ],
)  # fmt: skip
def test_what_the_project_declares_is_installed_as_the_project_does_it(
    tmp_path: Path, name: str, text: str, module: str, advice: str
) -> None:
    write(tmp_path, {name: text})
    assert advise_on_missing_module(module, tmp_path) == f"{name} declares {advice}"
    assert advise_on_missing_module("other", tmp_path) == UNKNOWN


@pytest.mark.parametrize("text", ["", "[project", "project = 1", "[project]\nkeywords = ['dep']\ndependencies = 'dep'"])
def test_a_name_that_no_file_declares_is_never_installed(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"pyproject.toml": text})
    assert advise_on_missing_module("dep", tmp_path) == UNKNOWN
    assert advise_on_missing_module("yaml", tmp_path) == UNKNOWN


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({}, "pip install -e packages/sib"),
        ({"uv.lock": ""}, "uv sync --all-packages"),
        ({"pyproject.toml": "[tool.uv.workspace]\nmembers = ['packages/*']\n"}, "uv sync --all-packages"),
        ({"poetry.lock": ""}, "poetry install"),
    ],
)
@pytest.mark.parametrize("module", ["src/sib/__init__.py", "sib.py", "src/sib/deep/a.py", "other/a.py"])
def test_a_module_of_the_repository_is_named_as_such(
    tmp_path: Path, module: str, files: dict[str, str], command: str
) -> None:
    write(tmp_path, {"requirements.txt": "sib\n", **files})
    write(tmp_path, {f"packages/sib/{module}": "", "packages/sib/pyproject.toml": "[project]\nname = 'Sib'\n"})
    assert advise_on_missing_module("sib.part", tmp_path) == f"it lies in this repository, in packages/sib: {command}"


def test_a_repository_may_begin_above_the_root(tmp_path: Path) -> None:
    write(
        tmp_path, {".git/HEAD": "", "packages/sib/setup.py": "", "packages/sib/sib.py": "", "packages/my/setup.py": ""}
    )
    advice = advise_on_missing_module("sib", tmp_path / "packages/my")
    assert advice == "it lies in this repository, in ../sib: pip install -e ../sib"


def test_a_module_in_the_src_of_any_folder_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"packages/sib/src/sib/__init__.py": "", "tests/other/__init__.py": ""})
    advice = "it lies in this repository, in packages/sib: add packages/sib/src to pytest's `pythonpath`"
    assert advise_on_missing_module("sib", tmp_path) == advice
    write(tmp_path, {"uv.lock": ""})
    assert advise_on_missing_module("sib", tmp_path).endswith(": uv sync --all-packages")
    assert advise_on_missing_module("other", tmp_path) == UNKNOWN
