"""Faults 51 to 55: coverage that is measured twice or not at all, or is just below the threshold."""

from __future__ import annotations

from tests.faults.fault import Fault
from tests.faults.runner import RunResult

COVERAGE = 'ladder = ["proven"]\nstages.proven.coverage = 80\n'
SAME = ("--cov=src/shop", "--cov-report=", "--cov-fail-under=80")  # the same requirement for pytest-cov
COVERAGE_PEER = ("pytest-cov",)
HALF = {"tests/test_shop.py": "from shop import price\n\ndef test_few():\n    assert price(1) == 'few'\n"}
ALMOST = "A = 1\n" * 1998 + "def never():\n" + "    A = 2\n" * 501  # 1,999 of 2,500 statements are 79.96 %
EXCLUDED = "def price(count):  # pragma: no cover\n    return 'many' if count > 3 else 'few'\n"


def check_outer_report(result: RunResult) -> None:
    assert "src/shop/__init__.py" in result.output, "the component is missing in the outer report"
    assert " 0%" not in result.output, "a file has 0 % in the outer report"


def check_excluded_lines(result: RunResult) -> None:
    (component,) = result.report["components"]
    assert component["coverage"]["excluded"] == 2, component["coverage"]


FAULTS = (
    Fault(
        number=51,
        case="pytest-cov",
        title="pytest-cov measures the same run",
        plugins=("pytest_cov",),
        policy=COVERAGE,
        peers=COVERAGE_PEER,
        coverage_options=SAME,
        gate_arguments=("--cov=src", "--cov-report=term"),
        files={**HALF, "tests/test_shop_o.py": "import other\n"},
        messages=("coverage 75 % < 80",),
        check=check_outer_report,
    ),
    Fault(
        number=51,
        case="coverage run",
        title="`coverage run` measures the same run",
        policy=COVERAGE,
        peers=COVERAGE_PEER,
        coverage_options=SAME,
        files=HALF,
        launcher=("-m", "coverage", "run", "--source=src", "-m", "pytest"),
        messages=("coverage 75 % < 80",),
    ),
    Fault(
        number=52,
        case="elsewhere",
        title="pytest-cov measures the same run, but other sources",
        plugins=("pytest_cov",),
        gate_arguments=("--cov=src/other", "--cov-report="),
        policy=COVERAGE,
        peers=COVERAGE_PEER,
        coverage_options=("--cov=src/other", "--cov-report=", "--cov-fail-under=80"),
        files={"tests/test_shop_o.py": "import other\n"},
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("pytest-cov did not measure the component: measure its sources, too",),
    ),
    Fault(
        number=52,
        case="nothing",
        title="a component without statements",
        policy=COVERAGE,
        peers=COVERAGE_PEER,
        coverage_options=("--cov=src/hollow", "--cov-report=", "--cov-fail-under=80"),
        component="hollow",
        exit_code=3,
        files={"src/hollow/__init__.py": "", "tests/test_hollow.py": "def test_a():\n    pass\n"},
        arguments=("-k", "hollow"),
        verdict="INCONCLUSIVE",
        messages=("coverage unknown (the component has no statement to cover)",),
    ),
    Fault(
        number=53,
        case="worker",
        title="an xdist worker dies after all tests have passed, and its coverage data is lost",
        plugins=("xdist",),
        arguments=("-n1", "--max-worker-restart=0"),
        policy=COVERAGE,
        peers=COVERAGE_PEER,
        coverage_options=SAME,
        exit_code=3,
        verdict="INCONCLUSIVE",
        files={
            "conftest.py": "import os, pytest\n\n@pytest.hookimpl(tryfirst=True)\ndef pytest_sessionfinish(session):\n"
            "    if hasattr(session.config, 'workerinput'):\n        os._exit(0)\n"
        },
        messages=("worker gw0 died", "coverage unknown (a worker died, and its coverage data is lost)"),
    ),
    Fault(
        number=53,
        case="subprocess",
        title="code that runs only in a subprocess",
        policy=COVERAGE,
        peers=COVERAGE_PEER,
        coverage_options=SAME,
        files={
            "tests/test_shop.py": "import subprocess, sys\n\ndef test_a():\n"
            "    code = 'import shop; shop.price(1); shop.price(9)'\n"
            "    subprocess.run([sys.executable, '-c', code], cwd='src', check=True)\n"
        },
        messages=("coverage 0 % < 80",),
    ),
    Fault(
        number=54,
        case="omit",
        title="`omit` leaves out the whole component",
        policy=COVERAGE,
        peers=COVERAGE_PEER,
        coverage_options=SAME,
        exit_code=3,
        verdict="INCONCLUSIVE",
        settings='[tool.coverage.run]\nomit = ["src/shop/*"]\n',
        messages=("the coverage configuration omits every file of the component",),
    ),
    Fault(
        number=54,
        case="pragma",
        title="`pragma: no cover` excludes the whole component",
        policy=COVERAGE,
        peers=COVERAGE_PEER,
        coverage_options=SAME,
        exit_code=3,
        files={"src/shop/__init__.py": EXCLUDED},
        verdict="INCONCLUSIVE",
        check=check_excluded_lines,
        messages=("coverage unknown (the component has no statement to cover",),
    ),
    Fault(
        number=55,
        title="79.96 % of a required 80 %",
        policy=COVERAGE,
        peers=COVERAGE_PEER,
        coverage_options=SAME,
        messages=("coverage 79.9 % < 80",),
        files={
            "src/shop/__init__.py": ALMOST,
            "tests/test_shop.py": "import shop\n\ndef test_a():\n    assert shop.A == 1\n",
        },
    ),
)
