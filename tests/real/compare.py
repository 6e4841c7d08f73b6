"""Runs the plugin and compares its report with the other side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from . import baseline
from .baseline import DEPENDENCIES, SEVERITIES, Numbers
from .catalog import HERE, Expected, Package
from .packages import BrokenError, Workspace, compute_digest

POLICY, VULNERABILITIES = HERE / "policy.toml", HERE / "vulnerabilities.toml"
JUDGED = (0, 1, 3)  # exit codes: promoted, held, inconclusive
COLUMNS = ("tests", "statements", "covered", "branches", "lint", "types", "security", "format", "dependencies",
           "warnings", "duration", "sources", "files")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that is not equal: its column of the table, its name, and both sides."""

    column: str
    name: str
    plugin: object
    expected: object

    def __str__(self) -> str:
        return f"{self.name}: the plugin reports {self.plugin}, expected {self.expected}"


@dataclass(slots=True)
class Row:
    """The comparison of one component; `problem` is the reason if it could not be made."""

    package: str
    component: str
    differences: list[Difference] = field(default_factory=list)
    problem: str = ""
    verdict: str = ""
    exit_code: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    plugin: dict[str, Any] = field(default_factory=dict)
    expected: dict[str, Any] = field(default_factory=dict)

    @property
    def is_equal(self) -> bool:
        return not self.differences and not self.problem

    def cell(self, column: str) -> str:
        """Returns `equal`, `DIFFERS`, or `-` if nothing could be compared."""
        if self.problem:
            return "-"
        return "DIFFERS" if any(one.column == column for one in self.differences) else "equal"


def compare(package: Package, component: Expected, workspace: Workspace) -> Row:
    """Runs the plugin on one component, then the other side, and returns the comparison."""
    row = Row(package.name, component.name)
    try:
        before, started = compute_digest(workspace.tree), monotonic()
        component_report = run_plugin(package, component, workspace, row)
        row.seconds["plugin"] = round(monotonic() - started, 2)
        if compute_digest(workspace.tree) != before:
            row.differences.append(Difference("sources", "Python files after the run", "changed", "unchanged"))
        started = monotonic()
        tests = sorted(test["path"] for test in component_report["tests"])
        ours, expected = read_numbers(component_report), baseline.measure(package, component, tests, workspace)
        row.seconds["baseline"] = round(monotonic() - started, 2)
    except BrokenError as error:
        row.problem = str(error)
        return row
    row.plugin, row.expected = to_dict(ours), to_dict(expected)
    row.differences += find_differences(ours, expected)
    row.differences += find_discovery_differences(component_report, component)
    row.differences += find_duration_differences(component_report, baseline.read_durations(own_junit(workspace)))
    return row


def own_junit(workspace: Workspace) -> Path:
    """Returns the path of pytest's JUnit file of the plugin's own run: two runs never take the same time."""
    return workspace.out / "own-junit.xml"


def find_duration_differences(report: dict[str, Any], seconds: list[float]) -> Iterator[Difference]:
    """Yields the seconds that differ by more than what JUnit files, and the gate, round."""
    values = {gate["gate"]: gate["value"] for gate in report["gates"]}
    limits = {"total_s": (sum(seconds), 0.0005 * len(seconds) + 0.001), "slowest_s": (max(seconds, default=0), 0.0016)}
    for line, (expected, rounding) in limits.items():
        found = values.get(f"duration.{line}")
        if found is None or abs(found - expected) > rounding:
            yield Difference("duration", f"duration.{line}", found, round(expected, 3))


def run_plugin(package: Package, component: Expected, workspace: Workspace, row: Row) -> dict[str, Any]:
    """Returns the component's part of the plugin's JSON report, of a run without any configuration for it."""
    report = workspace.out / "report.json"
    report.unlink(missing_ok=True)
    own_junit(workspace).unlink(missing_ok=True)
    # With "=", because pytest takes a path that is a separate argument for a test path when it determines the rootdir.
    result = workspace.run(
        "-m", "pytest", "--maturity-component", component.name, "--maturity-target", "production",
        "--maturity-no-cache", f"--maturity-report={report}", f"--maturity-config={POLICY}",
        f"--junitxml={own_junit(workspace)}", "-o", "junit_duration_report=total",
        log=f"{package.name}-{component.name}-maturity.txt",
    )  # fmt: skip
    row.exit_code = result.code
    if result.code not in JUDGED or not report.exists():
        raise BrokenError(f"the plugin's run exited with {result.code}: {result.tail()}")
    content = json.loads(report.read_text())
    (workspace.out / f"{package.name}-{component.name}.json").write_text(report.read_text())
    if content["schema"] != 1 or len(content["components"]) != 1:
        raise BrokenError(f"the report has schema {content['schema']} and {len(content['components'])} components")
    component_report: dict[str, Any] = content["components"][0]
    row.verdict = component_report["verdict"]
    return component_report


def read_numbers(report: dict[str, Any]) -> Numbers:
    """Returns the plugin's numbers. As in JUnit files, an xpassed test has passed and an xfailed test is skipped."""
    outcomes, gates = report["outcomes"], {gate["gate"]: gate for gate in report["gates"]}
    covered = report["coverage"]["files"]
    values = {name: gate["value"] for name, gate in gates.items()}
    return Numbers(
        outcomes={
            "passed": outcomes["passed"] + outcomes["xpassed"],
            "failed": outcomes["failed"],
            "error": outcomes["error"],
            "skipped": outcomes["skipped"] + outcomes["xfailed"],
        },
        files={
            one["path"]: (one["statements"], one["covered_lines"], one["branches"], one["covered_branches"])
            for one in covered
        },
        branch=any(one["branches"] for one in covered),
        lint=values.get("lint"),
        types=values.get("types"),
        security={severity: values.get(f"security.{severity}") for severity in SEVERITIES},
        format=values.get("format"),
        dependencies={line: values.get(f"dependencies.{line}") for line in DEPENDENCIES.values()},
        warnings=read_warnings(gates.get("warnings")),
        notes={name: gate.get("note") or "" for name, gate in gates.items()},
    )


def read_warnings(gate: dict[str, Any] | None) -> frozenset[tuple[str, int]] | None:
    """Returns the lines that raise warnings; None where they are unknown."""
    if gate is None or gate["value"] is None:
        return None
    return frozenset((one["path"], one["line"]) for one in gate["findings"])


def find_differences(ours: Numbers, expected: Numbers) -> Iterator[Difference]:
    """Yields every number that is not equal on both sides."""
    for outcome in baseline.OUTCOMES:
        if ours.outcomes[outcome] != expected.outcomes[outcome]:
            yield Difference("tests", outcome, ours.outcomes[outcome], expected.outcomes[outcome])
    for path in sorted({*ours.files, *expected.files}):
        yield from compare_file(path, ours.files.get(path, (0, 0, 0, 0)), expected.files.get(path, (0, 0, 0, 0)))
    for name in ("lint", "types", "format"):
        mine, theirs = getattr(ours, name), getattr(expected, name)
        if mine != theirs:
            yield Difference(name, f"{name} {ours.notes.get(name, '')}".strip(), mine, theirs)
    if (ours.warnings or frozenset()) != expected.warnings:  # unknown is right where pytest shows none, either
        yield Difference(
            "warnings", f"warnings {ours.notes.get('warnings', '')}", *map(sort, (ours.warnings, expected.warnings))
        )
    for gate in ("security", "dependencies"):
        lines, others = getattr(ours, gate), getattr(expected, gate)
        for line in lines:
            if lines[line] != others[line]:
                name = f"{gate}.{line} {ours.notes.get(f'{gate}.{line}', '')}".strip()
                yield Difference(gate, name, lines[line], others[line])


def sort(lines: frozenset[tuple[str, int]] | None) -> list[str] | None:
    """Returns lines as text, in their order."""
    return None if lines is None else [f"{path}:{line}" for path, line in sorted(lines)]


def compare_file(path: str, mine: baseline.Counts, theirs: baseline.Counts) -> Iterator[Difference]:
    """Yields the counts of one file that differ. Either side may leave out a file without statements."""
    columns = ("statements", "covered", "branches", "branches")
    for column, name, one, other in zip(
        columns, ("statements", "covered lines", "branches", "covered branches"), mine, theirs, strict=True
    ):
        if one != other:
            yield Difference(column, f"{name} of {path}", one, other)


def find_discovery_differences(report: dict[str, Any], component: Expected) -> Iterator[Difference]:
    """Yields the sources and test files that the plugin found and a reader did not, and the reverse."""
    rules = {test["path"]: test["rule"] for test in report["tests"]}
    for path in sorted(set(rules) ^ set(component.tests)):
        if path in rules:
            yield Difference("files", f"test file {path}", f"found ({rules[path]})", "not expected")
        else:
            yield Difference("files", f"test file {path}", "not found", "expected")
    if sorted(report["sources"]) != sorted(component.sources):
        yield Difference("sources", "sources", sorted(report["sources"]), sorted(component.sources))


def to_dict(one: Numbers) -> dict[str, Any]:
    """Returns the numbers of one side for the JSON file and the table."""
    return {
        "outcomes": dict(one.outcomes),
        "statements": one.sum(0),
        "covered_lines": one.sum(1),
        "branches": one.sum(2),
        "covered_branches": one.sum(3),
        "lint": one.lint,
        "types": one.types,
        "security": dict(one.security),
        "format": one.format,
        "dependencies": dict(one.dependencies),
        "warnings": sort(one.warnings),
    }


def compare_vulnerabilities(package: Package, workspace: Workspace) -> tuple[int | None, int | None]:
    """Returns the number of vulnerabilities of an environment by the gate and by pip-audit; None is unknown.

    Raises BrokenError.
    """
    report = workspace.out / "vulnerabilities.json"
    report.unlink(missing_ok=True)
    result = workspace.run(
        "-m", "pytest", "--maturity-component", package.components[0].name, "--maturity-target", "production",
        "--maturity-gate", "vulnerabilities", f"--maturity-report={report}", f"--maturity-config={VULNERABILITIES}",
        log=f"{package.name}-vulnerabilities.txt",
    )  # fmt: skip
    if result.code not in JUDGED or not report.exists():
        raise BrokenError(f"the plugin's run exited with {result.code}: {result.tail()}")
    (gate,) = json.loads(report.read_text())["components"][0]["gates"]
    return gate["value"], baseline.count_vulnerabilities(workspace)
