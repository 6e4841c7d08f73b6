"""The bundled example says what its README says, with the real tools."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples/orchestration"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of one run over all components, by name."""
    import subprocess
    import sys

    copy = tmp_path_factory.mktemp("example") / "orchestration"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    command = [sys.executable, "-m", "pytest", "-p", "no:sugar", "-n", "2"]
    result = subprocess.run([*command, "--maturity-component", "all", "--maturity-target", "production"],
                            cwd=copy, capture_output=True, text=True, check=False)  # fmt: skip
    assert result.returncode == 1, result.stdout
    report = json.loads((copy / ".maturity/report.json").read_text())
    return {component["name"]: component for component in report["components"]}


@pytest.mark.parametrize(
    ("name", "verdict", "reached", "failing"),
    [
        ("money", "PROMOTE", "production", []),
        ("orchestration", "HOLD", "staging", ["coverage"]),
        ("invoicing", "HOLD", "dev", ["coverage", "types", "security.high", "spec"]),
    ],
)
def test_each_component_is_as_mature_as_it_looks(
    judged: dict[str, Any], name: str, verdict: str, reached: str, failing: list[str]
) -> None:
    component = judged[name]
    assert (component["verdict"], component["reached"]) == (verdict, reached)
    assert [gate["gate"] for gate in component["gates"] if gate["status"] != "passed"] == failing
    assert component["gaps"] == []


def test_an_orchestrator_belongs_to_orchestration(judged: dict[str, Any]) -> None:
    assert [test["path"] for test in judged["orchestration"]["tests"]] == [
        "tests/test_orchestration_planning.py",
        "tests/test_orchestrator.py",
    ]
