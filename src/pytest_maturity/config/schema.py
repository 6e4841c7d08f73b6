"""Checks plain data against a JSON Schema and tells every mistake in words.

Knows the part of draft 7 that the schemas of this package use. One file is then the
documentation, the check and what editors and validate-pyproject read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from ..model.text import DIGITS, did_you_mean, safe

Schema = Mapping[str, Any]
SCHEMA_FILES = {"config": "config/config.schema.json", "report": "reports/report.schema.json"}
TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: is_number(value) and Decimal(value).is_finite() and value == int(value),
    "number": lambda value: is_number(value),
    "null": lambda value: value is None,
}
WORDS = {
    "object": "a table", "array": "a list", "string": "a string", "boolean": "true or false",
    "integer": "a whole number", "number": "a number", "null": "null",
}  # fmt: skip


def is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


@cache
def load_schema(name: str) -> Schema:
    """One of the schemas that are shipped in this package: `config` or `report`."""
    text = resources.files("pytest_maturity").joinpath(SCHEMA_FILES[name]).read_text("utf-8")
    schema: Schema = json.loads(text)
    return schema


def validate_pyproject_schema(tool_name: str) -> Schema:
    """The schema of `[tool.maturity]`, for the entry point group `validate_pyproject.tool_schema`."""
    assert tool_name == "maturity", tool_name
    return load_schema("config")


def find_problems(value: Any, schema: Schema, path: str) -> list[str]:
    """Every way in which `value` breaks the schema, one sentence each, beginning with its path."""
    return list(check(value, schema, path, schema))


def check(value: Any, schema: Schema, path: str, root: Schema) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from check(value, root["definitions"][name], path, root)
        return
    complaint = wrong_type(value, schema) or wrong_value(value, schema)
    if complaint:
        yield f"{path}: {complaint}"
    elif isinstance(value, dict):
        yield from check_table(value, schema, path, root)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from check(item, schema.get("items", {}), f"{path}[{number}]", root)
        if schema.get("uniqueItems") and (double := twice(value)) is not None:
            yield f"{path}: {shown(double)} is given twice"


def twice(items: list[Any]) -> Any:
    """The first item that stands in a list of strings and numbers twice, else None."""
    seen = set()
    for item in items:
        if isinstance(item, str | int | float | Decimal):
            if item in seen:
                return item
            seen.add(item)
    return None


def check_table(value: dict[Any, Any], schema: Schema, path: str, root: Schema) -> Iterator[str]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key in schema.get("required", ()):
        if key not in value:
            yield f"{path}: the key {key!r} is missing"
    for key, item in value.items():
        if not isinstance(key, str):
            yield f"{path}: the key {shown(key)} is not a string"
        elif key in known:
            yield from check(item, known[key], f"{path}.{key}", root)
        elif others is False:
            hint = did_you_mean(key, known) or f"; known: {', '.join(known)}"
            yield f"{path}.{safe(key, 80)}: unknown key{hint}"
        elif isinstance(others, Mapping):
            yield from check(item, others, f"{path}.{safe(key, 80)}", root)


def wrong_type(value: Any, schema: Schema) -> str:
    """What the value should have been, if it is of no type that the schema allows."""
    wanted = schema.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if (wanted and not any(TYPES[name](value) for name in wanted)) or (value is True and "not" in schema):
        words = [("false" if name == "boolean" and "not" in schema else WORDS[name]) for name in wanted]
        return f"must be {' or '.join([', '.join(words[:-1]), words[-1]] if words[1:] else words)}, not {shown(value)}"
    return ""


def wrong_value(value: Any, schema: Schema) -> str:
    """Why a value of the right type is not allowed."""
    allowed = [schema["const"]] if "const" in schema else schema.get("enum")
    if allowed is not None and (value not in allowed or isinstance(value, bool)):
        hint = did_you_mean(value, [one for one in allowed if isinstance(one, str)]) if isinstance(value, str) else ""
        return f"must be {' or '.join(map(shown, allowed))}, not {shown(value)}{hint}"
    if is_number(value):
        return wrong_number(value, schema)
    for kind, least in ((str, "minLength"), (list, "minItems"), (dict, "minProperties")):
        if isinstance(value, kind) and len(value) < schema.get(least, 0):
            return "must not be empty"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return f"must not hold control characters: {shown(value)}"
    return ""


def wrong_number(value: int | float | Decimal, schema: Schema) -> str:
    if not Decimal(value).is_finite():
        return f"must be a finite number, not {str(float(value)).lower()}"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and value < low:
        return f"must be at least {low}, not {shown(value)}"
    if high is not None and value > high:
        return f"must be at most {high}, not {shown(value)}"
    above = schema.get("exclusiveMinimum")
    if above is not None and value <= above:
        return f"must be more than {above}, not {shown(value)}"
    return f"must have at most {DIGITS} decimal places" if decimal_places(value) > DIGITS else ""


def decimal_places(value: int | float | Decimal) -> int:
    """How many decimal places it takes to write a finite number, without computing with it."""
    if isinstance(value, int):
        return 0
    _, digits, exponent = Decimal(str(value)).as_tuple()
    assert isinstance(exponent, int), "the number is finite"
    zeros = next((number for number, digit in enumerate(reversed(digits)) if digit), len(digits))
    return -exponent - zeros if any(digits) else 0


def shown(value: Any) -> str:
    """A value as the file would write it, short."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int) and abs(value) > 10**60:
        return "a huge number"  # Python does not even print those of more than 4300 digits
    return f'"{safe(value, 60)}"' if isinstance(value, str) else safe(str(value), 60)
