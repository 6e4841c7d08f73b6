"""A small project, and methods that run the gate on it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

# A policy with requirements for tests only: no tool is started, and nothing depends on coverage.
TESTS_ONLY = """
    [tool.maturity]
    ladder = ["bronze", "silver"]
    [tool.maturity.stages.bronze]
    pass_rate = 100
    [tool.maturity.stages.silver]
    skipped_rate = 0
"""
COVERAGE_ONLY = """
    [tool.maturity]
    ladder = ["covered", "well_covered"]
    [tool.maturity.stages.covered]
    coverage = 50
    [tool.maturity.stages.well_covered]
    coverage = 80
"""

# Plugins that would take a large part of a small run. A project names those that it needs.
OPTIONAL = ("anyio", "asyncio", "benchmark", "html", "html_fixtures", "hypothesispytest", "metadata", "reportlog",
            "rerunfailures", "sugar", "timeout")  # fmt: skip


@dataclass
class GateRun:
    """The result of one run of the gate: pytest's result and the report, which is empty if there is none."""

    result: pytest.RunResult
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> int:
        return int(self.result.ret)

    @property
    def last_line(self) -> str:
        return next(line for line in reversed(self.result.outlines) if line.strip())

    @property
    def errors(self) -> list[str]:
        return [line for line in self.result.errlines if line.startswith("ERROR: ")]

    @property
    def component(self) -> dict[str, Any]:
        (only,) = self.report["components"]
        assert isinstance(only, dict)
        return only

    @property
    def timeless(self) -> list[dict[str, Any]]:
        """The components without what differs from run to run: the seconds that the gates took."""
        return [
            {**one, "gates": [{**gate, "duration_s": 0} for gate in one["gates"]]} for one in self.report["components"]
        ]

    def gate(self, name: str) -> dict[str, Any]:
        return next(gate for gate in self.component["gates"] if gate["gate"] == name)

    @property
    def gaps(self) -> list[str]:
        return [gap["cause"] for gap in self.component["gaps"]]


class Project:
    """A project in the directory `path`. `write` and `policy` fill it, `gate` judges it.

    `plugins` are the OPTIONAL plugins that its runs load.
    """

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pytester = pytester
        self.path = pytester.path
        self.plugins: tuple[str, ...] = ()
        for name in ("PYTEST_ADDOPTS", "CI"):  # with CI, the gate would run in a supervised process
            monkeypatch.delenv(name, raising=False)
        self.policy(TESTS_ONLY)

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def policy(self, text: str, pytest_options: str = 'pythonpath = ["src"]') -> None:
        self.write({"pyproject.toml": f"[tool.pytest.ini_options]\n{pytest_options}\n{dedent(text)}"})

    def run(self, *arguments: str, subprocess: bool = False) -> pytest.RunResult:
        run = self.pytester.runpytest_subprocess if subprocess else self.pytester.runpytest_inprocess
        return run(*self.plugin_options(arguments), *arguments)

    def plugin_options(self, arguments: Sequence[str] = ()) -> tuple[str, ...]:
        """Returns the options that disable OPTIONAL plugins, except those that the project or the arguments name."""
        unused = [name for name in OPTIONAL if name not in (*self.plugins, *arguments)]
        # Without this option, pytest-asyncio warns in every run.
        asyncio = ("-o", "asyncio_default_fixture_loop_scope=function") if "asyncio" not in unused else ()
        return (*asyncio, *(part for name in unused for part in ("-p", f"no:{name}")))

    def gate(self, *arguments: str, component: str = "orchestration", subprocess: bool = False) -> GateRun:
        result = self.run("--maturity-component", component, *arguments, subprocess=subprocess)
        name = "report" if component in ("all", "affected") or "--maturity-component" in arguments else component
        return GateRun(result, self.read_report(name))

    def read_report(self, name: str = "orchestration") -> dict[str, Any]:
        path = self.path / ".maturity" / f"{name}.json"
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return report


ORCHESTRATION = {
    "src/orchestration/__init__.py": """
        from orchestration.engine import run

        __all__ = ["run"]
        """,
    "src/orchestration/engine.py": """
        def run(steps: int) -> str:
            if steps > 3:
                return "many"
            return "few"
        """,
    "src/orchestration/unused.py": """
        FIRST = 1
        SECOND = 2
        """,
    "src/billing/__init__.py": "def price() -> int:\n    return 1\n",
    "tests/test_orchestrator.py": """
        import orchestration

        def test_few():
            assert orchestration.run(1) == "few"
        """,
    "tests/test_billing.py": """
        import billing

        def test_price():
            assert billing.price() == 1
        """,
}


def git(project: Project, *arguments: str) -> str:
    """Runs git in the project and returns what it printed."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    answer = subprocess.run(
        ["git", *identity, *arguments], cwd=project.path, check=True, capture_output=True, text=True
    )
    return answer.stdout.strip()


def commit(project: Project, message: str = "one") -> str:
    """Commits everything in the project, which becomes a repository; returns the commit."""
    git(project, "init", "-q")
    (project.path / ".git/info/exclude").write_text("stdout\nstderr\nrunpytest-*\n")  # pytester's own
    git(project, "add", ".")
    git(project, "commit", "-qm", message, "--allow-empty")
    return git(project, "rev-parse", "HEAD")


def lines_with(result: pytest.RunResult, text: str) -> list[str]:
    return [line for line in result.outlines if text in line]


def tree(path: Path) -> list[str]:
    return sorted(str(one.relative_to(path)) for one in path.rglob("*"))
