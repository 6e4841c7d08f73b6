"""Two names are those of one person where a spelling of one is a spelling of the other."""

from __future__ import annotations

import pytest

from pytest_maturity.model.people import find_spellings, is_same_person


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("ann", "Ann", True),
        ("ann", "ann@example.org", True),
        ("ann.lee", "Ann Lee <a@example.org>", True),
        ("ann-lee", "Ann Lee", True),
        ("ann", "Ann Lee <7+ann@users.noreply.github.com>", True),
        ("ann@example.org", "ANN@example.org", True),
        ("\uff41nn", "ann", True),  # a full-width letter
        ("ann", "bob", False),
        ("ann", "ann lee", False),
        ("bob@example.org", "ann@example.org", False),
        ("", "", False),
        ("", "ann", False),
        (" <>", "<>", False),
    ],
)
def test_one_person_has_many_spellings(one: str, other: str, expected: bool) -> None:
    assert is_same_person(one, other) is expected
    assert is_same_person(other, one) is expected


def test_the_spellings_of_a_name_with_an_address() -> None:
    assert find_spellings("Ann Lee <7+ann@users.noreply.github.com>") == {
        "annlee", "7+ann@usersnoreplygithubcom", "7", "ann",
    }  # fmt: skip
