"""packages.toml and stages.toml as typed data: the packages, their components, and the files that a reader expects."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A component by the name that a user types, with the sources and test files that a reader finds in the sdist.

    Both are empty in stages.toml, whose components are not compared.
    """

    name: str
    sources: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A pinned sdist, and how it is installed and tested.

    `install` is `editable` (tests import the unpacked sources) or `wheel` (tests import the installed copy). Packages
    with the same `environment` share it. `module` is the import name, `prefix` the folder that contains it ("" or
    "src"). `checker` is the type checker that the project configures, or mypy.
    """

    name: str
    version: str
    sha256: str
    layout: Literal["src", "flat"]
    install: Literal["editable", "wheel"]
    environment: str
    module: str
    checker: str
    ci: bool
    requirements: tuple[str, ...]
    components: tuple[Expected, ...]

    @property
    def pin(self) -> str:
        return f"{self.name}=={self.version}"

    @property
    def prefix(self) -> str:
        return "src" if self.layout == "src" else ""


def load(path: Path = HERE / "packages.toml") -> tuple[Package, ...]:
    """Returns the packages of the file, in its order."""
    return tuple(make_package(table) for table in read(path)["package"])


def read(path: Path) -> dict[str, Any]:
    """Returns the content of a TOML file."""
    with path.open("rb") as file:
        return tomllib.load(file)


def make_package(table: dict[str, Any]) -> Package:
    components = tuple(
        Expected(name=one["name"], sources=tuple(one["sources"]), tests=tuple(sorted(one["tests"])))
        for one in table.get("component", ())
    ) + tuple(Expected(name=name) for name in table.get("components", ()))
    known = {key: value for key, value in table.items() if key not in ("component", "components", "requirements")}
    defaults = {"layout": "src", "install": "editable", "environment": "shared", "checker": "mypy", "ci": False}
    return Package(
        **{**defaults, "module": table["name"], **known},
        requirements=tuple(table.get("requirements", ())),
        components=components,
    )


def choose(packages: Sequence[Package], names: Sequence[str], ci: bool) -> list[Package]:
    """Returns the packages with these names, or all; with `ci`, only those of the fast subset.

    Raises SystemExit for an unknown name; its message lists the known names.
    """
    known = [package.name for package in packages]
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"no such package: {', '.join(unknown)} (known: {', '.join(known)})")
    return [package for package in packages if (not names or package.name in names) and (package.ci or not ci)]
