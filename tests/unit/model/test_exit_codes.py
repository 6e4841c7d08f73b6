"""The exit code that a verdict stands for."""

from __future__ import annotations

import pytest

from pytest_maturity.model import exit_codes
from pytest_maturity.model.report import Verdict


@pytest.mark.parametrize(
    ("verdict", "code"),
    [(Verdict.PROMOTE, 0), (Verdict.HOLD, 1), (Verdict.INCONCLUSIVE, 3), (Verdict.INCOMPLETE, 3)],
)
def test_only_a_promotion_is_zero(verdict: Verdict, code: int) -> None:
    assert exit_codes.exit_code_of(verdict) == code
    assert code in exit_codes.OF_A_VERDICT


def test_wrong_usage_has_the_exit_code_of_pytest() -> None:
    assert exit_codes.WRONG_USAGE == pytest.ExitCode.USAGE_ERROR
    assert exit_codes.WRONG_USAGE not in exit_codes.OF_A_VERDICT
