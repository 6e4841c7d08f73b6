"""The builtin categories of warnings."""

from __future__ import annotations

from pytest_maturity.model.warning_categories import CATEGORIES


def test_every_category_of_python_is_known_by_its_name() -> None:
    assert {"Warning", "UserWarning", "DeprecationWarning", "ResourceWarning", "EncodingWarning"} <= set(CATEGORIES)
    assert all(name == category.__name__ for name, category in CATEGORIES.items())
    assert list(CATEGORIES) == sorted(CATEGORIES)
