"""A gate that measures nothing in this run: a person or another system states its number, as configured in
`[tool.maturity.attestations.<name>]`.

Its source is a decision of `pytest-maturity attest`, or what the table names: a `file`, a `command`, or a query of a
`prometheus` server. Decisions and files are read before the first conftest.py, see `Evidence.attested`; commands and
queries run beside the tests.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..model.durations import describe_age, parse_duration
from ..model.evidence import Command, Component, Evidence
from ..model.gates import Better, Context, Gate, Measurement, Remedy, Requirement
from ..model.light_dataclass import light_dataclass
from ..model.names import insert_name
from ..model.text import decimal_places, format_number
from ..tools.attested_json import read_attested
from ..tools.findings import NotMeasuredError, require_result
from ..tools.processes import find_program
from ..tools.prometheus import make_query_command, name_server, read_answer

QUERY_AGE = "1h"  # by how much the time of an answer may differ from this machine's
_now = datetime.now  # bound here: a test may freeze the clock


@light_dataclass(frozen=True, slots=True)
class AttestationGate:
    """The functions of a gate that `table`, its configuration, describes."""

    name: str
    table: Mapping[str, Any]

    @property
    def better(self) -> Better:
        """The configured direction, `higher` by default."""
        return "lower" if self.table.get("better") == "lower" else "higher"

    @property
    def runs(self) -> bool:
        """Whether its source runs beside the tests."""
        return "command" in self.table or "prometheus" in self.table

    def make_key(self, component: Component) -> str:
        """Returns the key of the component's command in `evidence.tools`."""
        return f"{self.name}:{component.name}"

    def make_commands(self, components: Sequence[Component], _context: Context) -> Mapping[str, Command]:
        """Returns one command for each component; none runs through a shell, and none has a cached result."""
        return {self.make_key(one): self._make_command(one.name) for one in components}

    def _make_command(self, component: str) -> Command:
        if "prometheus" in self.table:
            return make_query_command(self.table, insert_name(self.table["prometheus"], component))
        program, *arguments = (insert_name(part, component) for part in self.table["command"])
        path = program if {"/", os.sep} & {*program} else find_program(program)
        timeout = float(self.table.get("timeout", 600))
        return Command(argv=(path, *arguments), exit_codes=(0,), timeout=timeout, is_early=True)

    def measure(self, evidence: Evidence, _context: Context) -> Measurement:
        """Returns the attested number; unknown, with the reason, where nothing that counts states one."""
        try:
            if "prometheus" in self.table:
                return self._measure_query(evidence)
            if "command" in self.table:
                return self._measure_command(evidence)
        except NotMeasuredError as error:
            return Measurement(None, str(error))
        found = evidence.attested.get(self.name)
        return Measurement(found.value, found.note) if found is not None else Measurement(None, "no source was read")

    def _measure_query(self, evidence: Evidence) -> Measurement:
        server = name_server(self.table)
        value, seconds = read_answer(require_result(evidence, self.make_key(evidence.component), server), server)
        limit, now = parse_duration(self.table.get("max_age", QUERY_AGE)), _now(timezone.utc)
        if abs(now.timestamp() - seconds) > limit.total_seconds():
            age = describe_age(timedelta(seconds=abs(now.timestamp() - seconds)))
            raise NotMeasuredError(f"{server} answered for a time that is {age} away from this machine's")
        return Measurement(value, f"{server} answered {format_exact(Fraction(value))}")

    def _measure_command(self, evidence: Evidence) -> Measurement:
        name = Path(self.table["command"][0]).name
        result = require_result(evidence, self.make_key(evidence.component), name)
        found = read_attested(result.stdout, self.table, f"the output of {name}", None, _now(timezone.utc))
        return Measurement(found.value, found.note)

    def suggest_remedy(self, evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
        """Returns the number and the threshold, with the command of the configuration that ran."""
        result = evidence.tools.get(self.make_key(evidence.component)) if "command" in self.table else None
        bound = "at least" if self.better == "higher" else "at most"
        value = format_exact(Fraction(measurement.value or 0))
        text = f"{self.name} is {value}, {bound} {format_exact(requirement.threshold)} is required"
        return Remedy(text, result.argv if result else ())


def format_exact(number: Fraction) -> str:
    """Returns a number with all of its digits, at most six decimal places."""
    return format_number(number, digits=decimal_places(number))


def make_attestation_gate(name: str, table: Mapping[str, Any]) -> Gate:
    """Returns the gate that `[tool.maturity.attestations.<name>]` describes. The table must have passed the schema."""
    gate = AttestationGate(name, table)
    commands = gate.make_commands if gate.runs else None
    return Gate(
        name, gate.measure, gate.better, table.get("unit", ""), commands, gate.suggest_remedy, needs_tests=False
    )
