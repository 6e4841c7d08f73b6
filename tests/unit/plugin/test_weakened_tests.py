"""Every option of pytest itself is classified: a new one must be examined before it can weaken a run unnoticed."""

from __future__ import annotations

import pytest
from _pytest.config import get_config

from pytest_maturity.plugin import weakened_tests
from pytest_maturity.plugin.modes import NO_RUN
from pytest_maturity.plugin.pytest_internals import parse_options

CLASSES = (
    weakened_tests.WEAKENING.keys(),
    weakened_tests.EXAMINED,
    weakened_tests.SELECTING,
    weakened_tests.NOT_RUNNING,
    weakened_tests.HARMLESS,
)


def test_every_option_of_pytest_is_in_one_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    options = set(vars(parse_options(get_config(), [])))
    classified = [name for names in CLASSES for name in names]
    assert sorted(options - set(classified)) == [], "classify these in weakened_tests.py"
    assert len(classified) == len(set(classified))
    assert set(NO_RUN) == weakened_tests.NOT_RUNNING
