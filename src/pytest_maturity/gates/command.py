"""A user's own gate: a number in what a command prints, configured in `[tool.maturity.gates.<name>]`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..model.evidence import Command, Component, Evidence
from ..model.gates import Better, Context, Gate, Measurement, Remedy, Requirement
from ..model.text import decimal_places, format_number, safe
from ..tools.findings import NotMeasuredError, list_source_paths, quote_first_line, require_result
from ..tools.processes import find_program

DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
LONGEST_NUMBER = 400  # characters: a longer text is no measurement, and slow to convert exactly


class JsonNumber(str):
    """A number with the digits that the JSON text wrote."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class CommandGate:
    """The functions of a gate that `table`, its configuration, describes."""

    name: str
    table: Mapping[str, Any]

    @property
    def better(self) -> Better:
        """The configured direction, `lower` by default."""
        return "higher" if self.table.get("better") == "higher" else "lower"

    def make_commands(self, components: Sequence[Component], context: Context) -> Mapping[str, Command]:
        """Returns one command for each component; none runs through a shell."""
        return {
            self.make_key(component): Command(
                argv=self.fill_arguments(component, context),
                exit_codes=tuple(self.table.get("exit_codes", (0,))),
                timeout=float(self.table.get("timeout", 600)),
            )
            for component in components
        }

    def make_key(self, component: Component) -> str:
        """Returns the key of the component's command in `evidence.tools`."""
        return f"{self.name}:{component.name}"

    def fill_arguments(self, component: Component, context: Context) -> tuple[str, ...]:
        """Returns the command with its placeholders filled; a bare program is looked up in this environment first."""
        arguments: list[str] = []
        for part in self.table["command"]:
            if part == "{sources}":
                arguments += list_source_paths([component], context)
            else:
                arguments.append(part.replace("{component}", component.name))
        program = arguments[0]
        return (program if {"/", os.sep} & {*program} else find_program(program), *arguments[1:])

    def measure(self, evidence: Evidence, _context: Context) -> Measurement:
        """Returns the number in the command's standard output, exactly; unknown where there is none."""
        program = self.table["command"][0]
        try:
            value = self.read_number(require_result(evidence, self.make_key(evidence.component), program).stdout)
        except NotMeasuredError as error:
            return Measurement(None, str(error))
        return Measurement(value, f"{Path(program).name} printed {format_number(value, self.better)}")

    def read_number(self, text: str) -> int | Fraction:
        """Returns the number that the configured pattern or pointer finds in a text. Raises NotMeasuredError."""
        pattern = self.table.get("pattern")
        try:
            return find_match(pattern, text) if pattern is not None else find_in_json(self.table["pointer"], text)
        except NotMeasuredError as error:
            raise NotMeasuredError(f"{error}; see [tool.maturity.gates.{self.name}]") from None

    def suggest_remedy(self, evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
        """Returns the number and the threshold, with the command that ran."""
        bound = "at least" if self.better == "higher" else "at most"
        digits = decimal_places(Fraction(measurement.value or 0))
        value = format_number(measurement.value, self.better, digits)
        threshold = format_number(requirement.threshold, digits=decimal_places(requirement.threshold))
        result = evidence.tools.get(self.make_key(evidence.component))
        return Remedy(f"{self.name} is {value}, {bound} {threshold} is required", result.argv if result else ())


def find_match(pattern: str, text: str) -> int | Fraction:
    """Returns the number in the last match: the group `value`, else the first group, else all of it.

    Raises NotMeasuredError.
    """
    try:
        expression = re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise NotMeasuredError(f"the pattern {pattern!r} is no regular expression: {error}") from None
    matches = list(expression.finditer(text))
    if not matches:
        raise NotMeasuredError(f"nothing in its output matches {pattern!r}")
    last = matches[-1]
    found = last["value"] if "value" in expression.groupindex else last[min(1, expression.groups)]
    if found is None:
        raise NotMeasuredError(f"the last match of {pattern!r} has no value")
    return parse_number(found)


def find_in_json(pointer: str, text: str) -> int | Fraction:
    """Returns the number at a JSON pointer in a JSON text. Raises NotMeasuredError."""
    try:
        document = json.loads(text, parse_int=JsonNumber, parse_float=JsonNumber, parse_constant=JsonNumber)
    except (ValueError, RecursionError):
        raise NotMeasuredError(f"its output is {quote_first_line(text)}, not JSON") from None
    found = resolve_pointer(document, pointer)
    if not isinstance(found, JsonNumber):
        raise NotMeasuredError(f"{pointer!r} in its output is {type(found).__name__}, not a number")
    return parse_number(found)


def resolve_pointer(document: Any, pointer: str) -> Any:
    """Returns the value at an RFC 6901 pointer in a JSON document. Raises NotMeasuredError."""
    if pointer and not pointer.startswith("/"):
        raise NotMeasuredError(f"{pointer!r} is no JSON pointer: it starts with a slash")
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and key in document:
            document = document[key]
        elif isinstance(document, list) and INDEX.fullmatch(key) and int(key) < len(document):
            document = document[int(key)]
        else:
            raise NotMeasuredError(f"there is no {pointer!r} in its output")
    return document


def parse_number(text: str) -> int | Fraction:
    """Returns exactly the number in a text: no infinity, no NaN, no digit grouping. Raises NotMeasuredError."""
    text = text.strip()
    if len(text) > LONGEST_NUMBER or not DECIMAL.fullmatch(text):
        raise NotMeasuredError(f"{safe(text, 80)!r} in its output is not a number")
    exact = Fraction(text)
    return exact.numerator if exact.denominator == 1 else exact


def make_command_gate(name: str, table: Mapping[str, Any]) -> Gate:
    """Returns the gate that `[tool.maturity.gates.<name>]` describes. The table must have passed the schema."""
    gate = CommandGate(name, table)
    return Gate(name, gate.measure, gate.better, table.get("unit", ""), gate.make_commands, gate.suggest_remedy)
