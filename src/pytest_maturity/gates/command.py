"""A user's own gate: a number in what a command prints, configured in `[tool.maturity.gates.<name>]`."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..model.evidence import Command, Component, Evidence
from ..model.gates import Better, Context, Gate, Measurement, Requirement
from ..model.text import decimal_places, format_number, safe
from ..tools.findings import UnclearError, excerpt, heard, passed_paths
from ..tools.processes import find_program

DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
LONGEST = 400  # characters of a number; more is no measurement, and slow to make exact


class Written(str):
    """A number as it was written in JSON."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class CommandGate:
    """The gate's functions, with its configuration table as they need it."""

    name: str
    table: Mapping[str, Any]

    @property
    def better(self) -> Better:
        return "higher" if self.table.get("better") == "higher" else "lower"

    def commands(self, components: Sequence[Component], context: Context) -> Mapping[str, Command]:
        """One command for each component, never through a shell."""
        return {
            f"{self.name}:{component.name}": Command(
                argv=self.arguments(component, context),
                install=f"it is the command of [tool.maturity.gates.{self.name}]",
                documented=tuple(self.table.get("exit_codes", (0,))),
                timeout=float(self.table.get("timeout", 600)),
            )
            for component in components
        }

    def arguments(self, component: Component, context: Context) -> tuple[str, ...]:
        """The command with its placeholders filled; a bare program is sought in this environment first."""
        arguments: list[str] = []
        for part in self.table["command"]:
            if part == "{sources}":
                arguments += passed_paths([component], context)
            else:
                arguments.append(part.replace("{component}", component.name))
        program = arguments[0]
        return (program if {"/", os.sep} & {*program} else find_program(program), *arguments[1:])

    def measure(self, evidence: Evidence, _context: Context) -> Measurement:
        """The number in the command's standard output, exact; None where there is none."""
        try:
            result = heard(evidence, f"{self.name}:{evidence.component.name}", self.table["command"][0])
            pattern = self.table.get("pattern")
            value = matched(pattern, result.stdout) if pattern is not None else self.pointed(result.stdout)
        except UnclearError as unclear:
            return Measurement(None, str(unclear))
        return Measurement(value, f"{Path(self.table['command'][0]).name} said {format_number(value, self.better)}")

    def pointed(self, text: str) -> int | Fraction:
        """The number that the pointer names in the JSON `text`."""
        pointer = self.table["pointer"]
        try:
            document = json.loads(text, parse_int=Written, parse_float=Written, parse_constant=Written)
        except (ValueError, RecursionError):
            raise UnclearError(f"its output is {excerpt(text)}, not JSON") from None
        found = resolve(document, pointer)
        if not isinstance(found, Written):
            raise UnclearError(f"{pointer!r} in its output is {type(found).__name__}, not a number")
        return number(found)

    def remedy(self, evidence: Evidence, measurement: Measurement, requirement: Requirement) -> str:
        """The distance, and the command to run."""
        if measurement.value is None:
            return measurement.note
        least = "at least" if self.better == "higher" else "at most"
        result = evidence.tools.get(f"{self.name}:{evidence.component.name}")
        argv = (self.table["command"][0], *(result.argv[1:] if result else self.table["command"][1:]))
        value = format_number(measurement.value, self.better, decimal_places(Fraction(measurement.value)))
        needed = (
            f"{least} {format_number(requirement.threshold, digits=decimal_places(requirement.threshold))} is needed"
        )
        return f"{self.name} is {value}, {needed}; run: {shlex.join(argv)}"


def matched(pattern: str, text: str) -> int | Fraction:
    """The number of the last match: the group `value`, else the first group, else all of it."""
    try:
        expression = re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise UnclearError(f"the pattern {pattern!r} is no regular expression: {error}") from None
    matches = list(expression.finditer(text))
    if not matches:
        raise UnclearError(f"nothing in its output matches {pattern!r}")
    last = matches[-1]
    found = last["value"] if "value" in expression.groupindex else last[min(1, expression.groups)]
    if found is None:
        raise UnclearError(f"the last match of {pattern!r} has no value")
    return number(found)


def resolve(document: Any, pointer: str) -> Any:
    """What an RFC 6901 pointer names in a JSON document."""
    if pointer and not pointer.startswith("/"):
        raise UnclearError(f"{pointer!r} is no JSON pointer: it starts with a slash")
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and key in document:
            document = document[key]
        elif isinstance(document, list) and INDEX.fullmatch(key) and int(key) < len(document):
            document = document[int(key)]
        else:
            raise UnclearError(f"there is no {pointer!r} in its output")
    return document


def number(text: str) -> int | Fraction:
    """Exactly the number that is written in `text`: no infinity, no NaN, no digit grouping, no rounding."""
    text = text.strip()
    if len(text) > LONGEST or not DECIMAL.fullmatch(text):
        raise UnclearError(f"{safe(text, 80)!r} in its output is not a number")
    exact = Fraction(text)
    return exact.numerator if exact.denominator == 1 else exact


def command_gate(name: str, table: Mapping[str, Any]) -> Gate:
    """The gate that `[tool.maturity.gates.<name>]` describes; `table` has passed the schema."""
    gate = CommandGate(name, table)
    unit = table.get("unit", "")
    return Gate(name, gate.measure, gate.better, unit, gate.commands, gate.remedy)
