"""Runs the gate with other plugins of pytest, and compares it with a run without them.

    python tests/neighbours/neighbours.py [--ci] [--plugin NAME]

For each plugin there is an environment that adds it to this one. The small project has tests that pass, fail, skip and
are rerun; the verdict, the counts, the coverage and the exit code must be the same with the plugin as without. Tests
that use the plugin must have the outcomes that its documentation promises, alone and on two workers.

Exit codes: 0: all is equal; 1: something differs; 2: a plugin could not be installed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a script

from tests.acceptance.project import OPTIONAL
from tests.neighbours.catalog import NEIGHBOURS, Neighbour

SOURCE = """
def total(prices):
    if not prices:
        return 0
    return sum(prices)


def unused():
    return 1
"""
TESTS = """
import pytest
from shop import total

lost = []


def test_sum():
    assert total([1, 2]) == 3


@pytest.mark.parametrize("price", [1, 2])
def test_each(price):
    assert total([price]) == price


def test_flaky():
    lost.append(1)
    if len(lost) == 1:
        raise ConnectionError("gone")


@pytest.mark.skip(reason="later")
def test_skipped():
    pass
"""
FAILING = "\n\ndef test_failing():\n    assert total([]) == 1\n"
POLICY = """
[tool.maturity]
ladder = ["tested"]
retry = { base_delay = 0 }
[tool.maturity.stages.tested]
pass_rate = 100
coverage = 50
"""
COUNTS = ("passed", "failed", "error", "skipped", "flaky")
# Their own processes and files would be another run's.
WORKERLESS = ("pytest-benchmark", "pytest-testmon", "pytest-picked")


class BrokenError(Exception):
    """A plugin could not be installed."""


@dataclass(frozen=True)
class Result:
    """The result of a run of the gate: the exit code, the verdict, the counts of tests, and the coverage."""

    exit_code: int
    verdict: str
    outcomes: tuple[int, ...]
    percent: float | None
    gaps: tuple[str, ...]
    last_line: str

    @property
    def comparable(self) -> tuple[object, ...]:
        """Everything but the words."""
        return self.exit_code, self.verdict, self.outcomes, self.percent


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs all plugins, prints a line for each. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ci", action="store_true", help="only three plugins")
    parser.add_argument("--plugin", action="append", default=[], metavar="NAME", help="only this one (repeatable)")
    options = parser.parse_args(arguments)
    chosen = [one for one in NEIGHBOURS if (one.in_ci or not options.ci) and one.name in (options.plugin or [one.name])]
    worst = 0
    with tempfile.TemporaryDirectory(prefix="neighbours-") as place:
        for one in chosen:
            try:
                problems = find_differences(one, Path(place, one.name))
            except BrokenError as error:
                problems, worst = [str(error)], 2
            print(f"{one.name}: {'; '.join(problems) or 'equal'}", flush=True)
            worst = max(worst, int(bool(problems)))
    return worst


def find_differences(one: Neighbour, place: Path) -> list[str]:
    """Returns how runs with the plugin differ from those without. Raises BrokenError."""
    python = make_environment(one, place / "environment")
    found = []
    for failing in (False, True):
        kind = "a failing test" if failing else "no failing test"
        plain = run(sys.executable, make_project(place / f"plain{failing}", None, failing), ())
        beside = run(python, make_project(place / f"beside{failing}", one, failing), one.options)
        if one.gap:
            if beside.exit_code == 0 or not any(one.gap in text for text in (*beside.gaps, beside.last_line)):
                found.append(f"{kind}: not refused with words: {beside}")
            continue
        expected = add_own_tests(plain, one)
        if beside.comparable != expected.comparable:
            found.append(f"{kind}: {beside} instead of {expected}")
        if one.name not in WORKERLESS:
            project = make_project(place / f"workers{failing}", one, failing)
            parallel = run(python, project, (*one.options, "-n2", "--dist=loadfile"))
            if parallel.comparable != expected.comparable:
                found.append(f"{kind}, two workers: {parallel} instead of {expected}")
    return found


def add_own_tests(plain: Result, one: Neighbour) -> Result:
    """Returns what a run without the plugin showed, with the outcomes of the tests that use it."""
    passed, failed, skipped = one.outcomes
    own = {"passed": passed, "failed": failed, "skipped": skipped}
    outcomes = tuple(count + own.get(name, 0) for name, count in zip(COUNTS, plain.outcomes, strict=True))
    return Result(plain.exit_code, plain.verdict, outcomes, plain.percent, plain.gaps, plain.last_line)


def make_environment(one: Neighbour, place: Path) -> str:
    """Returns the interpreter of an environment that adds a plugin to this one. Raises BrokenError."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    python = str(place / "bin/python")
    (own,) = place.glob("lib/python*/site-packages")
    shared = next(path for path in sys.path if path.endswith("site-packages"))
    (own / "shared.pth").write_text(f"import site; site.addsitedir({shared!r})\n")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, one.name, *one.more], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BrokenError(f"cannot be installed: {done.stderr.strip().splitlines()[-1:]}")
    return python


def make_project(place: Path, one: Neighbour | None, failing: bool) -> Path:
    """Returns a project with a component, and with the settings and tests of a plugin."""
    files = {
        "src/shop/__init__.py": SOURCE,
        "tests/test_shop.py": TESTS + FAILING * failing,
        "pytest.ini": f"[pytest]\npythonpath = . src\n{one.ini if one else ''}\n",
        "pyproject.toml": POLICY,
        **(one.files if one else {}),
    }
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "all"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *command], cwd=place, check=True)
    for name, text in (one.untracked if one else {}).items():
        (place / name).write_text(text)
    return place


def run(python: str, project: Path, options: Sequence[str]) -> Result:
    """Returns what the gate showed in a project, without the other plugins of this environment."""
    used = {option.partition("=")[0] for option in options}
    own = {"--timeout": "timeout", "--html": "html", "--force-sugar": "sugar", "--benchmark-disable-gc": "benchmark"}
    active = {own[option] for option in used if option in own} | ({"asyncio"} if "asyncio" in str(project) else set())
    active |= {"html_fixtures", "metadata"} if "html" in active else set()
    blocked = [word for name in OPTIONAL if name not in active for word in ("-p", f"no:{name}")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    command = [python, "-m", "pytest", *blocked, "--maturity-component=shop", *options]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or [""]
    report = project / ".maturity/shop.json"
    data: dict[str, Any] = json.loads(report.read_text()) if report.is_file() else {}
    component = (data.get("components") or [{}])[0]
    return Result(
        exit_code=done.returncode,
        verdict=data.get("verdict", ""),
        outcomes=tuple(component.get("outcomes", {}).get(name, -1) for name in COUNTS),
        percent=component.get("coverage", {}).get("percent"),
        gaps=tuple(gap["message"] for gap in component.get("gaps", ())),
        last_line=lines[-1],
    )


if __name__ == "__main__":
    sys.exit(main())
