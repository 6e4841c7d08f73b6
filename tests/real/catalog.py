"""packages.toml as typed data: which packages, which components, and what a careful reader expects of them."""

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
    """A component as a user types it, with its sources and test files as a reader finds them in the sdist."""

    name: str
    sources: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A pinned sdist and how it is tested.

    `install` is `editable` (tests import the unpacked sources) or `wheel` (tests
    import the installed copy). Packages with the same `environment` share one.
    `module` is the import name, `prefix` the folder that holds it ("" or "src").
    `checker` is the type checker that the project configures, mypy where it has none.
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
    """The packages of the file, in its order."""
    return tuple(_package(table) for table in read(path)["package"])


def read(path: Path) -> dict[str, Any]:
    """The content of a TOML file."""
    with path.open("rb") as file:
        return tomllib.load(file)


def _package(table: dict[str, Any]) -> Package:
    components = tuple(
        Expected(name=one["name"], sources=tuple(one["sources"]), tests=tuple(sorted(one["tests"])))
        for one in table["component"]
    )
    known = {key: value for key, value in table.items() if key not in ("component", "requirements")}
    defaults = {"install": "editable", "environment": "shared", "checker": "mypy", "ci": False}
    return Package(
        **{**defaults, "module": table["name"], **known},
        requirements=tuple(table.get("requirements", ())),
        components=components,
    )


def choose(packages: Sequence[Package], names: Sequence[str], ci: bool) -> list[Package]:
    """The packages named (all where none is), only those of the fast subset where `ci`.

    Raises SystemExit with the known names when a name is not among them.
    """
    known = [package.name for package in packages]
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"no such package: {', '.join(unknown)} (known: {', '.join(known)})")
    return [package for package in packages if (not names or package.name in names) and (package.ci or not ci)]
