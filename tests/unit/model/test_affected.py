"""Reasons for which components are affected: what is true without being said."""

from __future__ import annotations

from dataclasses import asdict

from pytest_maturity.model.affected import Affected, Link, Reason


def test_a_link_has_no_target_where_names_are_computed() -> None:
    assert asdict(Link(file="a.py", verb="computes")) == {"file": "a.py", "verb": "computes", "target": ""}


def test_a_changed_file_of_the_component_itself_is_reason_enough() -> None:
    expected = {"changed": "a.py", "links": (), "is_new": False, "has_other_tests": False}
    assert asdict(Reason(changed="a.py")) == expected


def test_without_a_merge_base_nothing_is_known_of_the_change() -> None:
    assert asdict(Affected(names=("shop",))) == {
        "names": ("shop",),
        "branch": None,
        "merge_base": None,
        "changed": (),
        "everything": "",
        "reasons": {},
        "unaffected": (),
    }
