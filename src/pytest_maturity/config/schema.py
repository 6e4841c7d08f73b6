"""Checks plain data against a JSON Schema and describes every mistake in words.

Implements the part of draft 7 that the schemas of this package use. So one file is the documentation, the check, and
what editors and validate-pyproject read.
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
SCHEMA_FILES = {
    "baseline": "config/baseline.schema.json",
    "config": "config/config.schema.json",
    "report": "reports/report.schema.json",
    "waivers": "config/waivers.schema.json",
}
TYPE_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: is_number(value) and Decimal(value).is_finite() and value == int(value),
    "number": lambda value: is_number(value),
    "null": lambda value: value is None,
}
TYPE_NAMES = {
    "object": "a table", "array": "a list", "string": "a string", "boolean": "true or false",
    "integer": "a whole number", "number": "a number", "null": "null",
}  # fmt: skip
MIN_LENGTH_KEYS = ((str, "minLength"), (list, "minItems"), (dict, "minProperties"))
MAX_PRINTABLE = 10**60  # Python refuses to print an integer of more than 4300 digits


def is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


@cache
def load_schema(name: str) -> Schema:
    """Returns one of the schemas in this package: `baseline`, `config`, `report` or `waivers`."""
    text = resources.files("pytest_maturity").joinpath(SCHEMA_FILES[name]).read_text("utf-8")
    schema: Schema = json.loads(text)
    return schema


def validate_pyproject_schema(tool_name: str) -> Schema:
    """Returns the schema of `[tool.maturity]` to validate-pyproject, which calls it by its entry point."""
    assert tool_name == "maturity", tool_name
    return load_schema("config")


def find_problems(value: Any, schema: Schema, path: str) -> list[str]:
    """Returns every way in which `value` breaks the schema, one sentence each that begins with its path."""
    return list(check_value(value, schema, path, schema))


def check_value(value: Any, schema: Schema, path: str, root: Schema) -> Iterator[str]:
    """Yields the problems of a value and of everything in it; `root` is the schema with the definitions."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from check_value(value, root["definitions"][name], path, root)
        return
    problem = describe_wrong_type(value, schema) or describe_wrong_value(value, schema)
    if problem:
        yield f"{path}: {problem}"
    elif isinstance(value, dict):
        yield from check_table(value, schema, path, root)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from check_value(item, schema.get("items", {}), f"{path}[{number}]", root)
        if schema.get("uniqueItems") and (duplicate := find_duplicate(value)) is not None:
            yield f"{path}: {format_value(duplicate)} is given twice"


def check_table(table: dict[Any, Any], schema: Schema, path: str, root: Schema) -> Iterator[str]:
    """Yields the missing and unknown keys of a table, and the problems of its values."""
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key in schema.get("required", ()):
        if key not in table:
            yield f"{path}: the key {key!r} is missing"
    for key, value in table.items():
        if not isinstance(key, str):
            yield f"{path}: the key {format_value(key)} is not a string"
        elif key in known:
            yield from check_value(value, known[key], f"{path}.{key}", root)
        elif others is False:
            hint = did_you_mean(key, known) or f"; known: {', '.join(known)}"
            yield f"{path}.{safe(key, 80)}: unknown key{hint}"
        elif isinstance(others, Mapping):
            yield from check_value(value, others, f"{path}.{safe(key, 80)}", root)


def find_duplicate(items: list[Any]) -> Any:
    """Returns the first string or number that a list holds twice, else None."""
    found = set()
    for item in items:
        if isinstance(item, str | int | float | Decimal):
            if item in found:
                return item
            found.add(item)
    return None


def describe_wrong_type(value: Any, schema: Schema) -> str:
    """Returns which types the schema allows, if the value has none of them; else an empty string.

    A schema may allow `false` alone of the two booleans: its `not` excludes `true`.
    """
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    only_false = "not" in schema
    if (not types or any(TYPE_CHECKS[name](value) for name in types)) and not (only_false and value is True):
        return ""
    names = ["false" if name == "boolean" and only_false else TYPE_NAMES[name] for name in types]
    return f"must be {join_alternatives(names)}, not {format_value(value)}"


def describe_wrong_value(value: Any, schema: Schema) -> str:
    """Returns why a value of the right type is not allowed; empty if it is."""
    allowed = [schema["const"]] if "const" in schema else schema.get("enum")
    if allowed is not None and (value not in allowed or isinstance(value, bool)):
        hint = did_you_mean(value, [one for one in allowed if isinstance(one, str)]) if isinstance(value, str) else ""
        return f"must be {join_alternatives(list(map(format_value, allowed)))}, not {format_value(value)}{hint}"
    if is_number(value):
        return describe_wrong_number(value, schema)
    for kind, key in MIN_LENGTH_KEYS:
        if isinstance(value, kind) and len(value) < schema.get(key, 0):
            return "must not be empty"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return f"must be {schema['description']}, not {format_value(value)}"
    return ""


def describe_wrong_number(value: int | float | Decimal, schema: Schema) -> str:
    """Returns why a number is not allowed; empty if it is."""
    if not Decimal(value).is_finite():
        return f"must be a finite number, not {str(float(value)).lower()}"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and value < low:
        return f"must be at least {low}, not {format_value(value)}"
    if high is not None and value > high:
        return f"must be at most {high}, not {format_value(value)}"
    above = schema.get("exclusiveMinimum")
    if above is not None and value <= above:
        return f"must be more than {above}, not {format_value(value)}"
    return f"must have at most {DIGITS} decimal places" if count_decimal_places(value) > DIGITS else ""


def count_decimal_places(value: int | float | Decimal) -> int:
    """Returns how many decimal places a finite number has, without computing with it: 1e-999999999 is valid TOML."""
    if isinstance(value, int):
        return 0
    _, digits, exponent = Decimal(str(value)).as_tuple()
    assert isinstance(exponent, int)  # the number is finite
    zeros = next((number for number, digit in enumerate(reversed(digits)) if digit), None)
    return 0 if zeros is None else -exponent - zeros


def join_alternatives(words: list[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def format_value(value: Any) -> str:
    """Returns a value as the file would write it, in one short line."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int) and abs(value) > MAX_PRINTABLE:
        return "a huge number"
    return f'"{safe(value, 60)}"' if isinstance(value, str) else safe(str(value), 60)
