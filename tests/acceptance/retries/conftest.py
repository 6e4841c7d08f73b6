from __future__ import annotations

import pytest

from tests.acceptance.project import Project
from tests.acceptance.retries.flaky_project import FlakyProject


@pytest.fixture
def flaky_project(project: Project) -> FlakyProject:
    return FlakyProject(project)
