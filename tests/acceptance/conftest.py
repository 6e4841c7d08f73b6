"""A small project to judge."""

from __future__ import annotations

import pytest
import yaml  # noqa: F401  # runs in this process share both: pytester forgets what they import

import pytest_maturity.plugin.session  # noqa: F401  # see above
from tests.acceptance.project import COVERAGE_ONLY, ORCHESTRATION, Project


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two components, orchestration and billing, with their tests; only tests are asked for."""
    made = Project(pytester, monkeypatch)
    made.write(ORCHESTRATION)
    return made


@pytest.fixture
def covered(project: Project) -> Project:
    """The same with a policy that asks for coverage only."""
    project.policy(COVERAGE_ONLY)
    return project
