"""The other side of the comparison: pytest-cov and the tools with their own command lines, without the plugin."""

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

from pytest_maturity.tools.mypy import AGAINST_INFERRED_TYPES, find_lines_without_annotations
from pytest_maturity.tools.ruff import list_rule_options

from .catalog import Expected, Package
from .packages import BrokenError, Workspace

SEVERITIES = ("critical", "high", "medium", "low")
SECRET_SEVERITY = "critical"  # of the findings of detect-secrets in the security gate
TEST_FOLDERS = {"tests", "test"}
TEST_FILES = ("test_*.py", "*_test.py", "conftest.py")
MYPY_ERROR = re.compile(
    r"^(?P<path>[^:\n]+\.pyi?):(?:(?P<line>\d+):)?(?:\d+:)* error: .*?(?:\[(?P<rule>[\w-]+)\])?$", re.MULTILINE
)
WARNING = re.compile(r"^  (?P<path>\S.*?\.py):(?P<line>\d+): \w+: ", re.MULTILINE)  # in pytest's summary
RUFF_SETTINGS = re.compile(r"^\[tool\.ruff\b", re.MULTILINE)
MYPY_SETTINGS = re.compile(r"^\[(?:tool\.)?mypy\b", re.MULTILINE)
BLACK_SETTINGS = re.compile(r"^\[tool\.black\b", re.MULTILINE)
WOULD_FORMAT = re.compile(r"^(\d+) files? would be reformatted", re.MULTILINE)  # the last line of both formatters
# deptry's rules, by the line of the gate. A dependency that nobody imports is every component's finding.
DEPENDENCIES = {
    "DEP001": "undeclared", "DEP002": "unused", "DEP003": "transitive", "DEP004": "development", "DEP005": "unused",
}  # fmt: skip
OF_PROJECT = "unused"
OUTCOMES = ("passed", "failed", "error", "skipped")
# Statements, covered lines, branches, covered branches.
Counts = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers that one side measured; None is unknown."""

    outcomes: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, Counts] = field(default_factory=dict)
    branch: bool = False
    lint: int | None = None
    types: int | None = None
    security: Mapping[str, int | None] = field(default_factory=dict)
    format: int | None = None
    dependencies: Mapping[str, int | None] = field(default_factory=dict)
    warnings: frozenset[tuple[str, int]] | None = None  # the lines of the component that raise one
    notes: Mapping[str, str] = field(default_factory=dict)

    def sum(self, position: int) -> int:
        """Returns the sum of one of the four counts over all files."""
        return sum(counts[position] for counts in self.files.values())


def measure(package: Package, component: Expected, tests: Sequence[str], workspace: Workspace) -> Numbers:
    """Returns all numbers of one component: from its test files, and from the tools on its sources."""
    with ThreadPoolExecutor(2) as pool:
        tested = pool.submit(run_tests, package, component, tests, workspace)
        typed = pool.submit(count_type_errors, package, component, workspace)
        linted = pool.submit(count_lint_findings, component, workspace)
        secured = pool.submit(count_security_findings, component, workspace)
        formatted = pool.submit(count_unformatted_files, component, workspace)
        declared = pool.submit(count_dependency_issues, package, component, workspace)
    outcomes, files, branch, warnings = tested.result()
    return Numbers(
        warnings=warnings,
        outcomes=outcomes,
        files=files,
        branch=branch,
        lint=linted.result(),
        types=typed.result(),
        security=secured.result(),
        format=formatted.result(),
        dependencies=declared.result(),
    )


def is_test(path: str) -> bool:
    """Whether a file among the sources is a test file, by its name or folder."""
    pure = PurePosixPath(path)
    return bool(TEST_FOLDERS & set(pure.parts[:-1])) or any(fnmatch(pure.name, one) for one in TEST_FILES)


def is_source(path: str, component: Expected) -> bool:
    """Whether a Python file belongs to the component's sources, test files excluded."""
    inside = any(path == source or path.startswith(f"{source}/") for source in component.sources)
    return inside and not is_test(path)


# ── tests and coverage ───────────────────────────────────────────────────────


def run_tests(
    package: Package, component: Expected, tests: Sequence[str], workspace: Workspace
) -> tuple[dict[str, int], dict[str, Counts], bool, frozenset[tuple[str, int]]]:
    """Returns the outcomes, the counts of every file, whether branches were measured (by pytest-cov), and warnings."""
    report, junit = workspace.out / "coverage.json", workspace.out / "junit.xml"
    report.unlink(missing_ok=True)
    junit.unlink(missing_ok=True)
    result = workspace.run(
        "-m", "pytest", "-p", "no:maturity", *coverage_options(package, component, workspace.tree),
        f"--cov-report=json:{report}", f"--junitxml={junit}", *tests, log=f"{package.name}-{component.name}-cov.txt",
    )  # fmt: skip
    if not (report.exists() and junit.exists()):
        raise BrokenError(f"pytest-cov on {package.name} {component.name} exited with {result.code}: {result.tail()}")
    content = json.loads(report.read_text())
    paths = {path_in_tree(name, package, workspace.tree): one["summary"] for name, one in content["files"].items()}
    files = {path: counts(summary) for path, summary in paths.items() if is_source(path, component)}
    warned = find_warnings(result.stdout, package, component, workspace.tree)
    return count_outcomes(junit), files, bool(content["meta"]["branch_coverage"]), warned


def find_warnings(output: str, package: Package, component: Expected, tree: Path) -> frozenset[tuple[str, int]]:
    """Returns the lines of the component in pytest's summary of warnings."""
    found = ((path_in_tree(match["path"], package, tree), int(match["line"])) for match in WARNING.finditer(output))
    return frozenset((path, line) for path, line in found if is_source(path, component))


def read_durations(junit: Path) -> list[float]:
    """Returns the seconds of each test in a JUnit file of the plugin's own run."""
    return [float(case.get("time", "0")) for case in ElementTree.parse(junit).getroot().iter("testcase")]


def count_vulnerabilities(workspace: Workspace) -> int | None:
    """Returns the number of vulnerabilities in an environment; None where pip-audit could not audit every package."""
    result = workspace.run("-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--skip-editable")
    if result.code not in (0, 1) or not result.stdout.startswith("{"):
        return None
    found = json.loads(result.stdout)["dependencies"]
    skipped = [one["name"] for one in found if "skip_reason" in one and "editable" not in one["skip_reason"]]
    return None if skipped else sum(len(one.get("vulns", ())) for one in found)


def coverage_options(package: Package, component: Expected, tree: Path) -> list[str]:
    """Returns the sources for pytest-cov: folders of the tree, or the package if tests import its installed copy."""
    if package.install == "wheel":
        return [f"--cov={package.module}"]
    folders = (source if (tree / source).is_dir() else str(Path(source).parent) for source in component.sources)
    return [f"--cov={folder}" for folder in dict.fromkeys(folders)]


def path_in_tree(name: str, package: Package, tree: Path) -> str:
    """Returns the path in the tree of a file of coverage's report, also of its installed copy."""
    path = Path(name)
    if path.is_absolute() and path.is_relative_to(tree):
        path = path.relative_to(tree)
    parts = path.parts
    if "site-packages" in parts:
        inside = parts[len(parts) - parts[::-1].index("site-packages") :]
        return PurePosixPath(package.prefix, *inside).as_posix()
    return path.as_posix()


def counts(summary: Mapping[str, Any]) -> Counts:
    """Returns the four counts of one file of coverage's JSON report."""
    return (
        summary["num_statements"],
        summary["covered_lines"],
        summary.get("num_branches", 0),
        summary.get("covered_branches", 0),
    )


def count_outcomes(junit: Path) -> dict[str, int]:
    """Returns the tests of a JUnit file by outcome, each counted once; xfailed tests are skipped there."""
    found: Counter[str] = Counter()
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        tags = {child.tag for child in case}
        found["failed" if "failure" in tags else "error" if "error" in tags else outcome_without_failure(case)] += 1
    return {outcome: found[outcome] for outcome in OUTCOMES}


def outcome_without_failure(case: ElementTree.Element) -> str:
    """Returns the outcome of a test without a failure or an error."""
    return "passed" if case.find("skipped") is None else "skipped"


# ── tools ────────────────────────────────────────────────────────────────────


def count_lint_findings(component: Expected, workspace: Workspace) -> int | None:
    """Returns the number of findings of ruff. Without --no-fix, ruff would edit a project with `fix = true`."""
    added: tuple[str, ...] | None = ()
    if is_configured(workspace.tree, RUFF_SETTINGS, "ruff.toml"):
        added = list_rule_options(workspace.tree / "pyproject.toml")
    rules = () if added is None else ("--select", "E4,E7,E9,F", *added)
    result = workspace.run("-m", "ruff", "check", "--no-fix", "--output-format", "json", *rules, *component.sources)
    return count(json.loads(result.stdout), "filename", component, workspace) if result.code in (0, 1) else None


def count_type_errors(package: Package, component: Expected, workspace: Workspace) -> int | None:
    """Returns the number of mypy's errors in the component's files, from the text that it prints.

    None if the project configures another type checker, which is not installed here.
    """
    if package.checker != "mypy":
        return None
    has_settings = is_configured(workspace.tree, MYPY_SETTINGS, "mypy.ini", ".mypy.ini")
    result = workspace.run("-m", "mypy", *(() if has_settings else ("--check-untyped-defs",)), *component.sources)
    if result.code not in (0, 1):
        return None
    return sum(
        is_source(match["path"], component) and (has_settings or not is_inferred(match, workspace))
        for match in MYPY_ERROR.finditer(result.stdout)
    )


def is_configured(tree: Path, table: re.Pattern[str], *names: str) -> bool:
    """Whether a package configures a tool: by a file of one of these names, or by a table in another."""
    others = (tree / name for name in ("pyproject.toml", "setup.cfg"))
    texts = (path.read_text("utf-8") for path in others if path.is_file())
    return any((tree / name).is_file() for name in names) or any(map(table.search, texts))


def is_inferred(match: re.Match[str], workspace: Workspace) -> bool:
    """Whether an error contradicts only what mypy inferred in a function without annotations (docs/gates.md)."""
    lines = find_lines_without_annotations(workspace.tree / match["path"])
    return match["rule"] in AGAINST_INFERRED_TYPES and int(match["line"]) in lines


def count_security_findings(component: Expected, workspace: Workspace) -> dict[str, int | None]:
    """Returns the findings of bandit and detect-secrets by severity. --no-verify keeps secrets off the network."""
    result = workspace.run("-m", "bandit", "-q", "-r", "-f", "json", *component.sources)
    secrets = workspace.run("-m", "detect_secrets", "scan", "--all-files", "--no-verify", *component.sources)
    if result.code not in (0, 1) or secrets.code:
        return dict.fromkeys(SEVERITIES)
    found = json.loads(result.stdout)
    if any(is_source(relative(one["filename"], workspace.tree), component) for one in found["errors"]):
        return dict.fromkeys(SEVERITIES)
    by_severity: dict[str, int | None] = {
        severity: count(
            (one for one in found["results"] if one["issue_severity"].lower() == severity),
            "filename", component, workspace,
        )
        for severity in SEVERITIES
    }  # fmt: skip
    results = json.loads(secrets.stdout)["results"]
    leaks = count((one for found in results.values() for one in found), "filename", component, workspace)
    return {**by_severity, SECRET_SEVERITY: (by_severity[SECRET_SEVERITY] or 0) + leaks}


def count_unformatted_files(component: Expected, workspace: Workspace) -> int | None:
    """Returns the number of files that black would change where the package configures it, else ruff."""
    uses_black = is_configured(workspace.tree, BLACK_SETTINGS) and not is_configured(workspace.tree, RUFF_SETTINGS)
    command = ("black", "--check") if uses_black else ("ruff", "format", "--check", "--no-cache")
    places = [workspace.tree / source for source in component.sources]
    found = (file for place in places for file in (sorted(place.rglob("*.py*")) if place.is_dir() else [place]))
    paths = [relative(str(path), workspace.tree) for path in found if path.suffix in (".py", ".pyi")]
    result = workspace.run("-m", *command, *(path for path in paths if is_source(path, component)))
    if result.code not in (0, 1):
        return None
    match = WOULD_FORMAT.search(f"{result.stdout}\n{result.stderr}")
    return int(match[1]) if match else 0


def count_dependency_issues(package: Package, component: Expected, workspace: Workspace) -> dict[str, int | None]:
    """Returns the number of deptry's issues by the line of the gate: of the component's files, and of the project."""
    output = workspace.out / "deptry.json"
    output.unlink(missing_ok=True)
    result = workspace.run("-m", "deptry", "--json-output", str(output), package.prefix or ".")
    if result.code not in (0, 1) or not output.exists():
        return dict.fromkeys(DEPENDENCIES.values())
    found: dict[str, int | None] = dict.fromkeys(DEPENDENCIES.values(), 0)
    for one in json.loads(output.read_text()):
        line, path = DEPENDENCIES[one["error"]["code"]], relative(one["location"]["file"], workspace.tree)
        found[line] = (found[line] or 0) + int(line == OF_PROJECT or is_source(path, component))
    return found


def count(found: Iterable[Mapping[str, Any]], key: str, component: Expected, workspace: Workspace) -> int:
    """Returns the number of findings in the component's files; `key` is the key of a finding's path."""
    return sum(is_source(relative(one[key], workspace.tree), component) for one in found)


def relative(name: str, tree: Path) -> str:
    """Returns a path that a tool printed, from the root of the tree, with slashes."""
    path = Path(name)
    return (path.relative_to(tree) if path.is_absolute() else path).as_posix().removeprefix("./")
