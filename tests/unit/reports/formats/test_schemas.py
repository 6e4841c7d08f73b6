"""Every format is valid for the schema that others have published, whatever texts stand in the report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import xmlschema
from markdown_it import MarkdownIt
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

from pytest_maturity.model.report import Report
from pytest_maturity.reports.files import BUILTIN, Output
from pytest_maturity.reports.formats import REPORTERS
from tests.unit.reports.html.checks import check

from .rich import NASTY, make_judgement, make_report

SCHEMAS = Path(__file__).parents[3] / "schemas"
GOLDEN = Path(__file__).parent / "golden"
FORMATS = {one.name: one for one in REPORTERS}
REPORTS = {
    "plain": make_report(make_judgement(), make_judgement("billing")),
    "nasty": make_report(make_judgement(NASTY, NASTY), make_judgement("billing", NASTY), text=NASTY),
    "empty": make_report(),
}


@cache
def json_schema(name: str) -> Any:
    return jsonschema.Draft7Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))


@cache
def xml_schema() -> Any:
    return xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")


def check_gitlab(text: str) -> None:
    for issue in json.loads(text):
        json_schema("gitlab-codeclimate").validate(issue)
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")


def check_openmetrics(text: str) -> None:
    families = list(openmetrics.text_string_to_metric_families(text))  # type: ignore[no-untyped-call]
    assert [family.name for family in families] == [
        family.name for family in parser.text_string_to_metric_families(text)
    ]
    assert text.endswith("\n# EOF\n")


def check_badge(text: str) -> None:
    badge = json.loads(text)
    assert set(badge) == {"schemaVersion", "label", "message", "color"}
    assert badge["schemaVersion"] == 1
    assert badge["message"]


class Tags(HTMLParser):
    """The tags of a page, and its text outside of code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.depth = 0  # in code
        self.prose = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name == "href"]
        self.depth += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "code"

    def handle_data(self, data: str) -> None:
        if not self.depth:
            self.prose += data


def check_markdown(text: str, links: str = "") -> None:
    """Nothing of another's text comes alive: it stands in code, where no markup, link or name does.

    `links` is how the addresses begin that may be linked to; without it there is no link.
    """
    page = Tags(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
    allowed = "h1 h2 h3 p table thead tbody tr th td strong code sub details summary ul ol li"
    assert page.tags <= {*allowed.split(), *(["a", "br"] if links else ["br"])}
    assert all(one.startswith(links) for one in page.addresses)
    assert page.depth == 0
    assert not re.search(r"@|#\d|octocat|http|::error", page.prose)


def check_html(text: str) -> None:
    check(text)


CHECKS: dict[str, Callable[[str], None]] = {
    "agent": check_markdown,
    "badge": check_badge,
    "ctrf": lambda text: json_schema("ctrf").validate(json.loads(text)),
    "gitlab": check_gitlab,
    "html": check_html,
    "junit": lambda text: xml_schema().validate(text),
    "markdown": check_markdown,
    "openmetrics": check_openmetrics,
    "sarif": lambda text: json_schema("sarif-2.1.0").validate(json.loads(text)),
}


def render(name: str, report: Report) -> list[str]:
    """Returns the files of a format."""
    reporter = FORMATS[name]
    names = [one.component.name for one in report.components] if reporter.is_per_component else [""]
    return [Output(reporter, Path(), one).render(report) or "" for one in names]


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_valid(name: str, report: str) -> None:
    for text in render(name, REPORTS[report]):
        CHECKS[name](text)
        assert {one for one in text if not one.isprintable()} <= {"\n", "\N{NO-BREAK SPACE}"}
        assert "\u202e" not in text
        text.encode("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_each_file_begins_as_its_format_says(name: str) -> None:
    for report in (REPORTS["plain"], REPORTS["nasty"]):
        assert all(text.startswith(FORMATS[name].beginning) for text in render(name, report))


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_as_it_was(name: str) -> None:
    """A change of a format is seen in the change of its file, which `write_golden` writes again."""
    path = GOLDEN / f"report{FORMATS[name].suffix}"
    assert render(name, steady(REPORTS["plain"]))[0] == path.read_text(encoding="utf-8")


def steady(report: Report) -> Report:
    """Returns a report without the times that differ from one run to the next."""
    return replace(
        report,
        components=tuple(
            replace(one, results=tuple(replace(result, duration_s=0.25) for result in one.results))
            for one in report.components
        ),
    )


def write_golden() -> None:
    """Writes the files that the formats are compared with."""
    for name, reporter in FORMATS.items():
        (GOLDEN / f"report{reporter.suffix}").write_text(render(name, steady(REPORTS["plain"]))[0], encoding="utf-8")


def test_the_names_and_endings_of_formats_differ() -> None:
    assert len({one.name for one in BUILTIN}) == len({one.suffix for one in BUILTIN}) == len(BUILTIN)


if __name__ == "__main__":
    write_golden()
