"""Faults 119 to 122: a clock that is not real, silenced warnings and rules, and numbers that are read in part."""

from __future__ import annotations

from tests.faults.fault import NO_POLICY, NO_TOOLS, Fault

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

WARNING = {
    "src/shop/extra.py": "import warnings\n\ndef old():\n    warnings.warn('old')\n",
    "tests/test_shop.py": "from shop.extra import old\n\ndef test_extra():\n    assert old() is None\n",
}
QUIET = 'ladder = ["proven"]\nstages.proven.warnings = 0\n'
UNREPORTED = "warnings unknown (every warning is ignored by filters, or taken by fixtures)"
SILENT = """
    import warnings

    import pytest

    @pytest.fixture(autouse=True)
    def quiet():
        warnings.simplefilter("ignore")
    """
TAKEN = """
    import pytest

    @pytest.fixture(autouse=True)
    def quiet(recwarn):
        yield
    """
MOVED = """
    import pytest

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(warning_message):
        warning_message.filename = "elsewhere.py"
    """
COUNTED = """
    ladder = ["proven"]
    stages.proven.mine = 0
    [tool.maturity.gates.mine]
    command = ["cat", "problems.txt"]
    pattern = '\\d+'
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
    *(
        Fault(
            number=120,
            case=case,
            title=title,
            files={**WARNING, "conftest.py": conftest},
            policy=QUIET,
            exit_code=exit_code,
            verdict=verdict,
            messages=(message,),
            not_compared=NO_POLICY,
        )
        for case, title, conftest, exit_code, verdict, message in (
            ("fixture", "a fixture silences warnings in every test", SILENT, 3, "INCONCLUSIVE", UNREPORTED),
            ("taken", "a fixture takes the warnings of every test", TAKEN, 3, "INCONCLUSIVE", UNREPORTED),
            ("moved", "a hook changes the file of a warning", MOVED, 1, "HOLD", "warnings 1 > 0"),
        )
    ),
    Fault(
        number=121,
        title="the settings of deptry ignore every rule",
        files={"src/shop/extra.py": "import no_such_module_anywhere\n", "requirements.txt": ""},
        settings='[tool.deptry]\nignore = ["DEP001", "DEP002", "DEP003", "DEP004"]\n',
        policy='ladder = ["proven"]\nstages.proven.dependencies = 0\n',
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("dependencies unknown ([tool.deptry] ignores every rule)",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=122,
        title="a pattern takes the end of 1,000 for the number of problems",
        files={"problems.txt": "1,000 problems\n"},
        policy=COUNTED,
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("matches only '000' of '1,000'",),
        not_compared=NO_POLICY,
    ),
)
