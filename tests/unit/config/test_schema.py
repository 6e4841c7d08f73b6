"""The checker agrees with jsonschema, and describes every problem in a sentence with a path."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from pytest_maturity.config import schema
from pytest_maturity.model.gates import LARGEST
from pytest_maturity.model.retries import MAX_RETRIES, RetryPolicy

CONFIG = schema.load_schema("config")
VALID: list[Any] = [
    {},
    {"schema": 1},
    {"schema": 1.0},
    {"target": "dev", "sources": ["src"], "tests": ["tests"], "specs": ["x/{component}.md"], "ladder": ["dev"]},
    {"stages": {"dev": {"coverage": 50}}},
    {"stages": {"dev": {"coverage": 69.96, "lint": 0, "types": False}}},
    {"stages": {"dev": {"security": {"high": 0, "medium": {"max": 5, "mode": "warn"}, "low": False}}}},
    {"stages": {"dev": {"coverage": {"min": 50}, "x": {"mode": "warn"}}}},
    {"stages": {}},
    {"components": {"a": {}, "b": {"sources": ["x"], "aliases": ["c"], "stages": {"dev": {"lint": 1}}}}},
    {"components": {"a": {"retry": {"max_retries": 1}}}},
    {"gates": {"types": {"tool": "mypy", "timeout": 5}, "lint": {}, "security": {"timeout": 0.5}}},
    {"gates": {"spec": {"sections": ["Usage"]}}},
    {"gates": {"mine": {"command": ["x"], "pattern": "a", "better": "lower", "exit_codes": [0, 1]}}},
    {"retry": {"max_retries": 2, "base_delay": 1.5, "factor": 2, "max_delay": 10, "jitter": True}},
    {"retry": {"max_retries": 2.0}},
    {"retry": {"transient": ["OSError", "a.B", "a.b._C9", "a.f.<locals>.B", "my dir.test_x.B"]}},
]
INVALID: list[tuple[Any, str]] = [
    ({"schema": 2}, "t.schema: must be 1, not 2"),
    ({"schema": True}, "t.schema: must be 1, not true"),
    ({"schema": "1"}, 't.schema: must be 1, not "1"'),
    ({"stage": {}}, "t.stage: unknown key (did you mean 'stages'?)"),
    ({"qqq": {}}, "t.qqq: unknown key; known: schema, target, sources, tests, specs, exclude, untested, "
     "compare_branch, pytest_config, "
     "ladder, kinds, stages, components, gates, attestations, retry, records, reports, approvals, "
     "junit_flaky_failures"),
    ({"target": 5}, "t.target: must be a string, not 5"),
    ({"target": ""}, "t.target: must not be empty"),
    ({"ladder": []}, "t.ladder: must not be empty"),
    ({"ladder": "dev"}, 't.ladder: must be a list, not "dev"'),
    ({"ladder": ["a", 5]}, "t.ladder[1]: must be a string, not 5"),
    ({"ladder": ["a", "b", "a"]}, 't.ladder: "a" is given twice'),
    ({"ladder": ["a\u0000"]}, 't.ladder[0]: must be text without control characters, not "a\\x00"'),
    ({"sources": ["a\n"]}, 't.sources[0]: must be text without control characters, not "a\\n"'),
    ({"sources": [""]}, "t.sources[0]: must not be empty"),
    ({"sources": None}, "t.sources: must be a list, not null"),
    ({"stages": []}, "t.stages: must be a table, not a list"),
    ({"stages": {"dev": 5}}, "t.stages.dev: must be a table, not 5"),
    ({"stages": {"dev": {"lint": True}}}, "t.stages.dev.lint: must be a number, false or a table, not true"),
    ({"stages": {"dev": {"lint": "0"}}}, 't.stages.dev.lint: must be a number, false or a table, not "0"'),
    ({"stages": {"dev": {"lint": None}}}, "t.stages.dev.lint: must be a number, false or a table, not null"),
    ({"stages": {"dev": {"lint": -1}}}, "t.stages.dev.lint: must be at least 0, not -1"),
    ({"stages": {"dev": {"lint": {}}}}, "t.stages.dev.lint: must not be empty"),
    ({"stages": {"dev": {"lint": 10**16}}}, "t.stages.dev.lint: must be at most 1000000000000000, not "
     "10000000000000000"),
    ({"stages": {"dev": {"lint": {"min": -0.5}}}}, "t.stages.dev.lint.min: must be at least 0, not -0.5"),
    ({"stages": {"dev": {"lint": {"min": False}}}}, "t.stages.dev.lint.min: must be a number, not false"),
    ({"stages": {"dev": {"lint": {"mode": "warm"}}}},
     't.stages.dev.lint.mode: must be "block" or "warn", not "warm" (did you mean \'warn\'?)'),
    ({"stages": {"dev": {"lint": {"mode": False}}}}, 't.stages.dev.lint.mode: must be "block" or "warn", not false'),
    ({"stages": {"dev": {"s": {"high": {"maxi": 1}}}}}, "t.stages.dev.s.high.maxi: unknown key (did you mean 'max'?)"),
    ({"stages": {"dev": {"s": {"high": {}}}}}, "t.stages.dev.s.high: must not be empty"),
    ({"stages": {"dev": {"s": {"high": True}}}}, "t.stages.dev.s.high: must be a number, false or a table, not true"),
    ({"components": {"a": {"source": []}}}, "t.components.a.source: unknown key (did you mean 'sources'?)"),
    ({"components": {"a": 5}}, "t.components.a: must be a table, not 5"),
    ({"gates": {"types": {"tool": "mypi"}}},
     't.gates.types.tool: must be "mypy", "pyright", "basedpyright", "ty" or "pyrefly", not "mypi" '
     "(did you mean 'mypy'?)"),
    ({"gates": {"lint": {"timeout": 0}}}, "t.gates.lint.timeout: must be more than 0, not 0"),
    ({"gates": {"lint": {"timeout": 1e9}}}, "t.gates.lint.timeout: must be at most 86400, not 1000000000.0"),
    ({"gates": {"mine": {}}}, "t.gates.mine: the key 'command' is missing"),
    ({"gates": {"mine": {"command": "ls"}}}, 't.gates.mine.command: must be a list, not "ls"'),
    ({"gates": {"mine": {"command": ["x"], "exit_codes": [300]}}},
     "t.gates.mine.exit_codes[0]: must be at most 255, not 300"),
    ({"gates": {"mine": {"command": ["x"], "exit_codes": [1, 1]}}}, "t.gates.mine.exit_codes: 1 is given twice"),
    ({"retry": {"max_retries": 1.5}}, "t.retry.max_retries: must be a whole number, not 1.5"),
    ({"retry": {"max_retries": True}}, "t.retry.max_retries: must be a whole number, not true"),
    ({"retry": {"factor": 0.5}}, "t.retry.factor: must be at least 1, not 0.5"),
    ({"retry": {"jitter": "yes"}}, 't.retry.jitter: must be true or false, not "yes"'),
    *(
        ({"retry": {"transient": [name]}}, "t.retry.transient[0]: must be the name of an exception, like "
         f'"requests.exceptions.Timeout", not "{shown}"')
        for name, shown in [
            ("a b", "a b"), ("a.b c", "a.b c"), ("a..B", "a..B"), (".B", ".B"), ("a.B.", "a.B."), ("a:B", "a:B"),
            ("a.B()", "a.B()"), ("a.5", "a.5"), ("a.B\n", "a.B\\n"), ("a\n.B", "a\\n.B"),
        ]
    ),
    ({"retry": {"transient": [""]}}, "t.retry.transient[0]: must not be empty"),
    ([], "t: must be a table, not a list"),
    (None, "t: must be a table, not null"),
]  # fmt: skip


def agree(document: Any) -> bool:
    return bool(jsonschema.Draft7Validator(CONFIG).is_valid(document))


def exact(document: Any) -> Any:
    """Returns the document as the TOML and YAML readers do: numbers with a fraction are Decimal."""
    if isinstance(document, dict):
        return {key: exact(value) for key, value in document.items()}
    if isinstance(document, list):
        return [exact(value) for value in document]
    return Decimal(str(document)) if isinstance(document, float) else document


@pytest.mark.parametrize("document", VALID, ids=repr)
def test_what_jsonschema_accepts_is_accepted(document: Any) -> None:
    assert schema.find_problems(document, CONFIG, "t") == []
    assert schema.find_problems(exact(document), CONFIG, "t") == []
    assert agree(document)


@pytest.mark.parametrize(("document", "problem"), INVALID, ids=repr)
def test_what_jsonschema_refuses_is_described(document: Any, problem: str) -> None:
    assert schema.find_problems(document, CONFIG, "t") == [problem]
    assert schema.find_problems(exact(document), CONFIG, "t") == [problem]
    assert not agree(document)


@pytest.mark.parametrize("name", ["config", "report"])
def test_the_schemas_are_valid_schemas(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(schema.load_schema(name))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("nan", "must be a finite number, not nan"),
        ("inf", "must be a finite number, not inf"),
        ("-inf", "must be a finite number, not -inf"),
        ("1e999999999", "must be at most 1000000000000000, not 1E+999999999"),
        ("1e-999999999", "must have at most 6 decimal places"),
        ("69.9999999", "must have at most 6 decimal places"),
        ("0." + "9" * 400, "must have at most 6 decimal places"),
    ],
)
def test_a_number_that_json_schema_cannot_refuse_is_refused(value: str, problem: str) -> None:
    document = {"stages": {"dev": {"coverage": Decimal(value)}}}
    assert schema.find_problems(document, CONFIG, "t") == [f"t.stages.dev.coverage: {problem}"]


def test_the_limits_of_the_schema_are_those_of_the_model() -> None:
    definitions = CONFIG["definitions"]
    assert {definitions[name]["maximum"] for name in ("threshold", "requirement", "line")} == {LARGEST}
    assert definitions["retry"]["properties"]["max_retries"]["maximum"] == MAX_RETRIES
    assert set(definitions["retry"]["properties"]) == {one.name for one in fields(RetryPolicy)}


def test_zeros_at_the_end_are_not_decimal_places() -> None:
    document = {"stages": {"dev": {"coverage": Decimal("70.00000000"), "lint": Decimal("0.00000000")}}}
    assert schema.find_problems(document, CONFIG, "t") == []


def test_a_number_too_long_to_print_is_refused_without_printing_it() -> None:
    document = {"stages": {"dev": {"coverage": 16**20_000}}}
    assert schema.find_problems(document, CONFIG, "t") == [
        "t.stages.dev.coverage: must be at most 1000000000000000, not a huge number"
    ]


def test_all_mistakes_are_reported_together() -> None:
    document = {"ladder": [], "stages": {"dev": {"lint": -1, "types": True}}, "wrong": 1, 5: 6}
    assert len(schema.find_problems(document, CONFIG, "t")) == 5


def test_a_key_that_is_no_string_is_refused() -> None:
    assert schema.find_problems({5: 6}, CONFIG, "t") == ["t: the key 5 is not a string"]


def test_hostile_keys_and_values_are_escaped() -> None:
    (problem,) = schema.find_problems({"\x1b[31m": 1}, CONFIG, "t")
    assert problem.startswith("t.\\x1b[31m: unknown key")
    assert schema.find_problems({"target": ["\x1b"]}, CONFIG, "t") == ["t.target: must be a string, not a list"]
    (problem,) = schema.find_problems({"schema": "\x1b" * 999}, CONFIG, "t")
    assert "\x1b" not in problem
    assert len(problem) < 120


def test_a_long_list_is_checked_quickly() -> None:
    names = [str(number) for number in range(3_000)]
    assert schema.find_problems({"ladder": names}, CONFIG, "t") == []


def test_validate_pyproject_gets_the_same_schema() -> None:
    assert schema.validate_pyproject_schema("maturity") == CONFIG


def test_a_schema_is_read_once() -> None:
    schema.load_schema.cache_clear()
    for name, title in (
        ("config", "The table [tool.maturity] of pyproject.toml, or the file maturity.yaml"),
        ("report", "A report of pytest-maturity, schema 1"),
    ):
        assert schema.load_schema(name)["title"] == title
        assert schema.load_schema(name) is schema.load_schema(name)


@pytest.mark.parametrize(
    ("value", "places"),
    [
        (5, 0), (10**30, 0), (Decimal(0), 0), (Decimal("0.000"), 0), (Decimal("1.5"), 1), (Decimal("1.50"), 1),
        (Decimal("0.000001"), 6), (Decimal("1E-7"), 7), (Decimal("1E-999999999"), 999999999), (Decimal("1E+3"), -3),
        (1.25, 2), (1e-7, 7), (100.0, -2),
    ],
)  # fmt: skip
def test_decimal_places_are_counted_without_zeros_at_the_end(value: int | float | Decimal, places: int) -> None:
    assert schema.count_decimal_places(value) == places


@pytest.mark.parametrize(
    ("schema_type", "fits", "problem"),
    [
        ("object", {"a": 1}, 't: must be a table, not "x"'),
        ("array", [1], 't: must be a list, not "x"'),
        ("boolean", True, 't: must be true or false, not "x"'),
        ("integer", 5, 't: must be a whole number, not "x"'),
        ("number", 5.5, 't: must be a number, not "x"'),
        ("null", None, 't: must be null, not "x"'),
        (["number", "null"], None, 't: must be a number or null, not "x"'),
        (["array", "number", "null"], 1, 't: must be a list, a number or null, not "x"'),
    ],
)
def test_a_type_has_a_name(schema_type: Any, fits: Any, problem: str) -> None:
    assert schema.find_problems(fits, {"type": schema_type}, "t") == []
    assert schema.find_problems("x", {"type": schema_type}, "t") == [problem]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "a table"),
        ([], "a list"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        ("x", '"x"'),
        ("x" * 61, f'"{"x" * 57}..."'),
        (5, "5"),
        (Decimal("5.50"), "5.50"),
        (Decimal("1." + "5" * 60), f"1.{'5' * 55}..."),
        (10**60, f"1{'0' * 56}..."),
        (10**60 + 1, "a huge number"),
        (-(10**60) - 1, "a huge number"),
    ],
)
def test_a_value_is_shown_as_the_file_writes_it(value: Any, text: str) -> None:
    assert schema.format_value(value) == text


def test_only_keys_and_items_that_the_schema_describes_are_checked() -> None:
    assert schema.find_problems({"a": 1}, {}, "t") == []
    assert schema.find_problems([1, "a"], {}, "t") == []
    assert schema.find_problems({"a": 1}, {"additionalProperties": True}, "t") == []
    assert schema.find_problems({"a": 1}, {"additionalProperties": {"type": "string"}}, "t") == [
        "t.a: must be a string, not 1"
    ]
