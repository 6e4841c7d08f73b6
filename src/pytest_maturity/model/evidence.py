"""The evidence of one run about a component, as plain, frozen data."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args

from .attestations import Attested
from .light_dataclass import light_dataclass
from .retries import RetriedTest
from .standing import Standing
from .suppressions import Suppressions
from .timings import Timing


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault that a gate found, in a file or in a test.

    `path` is relative to the root; `line` and `column` count from 1. `test` is the node id of the test that the
    finding is about, empty where it is about none; `raised_at` is the path and the line in the project that raised its
    exception, if known. `ranges` are the first and last line of each group of lines that the finding is about, where
    these are several.
    """

    path: str
    message: str
    line: int | None = None
    column: int | None = None
    rule: str = ""
    severity: str = ""
    test: str = ""
    raised_at: str = ""
    ranges: tuple[tuple[int, int], ...] = ()

    @property
    def location(self) -> str:
        """The path, with its line or ranges of lines: `a.py`, `a.py:7`, `a.py:3-5,8`; of a failure, what raised it."""
        if self.raised_at.rpartition(":")[0] == self.path:
            return self.raised_at
        lines = ",".join(str(first) if first == last else f"{first}-{last}" for first, last in self.ranges)
        if not lines and self.line is not None:
            lines = str(self.line)
        return f"{self.path}:{lines}" if lines else self.path

    @property
    def exact_location(self) -> str:
        """The path with one line, and the column where it is known, as terminals and editors open it: `a.py:7:5`."""
        if self.ranges:
            return f"{self.path}:{self.ranges[0][0]}"
        has_column = self.column is not None and self.line is not None and not self.raised_at
        return f"{self.location}:{self.column}" if has_column else self.location

    @property
    def explanation(self) -> str:
        """The message, after the place that raised the exception where it lies in another file."""
        is_elsewhere = self.raised_at.rpartition(":")[0] not in ("", self.path)
        return f"{self.raised_at}: {self.message}" if is_elsewhere else self.message

    def to_dict(self) -> dict[str, Any]:
        """Returns the finding as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Finding:
        """Returns the finding that `to_dict` wrote, also after JSON. Raises KeyError, TypeError or ValueError."""
        return cls(**{**data, "ranges": tuple((first, last) for first, last in data["ranges"])})


GapCause = Literal[
    "byte-code", "changed", "deselected", "disabled", "displaced", "duplicate", "elsewhere", "exit", "ignored",
    "interrupted", "kind", "linked", "no-record", "no-tests", "optimized", "other-gates", "partial", "retries",
    "uncollected", "unfinished", "unjudged", "untested", "weakened", "worker",
]  # fmt: skip


# The causes by which tests of the component are missing in the evidence.
MISSING_TESTS: frozenset[GapCause] = frozenset(
    {"deselected", "displaced", "ignored", "interrupted", "no-tests", "partial", "unfinished", "untested", "worker"}
)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A reason why the run does not represent the component. `cause` is for machines.

    `kinds` are the kinds of tests that it concerns; without any, it concerns all.
    """

    cause: GapCause
    message: str
    kinds: tuple[str, ...] = ()

    def concerns(self, kinds: Collection[str]) -> bool:
        """Whether it concerns one of these kinds of tests; without any, all kinds are meant."""
        return not kinds or not self.kinds or not set(kinds).isdisjoint(self.kinds)

    @property
    def is_failure(self) -> bool:
        """Whether it says that the component is not ready, and not that this is unknown: it has no tests."""
        return self.cause == "untested"

    @property
    def has_missing_tests(self) -> bool:
        """Whether tests are missing that would have added to the evidence."""
        return self.cause in MISSING_TESTS

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Gap:
        """Reads what `asdict` returned. Raises KeyError for a missing key, ValueError for an unknown cause."""
        if data["cause"] not in get_args(GapCause):
            raise ValueError(f"unknown cause of a gap: {data['cause']}")
        return cls(cause=data["cause"], message=str(data["message"]), kinds=tuple(map(str, data["kinds"])))


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A test file of a component, and the rule by which the file belongs to it.

    `named_part` is the other part of the code whose name the file has, where it belongs to the component by import.
    `nodes` are the node ids in the file, without its path, whose tests alone belong to the component; empty for all.
    """

    path: Path
    rule: str
    named_part: str = ""
    nodes: tuple[str, ...] = ()

    def has_test(self, nodeid: str) -> bool:
        """Whether a test of the file belongs to the component, by its node id.

        So does what stands in place of its tests: the file, or a class in it, that could not be collected.
        """
        test = nodeid.partition("::")[2]
        return (
            not (self.nodes and test)
            or test in self.nodes
            or any(test.startswith((f"{node}::", f"{node}[")) or node.startswith(f"{test}::") for node in self.nodes)
        )


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A named part of the code base. All paths are absolute and resolved.

    * `sources`: the directories and files of the component.
    * `files`: the Python files in them that are not tests, sorted.
    * `linked`: the directories in them that are links to Python files elsewhere.
    * `tests`: its own test files.
    * `found_by`: how its sources were found.
    * `spellings`: the ways to write its name, each with the naming rule that made it.
    * `imports`: the dotted names that import it.
    * `importers`: the test files that import it and are not its tests, because their names are no component's.
    * `imports_instead`: the modules of the project that its tests import, the most frequent first; None where one of
      the tests imports the component.
    """

    name: str
    sources: tuple[Path, ...]
    files: tuple[Path, ...]
    found_by: str
    spellings: Mapping[str, str] = field(default_factory=dict)
    imports: tuple[str, ...] = ()
    tests: tuple[Claim, ...] = ()
    importers: tuple[Path, ...] = ()
    imports_instead: tuple[str, ...] | None = None
    linked: tuple[Path, ...] = ()

    def python_files(self) -> tuple[Path, ...]:
        """Returns the component's Python files without its tests, sorted."""
        return self.files


@light_dataclass(frozen=True, slots=True)
class EndedTest:
    """The outcome of one test, by its node id, and the seconds of all its attempts; None where it was not timed."""

    test: str
    outcome: str
    duration_s: float | None = None


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """The numbers of collected tests by outcome. Each test counts once, by its worst phase.

    A test file that could not be imported, or was skipped as a whole, counts as one test. `completed` is less than
    `collected` where the run ended early. Attempts enter no count: `flaky` is how many of `passed` passed only after
    a rerun. `unhandled` holds the exceptions in threads and finalizers, None where pytest does not report them.

    `durations` are the seconds of the slowest tests, the slowest first, and `duration_s` those of all tests: their
    setups, calls and teardowns in every attempt. It is None where a test was not timed. `warnings` holds one finding
    for each line of the component and category of warnings, None where pytest does not report them;
    `ignored_warnings` are the categories that a filter ignores for the whole component, or that no test reports.
    `own_filters` are the project's warning filters that silence some warnings, `foreign_filters` what does so in this
    run alone. `tests` are all tests that were collected or ran, where a report lists them. `timings` are those of the
    tests with a limit and of the benchmarks, where a stage requires them.
    """

    collected: int = 0
    completed: int = 0
    passed: int = 0
    failed: int = 0
    error: int = 0
    skipped: int = 0
    xfailed: int = 0
    xpassed: int = 0
    flaky: int = 0
    failures: tuple[Finding, ...] = ()
    flaky_tests: tuple[str, ...] = ()
    retried: tuple[RetriedTest, ...] = ()
    retry_budget: int = 0
    unhandled: tuple[Finding, ...] | None = ()
    duration_s: float | None = None
    durations: tuple[tuple[str, float], ...] = ()
    warnings: tuple[Finding, ...] | None = ()
    ignored_warnings: frozenset[str] = frozenset()
    own_filters: tuple[str, ...] = ()
    foreign_filters: tuple[str, ...] = ()
    tests: tuple[EndedTest, ...] = ()
    timings: tuple[Timing, ...] = ()

    @property
    def ran(self) -> int:
        """The number of tests that were executed: skipped ones were not."""
        return self.passed + self.failed + self.error + self.xfailed + self.xpassed

    @property
    def retries(self) -> int:
        """The number of attempts after the first one, of all tests."""
        return sum(len(one.attempts) - 1 for one in self.retried)

    @classmethod
    def join(cls, parts: Sequence[Outcomes]) -> Outcomes:
        """Returns the outcomes of several groups of tests of a component together. No test is in two of them.

        Exceptions that no test raised are in each of the parts; they count once.
        """
        seconds = [part.duration_s for part in parts]
        slowest = (pair for part in parts for pair in part.durations)
        unhandled = None
        if all(part.unhandled is not None for part in parts):
            found = [finding for part in parts for finding in part.unhandled or () if finding.test]
            unhandled = (*found, *(one for one in (parts[0].unhandled or ()) if not one.test)) if parts else ()
        warned = [part.warnings for part in parts]
        sums = ("collected", "completed", "passed", "failed", "error", "skipped", "xfailed", "xpassed", "flaky")
        return cls(
            **{name: sum(getattr(part, name) for part in parts) for name in sums},
            failures=tuple(finding for part in parts for finding in part.failures),
            flaky_tests=tuple(test for part in parts for test in part.flaky_tests),
            retried=tuple(test for part in parts for test in part.retried),
            retry_budget=max((part.retry_budget for part in parts), default=0),
            unhandled=unhandled,
            duration_s=None if None in seconds else math.fsum(filter(None, seconds)),
            durations=tuple(sorted(slowest, key=lambda pair: (-pair[1], pair[0]))),
            warnings=None if None in warned else join_warnings(one for some in warned for one in some or ()),
            ignored_warnings=frozenset().union(*(part.ignored_warnings for part in parts)),
            own_filters=tuple(dict.fromkeys(one for part in parts for one in part.own_filters)),
            foreign_filters=tuple(dict.fromkeys(one for part in parts for one in part.foreign_filters)),
            timings=tuple(timing for part in parts for timing in part.timings),
        )


def join_warnings(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Returns the warnings of several groups of tests, each once, by their places."""
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.path, one.line or 0, one.rule, one.message)))


@light_dataclass(frozen=True, slots=True, kw_only=True)
class FileCoverage:
    """The coverage of one file, in lines and branches. `path` is relative to the root.

    `excluded` is how many lines do not count. `excluded_by_settings` are those of them that the project's settings
    exclude, and neither a comment nor coverage.py's defaults do. `missing_branches` are the branches that no test took:
    from a line to a line, or to the end of the code that begins in it, where the second number is negative.
    `statement_lines` are the first lines of all statements.
    """

    path: str
    statements: int
    covered_lines: int
    branches: int = 0
    covered_branches: int = 0
    excluded: int = 0
    missing_lines: tuple[int, ...] = ()
    missing_branches: tuple[tuple[int, int], ...] = ()
    excluded_by_settings: tuple[int, ...] = ()
    statement_lines: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """The number of lines and branches."""
        return self.statements + self.branches

    @property
    def covered(self) -> int:
        """The number of covered lines and branches."""
        return self.covered_lines + self.covered_branches

    @property
    def percent(self) -> Fraction | None:
        """The covered share of lines and branches, 0 to 100; None where there is none."""
        return Fraction(100 * self.covered, self.total) if self.total else None


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The coverage of a component. `problem` says why it could not be measured; then nothing else counts."""

    files: tuple[FileCoverage, ...] = ()
    branch: bool = False
    measured_by: str = ""
    notes: tuple[str, ...] = ()
    problem: str = ""

    def sum(self, counter: str) -> int:
        """Returns the sum of a counter of `FileCoverage` over all files."""
        return sum(getattr(file, counter) for file in self.files)

    @property
    def percent(self) -> Fraction | None:
        """The covered share of the lines and branches of all files, 0 to 100; None where it is unknown."""
        total = self.sum("total")
        return Fraction(100 * self.sum("covered"), total) if total and not self.problem else None


@light_dataclass(frozen=True, slots=True, kw_only=True)
class NewCode:
    """The lines of a component's files that differ from the merge base with `branch`, whose name is `commit`.

    `lines` are their numbers, from 1, by the paths of the files from the root; a statement of several lines is there as
    a whole. `changed` is how many lines differ. `problem` says why they are not known; then nothing else counts.
    """

    branch: str = ""
    commit: str = ""
    lines: Mapping[str, frozenset[int]] = field(default_factory=dict)
    changed: int = 0
    problem: str = ""

    def has_finding(self, finding: Finding) -> bool:
        """Whether a finding is about a changed line; one about a whole file, whether the file has any."""
        lines = self.lines.get(finding.path, frozenset())
        if finding.ranges:
            return any(not lines.isdisjoint(range(first, last + 1)) for first, last in finding.ranges)
        return bool(lines) if finding.line is None else finding.line in lines


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A tool to run beside the tests.

    * `argv`: the argument list; no shell reads it.
    * `install`: the argument list that installs the program; empty where there is none.
    * `exit_codes`: those after which the output is complete. After any other one the result is a problem.
    * `timeout`: in seconds from the start of the tool.
    * `inputs`: the files and directories, from `directory`, that alone decide the output. With None, some are not
      known, and the result is not cached.
    * `directory`: where it runs, from the root.
    * `isolated`: whether it runs without the variables that steer tools, and imports nothing from where it runs.
    * `variables`: names and values of more environment variables.
    * `cache_variable`: the variable that names the directory of the tool's own cache.
    * `problem`: why it must not run; empty where it may.
    * `settings`: the files of the project that configure it, from the root; empty where it runs with defaults.
    * `is_early`: whether it runs with the environment variables from before the first conftest.py.
    """

    argv: tuple[str, ...]
    install: tuple[str, ...] = ()
    exit_codes: tuple[int, ...] = (0, 1)
    timeout: float = 600.0
    inputs: tuple[str, ...] | None = None
    directory: str = ""
    isolated: bool = False
    variables: tuple[tuple[str, str], ...] = ()
    cache_variable: str = ""
    problem: str = ""
    settings: tuple[str, ...] = ()
    is_early: bool = False


@light_dataclass(frozen=True, slots=True)
class ToolProgress:
    """The progress of the tool with a key: for how many seconds it has run; None where it has not begun."""

    key: str
    seconds: float | None = None
    has_ended: bool = False


@light_dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """The output of a tool, and how it ended. `duration_s` is in seconds.

    `problem` is empty only where the output is complete. `cached` is whether the result is that of an earlier run
    with the same `fingerprint`: the digest of all inputs, empty where not all are known. `directory` is where it ran,
    from the root. `withheld` are the variables of the session that steer tools and that it did not get, `variables` the
    names and values of those that it got besides the session's. `settings` are the files that configure it.
    `install` is the argument list that installs the program, empty where that is not what is missing. `version` is the
    tool's name and version, empty where it is not known.
    """

    argv: tuple[str, ...]
    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    duration_s: float = 0.0
    problem: str = ""
    cached: bool = False
    fingerprint: str = ""
    directory: str = ""
    withheld: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    settings: tuple[str, ...] = ()
    install: tuple[str, ...] = ()
    version: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ToolResult:
        """Reads what `asdict` returned, also after JSON. Raises KeyError or TypeError."""
        lists = {key: tuple(data[key]) for key in ("argv", "withheld", "settings", "install")}
        pairs = tuple((str(name), str(value)) for name, value in data["variables"])
        return cls(**{**data, **lists, "variables": pairs})


NOT_RECORDED = Coverage(problem="the coverage of this kind of tests was not recorded")


@light_dataclass(frozen=True, slots=True, kw_only=True)
class KindEvidence:
    """The evidence of the tests of one kind. `coverage` is what they alone covered."""

    outcomes: Outcomes
    coverage: Coverage = NOT_RECORDED


@light_dataclass(frozen=True, slots=True, kw_only=True)
class CheckedOut:
    """The `commit` that is checked out, and the files that differed from it before the tests, by their paths.

    `branch` is empty where the head is detached; `is_shallow` is whether the clone lacks the older part of its history.
    `problem` says why nothing is known; empty where it is.
    """

    commit: str = ""
    branch: str = ""
    is_shallow: bool = False
    uncommitted: tuple[str, ...] = ()
    problem: str = ""


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that one run observed about one component.

    `kinds` are the same outcomes and the coverage by kind of tests; empty where no kinds are configured. Tests whose
    kind is not known are under an empty name: they count for every kind. `idle_kinds` are those, of the kinds that a
    stage needs, that have tests of which none ran. `digests` are the SHA-256 of the files that were judged, by their
    paths from the root. `tool_versions` are the versions of the tools of each gate, by their names, where a requirement
    has a ratchet. `standing` is what is on record about the component; None where no records are used. `new_code` are
    the lines that the change touches, where a requirement is about them. `checked_out` is the commit of the run.
    `attested` are the facts that decisions and files state, by the names of their gates.
    """

    component: Component
    outcomes: Outcomes = Outcomes()
    coverage: Coverage = Coverage(problem="coverage was not measured")
    tools: Mapping[str, ToolResult] = field(default_factory=dict)
    suppressions: Suppressions = field(default_factory=Suppressions)
    gaps: tuple[Gap, ...] = ()
    kinds: Mapping[str, KindEvidence] = field(default_factory=dict)
    idle_kinds: tuple[str, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    tool_versions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    standing: Standing | None = None
    new_code: NewCode = NewCode(problem="the changed lines were not read")
    checked_out: CheckedOut = CheckedOut(problem="the commit was not read")
    attested: Mapping[str, Attested] = field(default_factory=dict)

    @property
    def install_commands(self) -> tuple[tuple[str, ...], ...]:
        """The argument lists that install the missing tools: one for all that the same program installs."""
        merged: dict[tuple[str, ...], dict[str, None]] = {}
        for result in self.tools.values():
            if result.install:
                merged.setdefault(result.install[:2], {}).update(dict.fromkeys(result.install[2:]))
        return tuple((*program, *names) for program, names in merged.items())

    def with_tests_of(self, kinds: Collection[str]) -> Evidence:
        """Returns the evidence with the outcomes of these kinds of tests alone; without kinds, all of it.

        The coverage stays that of all tests that ran.
        """
        if not kinds or not self.kinds:
            return self
        parts = [part.outcomes for kind, part in self.kinds.items() if kind in kinds or not kind]
        # All of them together: what several kinds share counts once.
        outcomes = self.outcomes if len(parts) == len(self.kinds) else Outcomes.join(parts)
        needed = {kind: self.kinds[kind].outcomes for kind in kinds if kind in self.kinds}
        idle = (kind for kind, own in needed.items() if own.skipped and not own.ran)
        return replace(self, outcomes=outcomes, idle_kinds=tuple(idle))

    def of_kind(self, kind: str) -> Evidence:
        """Returns the evidence with the outcomes and the coverage of one kind of tests."""
        if not self.kinds:
            return self
        coverage = self.kinds[kind].coverage if kind in self.kinds else NOT_RECORDED
        return replace(self.with_tests_of([kind]), coverage=coverage)
