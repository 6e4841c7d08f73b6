"""The real packages that several benchmarks measure on, and the policies of the gate for them."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from environments import REPOSITORY, create, install, install_plugin

sys.path.append(str(REPOSITORY))
from tests.real.catalog import Package, choose, load
from tests.real.packages import fetch, unpack

__all__ = ["CASES", "COVERAGE_ONLY", "TOOLS", "Case", "cases_of", "packages_of", "paths", "policies", "prepare",
           "remove_caches", "unpack_sdist"]  # fmt: skip

TOOLS = ("ruff", "mypy", "bandit", "detect-secrets")
CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".maturity")
COVERAGE_ONLY = '[tool.maturity]\nladder = ["own"]\n[tool.maturity.stages.own]\npass_rate = 0.1\ncoverage = 1\n'


@dataclass(frozen=True, slots=True)
class Case:
    """A component of a package, which a file packages.toml pins; its paths start at the root of the package."""

    package: str
    component: str
    sources: tuple[str, ...]
    tests: tuple[str, ...]


CASES = (
    Case("jinja2", "jinja2", ("src/jinja2",), ("tests",)),
    Case("werkzeug", "routing", ("src/werkzeug/routing",), ("tests/test_routing.py",)),
    Case("click", "click", ("src/click",), ("tests",)),
    Case("networkx", "community", ("networkx/algorithms/community",), ("networkx/algorithms/community/tests",)),
    Case("structlog", "structlog", ("src/structlog",), ("tests",)),
    Case("boltons", "boltons", ("boltons",), ("tests",)),
)


def cases_of(*components: str) -> list[Case]:
    """Returns the cases of these components."""
    return [case for case in CASES if case.component in components]


def packages_of(cases: list[Case]) -> dict[str, Package]:
    """Returns the packages of the cases by name."""
    known = (*load(), *load(REPOSITORY / "benchmarks" / "packages.toml"))
    return {package.name: package for package in choose(known, [case.package for case in cases], ci=False)}


def unpack_sdist(package: Package, work: Path) -> Path:
    """Returns the tree of the package's sdist, without the files of previous runs."""
    (work / "sdists").mkdir(exist_ok=True)
    return unpack(package, fetch(package, work / "sdists"), work / "trees")


def prepare(package: Package, work: Path, wheel: Path, *requirements: str) -> tuple[Path, Path]:
    """Returns a Python with the plugin, the tools and the package, and the package's unpacked sdist."""
    tree = unpack_sdist(package, work)
    python = create(work / "venvs" / package.name, *TOOLS, *package.requirements, str(wheel))
    install_plugin(python, wheel)
    install(python, "--no-deps", "-e", str(tree))
    install(python, *requirements)
    return python, tree


def paths(case: Case) -> str:
    """Returns the table of the configuration that gives a component its paths."""
    table = f"[tool.maturity.components.{case.component}]"
    return f"{table}\nsources = {json.dumps(case.sources)}\ntests = {json.dumps(case.tests)}\n"


def policies(case: Case) -> dict[str, str]:
    """Returns two policies as files: the default ladder, and one with requirements for tests and coverage only."""
    return {"policy.toml": paths(case), "coverage.toml": COVERAGE_ONLY + paths(case)}


def remove_caches(tree: Path) -> None:
    """Removes the files that tools keep between runs, except compiled byte code."""
    for name in CACHES:
        shutil.rmtree(tree / name, ignore_errors=True)
