"""The source of an attestation, by the keys of its table."""

from __future__ import annotations

import pytest

from pytest_maturity.model.attestations import find_source


@pytest.mark.parametrize(
    ("table", "source"),
    [
        ({"max_age": "30d"}, "attest"),
        ({"file": "a.json", "max_age": "30d"}, "file"),
        ({"command": ["uptime"]}, "command"),
        ({"prometheus": "up", "url": "http://p"}, "prometheus"),
    ],
)
def test_the_key_names_the_source(table: dict[str, object], source: str) -> None:
    assert find_source(table) == source
