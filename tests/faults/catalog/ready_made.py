"""Faults 119 to 121: a clock that is not real, files that a ready-made gate's tool passes over, numbers misread."""

from __future__ import annotations

from tests.faults.fault import NO_POLICY, Fault

SLOW = {"tests/test_shop_x.py": "import time\n\ndef test_slow():\n    time.sleep(0.4)\n"}
QUICK = 'ladder = ["proven"]\nstages.proven.duration = { total_s = 0.3 }\n'
FROZEN = """
    import _pytest.timing

    _pytest.timing.perf_counter = lambda: 0.0
    """
EDITED = """
    import pytest

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport():
        report = yield
        report.duration = -1.0 if report.when == "call" else 0.0
        return report
    """

FAULTS = (
    *(
        Fault(
            number=119,
            case=case,
            title=title,
            files={**SLOW, "conftest.py": conftest},
            policy=QUICK,
            messages=("duration.total s 0.", "s > 0.3"),
            not_compared=NO_POLICY,
        )
        for case, title, conftest in (
            ("clock", "the clock by which pytest times tests stands still", FROZEN),
            ("report", "a hook changes the times in the reports of tests", EDITED),
        )
    ),
)
