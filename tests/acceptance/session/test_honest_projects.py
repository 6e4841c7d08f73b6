"""Honest projects of many kinds reach staging under the default policy, with the settings that their kind needs."""

from __future__ import annotations

import pytest

from tests.acceptance.project import GateRun, Project
from tests.acceptance.session.honest_projects import KINDS, Kind


@pytest.mark.processes
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_honest_project_reaches_staging(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    project = Project(pytester, monkeypatch)
    (project.path / "pyproject.toml").unlink()  # a test's project has a policy
    project.path = pytester.path / "project"
    project.plugins = kind.plugins
    project.write({**kind.files, "pyproject.toml": f'[project]\nname = "shop"\nversion = "1"\n{kind.settings}'})
    for link, target in kind.links.items():
        (project.path / link).symlink_to(target)
    monkeypatch.chdir(project.path / kind.directory)
    name, target = f"--maturity-component={kind.component}", "--maturity-target=staging"
    ran = GateRun(project.run(name, target, *kind.arguments, subprocess=True), project.read_report(kind.component))
    assert (ran.code, ran.report["verdict"]) == (0, "PROMOTE"), ran.last_line
