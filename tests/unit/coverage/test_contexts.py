"""The components that a coverage context counts for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_maturity.coverage.contexts import (
    Scope,
    find_foreign_contexts,
    make_pattern,
    select_import_contexts,
    select_own_contexts,
)
from pytest_maturity.model.evidence import Claim, Component

ROOT = Path("/project")
REQUESTERS = {"p.1": {"a", "b"}}


def component(name: str, *tests: str) -> Component:
    claims = tuple(Claim(path=ROOT / test, rule="") for test in tests)
    return Component(name=name, sources=(), files=(), found_by="", tests=claims)


def counted(one: Component, contexts: list[str], *reachable: str) -> list[str]:
    """Returns the contexts that count for a component whose tests would import the `reachable` modules."""
    own = select_own_contexts(one, contexts, ROOT, REQUESTERS)
    pattern = make_pattern(own | select_import_contexts(set(contexts) - own, lambda: set(reachable)))
    return [context for context in contexts if re.search(pattern, context)]


def never_called() -> set[str]:
    raise AssertionError("unreachable because no context imports a module")


def test_the_context_of_tests_names_their_components_in_order() -> None:
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
def test_a_scope_is_parsed_from_its_context_also_behind_a_static_one(scope: Scope) -> None:
    assert Scope.parse(str(scope)) == scope
    assert Scope.parse(f"static|{scope}") == scope


def test_a_context_of_another_plugin_is_foreign() -> None:
    assert Scope.parse("tests/test_a.py::test_x|run") is None
    assert find_foreign_contexts(["", "static", "tests/test_a.py::test_x|run", "pytest-maturity:a"], "static") == [
        "tests/test_a.py::test_x|run"
    ]


def test_only_the_scope_of_tests_counts_for_no_other_components() -> None:
    assert Scope.of({"a", "b"}).components == frozenset({"a", "b"})
    assert Scope.at("tests/test_a.py").components is None
    assert Scope.shared("p.1").components is None
    assert Scope.of({"a"}).importing("src/b.py").components is None


def test_code_without_context_and_of_own_tests_counts_and_of_other_tests_does_not() -> None:
    contexts = ["", "pytest-maturity:a", "pytest-maturity:a,b", "pytest-maturity:b", "pytest-maturity:ab"]
    assert counted(component("a"), contexts) == contexts[:3]
    assert select_import_contexts(contexts, never_called) == set()


def test_tests_of_no_component_count_for_none() -> None:
    assert counted(component("a"), ["pytest-maturity:"]) == []


def test_the_pattern_of_no_contexts_matches_none() -> None:
    assert re.search(make_pattern(()), "pytest-maturity:a") is None


def test_a_shared_fixture_counts_for_components_whose_tests_request_it() -> None:
    contexts = ["pytest-maturity:#p.1", "pytest-maturity:#p.2"]
    assert counted(component("a"), contexts) == contexts[:1]
    assert counted(component("c"), contexts) == []
    assert [Scope.shared("p.1").is_shared, Scope.of("a").is_shared] == [True, False]


def test_a_path_counts_for_components_with_tests_at_or_below_it() -> None:
    contexts = ["pytest-maturity:@tests", "pytest-maturity:@tests/a", "pytest-maturity:@tests/a/test_1.py"]
    assert counted(component("a", "tests/a/test_1.py"), contexts) == contexts
    assert counted(component("b", "tests/b/test_1.py", "tests/ab.py"), contexts) == contexts[:1]


def test_an_import_counts_for_components_whose_tests_would_import_the_module() -> None:
    contexts = [
        "pytest-maturity:b>src/b.py",
        "pytest-maturity:b>src/b.py>src/a.py",
        "pytest-maturity:@tests/b>src/a.py",
    ]
    assert counted(component("a"), contexts) == []
    assert counted(component("a"), contexts, "src/a.py") == contexts[1:]
    assert counted(component("a"), contexts, "src/b.py") == contexts[:2]
    assert counted(component("b"), contexts) == contexts[:2]
