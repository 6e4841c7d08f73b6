"""The gate `vulnerabilities`, on outputs of pip-audit."""

from __future__ import annotations

import json
from fractions import Fraction
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_maturity.gates.vulnerabilities import GATE, make_commands, measure
from pytest_maturity.model.evidence import Component, Evidence, ToolResult
from pytest_maturity.model.gates import Context, Measurement, Remedy, Requirement

ALPHA = Component(name="alpha", sources=(), files=(), found_by="src")
BAD = {"name": "jinja2", "version": "2.10", "vulns": [{"id": "GHSA-1", "fix_versions": ["2.10.1"]}]}
GOOD = {"name": "requests", "version": "2.32", "vulns": []}


def skipped(name: str) -> dict[str, str]:
    return {"name": name, "skip_reason": f"Dependency not found on PyPI and could not be audited: {name} (1.0)"}


def evidence(*dependencies: object, problem: str = "") -> Evidence:
    stdout = json.dumps({"dependencies": dependencies, "fixes": []})
    result = ToolResult(argv=("/bin/pip-audit",), exit_code=1, stdout=stdout, problem=problem)
    return Evidence(component=ALPHA, tools={"vulnerabilities": result})


def measured(root: Path, *dependencies: object, problem: str = "", **options: Any) -> Measurement:
    context = Context(root=root, options={"vulnerabilities": options})
    return measure(evidence(*dependencies, problem=problem), context)


def test_each_vulnerability_counts(tmp_path: Path) -> None:
    found = measured(tmp_path, BAD, GOOD)
    assert (found.value, found.note) == (1, "pip-audit, 2 distributions")
    assert [(one.path, one.rule) for one in found.findings] == [("pyproject.toml", "GHSA-1")]
    assert measured(tmp_path, BAD, requirements=["lock.txt"]).findings[0].path == "lock.txt"
    assert measured(tmp_path, GOOD).value == 0


def test_what_no_service_knows_is_unknown_and_not_clean(tmp_path: Path) -> None:
    found = measured(tmp_path, GOOD, skipped("ours"), skipped("other"))
    words = "pip-audit could not audit 2 distributions: ours, other; if no index has them, name them in "
    assert (found.value, found.note) == (None, f"{words}gates.vulnerabilities.private")


def test_a_service_that_knows_nothing_is_not_called_a_matter_of_private_distributions(tmp_path: Path) -> None:
    found = measured(tmp_path, skipped("ours"), skipped("other"))
    assert (found.value, found.note) == (None, "the service of pip-audit knows none of 2 distributions: is it up?")


def test_the_projects_own_and_private_distributions_need_no_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'My_Shop'\n")
    found = measured(tmp_path, GOOD, skipped("my-shop"), skipped("our-lib"), private=["Our.Lib"])
    assert (found.value, found.note) == (0, "pip-audit, 1 distribution; not of an index: my-shop, our-lib")
    urls = {
        "local": '{"url": "file:///home/me/local", "dir_info": {}}',
        "remote": '{"url": "https://x/y.whl"}',
        "plain": None,
    }
    read = {name: SimpleNamespace(read_text=lambda _, text=text: text) for name, text in urls.items()}
    monkeypatch.setattr(metadata, "distribution", read.__getitem__)
    assert measured(tmp_path, GOOD, skipped("local")).value == 0
    assert measured(tmp_path, GOOD, skipped("remote")).value is None
    assert measured(tmp_path, GOOD, skipped("plain")).value is None


def test_an_audit_of_nothing_is_unknown(tmp_path: Path) -> None:
    assert measured(tmp_path).note == "pip-audit audited no distribution"
    assert measured(tmp_path, skipped("ours"), private=["ours"]).value is None
    context = Context(root=tmp_path)
    assert measure(Evidence(component=ALPHA), context).note == "pip-audit was not run"
    words = "pip-audit is not installed: pip install pip-audit"
    assert measured(tmp_path, GOOD, problem=words).note == words


def test_what_the_configuration_ignores_is_in_the_note(tmp_path: Path) -> None:
    found = measured(tmp_path, GOOD, ignore=["GHSA-1"])
    assert found.note == "pip-audit, 1 distribution; ignored by the configuration: GHSA-1"


def test_the_options_are_those_of_the_configuration(tmp_path: Path) -> None:
    options = {"requirements": ["a.txt"], "service": "osv", "osv_url": "http://x", "ignore": ["G"], "timeout": 5}
    (command,) = make_commands([ALPHA, ALPHA], Context(root=tmp_path, options={"vulnerabilities": options})).values()
    assert {"osv", "http://x", "G", "a.txt"} <= set(command.argv)
    assert command.timeout == 5
    (command,) = make_commands([ALPHA], Context(root=tmp_path)).values()
    assert command.argv[-3:] == ("--vulnerability-service", "pypi", "--skip-editable")


def test_the_remedy_is_the_command_that_lists_them(tmp_path: Path) -> None:
    given = evidence(BAD)
    required = Requirement(gate="vulnerabilities", threshold=Fraction(0), source="here")
    assert GATE.remedy is not None
    found = GATE.remedy(given, measure(given, Context(root=tmp_path)), required)
    assert found == Remedy("fix 1 vulnerability", ("/bin/pip-audit",))


def test_less_is_better() -> None:
    assert (GATE.name, GATE.better, GATE.unit) == ("vulnerabilities", "lower", "")
