"""The ready-made gates in the terminal, failed and unknown: their text is in the files of `terminal/`.

python -m tests.unit.plugin.shown_gates    writes them again
"""

from __future__ import annotations

import io
import os
import sysconfig
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_maturity.evidence.assess import judge
from pytest_maturity.gates import dependencies, duration, pass_rate, vulnerabilities, warnings
from pytest_maturity.gates import format as formatting
from pytest_maturity.model.evidence import Component, Evidence, Finding, Outcomes, ToolResult
from pytest_maturity.model.gates import Context, Requirement
from pytest_maturity.model.report import Report, Run
from pytest_maturity.plugin.terminal import VerdictPrinter, print_conclusion
from tests.unit.reports.judgements import NOTHING

SNAPSHOTS = Path(__file__).with_name("terminal")
ROOT = Path("/project").resolve()
FILES = tuple(ROOT / "src/shop" / name for name in ("__init__.py", "prices.py"))
SHOP = Component(name="shop", sources=(ROOT / "src/shop",), files=FILES, found_by="src")
GATES = {
    one.name: one
    for one in (
        pass_rate.GATE, formatting.GATE, warnings.GATE, duration.GATE, dependencies.GATE, vulnerabilities.GATE,
    )
}  # fmt: skip
LINES = (
    ("pass_rate", "", 100), ("format", "", 0), ("warnings", "", 1), ("warnings", "DeprecationWarning", 0),
    ("duration", "total_s", 2), ("duration", "slowest_s", 1), ("dependencies", "undeclared", 0),
    ("dependencies", "unused", 0), ("vulnerabilities", "", 0),
)  # fmt: skip
REQUIREMENTS = {
    stage: [
        Requirement(gate=gate, line=line, threshold=Fraction(bound), source="here") for gate, line, bound in LINES[:end]
    ]
    for stage, end in (("built", 1), ("ready", len(LINES)))
}

FORMATTED = "".join(
    f"[2026-11-30][16:53:16][ruff::commands::format][DEBUG] format_path; path={path}\n" for path in FILES
)
DIFF = "--- src/shop/prices.py\n+++ src/shop/prices.py\n@@ -3 +3 @@\n-X = { 1:2 }\n+X = {1: 2}\n\n"
IMPORTS = (
    "Python files to scan for imports:\nsrc/shop/__init__.py\nsrc/shop/prices.py\n\nScanning 2 files...\n"
    "pyproject.toml: DEP002 'attrs' defined as a dependency but not used in the codebase\n"
    "src/shop/prices.py:1:8: DEP001 'requests' imported but missing from the dependency definitions\n"
    "Found 2 dependency issues.\n"
)
AUDIT = (
    '{"dependencies": [{"name": "jinja2", "version": "2.10", "vulns": [{"id": "GHSA-462w-v97r-4m45", "fix_versions": '
    '["2.10.1"]}, {"id": "PYSEC-2021-66", "fix_versions": []}]}], "fixes": []}'
)
OFFLINE = (
    "requests.exceptions.ProxyError: HTTPSConnectionPool(host='pypi.org', port=443): Max retries exceeded with url: "
    "/pypi/jinja2/2.10/json (Caused by ProxyError('Unable to connect to proxy'))\n"
)
WARNED = (
    Finding(path="src/shop/prices.py", line=5, message="use total() instead of add()", rule="DeprecationWarning"),
    Finding(path="src/shop/prices.py", line=9, message="prices without a currency", rule="UserWarning"),
)
TESTS = (("tests/test_shop.py::test_prices[every currency]", 2.25), ("tests/test_shop.py::test_total", 0.004))


def result(program: str, stdout: str = "", stderr: str = "", problem: str = "") -> ToolResult:
    return ToolResult(argv=(program, "src/shop"), exit_code=1, stdout=stdout, stderr=stderr, problem=problem)


EVIDENCE = {
    "failed": Evidence(
        component=SHOP,
        suppressions=NOTHING,
        outcomes=Outcomes(collected=2, completed=2, passed=2, warnings=WARNED, duration_s=2.254, durations=TESTS),
        tools={
            "format": result("ruff", DIFF, f"{FORMATTED}1 file would be reformatted, 1 file already formatted\n"),
            "deptry": result("deptry", stderr=IMPORTS),
            "vulnerabilities": result("pip-audit", AUDIT),
        },
    ),
    "unknown": Evidence(
        component=SHOP,
        suppressions=NOTHING,
        outcomes=Outcomes(collected=2, completed=2, passed=2, warnings=None, duration_s=None),
        tools={
            "format": result("ruff", stderr=f"{FORMATTED}error: Failed to parse src/shop/prices.py:1:5: Expected x\n"),
            "deptry": result("deptry", problem="deptry is not installed: pip install deptry"),
            "vulnerabilities": result("pip-audit", stderr=OFFLINE),
        },
    ),
}
WIDTHS = (60, 80, 120, 200)
SHOWN = {
    **{f"{what}-{width}": (what, width, False, 0) for what in EVIDENCE for width in WIDTHS},
    **{f"{what}-{width}-colour": (what, width, True, 0) for what in EVIDENCE for width in WIDTHS},
    **{
        f"{what}-{word}": (what, 80, False, verbosity)
        for what in EVIDENCE
        for word, verbosity in (("quiet", -1), ("quietest", -2), ("verbose", 1))
    },
}


class Utf8(io.StringIO):
    encoding = "utf-8"


def show_gates(name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Returns everything that is printed about the component."""
    what, width, colour, verbosity = SHOWN[name]
    screen = Utf8()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("PY_COLORS", str(int(colour)))
    monkeypatch.setenv("PATH", sysconfig.get_path("scripts"), prepend=os.pathsep)
    judgement = judge(EVIDENCE[what], GATES, REQUIREMENTS, "ready", Context(root=ROOT))
    report = Report(
        verdict=judgement.verdict, target="ready", ladder=tuple(REQUIREMENTS), run=Run(id="1", started=""), root=ROOT,
        components=(judgement,),
    )  # fmt: skip
    plugins = SimpleNamespace(get_plugin=lambda _: None)
    config = cast("Any", SimpleNamespace(pluginmanager=plugins, get_verbosity=lambda: verbosity))
    plan = cast("Any", SimpleNamespace(root=ROOT, report_path=ROOT / ".maturity/shop.json"))
    VerdictPrinter(config, plan).print_summary(report)
    print_conclusion(config, report, "")
    return "".join(f"{line.rstrip()}\n" for line in screen.getvalue().splitlines())


if __name__ == "__main__":
    for shown in SHOWN:
        with pytest.MonkeyPatch.context() as patch:
            written = show_gates(shown, patch)
        (SNAPSHOTS / f"{shown}.txt").write_text(written, encoding="utf-8")
