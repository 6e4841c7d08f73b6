"""Gates, their measurements, and what the stages require of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from .evidence import Command, Component, Evidence, Finding
from .light_dataclass import light_dataclass
from .paths import path_from_root
from .waivers import Waived

Better = Literal["higher", "lower"]
Mode = Literal["block", "warn"]
Scope = Literal["all", "new"]
Number = int | float | Fraction

# The largest number that a gate may measure or a stage require. A float keeps every digit of smaller ones.
LARGEST = 10**15


class Status(str, Enum):
    """The result of comparing a measurement with a requirement. PASSED and WAIVED meet it."""

    PASSED = "passed"
    WAIVED = "waived"
    UNKNOWN = "unknown"
    FAILED = "failed"


@light_dataclass(frozen=True, slots=True)
class Measurement:
    """A gate's number for a component.

    `value` is None where the gate could not measure; `note` then says why. `breakdown` holds the lines that a
    requirement may name (`high` for `security.high`), None for a line that could not be measured. The findings of a
    line carry its name as their severity or as their rule. `line_notes` are notes on single lines, in place of `note`.
    `is_applicable` is False where the component has nothing to measure: without a value, every requirement is then met.
    """

    value: Number | None
    note: str = ""
    findings: Sequence[Finding] = ()
    breakdown: Mapping[str, Number | None] = field(default_factory=dict)
    line_notes: Mapping[str, str] = field(default_factory=dict)
    is_applicable: bool = True


@light_dataclass(frozen=True, slots=True)
class Remedy:
    """Advice for meeting a requirement.

    `text` says what to do, and how much of it; the findings of the measurement say where. `command` is an argument
    list that shows what is left to do: the one that the gate itself ran, or that runs the tests that failed. It is
    empty where there is none.
    """

    text: str
    command: tuple[str, ...] = ()


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Facts of the project and its configuration, which a gate gets besides the evidence.

    `root` is absolute. `options` are the tables of `[tool.maturity.gates]`, `specs` the patterns of the paths of
    specifications.
    """

    root: Path
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    specs: tuple[str, ...] = ("specs/{component}.md",)

    def relative(self, path: str | Path) -> str:
        """Returns the path as reports print it: with slashes, from the root. A relative path starts at the root."""
        return path_from_root(self.root / path, self.root)

    def option(self, gate: str, key: str, default: Any = None) -> Any:
        """Returns one value of `[tool.maturity.gates.<gate>]`, or the default where it is not set."""
        return self.options.get(gate, {}).get(key, default)


MeasureFunction = Callable[[Evidence, Context], Measurement]
CommandsFunction = Callable[[Sequence[Component], Context], Mapping[str, Command]]
RemedyFunction = Callable[[Evidence, Measurement, "Requirement"], Remedy]


@light_dataclass(frozen=True, slots=True)
class Gate:
    """A name, a direction, and a function from evidence to a measurement.

    `commands` returns the tools to start before the tests, once for all judged components; their results are in
    `evidence.tools` of every component under the same keys. `remedy` is called for a requirement that failed. `unit`
    is `"%"` for numbers from 0 to 100. `lines` are the names that the measurement's breakdown may hold, `line_better`
    the directions of those that are not better in the gate's own direction.
    `improves_with_tests`: more tests can only improve the number, as that of coverage. Where tests are missing, it is
    a bound: a requirement that it does not meet is unknown, and not failed. `needs_tests` is False where the number
    depends on no test: with --maturity-gate, none is run for it. `by_kind`: it measures outcomes of tests or coverage;
    then a stage judges those of the kinds that it needs, and each kind is a line. `counts_findings`: the number is that
    of the findings, each line's that of those with its name; then single findings can be waived and, unless
    `fits_new_code` is False, a stage may require it of new code alone. `can_be_waived` is False where no waiver can
    excuse that it is not met.
    `measures_change`: the number is about the present change alone, so that no baseline fits it. `largest` is the
    largest number that it can measure, None where it is not limited, or 100 by its unit.
    """

    name: str
    measure: MeasureFunction
    better: Better = "higher"
    unit: str = ""
    commands: CommandsFunction | None = None
    remedy: RemedyFunction | None = None
    lines: tuple[str, ...] = ()
    line_better: Mapping[str, Better] = field(default_factory=dict)
    improves_with_tests: bool = False
    needs_tests: bool = True
    by_kind: bool = False
    counts_findings: bool = False
    fits_new_code: bool = True
    can_be_waived: bool = True
    measures_change: bool = False
    largest: int | None = None

    def find_better(self, line: str) -> Better:
        """Returns the direction of a line; that of the gate for its value, the empty line, and for a kind of tests."""
        return self.line_better.get(line, self.better)

    def is_kind(self, line: str) -> bool:
        """Whether a line of this gate is a kind of tests."""
        return self.by_kind and bool(line) and line not in self.lines


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A stage's threshold for a gate, or for one `line` of its breakdown.

    `source` is where the threshold was written: a file with a table and key, the command line or the defaults. With
    the mode `warn` the requirement is judged and shown, and does not block.

    With `ratchet` the number may not be worse than its baseline by more than `tolerance` and `max_increase` percent of
    the baseline; where the baseline does not reach the threshold, it takes its place. With the scope `new` only
    findings in changed lines count. `roles` are those in which approvals count, empty for all.
    """

    gate: str
    threshold: Fraction
    source: str
    line: str = ""
    mode: Mode = "block"
    ratchet: bool = False
    tolerance: Fraction = Fraction(0)
    max_increase: Fraction = Fraction(0)
    scope: Scope = "all"
    roles: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The gate's name, with that of the line: `coverage`, `security.high`."""
        return f"{self.gate}.{self.line}" if self.line else self.gate

    def compute_tolerance(self, baseline: Fraction | None) -> Fraction:
        """Returns by how much a number may be worse than a baseline; None stands for a baseline that is not known."""
        return self.tolerance + (baseline or 0) * self.max_increase / 100


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Ratchet:
    """The baseline of a requirement with `ratchet`, and how the measurement compares with it.

    `name` is that of the number in the baseline; `value` is the number, None where there is none, and `source` where it
    stands. `problem` says why it could not be compared. `is_stale`: the measurement is better by more than the
    tolerance.
    """

    name: str
    value: Fraction | None = None
    source: str = ""
    problem: str = ""
    is_stale: bool = False


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A requirement and how it is met.

    `bound` is the number that the measurement had to reach: the threshold, or what the baseline makes of it; None
    stands for the threshold. `ratchet` is None for a requirement without one. `remedy` is None unless it failed and its
    gate has a remedy. `waived` is what waivers excuse of it: with the status WAIVED enough of it, else too little.
    """

    requirement: Requirement
    status: Status
    remedy: Remedy | None = None
    bound: Fraction | None = None
    ratchet: Ratchet | None = None
    waived: tuple[Waived, ...] = ()

    @property
    def required(self) -> Fraction:
        """The number that the measurement had to reach."""
        return self.requirement.threshold if self.bound is None else self.bound

    @property
    def is_held(self) -> bool:
        """Whether a baseline takes the place of the threshold, and no waiver has a part in that."""
        return self.status is Status.WAIVED and self.ratchet is not None and not self.waived

    @property
    def waived_findings(self) -> frozenset[Finding]:
        """The single findings that waivers excuse."""
        return frozenset(finding for one in self.waived for finding in one.findings)

    @property
    def is_blocking(self) -> bool:
        """Whether this keeps a component from the stage: the mode is `block`, and the status failed or unknown."""
        return self.requirement.mode == "block" and self.status not in (Status.PASSED, Status.WAIVED)
