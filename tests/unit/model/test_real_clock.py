"""The clock that goes on where every name of a clock is replaced."""

from __future__ import annotations

import sys
import time

import pytest

from pytest_maturity.model.real_clock import REAL, load_time


def test_the_clock_goes_on_where_its_names_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = {id(getattr(time, name)) for name in ("monotonic", "perf_counter")}
    for module in [*sys.modules.values()]:
        for name, value in [*getattr(module, "__dict__", {}).items()]:
            if id(value) in clocks:
                monkeypatch.setattr(module, name, lambda: 1.0)
    assert time.monotonic() == time.perf_counter() == 1.0
    for clock in (REAL.monotonic, REAL.perf_counter):
        began = clock()
        REAL.sleep(0.02)
        assert 0.01 < clock() - began < 60


def test_the_clock_is_real_where_it_was_replaced_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "perf_counter", lambda: 1.0)
    clock = load_time().perf_counter
    assert clock() < clock() + 1 != 2.0
    assert time.perf_counter() == 1.0
