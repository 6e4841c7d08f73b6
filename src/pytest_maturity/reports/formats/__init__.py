"""The formats of a report, made from its JSON document: texts are safe there, and numbers never flatter."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from ...model.report import Report, Reporter
from .. import json


def render_with(module: str) -> Callable[[Report], str]:
    """Returns a function that renders a report with a module of this folder, which is imported when it is needed."""

    def render(report: Report) -> str:
        text: str = import_module(f".{module}", __name__).render(make_document(report))
        return text

    return render


def make_document(report: Report) -> dict[str, Any]:
    """Returns the JSON document of a report, without its seal."""
    document: dict[str, Any] = json.make_safe(json.report_data(report))
    return document


def render_ctrf(report: Report) -> str:
    """Returns the report in the Common Test Report Format, which lists every test."""
    from . import ctrf

    return ctrf.render(make_document(report), [one.evidence.outcomes for one in report.components])


def render_html(report: Report) -> str:
    """Returns the report as a page, with source lines and the slowest tests."""
    from ..html import run_page

    return run_page.render(make_document(report), report)


def render_agent(report: Report) -> str:
    """Returns the report for a coding agent, within its budget."""
    from . import agent

    return agent.render(make_document(report), report.agent_budget or agent.TOKENS)


REPORTERS = (
    Reporter("agent", render_agent, ".agent.md", "<!-- pytest-maturity: agent -->"),
    Reporter("badge", render_with("badge"), ".badge.json", '{\n  "schemaVersion": 1,\n  "label": "maturity of ', True),
    Reporter("ctrf", render_ctrf, ".ctrf.json", '{\n  "generatedBy": "pytest-maturity"', needs_tests=True),
    Reporter("gitlab", render_with("gitlab"), ".gitlab.json", '[{"check_name": "maturity/'),
    Reporter("html", render_html, ".html", "<!doctype html>\n<!-- pytest-maturity run -->", needs_tests=True),
    Reporter(
        "junit",
        render_with("junit"),
        ".junit.xml",
        '<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="maturity"',
    ),
    Reporter("markdown", render_with("markdown"), ".md", "<!-- pytest-maturity: report -->"),
    Reporter("openmetrics", render_with("openmetrics"), ".prom", "# HELP maturity_"),
    Reporter("sarif", render_with("sarif"), ".sarif", '{\n  "properties": {\n    "producer": "pytest-maturity"'),
)
