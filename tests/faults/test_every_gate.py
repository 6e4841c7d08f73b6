"""For each built-in gate: a project that it alone holds, and a project in which its measurement is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from pytest_maturity.gates import BUILTIN
from tests.acceptance.tools.osv_server import serve
from tests.faults.fault import Fault
from tests.faults.runner import FaultRunner, RunResult, without_git

COMMAND = "mine"  # a gate that the configuration defines by a command
EVERY = """
    ladder = ["proven"]
    retry.base_delay = 0
    [tool.maturity.stages.proven]
    pass_rate = 100
    coverage = 80
    new_code_coverage = 50
    lint = 0
    format = 0
    types = 0
    security = { critical = 0, high = 0, medium = 0, low = 0 }
    spec = 0
    skipped_rate = 0
    flaky_rate = 0
    suppressions = 0
    unhandled = 0
    warnings = 0
    duration = { max = 60, slowest_s = 1 }
    performance = 0
    dependencies = 0
    vulnerabilities = 0
    uncommitted = 20
    mine = 0
    [tool.maturity.gates.types]
    tool = "mypy"
    """
AUDIT = """
    [tool.maturity.gates.vulnerabilities]
    requirements = ["pins.txt"]
    service = "osv"
    osv_url = "{url}"
    """
MINE = """
    [tool.maturity.gates.mine]
    command = ["cat", "mine.txt"]
    pattern = '\\d+'
    """
LIMITED = """
import pytest

def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.maturity_sla(max_ms=30_000))
"""
SOUND = {
    "conftest.py": LIMITED,
    "mine.txt": "0\n",
    "requirements.txt": "",
    "pins.txt": "requests==2.32.0\n",
    "specs/shop.md": "# shop\n\n```python\ndef price(count: int) -> str: ...\n```\n",
}
MORE = "import shop.more\n\ndef test_more():\n    assert shop.more\n"
# The files because of which a gate holds the component, and the reason in the verdict: no other gate holds it.
HELD: dict[str, tuple[dict[str, str], str]] = {
    "pass_rate": ({"tests/test_shop_x.py": "def test_a():\n    assert 0\n"}, "pass rate 66.6 % < 100"),
    "coverage": (
        {"tests/test_shop.py": "import shop\n\ndef test_few():\n    assert shop.price(1) == 'few'\n"},
        "coverage 75 % < 80",
    ),
    "new_code_coverage": ({"src/shop/more.py": "A = 1\n"}, "new code coverage 0 % < 50"),
    "lint": ({"src/shop/more.py": "import os\n", "tests/test_shop_x.py": MORE}, "lint 1 > 0"),
    "format": ({"src/shop/more.py": "A = ( 1 )\n", "tests/test_shop_x.py": MORE}, "format 1 > 0"),
    "types": ({"src/shop/more.py": 'A: int = "x"\n', "tests/test_shop_x.py": MORE}, "types 1 > 0"),
    "security": ({"src/shop/more.py": 'A = eval("1")\n', "tests/test_shop_x.py": MORE}, "security.medium 1 > 0"),
    "spec": ({"specs/shop.md": "```python\ndef refund(): ...\n```\n"}, "spec 1 > 0"),
    "skipped_rate": (
        {"tests/test_shop_x.py": "import unittest\n\ndef test_a():\n    raise getattr(unittest, 'SkipTest')\n"},
        "skipped rate 33.4 % > 0",
    ),
    "flaky_rate": (
        {
            "tests/test_shop_x.py": "calls = []\n\ndef test_a():\n    calls.append(1)\n"
            "    if len(calls) == 1:\n        raise ConnectionError\n"
        },
        "flaky rate 33.4 % > 0",
    ),
    "suppressions": ({"src/shop/more.py": "import os  # noqa\n", "tests/test_shop_x.py": MORE}, "suppressions 1 > 0"),
    "unhandled": (
        {
            "tests/test_shop_x.py": "import threading\n\ndef test_a():\n"
            "    thread = threading.Thread(target=lambda: 1 / 0)\n    thread.start()\n    thread.join()\n"
        },
        "unhandled 1 > 0",
    ),
    "warnings": (
        {"src/shop/more.py": 'import warnings\n\nwarnings.warn("late")\n', "tests/test_shop_x.py": MORE},
        "warnings 1 > 0",
    ),
    "duration": (
        {"tests/test_shop_x.py": "import time\n\ndef test_a():\n    time.sleep(1)\n"},
        "duration.slowest s 1.1 s > 1",
    ),
    "performance": (
        {
            "tests/test_shop_x.py": "import time\n\nimport pytest\n\n@pytest.mark.maturity_sla(max_ms=1)\n"
            "def test_a():\n    time.sleep(0.1)\n"
        },
        "performance 1 > 0",
    ),
    "dependencies": ({"requirements.txt": "rich\n"}, "dependencies 1 > 0"),
    "vulnerabilities": ({"pins.txt": "jinja2==2.10\n"}, "vulnerabilities 1 > 0"),
    "uncommitted": ({f"notes/{number}.txt": "" for number in range(20)}, "uncommitted 26 > 20"),
    COMMAND: ({"mine.txt": "all 3 of them\n"}, "mine 3 > 0"),
}
SKIPPED = "import pytest\n\n@pytest.mark.skip\ndef test_a():\n    pass\n"
TIMELESS = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for when in ("setup", "call", "teardown"):
        report = pytest.TestReport(item.nodeid, item.location, {}, "passed", None, when, duration=-1.0)
        item.ihook.pytest_runtest_logreport(report=report)
    return True
"""
XFAILED = "import pytest\n\n@pytest.mark.xfail\ndef test_a():\n    assert 0\n"
# The settings that make a gate unknown, and the reason in the verdict.
UNKNOWN: dict[str, tuple[Fault, str]] = {
    gate: (Fault(number=0, title=f"{gate} is unknown", exit_code=3, verdict="INCONCLUSIVE", **settings), reason)
    for gate, settings, reason in (
        ("pass_rate", {"files": {"tests/test_shop.py": SKIPPED}}, "no test passed or failed"),
        ("coverage", {"settings": '[tool.coverage.run]\nomit = ["src/*"]\n'}, "omits every file of the component"),
        ("new_code_coverage", {"gate_arguments": ("--maturity-compare-branch=gone",)}, "git knows no branch 'gone'"),
        ("lint", {"without_tools": True}, "ruff is not installed"),
        ("format", {"without_tools": True}, "ruff is not installed"),
        ("types", {"without_tools": True}, "mypy is not installed"),
        ("security", {"without_tools": True}, "detect-secrets is not installed"),
        ("spec", {"files": {"src/shop/more.py": "def (\n"}}, "src/shop/more.py"),
        ("skipped_rate", {"files": {"tests/test_shop.py": XFAILED}}, "no test passed or was skipped"),
        ("flaky_rate", {"files": {"tests/test_shop.py": SKIPPED}}, "no test passed"),
        ("suppressions", {"files": {"src/shop/more.py": "A = '\n"}}, "src/shop/more.py"),
        ("unhandled", {"arguments": ("-p", "no:threadexception")}, "its plugin threadexception"),
        ("warnings", {"arguments": ("-p", "no:warnings")}, "its plugin warnings is off"),
        ("duration", {"files": {"conftest.py": TIMELESS}}, "not every test was timed"),
        ("performance", {"files": {"conftest.py": ""}}, "no test has the marker maturity_sla"),
        ("dependencies", {"without_tools": True}, "deptry is not installed"),
        ("vulnerabilities", {"without_tools": True}, "pip-audit is not installed"),
        ("uncommitted", {"preparation": without_git}, "this is no git repository that has a commit"),
        (COMMAND, {"files": {"mine.txt": "none\n"}}, "nothing in its output matches"),
    )
}
ALL_GATES = {*(gate.name for gate in BUILTIN), COMMAND}
RunGate = Callable[[Fault], RunResult]


@pytest.fixture(scope="module")
def every() -> Iterator[str]:
    """The policy that requires every gate; vulnerabilities are looked up in a server of this process."""
    with serve() as url:
        yield EVERY + AUDIT.format(url=url) + MINE


@pytest.fixture(scope="module")
def run_gate(runner: FaultRunner, tmp_path_factory: pytest.TempPathFactory) -> RunGate:
    """Runs the gate on a project without a fault but the given one; all runs share the cache of mypy."""
    cache = {"MYPY_CACHE_DIR": str(tmp_path_factory.mktemp("mypy")), "NO_PROXY": "127.0.0.1"}
    cache["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))

    def run(fault: Fault) -> RunResult:
        files = {**SOUND, **fault.files}
        return runner.run_gate(replace(fault, files=files, environment=cache), fault.title.replace(" ", "-"))

    return run


def test_every_gate_has_a_project_that_it_holds_and_one_in_which_it_is_unknown() -> None:
    assert set(HELD) == set(UNKNOWN) == ALL_GATES


def test_a_project_without_a_fault_is_promoted_by_all_gates(run_gate: RunGate, every: str) -> None:
    result = run_gate(Fault(number=0, title="sound", policy=every, verdict="PROMOTE"))
    assert result.exit_code == 0, result.everything
    (component,) = result.report["components"]
    assert {gate["gate"].partition(".")[0] for gate in component["gates"]} == ALL_GATES
    assert {gate["status"] for gate in component["gates"]} == {"passed"}


@pytest.mark.parametrize("gate", list(HELD))
def test_each_gate_alone_can_hold_a_component(run_gate: RunGate, every: str, gate: str) -> None:
    files, reason = HELD[gate]
    result = run_gate(Fault(number=0, title=f"{gate} holds", policy=every, files=files))
    assert (result.exit_code, result.verdict) == (1, "HOLD"), result.everything
    assert result.gate_lines[-1] == f"HOLD  shop is not ready for proven: {reason}"
    (component,) = result.report["components"]
    others = {one["status"] for one in component["gates"] if one["gate"].partition(".")[0] != gate}
    assert others == {"passed"}, result.everything


@pytest.mark.parametrize("gate", list(UNKNOWN))
def test_each_gate_can_be_unknown_and_the_verdict_gives_the_reason(run_gate: RunGate, gate: str) -> None:
    fault, reason = UNKNOWN[gate]
    threshold = (
        "{ critical = 0 }"
        if gate == "security"
        else 100
        if gate in ("pass_rate", "coverage", "new_code_coverage")
        else 0
    )
    policy = f'ladder = ["proven"]\nstages.proven.{gate} = {threshold}\n'
    result = run_gate(replace(fault, policy=policy + (MINE if gate == COMMAND else "")))
    assert (result.exit_code, result.verdict) == (3, "INCONCLUSIVE"), result.everything
    name = "security.critical" if gate == "security" else gate
    (component,) = result.report["components"]
    assert [(one["gate"], one["status"]) for one in component["gates"]] == [(name, "unknown")]
    assert result.gate_lines[-1].startswith(f"INCONCLUSIVE  shop, proven: {name.replace('_', ' ')} unknown (")
    assert reason in result.gate_lines[-1]
