"""The findings as GitLab's code quality report: https://docs.gitlab.com/ci/testing/code_quality/."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from typing import Any

from .findings import Located, list_located

# GitLab's severities, for those of the tools.
SEVERITIES = {"critical": "blocker", "high": "critical", "error": "major", "medium": "major", "low": "minor"}


def render(document: Mapping[str, Any]) -> str:
    """Returns one issue a line for each finding in a file, those that keep a component from its target first.

    The format knows no suppressions: what a waiver excuses is left out.
    """
    found = (make_issue(one) for one in list_located(document) if not one.waiver)
    issues = ",\n ".join(dumps(issue, ensure_ascii=False) for issue in found)
    return f"[{issues}]\n"


def make_issue(one: Located) -> dict[str, Any]:
    """Returns the issue of a finding; the first line stands for a file as a whole."""
    severity = SEVERITIES.get(one.severity.lower(), "major" if one.is_blocking else "info")
    return {
        "check_name": f"maturity/{one.check}",
        "description": one.message,
        "fingerprint": one.fingerprint,
        "severity": severity,
        "location": {"path": one.path, "lines": {"begin": one.line or 1}},
    }
