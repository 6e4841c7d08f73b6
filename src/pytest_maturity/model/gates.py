"""Gates, what they measure, and what a stage requires of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from .evidence import Command, Component, Evidence, Finding
from .paths import path_from_root

Better = Literal["higher", "lower"]


Mode = Literal["block", "warn"]


Number = int | float | Fraction


LARGEST = 10**15  # a float is exact until here, and so is what is printed: no gate measures more


class Status(str, Enum):
    """How one requirement was met. Only PASSED passes; WAIVED passes and is shown."""

    PASSED = "passed"
    WAIVED = "waived"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Measurement:
    """A gate's number for a component; `value` None means: could not tell, and `note` says why.

    `breakdown` holds the lines a requirement may name (`security.high`); a line
    that is None could not be told. A line's findings have its name as severity or as rule.
    """

    value: Number | None
    note: str = ""
    findings: Sequence[Finding] = ()
    breakdown: Mapping[str, Number | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a gate may know besides the evidence. `root` is absolute; `specs` are patterns for specifications."""

    root: Path
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # 3.11 refuses EMPTY as a default
    specs: tuple[str, ...] = ("specs/{component}.md",)

    def relative(self, path: str | Path) -> str:
        """`path` (relative paths start at the root) as the report prints it: with slashes, from the root."""
        return path_from_root(self.root / path, self.root)

    def option(self, gate: str, key: str, default: Any = None) -> Any:
        """One value of `[tool.maturity.gates.<gate>]`."""
        return self.options.get(gate, {}).get(key, default)


MeasureFunction = Callable[[Evidence, Context], Measurement]


CommandsFunction = Callable[[Sequence[Component], Context], Mapping[str, Command]]


RemedyFunction = Callable[[Evidence, Measurement, "Requirement"], str]


@dataclass(frozen=True, slots=True)
class Gate:
    """A name, a direction, and a function from evidence to a measurement.

    `commands` names the tools to start before the tests, once for all components
    that are judged; their results are in every `evidence.tools` under the same
    keys. `remedy` says what to do to meet a requirement. `unit` is `"%"` for
    numbers from 0 to 100. `lines` are the names its breakdown may hold.
    """

    name: str
    measure: MeasureFunction
    better: Better = "higher"
    unit: str = ""
    commands: CommandsFunction | None = None
    remedy: RemedyFunction | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A stage's threshold for a gate, or for one `line` of its breakdown, and where it was written."""

    gate: str
    threshold: Fraction
    source: str
    line: str = ""
    mode: Mode = "block"

    @property
    def name(self) -> str:
        return f"{self.gate}.{self.line}" if self.line else self.gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One requirement, met or not."""

    requirement: Requirement
    status: Status

    @property
    def blocks(self) -> bool:
        return self.requirement.mode == "block" and self.status not in (Status.PASSED, Status.WAIVED)
