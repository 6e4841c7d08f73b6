"""The missing module behind an exception, and the command that installs it."""

from __future__ import annotations

import sys
import types

import pytest

from pytest_maturity.plugin.missing_modules import find_missing_module, install_command


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


@pytest.mark.parametrize(
    ("module", "distribution"),
    [("yaml", "PyYAML"), ("yaml.scanner", "PyYAML"), ("PIL.Image", "pillow"), ("requests", "requests")],
)
def test_the_install_command_names_the_distribution(module: str, distribution: str) -> None:
    assert install_command(module) == f"pip install {distribution}"
