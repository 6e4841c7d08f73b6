"""Faults 51 to 55, 92 to 95, 109: coverage that is measured twice or not at all, and other code than the sources'."""

from __future__ import annotations

import os
import py_compile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


@contextmanager
def leave_byte_code(root: Path) -> Iterator[None]:
    """Compiles the source and breaks it then: Python does not look at a source whose byte code is unchecked."""
    source = root / "src/shop/__init__.py"
    py_compile.compile(str(source), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    source.write_text(source.read_text("utf-8").replace("few", "all"), "utf-8")
    yield


@contextmanager
def leave_byte_code_of_equal_size(root: Path) -> Iterator[None]:
    """Compiles the source and breaks it then, without a change of its time and its size."""
    source = root / "src/shop/__init__.py"
    py_compile.compile(str(source), invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    stat, text = source.stat(), source.read_text("utf-8")
    source.write_text(text.replace("few", "all"), "utf-8")
    os.utime(source, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    yield


@contextmanager
def leave_byte_code_alone(root: Path) -> Iterator[None]:
    """Compiles a module of the package and removes its source."""
    source = root / "src/shop/refunds.py"
    source.write_text("A = 1\n", "utf-8")
    py_compile.compile(str(source), cfile=str(source.with_suffix(".pyc")))
    source.unlink()
    yield


@contextmanager
def link_out_of_the_project(root: Path) -> Iterator[None]:
    """Moves a source out of the project and leaves a link to it."""
    source, target = root / "src/shop/__init__.py", root.with_name(f"{root.name}-store.py")
    source.rename(target)
    source.symlink_to(target)
    yield


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
    Fault(
        number=92,
        case="unchecked",
        title="unchecked byte code of better code lies beside a source that is wrong",
        preparation=leave_byte_code,
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("the byte code of 1 file is not that of the source: src/shop/__init__.py; remove __pycache__",),
    ),
    Fault(
        number=92,
        case="equal",
        title="byte code of better code has the time and the size of a source that is wrong",
        preparation=leave_byte_code_of_equal_size,
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("the byte code of 1 file is not that of the source: src/shop/__init__.py; remove __pycache__",),
    ),
    Fault(
        number=92,
        case="alone",
        title="byte code without a source is imported",
        preparation=leave_byte_code_alone,
        files={"tests/test_shop_a.py": "from shop import refunds\n\ndef test_a():\n    assert refunds.A\n"},
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("below the sources that belong to no component: src/shop/refunds.pyc",),
    ),
    Fault(
        number=93,
        title="the component runs code of a directory that is taken for build output",
        files={
            "src/shop/build/refunds.py": "A = 1\n",
            "tests/test_shop_a.py": "from shop.build import refunds\n\ndef test_a():\n    assert refunds.A\n",
        },
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("the tests ran 1 file below the sources that belong to no component: src/shop/build/refunds.py",),
    ),
    Fault(
        number=95,
        case="elsewhere",
        title="the package is imported from a build folder, and its source is wrong",
        files={
            "build/lib/shop/__init__.py": "def price(count):\n    return 'many' if count > 3 else 'few'\n",
            "src/shop/__init__.py": "def price(count):\n    return 'all'\n",
            "conftest.py": "import sys\nsys.path.insert(0, 'build/lib')\n",
        },
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("the tests imported shop from build/lib/shop/__init__.py, not from src/shop/__init__.py",),
    ),
    Fault(
        number=95,
        case="ignore_errors",
        title="`ignore_errors` hides a source that does not parse",
        policy=COVERAGE,
        peers=COVERAGE_PEER,
        coverage_options=SAME,
        settings="[tool.coverage.report]\nignore_errors = true\n",
        files={"src/shop/newer.py": "def new(\n"},
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("coverage unknown (coverage could not be measured: Couldn't parse",),
    ),
    Fault(
        number=109,
        title="a string on a line is taken for `pragma: no cover`",
        policy=COVERAGE + "stages.proven.suppressions = 0\n",
        peers=COVERAGE_PEER,
        coverage_options=SAME,
        files={"src/shop/refunds.py": "def refund(days, note='# pragma: no cover'):\n" + "    days += 1\n" * 20},
        messages=("suppressions 1 > 0",),
    ),
    Fault(
        number=95,
        case="link",
        title="a source is a link out of the project, which detect-secrets does not read",
        preparation=link_out_of_the_project,
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=(
            "not every tool reads links that lead out of the project: src/shop/__init__.py; copy the files into it",
        ),
    ),
)
