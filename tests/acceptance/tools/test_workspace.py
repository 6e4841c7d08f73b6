"""Members of one repository: each tool and coverage.py with the settings of the member, and the report says which."""

from __future__ import annotations

import pytest

from tests.acceptance.project import Project

SHARED = """
    [tool.ruff]
    line-length = 100
    [tool.maturity]
    ladder = ["one"]
    stages.one = {{ coverage = 50, lint = 0, types = 0 }}
"""
MODULE = "def one(flag: bool) -> int:\n    if flag:\n        return 1\n    return 2\n"


@pytest.fixture
def workspace(project: Project) -> Project:
    for name in ("alpha", "beta"):
        project.write({
            f"packages/{name}/src/{name}.py": MODULE,
            f"packages/{name}/tests/test_{name}.py": f"from {name} import one\ndef test_one(): assert one(True) == 1\n",
        })  # fmt: skip
    project.write({
        "packages/alpha/pyproject.toml": "[tool.mypy]\nstrict = true\n[tool.coverage.run]\nbranch = true\n",
        "packages/beta/pyproject.toml": "[tool.coverage.run]\nsource = ['src']\n[tool.ruff.lint]\nselect = ['F']\n",
    })  # fmt: skip
    project.policy(SHARED.format(), 'pythonpath = ["packages/alpha/src", "packages/beta/src"]')
    return project


def test_the_report_says_which_file_configured_each_tool(workspace: Project) -> None:
    ran = workspace.gate(component="beta", subprocess=True)
    assert ran.report["tools"]["ruff:packages/beta"]["settings"] == ["packages/beta/pyproject.toml"]
    assert ran.report["tools"]["types"]["settings"] == []
    note = "settings of the tools: ruff: packages/beta/pyproject.toml; types: defaults"
    assert (ran.code, note in ran.report["notes"]) == (0, True)
    explained = workspace.run("--maturity-component=alpha", "--maturity-explain")
    explained.stdout.fnmatch_lines(["*settings of the tools: ruff: pyproject.toml; types:*"])


def test_coverage_that_a_member_measures_in_another_way_is_unknown(workspace: Project) -> None:
    ran = workspace.gate("--maturity-component", "beta", component="alpha", subprocess=True)
    problem = (
        "packages/alpha/pyproject.toml sets branch of coverage.py, and this run has the settings of no file: "
        "judge it in a session of its own, with --rootdir=packages/alpha"
    )
    assert {one["name"]: one["coverage"]["problem"] for one in ran.report["components"]} == {
        "alpha": problem, "beta": None,
    }  # fmt: skip
    assert (ran.code, [one["verdict"] for one in ran.report["components"]]) == (3, ["INCONCLUSIVE", "PROMOTE"])
