"""What one run observed about a component, as plain, frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from .retries import RetriedTest
from .suppressions import Suppressions


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a gate found. `path` is relative to the root, `line` and `column` count from 1."""

    path: str
    message: str
    line: int | None = None
    column: int | None = None
    rule: str = ""
    severity: str = ""

    @property
    def location(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A reason why the run does not represent the component. `cause` is one word, for machines."""

    cause: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A test file of a component, and the rule that claimed it."""

    path: Path
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A named part of the code base. All paths are absolute and resolved.

    `sources` are the directories and files that make the component, `files` the Python files in them that are not
    tests, `linked` the directories in them that are links to Python files elsewhere, `tests` its own test files,
    `spellings` every way to write its name, with the rule that yields it, `imports` the dotted names that import it.
    """

    name: str
    sources: tuple[Path, ...]
    files: tuple[Path, ...]
    found_by: str
    spellings: Mapping[str, str] = field(default_factory=dict)
    imports: tuple[str, ...] = ()
    tests: tuple[Claim, ...] = ()
    linked: tuple[Path, ...] = ()

    def python_files(self) -> tuple[Path, ...]:
        """The component's Python files, tests excluded, sorted."""
        return self.files


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Each collected test counted once, by its worst phase.

    A test file that failed to import or was skipped whole counts as one test.
    `collected - completed` is not zero when the run ended early. Attempts enter no
    count; `flaky` are those of `passed` that needed more than one. `unhandled` are
    exceptions in threads and finalizers; None where pytest does not watch for them.
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

    @property
    def retries(self) -> int:
        """How many attempts were made besides the first ones."""
        return sum(len(one.attempts) - 1 for one in self.retried)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCoverage:
    """Coverage of one file, in lines and branches. `path` is relative to the root.

    `excluded_by_settings` are the lines that the project's own settings exclude, without those that a comment or
    coverage.py's defaults exclude.
    """

    path: str
    statements: int
    covered_lines: int
    branches: int = 0
    covered_branches: int = 0
    excluded: int = 0
    missing_lines: tuple[int, ...] = ()
    excluded_by_settings: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        return self.statements + self.branches

    @property
    def covered(self) -> int:
        return self.covered_lines + self.covered_branches

    @property
    def percent(self) -> Fraction | None:
        return Fraction(100 * self.covered, self.total) if self.total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Coverage of a component. `problem` says why it could not be told; then nothing else counts."""

    files: tuple[FileCoverage, ...] = ()
    branch: bool = False
    measured_by: str = ""
    notes: tuple[str, ...] = ()
    problem: str = ""

    def sum(self, what: str) -> int:
        """The sum of one counter of `FileCoverage` over all files."""
        return sum(getattr(file, what) for file in self.files)

    @property
    def percent(self) -> Fraction | None:
        """Covered lines and branches of all of them, 0 to 100; None where there is nothing to cover."""
        total = self.sum("total")
        return Fraction(100 * self.sum("covered"), total) if total and not self.problem else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A tool to run beside the tests: an argument list, never a shell line.

    `timeout` is in seconds from its start. `install` is what to type when the
    program is missing. `documented` are the exit codes that the tool documents;
    any other makes its answer unknown. `reads` are the files and directories, from
    the root, that alone decide what it says; None: not all are known, and no answer is kept.
    """

    argv: tuple[str, ...]
    install: str = ""
    documented: tuple[int, ...] = (0, 1)
    timeout: float = 600.0
    reads: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What a tool said. `problem` is empty only where the output is complete and the exit code documented.

    `cached`: another run heard it, with the same `key`: what tells all that decides it, empty where not all is known.
    """

    argv: tuple[str, ...]
    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    duration: float = 0.0
    problem: str = ""
    cached: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that one run observed about one component."""

    component: Component
    outcomes: Outcomes = Outcomes()
    coverage: Coverage = Coverage(problem="coverage was not measured")
    tools: Mapping[str, ToolResult] = field(default_factory=dict)
    suppressions: Suppressions = field(default_factory=Suppressions)
    gaps: tuple[Gap, ...] = ()
