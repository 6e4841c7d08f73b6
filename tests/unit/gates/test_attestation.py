"""Gates whose numbers others state: the commands, and the measurement from each source."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.gates import make_configured_gates
from pytest_maturity.gates.attestation import make_attestation_gate
from pytest_maturity.model.attestations import Attested
from pytest_maturity.model.evidence import Component, Evidence, ToolResult
from pytest_maturity.model.gates import Context, Measurement, Remedy, Requirement

CONTEXT = Context(root=Path("/project"))
SHOP = Component(name="shop", sources=(), files=(), found_by="src")
SERVER = {"prometheus": 'up{job="{component}"}', "url": "http://p:9090"}
URL = "the Prometheus server http://p:9090"


def measure(table: dict[str, Any], result: ToolResult | None = None, **attested: Attested) -> Measurement:
    tools = {} if result is None else {"uptime:shop": result}
    gate = make_attestation_gate("uptime", table)
    return gate.measure(Evidence(component=SHOP, tools=tools, attested=attested), CONTEXT)


def answer(value: str, age: float = 0.0) -> ToolResult:
    moment = datetime.now(timezone.utc).timestamp() - age
    body = {"status": "success", "data": {"resultType": "scalar", "result": [moment, value]}}
    return ToolResult(argv=("python",), stdout=json.dumps({"body": json.dumps(body), "problem": ""}))


def test_more_is_better_unless_the_table_says_otherwise() -> None:
    gate = make_attestation_gate("uptime", {"max_age": "1d"})
    assert (gate.name, gate.better, gate.unit, gate.needs_tests, gate.commands) == ("uptime", "higher", "", False, None)
    gate = make_attestation_gate("incidents", {"max_age": "1d", "better": "lower", "unit": "%"})
    assert (gate.better, gate.unit) == ("lower", "%")
    assert make_attestation_gate("incidents", {"max_age": "1d", "file": "a"}).commands is None


def test_commands_and_queries_run_once_for_each_component() -> None:
    gate = make_attestation_gate("uptime", {"command": ["./ask", "{component}", "; $(x)"], "timeout": 3})
    assert gate.commands is not None
    made = gate.commands([SHOP], CONTEXT)["uptime:shop"]
    assert (made.argv, made.exit_codes, made.timeout) == (("./ask", "shop", "; $(x)"), (0,), 3.0)
    assert (made.is_early, made.inputs) == (True, None)
    gate = make_attestation_gate("uptime", {"command": ["python"]})
    assert gate.commands is not None
    made = gate.commands([SHOP], CONTEXT)["uptime:shop"]
    assert Path(made.argv[0]).is_absolute()
    assert made.timeout == 600.0
    gate = make_attestation_gate("uptime", SERVER)
    assert gate.commands is not None
    made = gate.commands([SHOP], CONTEXT)["uptime:shop"]
    assert made.argv[-1] == '--query=up{job="shop"}'


def test_what_files_and_decisions_state_was_read_before_the_tests() -> None:
    found = Attested(value=Fraction(1), note="attested by ann")
    assert measure({"max_age": "1d"}, uptime=found) == Measurement(Fraction(1), "attested by ann")
    assert measure({"max_age": "1d"}, other=found) == Measurement(None, "no source was read")
    assert measure({"max_age": "1d"}, uptime=Attested(value=None, note="nobody")) == Measurement(None, "nobody")


@pytest.mark.parametrize(("printed", "value"), [("99.5\n", "99.5"), ("true", "1"), ("false", "0"), ("1e2", "100")])
def test_a_command_prints_a_number_or_a_truth_value(printed: str, value: str) -> None:
    found = measure({"command": ["/bin/ask"]}, ToolResult(argv=("/bin/ask",), stdout=printed))
    assert found == Measurement(Fraction(value), f"the output of ask says {value}")


@pytest.mark.parametrize(
    ("result", "note"),
    [
        (None, "ask was not run"),
        (ToolResult(argv=(), problem="ask exited with 1"), "ask exited with 1"),
        (ToolResult(argv=(), stdout="up"), "the output of ask is 'up', not JSON"),
        (ToolResult(argv=(), stdout='"1"'), "'' in the output of ask is str, not a number"),
        (ToolResult(argv=(), stdout="NaN"), "'NaN' in the output of ask is not a number"),
    ],
)
def test_a_command_that_prints_no_number_is_unknown(result: ToolResult | None, note: str) -> None:
    assert measure({"command": ["/bin/ask"]}, result) == Measurement(None, note)


def test_a_query_has_one_number_of_now() -> None:
    assert measure(SERVER, answer("99.5")) == Measurement(Fraction("99.5"), f"{URL} answered 99.5")
    assert measure(SERVER, answer("1", age=3500)).value == 1
    assert measure(SERVER, None) == Measurement(None, f"{URL} was not run")
    for age in (3700, -3700):
        words = f"{URL} answered for a time that is 1 hour away from this machine's"
        assert measure(SERVER, answer("1", age=age)) == Measurement(None, words)
    assert measure({**SERVER, "max_age": "5m"}, answer("1", age=360)).value is None
    failed = ToolResult(argv=(), stdout=json.dumps({"body": "", "problem": "cannot be reached: refused"}))
    assert measure(SERVER, failed) == Measurement(None, f"{URL} cannot be reached: refused")


def test_the_remedy_has_both_numbers_and_the_command_of_the_configuration() -> None:
    def remedy(table: dict[str, Any]) -> Remedy:
        gate = make_attestation_gate("uptime", table)
        assert gate.remedy is not None
        evidence = Evidence(component=SHOP, tools={"uptime:shop": ToolResult(argv=("ask", "shop"))})
        requirement = Requirement(gate="uptime", threshold=Fraction("99.5"), source="here")
        return gate.remedy(evidence, Measurement(Fraction("99.25")), requirement)

    text = "uptime is 99.25, at least 99.5 is required"
    assert remedy({"command": ["ask"]}) == Remedy(text, ("ask", "shop"))
    assert remedy(SERVER) == Remedy(text)
    assert remedy({"max_age": "1d", "better": "lower"}) == Remedy("uptime is 99.25, at most 99.5 is required")


def test_commands_and_attestations_are_gates_of_the_configuration() -> None:
    made = make_configured_gates(
        {"size": {"command": ["x"], "pattern": "x"}, "lint": {"timeout": 3}}, {"reviewed": {"max_age": "1d"}}
    )
    assert [gate.name for gate in made] == ["size", "reviewed"]
