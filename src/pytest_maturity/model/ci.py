"""Whether this is a machine of a CI service."""

from __future__ import annotations

import os

FALSE_VALUES = ("", "0", "false", "no", "off")
# What CI services set. Most set CI; the others are, in this order, of Jenkins, Azure, TeamCity, AWS, Bamboo, and of
# GitHub and GitLab, where a job may have unset CI.
VARIABLES = (
    "CI", "BUILD_NUMBER", "JENKINS_URL", "TF_BUILD", "TEAMCITY_VERSION", "CODEBUILD_BUILD_ID", "bamboo_buildKey",
    "GITHUB_ACTIONS", "GITLAB_CI",
)  # fmt: skip


def find_ci_variable() -> str:
    """Returns the name of the variable by which a CI service is known; empty on another machine."""
    return next((one for one in VARIABLES if os.environ.get(one, "").strip().lower() not in FALSE_VALUES), "")


def is_ci() -> bool:
    """Whether this is a machine of a CI service."""
    return bool(find_ci_variable())
