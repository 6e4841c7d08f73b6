"""Other places of a component's files: installed copies, and imported modules."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from pytest_maturity.coverage.installed import (
    find_directory,
    find_imported_files,
    find_installed_copies,
    find_link_targets,
    is_same_code,
)
from pytest_maturity.model.evidence import Component


def plant(root: Path, *paths: str) -> Path:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return root


def component(root: Path, source: str, *files: str, imports: tuple[str, ...]) -> Component:
    plant(root, *files)
    return Component(
        name="auth", sources=(root / source,), files=tuple(root / file for file in files), found_by="", imports=imports
    )


@pytest.mark.parametrize("place", ["site-packages", "dist-packages"])
@pytest.mark.parametrize(
    ("source", "file", "imports", "installed"),
    [
        ("src/auth", "src/auth/deep/x.py", ("auth", "src.auth"), "auth/deep/x.py"),
        ("src/auth.py", "src/auth.py", ("auth", "src.auth"), "auth.py"),
        ("src/shop/auth", "src/shop/auth/x.py", ("shop.auth", "src.shop.auth"), "shop/auth/x.py"),
        ("src/shop/auth.py", "src/shop/auth.py", ("shop.auth",), "shop/auth.py"),
        ("packages/auth/src", "packages/auth/src/auth/x.py", ("auth",), "auth/x.py"),
        ("packages/auth/src", "packages/auth/src/auth.py", ("auth",), "auth.py"),
    ],
)
def test_an_installed_copy_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, source: str, file: str, imports: tuple[str, ...],
    installed: str,
) -> None:  # fmt: skip
    root, site = tmp_path / "project", tmp_path / place
    plant(site, installed, "other/x.py")
    monkeypatch.setattr(sys, "path", [str(site)])
    assert find_installed_copies([component(root, source, file, imports=imports)]) == {site / installed: root / file}


@pytest.mark.parametrize("place", ["lib", "site-packages"])
def test_a_file_that_is_not_installed_is_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    plant(tmp_path / "lib", "auth/x.py")
    plant(tmp_path / "site-packages", "auth/y.py")
    monkeypatch.setattr(sys, "path", [str(tmp_path / place), ""])
    assert find_installed_copies([component(tmp_path, "src/auth", "src/auth/x.py", imports=("auth",))]) == {}


def test_an_installed_link_to_the_source_is_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = component(tmp_path, "src/auth", "src/auth/x.py", imports=("auth",))
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "auth").symlink_to(tmp_path / "src" / "auth")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site-packages")])
    assert find_installed_copies([one]) == {}


def test_imported_files_are_found_among_odd_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Lazy(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("an attribute was accessed")

    one = component(tmp_path, "src/auth", "src/auth/x.py", "src/auth/y.py", imports=("auth",))
    loaded, odd = ModuleType("maturity_x"), ModuleType("maturity_odd")
    loaded.__file__ = str(tmp_path / "src/auth/x.py")
    odd.__file__ = ["not", "a", "string"]  # type: ignore[assignment]  # the point
    modules = {"maturity_x": loaded, "maturity_lazy": Lazy("maturity_lazy"), "maturity_none": None, "maturity_odd": odd}
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    assert find_imported_files([one]) == {tmp_path / "src/auth/x.py"}


def test_the_directory_of_a_directory_is_itself(tmp_path: Path) -> None:
    plant(tmp_path, "a.py")
    assert find_directory(tmp_path) == tmp_path
    assert find_directory(tmp_path / "a.py") == tmp_path


@pytest.mark.parametrize(
    ("copy", "source"),
    [
        ("a = 1\r\n", "a = 1\n"),
        ('__version__ = "1.2"\na = 1\n', '__version__ = "0.0.0"\na = 1\n'),
        ('__version__: str = "1.2"\na = 1\n', '__version__: str = "0"\na = 1\n'),
        ('__version__ = version = "1.2"\nversion_tuple = (1, 2)\n', '__version__ = version = ""\nversion_tuple = ()\n'),
        ("__commit_id__ = 'g1a2b'\na = 1\n", "__commit_id__ = None\na = 1\n"),
    ],
)  # fmt: skip
def test_a_copy_with_other_line_ends_or_a_stamped_version_is_the_same_code(
    tmp_path: Path, copy: str, source: str
) -> None:
    (tmp_path / "copy.py").write_bytes(copy.encode())
    (tmp_path / "source.py").write_bytes(source.encode())
    assert is_same_code(tmp_path / "copy.py", tmp_path / "source.py")


@pytest.mark.parametrize(
    ("copy", "source"),
    [
        ("a = 2\n", "a = 1\n"),
        ('__version__ = "1"\n\na = 1\n', '__version__ = "1"\na = 1\n'),  # the lines would not fit
        ("__version__ = read()\n", '__version__ = "1"\n'),
        ('self.version = "1"\n', 'self.version = "2"\n'),
        ('def f():\n    version = "1"\n    return version\n', 'def f():\n    version = "2"\n    return version\n'),
        ("version: str\n", 'version: str = "1"\n'),
        ("version = [1]\n", "version = []\n"),
        ("def (\n", "a = 1\n"),
    ],
)
def test_any_other_difference_is_other_code(tmp_path: Path, copy: str, source: str) -> None:
    (tmp_path / "copy.py").write_bytes(copy.encode())
    (tmp_path / "source.py").write_bytes(source.encode())
    assert not is_same_code(tmp_path / "copy.py", tmp_path / "source.py")


def test_a_link_is_found_with_the_file_that_it_leads_to(tmp_path: Path) -> None:
    plant(tmp_path, "store/1.py", "src/auth/y.py")
    (tmp_path / "src/auth/x.py").symlink_to(tmp_path / "store/1.py")
    auth = component(tmp_path, "src/auth", "src/auth/x.py", "src/auth/y.py", imports=("auth",))
    assert find_link_targets([auth]) == {tmp_path / "src/auth/x.py": tmp_path / "store/1.py"}
