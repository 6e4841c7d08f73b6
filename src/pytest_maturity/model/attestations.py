"""Attested facts: numbers about a component that people or other systems state."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .light_dataclass import light_dataclass

SOURCES = ("file", "command", "prometheus")  # the keys of an attestation's table that name its source
ATTEST = "attest"  # its source without one of these keys: decisions of `pytest-maturity attest`


def find_source(table: Mapping[str, Any]) -> str:
    """Returns the source of the attestation that a table of the configuration describes."""
    return next((key for key in SOURCES if key in table), ATTEST)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """The number that a source states about a component, as it was before the tests.

    `value` is None where nothing counts; `note` then says why. Else it says where the number comes from.
    """

    value: Fraction | None
    note: str
