"""51 to 55: coverage that is measured twice, not at all, or almost."""

from __future__ import annotations

from tests.faults.fault import Fault
from tests.faults.running import Ran

COVERAGE = 'ladder = ["proven"]\nstages.proven.coverage = 80\n'
SAME = ("--cov=src/shop", "--cov-report=", "--cov-fail-under=80")  # what pytest-cov is asked, to compare
MEASURES = ("pytest-cov",)
HALF = {"tests/test_shop.py": "from shop import price\n\ndef test_few():\n    assert price(1) == 'few'\n"}
ALMOST = "A = 1\n" * 1998 + "def never():\n" + "    A = 2\n" * 501  # 1,999 of 2,500 statements are 79.96 %
EXCLUDED = "def price(count):  # pragma: no cover\n    return 'many' if count > 3 else 'few'\n"


def outer_report_is_whole(ran: Ran) -> None:
    assert "src/shop/__init__.py" in ran.text, "the outer report lost the component"
    assert " 0%" not in ran.text, "the outer report became 0 %"


def excluded_lines_are_told(ran: Ran) -> None:
    (component,) = ran.report["components"]
    assert component["coverage"]["excluded"] == 2, component["coverage"]


FAULTS = (
    Fault(
        number=51,
        case="pytest-cov",
        title="pytest-cov measures already",
        plugins=("pytest_cov",),
        policy=COVERAGE,
        against=MEASURES,
        cov=SAME,
        gate=("--cov=src", "--cov-report=term"),
        files={**HALF, "tests/test_shop_o.py": "import other\n"},
        words=("coverage 75 % < 80",),
        check=outer_report_is_whole,
    ),
    Fault(
        number=51,
        case="coverage run",
        title="`coverage run` measures already",
        policy=COVERAGE,
        against=MEASURES,
        cov=SAME,
        files=HALF,
        launcher=("-m", "coverage", "run", "--source=src", "-m", "pytest"),
        words=("coverage 75 % < 80",),
    ),
    Fault(
        number=52,
        case="elsewhere",
        title="what measures already measures something else",
        plugins=("pytest_cov",),
        gate=("--cov=src/other", "--cov-report="),
        policy=COVERAGE,
        against=MEASURES,
        cov=("--cov=src/other", "--cov-report=", "--cov-fail-under=80"),
        files={"tests/test_shop_o.py": "import other\n"},
        code=3,
        verdict="INCONCLUSIVE",
        words=("pytest-cov did not look at the component: measure its sources, too",),
    ),
    Fault(
        number=52,
        case="nothing",
        title="0 statements",
        policy=COVERAGE,
        against=MEASURES,
        cov=("--cov=src/hollow", "--cov-report=", "--cov-fail-under=80"),
        component="hollow",
        code=3,
        files={"src/hollow/__init__.py": "", "tests/test_hollow.py": "def test_a():\n    pass\n"},
        arguments=("-k", "hollow"),
        verdict="INCONCLUSIVE",
        words=("coverage unknown (the component has no statement to cover)",),
    ),
    Fault(
        number=53,
        case="worker",
        title="a worker dies with its data when all tests have passed",
        plugins=("xdist",),
        arguments=("-n1", "--max-worker-restart=0"),
        policy=COVERAGE,
        against=MEASURES,
        cov=SAME,
        code=3,
        verdict="INCONCLUSIVE",
        files={
            "conftest.py": "import os, pytest\n\n@pytest.hookimpl(tryfirst=True)\ndef pytest_sessionfinish(session):\n"
            "    if hasattr(session.config, 'workerinput'):\n        os._exit(0)\n"
        },
        words=("worker gw0 died", "coverage unknown (a worker died, and what it had measured with it)"),
    ),
    Fault(
        number=53,
        case="subprocess",
        title="what only a subprocess ran",
        policy=COVERAGE,
        against=MEASURES,
        cov=SAME,
        files={
            "tests/test_shop.py": "import subprocess, sys\n\ndef test_a():\n"
            "    code = 'import shop; shop.price(1); shop.price(9)'\n"
            "    subprocess.run([sys.executable, '-c', code], cwd='src', check=True)\n"
        },
        words=("coverage 0 % < 80",),
    ),
    Fault(
        number=54,
        case="omit",
        title="`omit` swallows the component",
        policy=COVERAGE,
        against=MEASURES,
        cov=SAME,
        code=3,
        verdict="INCONCLUSIVE",
        settings='[tool.coverage.run]\nomit = ["src/shop/*"]\n',
        words=("the coverage configuration omits every file of the component",),
    ),
    Fault(
        number=54,
        case="pragma",
        title="`pragma: no cover` swallows the component",
        policy=COVERAGE,
        against=MEASURES,
        cov=SAME,
        code=3,
        files={"src/shop/__init__.py": EXCLUDED},
        verdict="INCONCLUSIVE",
        check=excluded_lines_are_told,
        words=("coverage unknown (the component has no statement to cover",),
    ),
    Fault(
        number=55,
        title="79.96 % against 80",
        policy=COVERAGE,
        against=MEASURES,
        cov=SAME,
        words=("coverage 79.9 % < 80",),
        files={
            "src/shop/__init__.py": ALMOST,
            "tests/test_shop.py": "import shop\n\ndef test_a():\n    assert shop.A == 1\n",
        },
    ),
)
