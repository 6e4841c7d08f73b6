"""Queries of a Prometheus server: the command without credentials, and the one number in an answer."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from typing import Any

import pytest

from pytest_maturity.model.evidence import ToolResult
from pytest_maturity.tools.findings import NotMeasuredError
from pytest_maturity.tools.prometheus import CLIENT, make_query_command, name_server, parse_body, read_answer

SERVER = "the Prometheus server http://p:9090"
ONE = [1000.5, "99.5"]


def body(kind: str = "vector", result: Any = None, **more: Any) -> str:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}, **more})


def test_the_command_runs_the_client_alone_and_has_time_for_every_attempt() -> None:
    made = make_query_command({"url": "http://p:9090", "timeout": 2.5, "retries": 1}, 'up{job="x"}')
    assert made.argv == (
        sys.executable, "-I", "-S", str(CLIENT), "--url=http://p:9090", "--timeout=2.5", "--retries=1",
        '--query=up{job="x"}',
    )  # fmt: skip
    assert (made.exit_codes, made.timeout, made.is_early, made.inputs) == ((0,), 31.0, True, None)
    usual = make_query_command({"url_variable": "PROM", "token_variable": "PROM_TOKEN"}, "up")
    assert usual.argv[4:] == (
        "--url-variable=PROM", "--token-variable=PROM_TOKEN", "--timeout=10", "--retries=2", "--query=up",
    )  # fmt: skip
    assert usual.timeout == 64.0


def test_a_server_is_named_by_its_address_or_by_the_variable_that_holds_it() -> None:
    assert name_server({"url": "http://p:9090"}) == SERVER
    assert name_server({"url_variable": "PROM"}) == "the Prometheus server $PROM"


def test_one_number_is_read_exactly_with_its_time() -> None:
    assert parse_body(body(result=[{"metric": {}, "value": ONE}])) == (Fraction("99.5"), 1000.5)
    assert parse_body(body("scalar", [7, "3"])) == (3, 7.0)
    assert parse_body(body("scalar", [7, "1e3"], warnings=["PromQL info: ambiguous"])) == (1000, 7.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (body(result=[]), "the query found nothing: its result is empty"),
        (
            body(result=[{"value": ONE}, {"value": ONE}]),
            "the query has 2 results: ask for one value, for example with min(...) or avg(...)",
        ),
        (body(result=[{"value": [7, "NaN"]}]), "'NaN' in the answer is not a number"),
        (body(result=[{"value": [7, "+Inf"]}]), "'+Inf' in the answer is not a number"),
        (body("matrix", [{"values": [ONE]}]), "the query gives a matrix, not one number: ask for one value"),
        (body("string", [7, "99"]), "the query gives a string, not one number"),
        (body("scalar", [7, "1"], warnings=["a store is away"]), "the answer has the warning 'a store is away'"),
        (body(result=[{"histogram": [7, {}]}]), "the answer has no value"),
        (body(result=[[7, "1"]]), "the answer has no value"),
        (body("scalar", [7, 1]), "the answer has no value"),
        (body("scalar", ["7", "1"]), "the answer has no value"),
        (body("scalar", [7]), "the answer has no value"),
        (body("vector", {}), "the answer has no result"),
        ('{"status": "error", "data": {"resultType": "scalar", "result": [7, "1"]}}', "none of Prometheus's query API"),
        ('{"status": "success"}', "the answer is none of Prometheus's query API"),
        ("[]", "the answer is none of Prometheus's query API"),
        ("<html>", "the answer is '<html>', not JSON"),
        ("", "the answer is nothing, not JSON"),
    ],
)
def test_anything_else_is_no_number(text: str, words: str) -> None:
    with pytest.raises(NotMeasuredError, match=r"^.") as caught:
        parse_body(text)
    assert words in str(caught.value)


def test_a_result_names_the_server() -> None:
    def read(**answer: str) -> tuple[int | Fraction, float]:
        return read_answer(ToolResult(argv=(), stdout=json.dumps(answer)), SERVER)

    assert read(body=body("scalar", [7, "1"]), problem="") == (1, 7.0)
    with pytest.raises(NotMeasuredError, match=f"^{SERVER} cannot be reached: x$"):
        read(body="", problem="cannot be reached: x")
    with pytest.raises(NotMeasuredError, match=f"^{SERVER}: the query found nothing"):
        read(body=body(result=[]), problem="")
    for broken in ("", "[]", "{}"):
        with pytest.raises(NotMeasuredError, match=f"^{SERVER} could not be asked$"):
            read_answer(ToolResult(argv=(), stdout=broken), SERVER)
