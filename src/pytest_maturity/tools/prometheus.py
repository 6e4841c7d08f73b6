"""Queries of a Prometheus server: the command that asks, and the one number in what the server answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..model.evidence import Command, ToolResult
from ..model.text import plural, safe
from .findings import NotMeasuredError
from .json_numbers import JsonNumber, parse_document, parse_number

CLIENT = Path(__file__).with_name("prometheus_client.py")
TIMEOUT = 10.0  # seconds of one attempt
RETRIES = 2
SLACK = 10.0  # seconds for the start of the client
LONGEST_DELAYS = 8.0  # seconds before one attempt, see prometheus_client.LONGEST_DELAY
ONE_VALUE = "ask for one value, for example with min(...) or avg(...)"
ANSWER = "the answer"
# Remarks on a query that change nothing of its result; older servers print them among the warnings.
INFORMATION = "PromQL info:"


def make_query_command(table: Mapping[str, Any], query: str) -> Command:
    """Returns the command that asks the server of a table of the configuration. No credential is in its arguments."""
    timeout, retries = float(table.get("timeout", TIMEOUT)), int(table.get("retries", RETRIES))
    options = {
        "url": table.get("url"),
        "url-variable": table.get("url_variable"),
        "token-variable": table.get("token_variable"),
        "timeout": f"{timeout:g}",
        "retries": str(retries),
        "query": query,
    }
    arguments = (f"--{name}={value}" for name, value in options.items() if value is not None)
    return Command(
        argv=(sys.executable, "-I", "-S", str(CLIENT), *arguments),
        exit_codes=(0,),
        timeout=(timeout + LONGEST_DELAYS) * (retries + 1) + SLACK,
        is_early=True,
    )


def name_server(table: Mapping[str, Any]) -> str:
    """Returns how messages call the server of a table."""
    return f"the Prometheus server {table.get('url') or '$' + table['url_variable']}"


def read_answer(result: ToolResult, server: str) -> tuple[int | Fraction, float]:
    """Returns the number that the server answered, and the time for which it is, in seconds since 1970.

    Raises NotMeasuredError where it gave no answer, or none with one finite number.
    """
    try:
        answer = json.loads(result.stdout)
        body, problem = str(answer["body"]), str(answer["problem"])
    except (ValueError, TypeError, KeyError):
        raise NotMeasuredError(f"{server} could not be asked") from None
    if problem:
        raise NotMeasuredError(f"{server} {safe(problem, 300)}")
    try:
        return parse_body(body)
    except NotMeasuredError as error:
        raise NotMeasuredError(f"{server}: {error}") from None


def parse_body(body: str) -> tuple[int | Fraction, float]:
    """Returns the number and its time in the body of an answer. Raises NotMeasuredError."""
    document = parse_document(body, ANSWER)
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict) or document.get("status") != "success":
        raise NotMeasuredError(f"{ANSWER} is none of Prometheus's query API")
    warnings = document.get("warnings") or []
    serious = [one for one in warnings if not str(one).startswith(INFORMATION)] if isinstance(warnings, list) else []
    if serious:  # part of the data may be missing
        raise NotMeasuredError(f"{ANSWER} has the warning {safe(str(serious[0]), 200)!r}")
    kind, result = data.get("resultType"), data.get("result")
    if not isinstance(result, list):
        raise NotMeasuredError(f"{ANSWER} has no result")
    if kind == "vector":
        if not result:
            raise NotMeasuredError("the query found nothing: its result is empty")
        if len(result) > 1:
            raise NotMeasuredError(f"the query has {plural(len(result), 'result')}: {ONE_VALUE}")
        result = result[0].get("value") if isinstance(result[0], dict) else None
    elif kind != "scalar":
        raise NotMeasuredError(f"the query gives a {safe(str(kind), 40)}, not one number: {ONE_VALUE}")
    if not isinstance(result, list) or len(result) != 2 or not isinstance(result[0], JsonNumber):
        raise NotMeasuredError(f"{ANSWER} has no value")
    time, text = result
    if not isinstance(text, str) or isinstance(text, JsonNumber):
        raise NotMeasuredError(f"{ANSWER} has no value")
    return parse_number(text, ANSWER), float(parse_number(time, ANSWER))
