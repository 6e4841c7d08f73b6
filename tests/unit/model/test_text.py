"""Numbers are rounded toward failure; foreign text is made harmless."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_maturity.model.evidence import Finding
from pytest_maturity.model.gates import Better
from pytest_maturity.model.text import (
    LONGEST_LINE,
    LONGEST_READ,
    decimal_places,
    describe_error,
    did_you_mean,
    escape_ci_commands,
    first_few,
    format_number,
    join_findings,
    nearest_names,
    plural,
    safe,
    safe_repr,
)


@pytest.mark.parametrize(
    ("value", "better", "digits", "shown"),
    [
        (Fraction("69.96"), "higher", 1, "69.9"),
        (Fraction("69.96"), "lower", 1, "70.0"),
        (Fraction("69.96"), "higher", 0, "69"),
        (Fraction("0.04"), "higher", 1, "0.0"),
        (Fraction("0.04"), "lower", 1, "0.1"),
        (Fraction("-0.04"), "higher", 1, "-0.1"),
        (Fraction("-0.04"), "lower", 1, "0.0"),
        (Fraction("-1.25"), "lower", 1, "-1.2"),
        (Fraction(200, 3), "higher", 3, "66.666"),
        (79.96, "higher", 1, "79.9"),
        (100, "higher", 1, "100"),
        (Fraction(100), "lower", 4, "100"),
        (0.0, "higher", 1, "0"),
        (None, "lower", 1, "?"),
    ],
)
def test_a_number_is_rounded_toward_failure(value: Fraction, better: Better, digits: int, shown: str) -> None:
    assert format_number(value, better, digits) == shown


@pytest.mark.parametrize(
    ("number", "digits"), [("70", 0), ("69.9", 1), ("69.96", 2), ("0.000001", 6), ("70.000", 0), ("1/3", 6)]
)
def test_a_threshold_has_the_decimal_places_that_were_written(number: str, digits: int) -> None:
    assert decimal_places(Fraction(number)) == digits


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("plain text", "plain text"),
        ("Grüße, 世界 ✓", "Grüße, 世界 ✓"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x00", "\\x00"),
        ("\x9b2J", "\\x9b2J"),
        ("abc\u202edef", "abc\\u202edef"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
        ("\u2028line", "\\u2028line"),
        ("\u2029paragraph", "\\u2029paragraph"),
        ("private \ue000", "private \\ue000"),
        ("unassigned \u0378", "unassigned \\u0378"),
        ("\U000e0041", "\\U000e0041"),
        ("back\\slash", "back\\slash"),
        ("::error file=x::y", "\\x3a:error file=x::y"),
        ("  \u3000::error::y", "  \u3000\\x3a:error::y"),
        (":::x", "\\x3a::x"),
        ("a ::error::y", "a ::error::y"),
        ("##[command]rm", "#\\x23[command]rm"),
        ("a ###[error]##[x]", "a ##\\x23[error]#\\x23[x]"),
        ("##vso[task.x]", "#\\x23vso[task.x]"),
        ("## Heading [x]", "## Heading [x]"),
        ("#[x]", "#[x]"),
        ("tests/test_a.py::test_it[x]", "tests/test_a.py::test_it[x]"),
        ("postgres://me:hunter2@db:5432/x", "postgres://***@db:5432/x"),
        ("https://[::1]:80/x@y", "https://[::1]:80/x@y"),
    ],
)
def test_control_characters_and_commands_to_a_ci_system_are_escaped(hostile: str, harmless: str) -> None:
    assert safe(hostile) == harmless
    assert safe(safe(hostile)) == harmless


@pytest.mark.parametrize("text", ["x" * 600, "\x1b" * 600, "é" * 600])
def test_a_long_text_is_cut(text: str) -> None:
    shown = safe(text, 50)
    assert len(shown) == 50
    assert shown.endswith("...")
    assert safe("x" * 50, 50) == "x" * 50


def test_a_very_long_text_is_cut_before_it_is_read() -> None:
    assert safe("\x1b" * 10**7, 9) == "\\x1b\\x..."


def test_a_style_before_a_command_does_not_hide_it() -> None:
    assert escape_ci_commands(" \x1b[2m\x1b[0m ::error::x") == " \x1b[2m\x1b[0m \\x3a:error::x"
    assert escape_ci_commands("\x1b[2mtests/a.py::test\x1b[0m") == "\x1b[2mtests/a.py::test\x1b[0m"


class ShyError(Exception):
    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__


def test_an_exception_is_described_in_one_line() -> None:
    assert describe_error(ValueError("two\nlines")) == "ValueError: two lines"
    assert describe_error(KeyError("x")) == "KeyError: 'x'"
    assert describe_error(ValueError("::x" * 200), 30) == "ValueError: ::x::x::x::x::x..."
    assert "ShyError" in describe_error(ShyError())
    assert describe_error(SyntaxError("bad", ("a.py", 1, None, None))) == 'File "a.py", line 1 SyntaxError: bad'


def test_a_value_whose_repr_raises_is_described_by_its_type() -> None:
    assert safe_repr(["x\n"]) == r"['x\n']"
    assert safe_repr(ShyError()) == "a ShyError whose repr raised RuntimeError"


def test_a_long_type_is_cut() -> None:
    error = type("E" * 81, (Exception,), {})

    def fail(_: object) -> str:
        raise error

    value = type("T" * 81, (), {"__repr__": fail})()
    assert safe_repr(value) == f"a {'T' * 77}... whose repr raised {'E' * 77}..."


def test_the_nearest_spelling_is_suggested_whatever_its_case() -> None:
    assert did_you_mean("coverge", ["coverage", "lint"]) == " (did you mean 'coverage'?)"
    assert did_you_mean("COVERAGE", ["coverage"]) == " (did you mean 'coverage'?)"
    assert did_you_mean("xyz", ["coverage", "lint"]) == ""
    assert nearest_names("auth", ["auths", "author", "oauth", "billing"]) == ["oauth", "auths", "author"]
    assert nearest_names("auth", ["auths", "author", "oauth", "billing"], count=1) == ["oauth"]
    assert len(nearest_names("auth", ["auths", "autho", "oauth", "authx"])) == 3
    assert nearest_names("abcde", ["abcxx"]) == ["abcxx"]
    assert nearest_names("abcde", ["abxxx"]) == []
    assert nearest_names("abcde", ["abxxx"], cutoff=0.4) == ["abxxx"]
    assert nearest_names("abcde", ["abcxx"], cutoff=0.7) == []


@pytest.mark.parametrize(
    ("count", "noun", "words"),
    [(0, "line", "0 lines"), (1, "line", "1 line"), (2, "branch", "2 branches"), (2, "class", "2 classes"),
     (1, "branch", "1 branch"), (2, "box", "2 boxes"), (2, "dish", "2 dishes"), (0, "class", "0 classes"),
     (2, "path", "2 paths"), (1, "entry", "1 entry"), (2, "entry", "2 entries"), (3, "entry", "3 entries"),
     (2, "day", "2 days"), (2, "key", "2 keys"), (2, "toy", "2 toys"), (2, "guy", "2 guys"), (2, "iy", "2 iys")],
)  # fmt: skip
def test_a_noun_is_counted(count: int, noun: str, words: str) -> None:
    assert plural(count, noun) == words


def test_by_default_a_number_has_one_decimal_place_and_more_is_better() -> None:
    assert format_number(Fraction("69.96")) == "69.9"
    assert format_number(Fraction("-69.96")) == "-70.0"


def test_by_default_a_text_has_at_most_500_characters_and_an_error_300() -> None:
    assert safe("x" * 500) == "x" * 500
    assert safe("x" * 501) == "x" * 497 + "..."
    assert len(describe_error(ValueError("x" * 999))) == 300
    assert len(safe_repr("x" * 999)) == 200


def test_a_text_may_have_exactly_as_many_characters_as_the_limit_after_the_escapes() -> None:
    assert safe("\x00" * 5, 20) == "\\x00" * 5
    assert safe("\x00" * 6, 20) == ("\\x00" * 6)[:17] + "..."


def test_the_longest_texts() -> None:
    assert (LONGEST_LINE, LONGEST_READ) == (10_000, 100_000)


def test_a_secret_behind_the_part_that_is_read_is_cut_off() -> None:
    assert safe("x" * LONGEST_READ + "://me:hunter2@db", 2 * LONGEST_READ) == "x" * LONGEST_READ


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "c"], "a, b, c"),
        (["a", "b", "c", "d"], "a, b, c and 1 more"),
        (["a"] * 9, "a, a, a and 6 more"),
        (["a\n", "x" * 121], "a\\n, " + "x" * 117 + "..."),
    ],
)
def test_the_first_few_names_are_listed_and_the_others_counted(names: list[str], text: str) -> None:
    assert first_few(names) == text


FINDING = Finding(path="a.py", line=3, message="bad")
FAILURE = Finding(path="t.py", line=7, message="boom", test="t.py::test[a: b]")


@pytest.mark.parametrize(
    ("findings", "text"),
    [
        ([], ""),
        ([FINDING], "a.py:3: bad"),
        ([FAILURE], "t.py::test[a: b]: boom"),
        ([Finding(path="", message="late")], "late"),
        ([FINDING, FAILURE, FINDING], "a.py:3: bad; t.py::test[a: b]: boom; a.py:3: bad"),
        ([FINDING] * 5, "a.py:3: bad; a.py:3: bad; a.py:3: bad; and 2 more"),
        ([Finding(path="a", message="x" * 300)], "a: " + "x" * 194 + "..."),
    ],
)
def test_the_first_findings_are_named_by_their_test_or_their_place(findings: list[Finding], text: str) -> None:
    assert join_findings(findings) == text
