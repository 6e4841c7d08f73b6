"""The numbers and the summary of a component's suppressions."""

from __future__ import annotations

from pytest_maturity.model.suppressions import KINDS, Suppression, Suppressions

NOQA = Suppression(kind="noqa", path="a.py", line=1)
SKIP = Suppression(kind="skip", path="t.py", line=1)


def test_each_kind_has_a_number_and_the_summary_has_those_above_0() -> None:
    found = Suppressions(found=(NOQA, NOQA, SKIP), unknown=frozenset(), problems=())
    assert found.counts == {**dict.fromkeys(KINDS, 0), "noqa": 2, "skip": 1}
    assert (found.total, found.summary) == (3, "2 noqa, 1 skip")


def test_an_unknown_kind_has_no_number_however_many_were_found() -> None:
    found = Suppressions(found=(SKIP,), unknown=frozenset({"skip"}), problems=("x",))
    assert (found.counts["skip"], found.counts["noqa"], found.total) == (None, 0, None)
    assert found.summary == "unknown: skip"


def test_the_summary_has_the_known_numbers_first_and_no_underscores() -> None:
    ignore = Suppression(kind="type_ignore", path="a.py", line=1)
    found = Suppressions(found=(ignore, NOQA), unknown=frozenset({"no_cover", "omitted"}), problems=("x",))
    assert found.summary == "1 noqa, 1 type ignore; unknown: no cover, omitted"


def test_by_default_every_kind_is_unknown() -> None:
    kinds = {"noqa", "type_ignore", "nosec", "fmt", "no_cover", "omitted", "skip", "xfail", "warning_filter"}
    assert set(Suppressions().unknown) == kinds
    assert Suppressions().problems == ("suppressions were not counted",)


def test_by_default_a_suppression_is_of_the_whole_file_and_has_no_text() -> None:
    suppression = Suppression(kind="omitted", path="a.py")
    assert (suppression.line, suppression.text) == (None, "")


def test_without_suppressions_the_summary_is_empty() -> None:
    assert Suppressions(unknown=frozenset(), problems=()).summary == ""


def test_suppressions_are_sorted_by_path_line_and_kind() -> None:
    whole_file = Suppression(kind="omitted", path="a.py")
    same_line = Suppression(kind="nosec", path="a.py", line=1)
    ordered = [whole_file, NOQA, same_line, SKIP]
    assert sorted([SKIP, same_line, NOQA, whole_file], key=lambda one: one.sort_key) == ordered
