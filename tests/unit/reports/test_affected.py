"""The sentences about the components that a change can affect."""

from __future__ import annotations

from pytest_maturity.model.affected import Affected, Link, Reason
from pytest_maturity.reports.affected import affected_data, describe_nothing, describe_reason, describe_selection

CHANGE = {"branch": "origin/main", "merge_base": "0123456789abcdef", "changed": ("a.py", "b.py")}


def test_the_selection_says_how_many_and_against_what() -> None:
    some = Affected(names=("a",), unaffected=("b", "c"), **CHANGE)  # type: ignore[arg-type]  # the types of `CHANGE`
    text = "2 changed files against origin/main (merge base 0123456789ab)"
    assert describe_selection(some) == f"affected: 1 of 3 components, by {text}"
    assert describe_nothing(some) == f"nothing was judged: the change affects no component ({text})"
    every = Affected(names=("a", "b"), everything="uv.lock changed, which is no file of a component")
    assert describe_selection(every) == (
        "all 2 components may be affected: uv.lock changed, which is no file of a component"
    )


def test_a_reason_leads_from_the_component_to_the_changed_file() -> None:
    uses = Link(file="tests/a/test_a.py", verb="uses", target="tests/a/conftest.py")
    names = Link(file="tests/a/conftest.py", verb="names", target="b.csv")
    computes = Link(file="tests/a/conftest.py", verb="computes")
    assert describe_reason(Reason(changed="src/b.csv", links=(uses, names))) == (
        "tests/a/test_a.py uses tests/a/conftest.py, which names b.csv, which changed: src/b.csv"
    )
    assert describe_reason(Reason(changed="x.py", links=(uses, computes))) == (
        "tests/a/test_a.py uses tests/a/conftest.py, which imports modules by names that only a run knows: "
        "any change may affect it"
    )
    assert describe_reason(Reason(changed="tests/x.py", has_other_tests=True)) == (
        "it gained or lost a test file: tests/x.py"
    )
    assert describe_reason(Reason(changed="a\x1b.py")) == "changed: a\\x1b.py"


def test_the_selection_is_plain_data() -> None:
    assert affected_data(None) is None
    link = Link(file="c.py", verb="imports", target="a")
    reasons = {"a": Reason(changed="a.py"), "c": Reason(changed="a.py", links=(link,))}
    some = Affected(names=("a", "c"), reasons=reasons, unaffected=("b",), **CHANGE)  # type: ignore[arg-type]  # as above
    assert affected_data(some) == {
        "branch": "origin/main",
        "merge_base": "0123456789abcdef",
        "changed": ["a.py", "b.py"],
        "everything": None,
        "components": [
            {"name": "a", "changed": "a.py", "links": [], "message": "changed: a.py"},
            {
                "name": "c",
                "changed": "a.py",
                "links": [{"file": "c.py", "verb": "imports", "target": "a"}],
                "message": "c.py imports a, which changed: a.py",
            },
        ],
        "unaffected": ["b"],
    }
