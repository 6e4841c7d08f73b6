"""A gate that is a configured command: the argument list, and the number in its output."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.gates.command import make_command_gate
from pytest_maturity.model.evidence import Command, Component, Evidence, ToolResult
from pytest_maturity.model.gates import Context, Measurement, Remedy, Requirement

ROOT = Path("/project").resolve()
CONTEXT = Context(root=ROOT)
SEE = "; see [tool.maturity.gates.size]"  # at the end of a note about the configured pattern or pointer
ALPHA = Component(name="alpha", sources=(ROOT / "src/alpha", ROOT / "lib"), files=(), found_by="src")


def measure(stdout: str, problem: str = "", exit_code: int = 0, **table: Any) -> Measurement:
    gate = make_command_gate("size", {"command": ["counter", "{sources}"], **table})
    result = ToolResult(argv=("counter", "src/alpha", "lib"), exit_code=exit_code, stdout=stdout, problem=problem)
    return gate.measure(Evidence(component=ALPHA, tools={"size:alpha": result}), CONTEXT)


def command(**table: Any) -> Command:
    gate = make_command_gate("size", table)
    assert gate.commands is not None
    return gate.commands([ALPHA], CONTEXT)["size:alpha"]


def test_the_placeholders_are_filled_and_nothing_is_a_shell_line() -> None:
    made = command(command=["counter", "--name={component}", "{sources}", "; rm {x} $(y)", "{component}"])
    assert made.argv == ("counter", "--name=alpha", "src/alpha", "lib", "; rm {x} $(y)", "alpha")


def test_a_program_of_this_environment_comes_first_and_a_path_is_kept() -> None:
    assert Path(command(command=["python"]).argv[0]).is_absolute()
    assert command(command=["./count.sh"]).argv == ("./count.sh",)


def test_exit_codes_and_timeout_come_from_the_table() -> None:
    made = command(command=["counter"])
    assert (made.exit_codes, made.timeout) == ((0,), 600)
    made = command(command=["counter"], exit_codes=[0, 3], timeout=2)
    assert (made.exit_codes, made.timeout) == ((0, 3), 2)


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ({"count": "exit"}, (0, 1)),
        ({"count": "exit", "exit_codes": [0, 3]}, (0, 3)),
        ({"count": "exit", "clean_exit_codes": [0, 5]}, (0, 1, 5)),
        ({"count": "lines"}, (0,)),
        ({"count": "lines", "clean_exit_codes": [1]}, (0, 1)),
        ({"pattern": "x", "default": 0, "clean_exit_codes": [4]}, (0, 4)),
    ],
)
def test_an_exit_code_that_is_declared_clean_is_an_allowed_one(table: dict[str, Any], codes: tuple[int, ...]) -> None:
    assert command(command=["counter"], **table).exit_codes == codes


@pytest.mark.parametrize(("exit_code", "value"), [(0, 0), (1, 1), (5, 0)])
def test_the_exit_code_alone_can_decide(exit_code: int, value: int) -> None:
    result = measure("17 errors", count="exit", exit_code=exit_code, clean_exit_codes=[0, 5])
    assert (result.value, result.note) == (value, f"counter exited with {exit_code}")


def test_lines_that_are_not_blank_count_or_those_that_match() -> None:
    text = "a.py:1: unused\n\n  \nb.py:2: unused\nchecked 2 files\n"
    assert measure(text, count="lines") == Measurement(3, "counter printed 3 lines")
    assert measure(text, count="lines", pattern="unused$").value == 2
    assert measure("", count="lines").value == 0
    assert measure(text, count="lines", pattern="(").value is None


def test_no_line_is_zero_only_with_an_exit_code_that_is_declared_clean() -> None:
    result = measure("error: no such file\n", count="lines", pattern="unused", exit_code=3, exit_codes=[0, 3])
    words = "no line of its output counts, and this is none of the clean_exit_codes"
    assert (result.value, result.note) == (None, f"counter exited with 3, {words}{SEE}")
    assert measure("", count="lines", exit_code=0, clean_exit_codes=[1]).value is None
    assert measure("", count="lines", exit_code=1, clean_exit_codes=[1]).value == 0
    assert measure("a\n", count="lines", exit_code=3, exit_codes=[0, 3]).value == 1


@pytest.mark.parametrize(
    ("text", "way"), [("all is well", {"pattern": r"(\d+) errors"}), ("", {"pointer": "/n"}), ("{}", {"pointer": "/n"})]
)
def test_the_default_counts_where_nothing_matches_and_the_exit_code_is_clean(text: str, way: dict[str, Any]) -> None:
    table = {**way, "default": 0.5, "clean_exit_codes": [0]}
    found = measure(text, **table)
    assert found == Measurement(Fraction(1, 2), "counter exited with 0, and nothing in its output matches: the default")
    assert measure(text, exit_code=1, exit_codes=[0, 1], **table).value is None
    assert measure(text, **way).value is None


@pytest.mark.parametrize(
    ("text", "way"), [("n: many", {"pattern": "n: (.*)"}), ('{"n": []}', {"pointer": "/n"}), ("{", {"pointer": "/n"})]
)
def test_the_default_does_not_replace_what_is_no_number(text: str, way: dict[str, Any]) -> None:
    assert measure(text, **way, default=0, clean_exit_codes=[0]).value is None


def test_direction_and_unit_come_from_the_table() -> None:
    gate = make_command_gate("docs", {"command": ["x"], "pattern": "x", "better": "higher", "unit": "%"})
    assert (gate.name, gate.better, gate.unit) == ("docs", "higher", "%")
    assert make_command_gate("docs", {"command": ["x"], "pattern": "x"}).better == "lower"


@pytest.mark.parametrize(
    ("pattern", "text", "value"),
    [
        (r"\d+", "1 of 3", 3),
        (r"(\d+) of (\d+)", "1 of 3", 1),
        (r"(\d+) of (?P<value>\d+)", "1 of 3", 3),
        (r"total (\d+)$", "total 7\ntotal 8\nend", 8),
        (r"^score: (\S+)", "x\nscore: 69.96\n", Fraction("69.96")),
        (r"score (.*)", "score -1.5e2", -150),
        (r"score (.*)", "score  .5 ", Fraction(1, 2)),
    ],
)
def test_the_last_match_is_the_number(pattern: str, text: str, value: int | Fraction) -> None:
    result = measure(text, pattern=pattern)
    assert result.value == value
    assert not isinstance(result.value, float)


def test_the_note_names_the_program_and_the_number() -> None:
    assert measure("7", pattern=r"\d+").note == "counter printed 7"


@pytest.mark.parametrize(
    "text",
    ["nan", "inf", "-Infinity", "1,234", "1_000", "12%", "0x1f", "", "ten", "1e9999", "٣", "1" * 500, "1e"],
)
def test_what_is_not_a_plain_number_is_unknown(text: str) -> None:
    result = measure(f"score {text}", pattern="score (.*)")
    assert result.value is None
    assert "in its output is not a number" in result.note


@pytest.mark.parametrize(
    ("pattern", "text", "note"),
    [
        (r"\d+", "1,000 problems", "matches only '000' of '1,000'"),
        (r"(\d+) problems", "1,000 problems", "matches only '000' of '1,000'"),
        (r"^\d+", "1,000 problems", "matches only '1' of '1,000'"),
        (r"score (\d+)", "score 9.75", "matches only '9' of '9.75'"),
        (r"\d+", "12.75 %", "matches only '75' of '12.75'"),
        (r"\d", "total 10", "matches only '0' of '10'"),
        (r"\d+", "1_000", "matches only '000' of '1_000'"),
        (r"[\d.]+", "2e3", "matches only '3' of '2e3'"),
        (r"^[\d.]+", "2e-3", "matches only '2' of '2e-3'"),
        (r"\d+$", "12,5", "matches only '5' of '12,5'"),
        (r"\d+", "better by -5", "matches only '5' of '-5'"),
    ],
)
def test_a_part_of_a_number_is_unknown(pattern: str, text: str, note: str) -> None:
    result = measure(text, pattern=pattern)
    assert (result.value, note in result.note) == (None, True), result.note


@pytest.mark.parametrize(
    ("pattern", "text", "value"),
    [
        (r"^(\d+),", "3,400", 3),  # the pattern itself says where the number ends
        (r"^\d+", "3,4", 3),
        (r"\d+", "found 3.", 3),
        (r"\d+", "line 1, 20 problems", 20),
        (r"(\d+) of", "3 of 1,000", 3),
        (r"v(\d+)\.", "v7.2", 7),
        (r"\d+", "a-3-b", 3),
    ],
)
def test_what_stands_beside_a_number_does_not_count(pattern: str, text: str, value: int) -> None:
    assert measure(text, pattern=pattern).value == value


def test_a_pattern_that_matches_nothing_is_unknown() -> None:
    result = measure("nothing here", pattern=r"score (\d+)")
    assert (result.value, result.note) == (None, rf"nothing in its output matches 'score (\\d+)'{SEE}")


def test_a_group_that_matched_nothing_is_unknown() -> None:
    assert measure("b", pattern="(a)|b").note == f"the last match of '(a)|b' has no value{SEE}"


def test_an_invalid_pattern_is_unknown() -> None:
    assert "is no regular expression" in measure("b", pattern="(").note


@pytest.mark.parametrize(
    ("pointer", "text", "value"),
    [
        ("", "12", 12),
        ("/a/b/1", '{"a": {"b": [1, 2.50]}}', Fraction("2.5")),
        ("/a~1b/m~0n", '{"a/b": {"m~n": 3}}', 3),
        ("/", '{"": 4}', 4),
        ("/0", '{"0": 5}', 5),
        ("/x", '{"x": 0.1}', Fraction(1, 10)),
        ("/x", '{"x": 123456789012345678901234567890}', 123456789012345678901234567890),
    ],
)
def test_the_pointer_names_the_number(pointer: str, text: str, value: int | Fraction) -> None:
    assert measure(text, pointer=pointer).value == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"x": true}', "is bool, not a number"),
        ('{"x": "3"}', "is str, not a number"),
        ('{"x": null}', "is NoneType, not a number"),
        ('{"x": {}}', "is dict, not a number"),
        ('{"x": NaN}', "'NaN' in its output is not a number"),
        ('{"x": -Infinity}', "'-Infinity' in its output is not a number"),
        ('{"y": 1}', "there is no '/x' in its output"),
        ("[1]", "there is no '/x' in its output"),
        ("3", "there is no '/x' in its output"),
        ("x = 3\n", "its output is 'x = 3', not JSON"),
        ("", "its output is nothing, not JSON"),
        ('{"x": 1', "not JSON"),
    ],
)
def test_a_pointer_to_anything_else_is_unknown(text: str, words: str) -> None:
    result = measure(text, pointer="/x")
    assert result.value is None
    assert words in result.note


@pytest.mark.parametrize("pointer", ["/01", "/-1", "/-", "/2", "/99999999999", "/x"])
def test_an_index_is_a_plain_number_within_the_list(pointer: str) -> None:
    assert measure("[1, 2]", pointer=pointer).value is None


def test_a_pointer_starts_with_a_slash() -> None:
    assert measure("{}", pointer="x").note == f"'x' is no JSON pointer: it starts with a slash{SEE}"


def test_a_command_that_failed_is_unknown_also_where_it_printed_a_number() -> None:
    result = measure("7", problem="counter exited with 1", pattern=r"\d+")
    assert (result.value, result.note) == (None, "counter exited with 1")


def test_a_command_that_was_not_run_is_unknown() -> None:
    gate = make_command_gate("size", {"command": ["counter"], "pattern": "x"})
    assert gate.measure(Evidence(component=ALPHA), CONTEXT).note == "counter was not run"


def test_the_remedy_is_the_number_the_threshold_and_the_command() -> None:
    gate = make_command_gate("docs", {"command": ["counter", "{sources}"], "pattern": r".+", "better": "higher"})
    result = ToolResult(argv=(sys.executable, "src/alpha", "lib"), stdout="69.96")
    evidence = Evidence(component=ALPHA, tools={"docs:alpha": result})
    required = Requirement(gate="docs", threshold=Fraction(70), source="default")
    assert gate.remedy is not None
    assert gate.remedy(evidence, gate.measure(evidence, CONTEXT), required) == Remedy(
        "docs is 69.96, at least 70 is required", (sys.executable, "src/alpha", "lib")
    )
    elsewhere = Evidence(component=ALPHA)
    assert gate.remedy(elsewhere, Measurement(7), required) == Remedy("docs is 7, at least 70 is required")


def test_the_remedy_of_an_exit_code_is_the_command() -> None:
    gate = make_command_gate("layers", {"command": ["counter"], "count": "exit"})
    result = ToolResult(argv=("counter", "src"), exit_code=1)
    evidence = Evidence(component=ALPHA, tools={"layers:alpha": result})
    required = Requirement(gate="layers", threshold=Fraction(0), source="default")
    assert gate.remedy is not None
    found = gate.remedy(evidence, gate.measure(evidence, CONTEXT), required)
    assert found == Remedy("counter exited with 1", ("counter", "src"))


@pytest.mark.parametrize(("threshold", "text"), [("0", "0"), ("2.5", "2.5")])
def test_the_remedy_of_a_gate_that_is_better_when_lower_names_the_most(threshold: str, text: str) -> None:
    gate = make_command_gate("todos", {"command": ["counter"], "pattern": r".+"})
    required = Requirement(gate="todos", threshold=Fraction(threshold), source="default")
    assert gate.remedy is not None
    assert gate.remedy(Evidence(component=ALPHA), Measurement(3), required).text == (
        f"todos is 3, at most {text} is required"
    )


@pytest.mark.parametrize("number", ["0", "-0.1", "69.96", "0.1234567890123", "999999999999999", "-1000000000000000"])
def test_a_number_is_read_exactly_as_it_is_written(number: str) -> None:
    assert measure(f"score {number}", pattern="score (.*)").value == Fraction(number)


def test_the_number_of_an_exit_code_is_at_most_1() -> None:
    assert make_command_gate("size", {"command": ["counter"], "count": "exit"}).largest == 1
    assert make_command_gate("size", {"command": ["counter"], "count": "lines"}).largest is None
