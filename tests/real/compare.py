"""The plugin's own report, and the comparison of it with the other side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from . import baseline
from .baseline import SEVERITIES, Numbers
from .catalog import HERE, Expected, Package
from .workshop import BrokenError, Place, digest

POLICY = HERE / "policy.toml"
FINE = (0, 1, 3)  # promoted, held, inconclusive: all of them measured
COLUMNS = ("tests", "statements", "covered", "branches", "lint", "types", "security", "sources", "files")


@dataclass(frozen=True, slots=True)
class Difference:
    """One number that is not equal: the column of the table, what it is, and both sides."""

    column: str
    what: str
    plugin: object
    expected: object

    def __str__(self) -> str:
        return f"{self.what}: the plugin says {self.plugin}, expected {self.expected}"


@dataclass(slots=True)
class Row:
    """A component's comparison. `problem` says why there is none."""

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
    def equal(self) -> bool:
        return not self.differences and not self.problem

    def cell(self, column: str) -> str:
        """`equal`, `DIFFERS` or, where nothing could be compared, `-`."""
        if self.problem:
            return "-"
        return "DIFFERS" if any(one.column == column for one in self.differences) else "equal"


def compare(package: Package, component: Expected, place: Place) -> Row:
    """Run the plugin on one component, then everything else, and return how they compare."""
    row = Row(package.name, component.name)
    try:
        before, started = digest(place.tree), monotonic()
        answer = judge(package, component, place, row)
        row.seconds["plugin"] = round(monotonic() - started, 2)
        if digest(place.tree) != before:
            row.differences.append(Difference("sources", "Python files after the run", "changed", "untouched"))
        started = monotonic()
        tests = sorted(test["path"] for test in answer["tests"])
        ours, others = numbers(answer), baseline.measure(package, component, tests, place)
        row.seconds["baseline"] = round(monotonic() - started, 2)
    except BrokenError as error:
        row.problem = str(error)
        return row
    row.plugin, row.expected = plain(ours), plain(others)
    row.differences += differences(ours, others)
    row.differences += discovered(answer, component)
    return row


def judge(package: Package, component: Expected, place: Place, row: Row) -> dict[str, Any]:
    """The component's part of the plugin's JSON report, of a run in the tree with nothing configured for it."""
    report = place.out / "report.json"
    report.unlink(missing_ok=True)
    # "=": pytest takes the path in an argument of its own for a test path when it looks for the root.
    ran = place.run(
        "-m", "pytest", "--maturity-component", component.name, "--maturity-target", "production",
        "--maturity-no-cache", f"--maturity-report={report}", f"--maturity-config={POLICY}",
        log=f"{package.name}-{component.name}-maturity.txt",
    )  # fmt: skip
    row.exit_code = ran.code
    if ran.code not in FINE or not report.exists():
        raise BrokenError(f"the plugin's run exited with {ran.code}: {ran.tail()}")
    content = json.loads(report.read_text())
    (place.out / f"{package.name}-{component.name}.json").write_text(report.read_text())
    if content["schema"] != 1 or len(content["components"]) != 1:
        raise BrokenError(f"the report has schema {content['schema']} and {len(content['components'])} components")
    answer: dict[str, Any] = content["components"][0]
    row.verdict = answer["verdict"]
    return answer


def numbers(answer: dict[str, Any]) -> Numbers:
    """The plugin's side. An unexpected pass is a pass and an expected failure is skipped, as in junit files."""
    outcomes, gates = answer["outcomes"], {gate["gate"]: gate for gate in answer["gates"]}
    covered = answer["coverage"]["files"]
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
        notes={name: gate.get("note") or "" for name, gate in gates.items()},
    )


def differences(ours: Numbers, others: Numbers) -> Iterator[Difference]:
    """Every number of which the two sides disagree."""
    for outcome in baseline.OUTCOMES:
        if ours.outcomes[outcome] != others.outcomes[outcome]:
            yield Difference("tests", outcome, ours.outcomes[outcome], others.outcomes[outcome])
    for path in sorted({*ours.files, *others.files}):
        yield from of_file(path, ours.files.get(path, (0, 0, 0, 0)), others.files.get(path, (0, 0, 0, 0)))
    for name, mine, theirs in (("lint", ours.lint, others.lint), ("types", ours.types, others.types)):
        if mine != theirs:
            yield Difference(name, f"{name} {ours.notes.get(name, '')}".strip(), mine, theirs)
    for severity in SEVERITIES:
        if ours.security[severity] != others.security[severity]:
            what = f"security.{severity} {ours.notes.get(f'security.{severity}', '')}".strip()
            yield Difference("security", what, ours.security[severity], others.security[severity])


def of_file(path: str, mine: baseline.Counts, theirs: baseline.Counts) -> Iterator[Difference]:
    """The counts of one file that differ. A file without statements may be left out by either side."""
    columns = ("statements", "covered", "branches", "branches")
    for column, name, one, other in zip(
        columns, ("statements", "covered lines", "branches", "covered branches"), mine, theirs, strict=True
    ):
        if one != other:
            yield Difference(column, f"{name} of {path}", one, other)


def discovered(answer: dict[str, Any], component: Expected) -> Iterator[Difference]:
    """The sources and test files that the plugin found otherwise than a reader."""
    rules = {test["path"]: test["rule"] for test in answer["tests"]}
    for path in sorted(set(rules) ^ set(component.tests)):
        if path in rules:
            yield Difference("files", f"test file {path}", f"found ({rules[path]})", "not its own")
        else:
            yield Difference("files", f"test file {path}", "not its own", "found")
    if sorted(answer["sources"]) != sorted(component.sources):
        yield Difference("sources", "sources", sorted(answer["sources"]), sorted(component.sources))


def plain(one: Numbers) -> dict[str, Any]:
    """The numbers of one side for the JSON file and the table."""
    return {
        "outcomes": dict(one.outcomes),
        "statements": one.sum(0),
        "covered_lines": one.sum(1),
        "branches": one.sum(2),
        "covered_branches": one.sum(3),
        "lint": one.lint,
        "types": one.types,
        "security": dict(one.security),
    }
