"""Whose lines a coverage context holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_maturity.coverage.contexts import (
    Scope,
    find_foreign_contexts,
    pattern_of,
    select_import_contexts,
    select_own_contexts,
)
from pytest_maturity.model.evidence import Claim, Component

ROOT = Path("/project")
REQUESTERS = {"p.1": {"a", "b"}}


def component(name: str, *tests: str) -> Component:
    claims = tuple(Claim(path=ROOT / test, rule="") for test in tests)
    return Component(name=name, sources=(), files=(), found_by="", tests=claims)


def counting(one: Component, contexts: list[str], *reached: str) -> list[str]:
    """Those of the contexts that count for a component whose tests would import these modules."""
    count = select_own_contexts(one, contexts, ROOT, REQUESTERS)
    found = pattern_of(count | select_import_contexts(set(contexts) - count, lambda: set(reached)))
    return [context for context in contexts if re.search(found, context)]


def nobody_asks() -> set[str]:
    raise AssertionError("asked for what would be imported")


def test_a_scope_is_named_after_its_components_in_order() -> None:
    assert str(Scope.of({"b", "a"})) == "pytest-maturity:a,b"


@pytest.mark.parametrize(
    "scope",
    [
        Scope.of({"a"}),
        Scope.of(()),
        Scope.at("tests/x.py"),
        Scope.shared("p.1"),
        Scope.of({"a"}).importing("b.py").importing("c.py"),
    ],
)
def test_a_name_says_all_of_a_scope(scope: Scope) -> None:
    assert Scope.parse(str(scope)) == scope
    assert Scope.parse(f"static|{scope}") == scope


def test_a_name_of_somebody_else_is_no_scope() -> None:
    assert Scope.parse("tests/test_a.py::test_x|run") is None
    assert find_foreign_contexts(["", "static", "tests/test_a.py::test_x|run", "pytest-maturity:a"], "static") == [
        "tests/test_a.py::test_x|run"
    ]


def test_only_the_tests_of_components_say_that_nothing_counts_for_others() -> None:
    assert Scope.of({"a", "b"}).components == frozenset({"a", "b"})
    assert Scope.at("tests/test_a.py").components is None
    assert Scope.shared("p.1").components is None
    assert Scope.of({"a"}).importing("src/b.py").components is None


def test_what_came_before_and_the_own_tests_count_and_those_of_others_do_not() -> None:
    contexts = ["", "pytest-maturity:a", "pytest-maturity:a,b", "pytest-maturity:b", "pytest-maturity:ab"]
    assert counting(component("a"), contexts) == contexts[:3]
    assert select_import_contexts(contexts, nobody_asks) == set()


def test_tests_that_belong_to_nobody_count_for_nobody() -> None:
    assert counting(component("a"), ["pytest-maturity:"]) == []


def test_nothing_counts_where_there_is_nothing() -> None:
    assert re.search(pattern_of(()), "pytest-maturity:a") is None


def test_a_fixture_counts_for_those_who_asked_for_it() -> None:
    contexts = ["pytest-maturity:#p.1", "pytest-maturity:#p.2"]
    assert counting(component("a"), contexts) == contexts[:1]
    assert counting(component("c"), contexts) == []
    assert [Scope.shared("p.1").is_shared, Scope.of("a").is_shared] == [True, False]


def test_what_happens_at_a_place_counts_for_those_with_tests_there() -> None:
    contexts = ["pytest-maturity:@tests", "pytest-maturity:@tests/a", "pytest-maturity:@tests/a/test_1.py"]
    assert counting(component("a", "tests/a/test_1.py"), contexts) == contexts
    assert counting(component("b", "tests/b/test_1.py", "tests/ab.py"), contexts) == contexts[:1]


def test_what_somebody_else_imports_counts_for_those_who_would_import_it() -> None:
    contexts = [
        "pytest-maturity:b>src/b.py",
        "pytest-maturity:b>src/b.py>src/a.py",
        "pytest-maturity:@tests/b>src/a.py",
    ]
    assert counting(component("a"), contexts) == []
    assert counting(component("a"), contexts, "src/a.py") == contexts[1:]
    assert counting(component("a"), contexts, "src/b.py") == contexts[:2]
    assert counting(component("b"), contexts) == contexts[:2]
