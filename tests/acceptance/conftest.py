"""Fixtures of all acceptance tests: small projects to judge."""

from __future__ import annotations

import pytest

# pytester removes the modules that a run imported. Imported here, these two are imported once for all runs.
import yaml  # noqa: F401

import pytest_maturity.plugin.session  # noqa: F401
from tests.acceptance.project import COVERAGE_ONLY, ORCHESTRATION, Project


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with two components, orchestration and billing, and a policy with requirements for tests only."""
    made = Project(pytester, monkeypatch)
    made.write(ORCHESTRATION)
    return made


@pytest.fixture
def covered(project: Project) -> Project:
    """The same project with a policy with requirements for coverage only."""
    project.policy(COVERAGE_ONLY)
    return project
