"""The names that users import from `pytest_maturity`."""

from __future__ import annotations

import pytest

import pytest_maturity


@pytest.mark.parametrize("name", pytest_maturity.__all__)
def test_every_public_name_exists(name: str) -> None:
    found = getattr(pytest_maturity, name)
    assert found.__name__ == name
    assert found.__module__.partition(".")[0] == "pytest_maturity"


def test_another_name_does_not() -> None:
    with pytest.raises(AttributeError, match=r"^module 'pytest_maturity' has no attribute 'Nonsense'$"):
        _ = pytest_maturity.Nonsense
