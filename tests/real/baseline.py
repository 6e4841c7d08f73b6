"""The other side of the comparison: pytest-cov and the tools by their own command lines, without the plugin."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from .catalog import Expected, Package
from .workshop import BrokenError, Place

SEVERITIES = ("critical", "high", "medium", "low")
SECRET_SEVERITY = "critical"  # what the security gate calls a finding of detect-secrets
TEST_FOLDERS = {"tests", "test"}
TEST_FILES = ("test_*.py", "*_test.py", "conftest.py")
MYPY_ERROR = re.compile(r"^(?P<path>[^:\n]+\.pyi?):(?:\d+:)* error: ", re.MULTILINE)
OUTCOMES = ("passed", "failed", "error", "skipped")
# Covered and not: (statements, covered lines, branches, covered branches)
Counts = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What one side measured; None where it says that it could not tell."""

    outcomes: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, Counts] = field(default_factory=dict)
    branch: bool = False
    lint: int | None = None
    types: int | None = None
    security: Mapping[str, int | None] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    def sum(self, position: int) -> int:
        """The sum of one of the four counts over all files."""
        return sum(counts[position] for counts in self.files.values())


def measure(package: Package, component: Expected, tests: Sequence[str], place: Place) -> Numbers:
    """Everything about one component, from its test files and from the tools on its sources."""
    with ThreadPoolExecutor(2) as pool:
        tested = pool.submit(covered, package, component, tests, place)
        typed = pool.submit(types, package, component, place)
        linted = pool.submit(lint, component, place)
        secured = pool.submit(security, component, place)
    outcomes, files, branch = tested.result()
    return Numbers(
        outcomes=outcomes,
        files=files,
        branch=branch,
        lint=linted.result(),
        types=typed.result(),
        security=secured.result(),
    )


def is_test(path: str) -> bool:
    """Whether a file beside the sources is a test, by the usual names."""
    pure = PurePosixPath(path)
    return bool(TEST_FOLDERS & set(pure.parts[:-1])) or any(fnmatch(pure.name, one) for one in TEST_FILES)


def belongs(path: str, component: Expected) -> bool:
    """Whether a Python file is of the component's sources, tests excluded."""
    inside = any(path == source or path.startswith(f"{source}/") for source in component.sources)
    return inside and not is_test(path)


# ── tests and coverage ───────────────────────────────────────────────────────


def covered(
    package: Package, component: Expected, tests: Sequence[str], place: Place
) -> tuple[dict[str, int], dict[str, Counts], bool]:
    """Outcomes, counts of every file of the component, and whether branches were measured; by pytest-cov."""
    report, junit = place.out / "coverage.json", place.out / "junit.xml"
    report.unlink(missing_ok=True)
    junit.unlink(missing_ok=True)
    ran = place.run(
        "-m", "pytest", "-p", "no:maturity", *measured(package, component, place.tree),
        f"--cov-report=json:{report}", f"--junitxml={junit}", *tests, log=f"{package.name}-{component.name}-cov.txt",
    )  # fmt: skip
    if not (report.exists() and junit.exists()):
        raise BrokenError(f"pytest-cov on {package.name} {component.name} exited with {ran.code}: {ran.tail()}")
    content = json.loads(report.read_text())
    paths = {in_tree(name, package, place.tree): one["summary"] for name, one in content["files"].items()}
    files = {path: counts(summary) for path, summary in paths.items() if belongs(path, component)}
    return outcomes_of(junit), files, bool(content["meta"]["branch_coverage"])


def measured(package: Package, component: Expected, tree: Path) -> list[str]:
    """What pytest-cov is told to measure: folders of the tree, or the package that is installed elsewhere."""
    if package.install == "wheel":
        return [f"--cov={package.module}"]
    folders = (source if (tree / source).is_dir() else str(Path(source).parent) for source in component.sources)
    return [f"--cov={folder}" for folder in dict.fromkeys(folders)]


def in_tree(name: str, package: Package, tree: Path) -> str:
    """The path in the tree of a file of coverage's report, also of its installed copy."""
    path = Path(name)
    if path.is_absolute() and path.is_relative_to(tree):
        path = path.relative_to(tree)
    parts = path.parts
    if "site-packages" in parts:
        inside = parts[len(parts) - parts[::-1].index("site-packages") :]
        return PurePosixPath(package.prefix, *inside).as_posix()
    return path.as_posix()


def counts(summary: Mapping[str, Any]) -> Counts:
    """The four counts of one file of coverage's JSON report."""
    return (
        summary["num_statements"],
        summary["covered_lines"],
        summary.get("num_branches", 0),
        summary.get("covered_branches", 0),
    )


def outcomes_of(junit: Path) -> dict[str, int]:
    """Passed, failed, errors and skipped (also expected failures) of a junit file, each test counted once."""
    found: Counter[str] = Counter()
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        tags = {child.tag for child in case}
        found["failed" if "failure" in tags else "error" if "error" in tags else skipped_or_passed(case)] += 1
    return {outcome: found[outcome] for outcome in OUTCOMES}


def skipped_or_passed(case: ElementTree.Element) -> str:
    """The outcome of a test that neither failed nor broke."""
    return "passed" if case.find("skipped") is None else "skipped"


# ── tools ────────────────────────────────────────────────────────────────────


def lint(component: Expected, place: Place) -> int | None:
    """The findings of ruff. Without --no-fix, a project that configures `fix = true` would be rewritten."""
    ran = place.run("-m", "ruff", "check", "--no-fix", "--output-format", "json", *component.sources)
    return count(json.loads(ran.stdout), "filename", component, place) if ran.code in (0, 1) else None


def types(package: Package, component: Expected, place: Place) -> int | None:
    """The errors of mypy in the component's files, from the text that it prints for people.

    None where the project configures another checker, which is not installed here.
    """
    if package.checker != "mypy":
        return None
    ran = place.run("-m", "mypy", *component.sources)
    if ran.code not in (0, 1):
        return None
    return sum(belongs(match["path"], component) for match in MYPY_ERROR.finditer(ran.stdout))


def security(component: Expected, place: Place) -> dict[str, int | None]:
    """The findings of bandit and detect-secrets by severity. --no-verify: nothing is tried out over the network."""
    ran = place.run("-m", "bandit", "-q", "-r", "-f", "json", *component.sources)
    secrets = place.run("-m", "detect_secrets", "scan", "--all-files", "--no-verify", *component.sources)
    if ran.code not in (0, 1) or secrets.code:
        return dict.fromkeys(SEVERITIES)
    found = json.loads(ran.stdout)
    if any(belongs(relative(one["filename"], place.tree), component) for one in found["errors"]):
        return dict.fromkeys(SEVERITIES)
    by_severity: dict[str, int | None] = {
        severity: count(
            (one for one in found["results"] if one["issue_severity"].lower() == severity),
            "filename", component, place,
        )
        for severity in SEVERITIES
    }  # fmt: skip
    results = json.loads(secrets.stdout)["results"]
    leaks = count((one for found in results.values() for one in found), "filename", component, place)
    return {**by_severity, SECRET_SEVERITY: (by_severity[SECRET_SEVERITY] or 0) + leaks}


def count(found: Iterable[Mapping[str, Any]], key: str, component: Expected, place: Place) -> int:
    """How many of the findings lie in the component's files; `key` holds a finding's path."""
    return sum(belongs(relative(one[key], place.tree), component) for one in found)


def relative(name: str, tree: Path) -> str:
    """A path that a tool printed, from the tree, with slashes."""
    path = Path(name)
    return (path.relative_to(tree) if path.is_absolute() else path).as_posix().removeprefix("./")
