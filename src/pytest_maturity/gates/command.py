"""A user's own gate: a command whose output or exit code is a number, configured in `[tool.maturity.gates.<name>]`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..model.evidence import Command, Component, Evidence, ToolResult
from ..model.gates import Better, Context, Gate, Measurement, Remedy, Requirement
from ..model.light_dataclass import light_dataclass
from ..model.text import decimal_places, format_number, plural, safe
from ..tools.findings import NotMeasuredError, list_source_paths, require_result
from ..tools.json_numbers import NothingMatchedError, find_in_json, parse_number
from ..tools.processes import find_program

# What precedes the rest of a number, and what follows its beginning: digits, a fraction, an exponent, groups of digits;
# a minus, unless it joins words.
STARTED = r"\d+(?:[.,_]|[eE][+-]?)?$|(?<![\w)\]])-$"
CONTINUED = r"\d+|\.\d+|[eE][+-]?\d+|(?:[,_]\d{3})+(?!\d)"


@light_dataclass(frozen=True, slots=True)
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
                exit_codes=self.list_exit_codes(),
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

    @property
    def clean_exit_codes(self) -> Sequence[int]:
        """The exit codes that say that the command found nothing."""
        codes: Sequence[int] = self.table.get("clean_exit_codes", (0,) if "count" in self.table else ())
        return codes

    def list_exit_codes(self) -> tuple[int, ...]:
        """Returns the exit codes with which the number counts; those that say "nothing found" are among them."""
        usual = (0, 1) if self.table.get("count") == "exit" else (0,)
        return tuple(dict.fromkeys((*self.table.get("exit_codes", usual), *self.clean_exit_codes)))

    def measure(self, evidence: Evidence, _context: Context) -> Measurement:
        """Returns the command's number, exactly; unknown where there is none."""
        program = self.table["command"][0]
        try:
            result = require_result(evidence, self.make_key(evidence.component), program)
            return self.count(result, Path(program).name)
        except NotMeasuredError as error:
            return Measurement(None, str(error))

    def count(self, result: ToolResult, name: str) -> Measurement:
        """Returns the number that the configuration makes of the exit code or the output. Raises NotMeasuredError."""
        is_clean, ended = result.exit_code in self.clean_exit_codes, f"{name} exited with {result.exit_code}"
        if self.table.get("count") == "exit":
            return Measurement(0 if is_clean else 1, ended)
        if self.table.get("count") == "lines":
            lines = count_lines(result.stdout, self.table.get("pattern", r"\S"))
            if not lines and not is_clean:
                words = "no line of its output counts, and this is none of the clean_exit_codes"
                raise NotMeasuredError(f"{ended}, {words}; see [tool.maturity.gates.{self.name}]")
            return Measurement(lines, f"{name} printed {plural(lines, 'line')}")
        try:
            value = self.read_number(result.stdout)
        except NothingMatchedError:
            if "default" not in self.table or not is_clean:
                raise
            value = parse_number(str(self.table["default"]))
            return Measurement(value, f"{ended}, and nothing in its output matches: the default")
        return Measurement(value, f"{name} printed {format_number(value, self.better)}")

    def read_number(self, text: str) -> int | Fraction:
        """Returns the number that the configured pattern or pointer finds in a text. Raises NotMeasuredError."""
        pattern = self.table.get("pattern")
        try:
            return find_match(pattern, text) if pattern is not None else find_in_json(self.table["pointer"], text)
        except NotMeasuredError as error:
            raise type(error)(f"{error}; see [tool.maturity.gates.{self.name}]") from None

    def suggest_remedy(self, evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
        """Returns the number and the threshold, with the command that ran."""
        result = evidence.tools.get(self.make_key(evidence.component))
        argv = result.argv if result else ()
        if self.table.get("count") == "exit":
            return Remedy(measurement.note, argv)
        bound = "at least" if self.better == "higher" else "at most"
        digits = decimal_places(Fraction(measurement.value or 0))
        value = format_number(measurement.value, self.better, digits)
        threshold = format_number(requirement.threshold, digits=decimal_places(requirement.threshold))
        return Remedy(f"{self.name} is {value}, {bound} {threshold} is required", argv)


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Returns the regular expression of a pattern. Raises NotMeasuredError."""
    try:
        return re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise NotMeasuredError(f"the pattern {pattern!r} is no regular expression: {error}") from None


def count_lines(text: str, pattern: str) -> int:
    """Returns how many lines of a text have a match of the pattern. Raises NotMeasuredError."""
    expression = compile_pattern(pattern)
    return sum(expression.search(line) is not None for line in text.splitlines())


def find_match(pattern: str, text: str) -> int | Fraction:
    """Returns the number in the last match: the group `value`, else the first group, else all of it.

    Raises NotMeasuredError; where nothing matches, NothingMatchedError.
    """
    expression = compile_pattern(pattern)
    matches = list(expression.finditer(text))
    if not matches:
        raise NothingMatchedError(f"nothing in its output matches {pattern!r}")
    last = matches[-1]
    found = last["value"] if "value" in expression.groupindex else last[min(1, expression.groups)]
    if found is None:
        raise NotMeasuredError(f"the last match of {pattern!r} has no value")
    if whole := find_whole_number(last, found):
        raise NotMeasuredError(f"{pattern!r} matches only {safe(found, 80)!r} of {safe(whole, 80)!r}")
    return parse_number(found)


def find_whole_number(match: re.Match[str], found: str) -> str:
    """Returns the number of which a match is only a part: `1,000` where it is `000`; nothing where it is whole."""
    text = match.group()
    start = re.search(STARTED, match.string[: match.start()]) if text.startswith(found) else None
    end = re.match(CONTINUED, match.string[match.end() :]) if text.endswith(found) else None
    return f"{start[0] if start else ''}{found}{end[0] if end else ''}" if start or end else ""


def make_command_gate(name: str, table: Mapping[str, Any]) -> Gate:
    """Returns the gate that `[tool.maturity.gates.<name>]` describes. The table must have passed the schema."""
    gate = CommandGate(name, table)
    return Gate(
        name, gate.measure, gate.better, table.get("unit", ""), gate.make_commands, gate.suggest_remedy,
        needs_tests=False, largest=1 if table.get("count") == "exit" else None,
    )  # fmt: skip
