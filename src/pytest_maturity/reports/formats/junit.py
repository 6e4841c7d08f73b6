"""The verdict as JUnit XML: a suite for each component, a test case for each requirement of its target.

pytest's own file is written before the verdict. The format is that of Jenkins' schema junit-10.xsd.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from .requirements import Case, iterate_cases


def render(document: Mapping[str, Any]) -> str:
    """Returns the XML of a report: a requirement that is not met is a failure, an unknown one an error.

    One that is waived is skipped.
    """
    suites = [make_suite(component, document["run"]) for component in document["components"]]
    root = Element("testsuites", {"name": "maturity", **count_all(suites)})
    root.extend(suites)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def make_suite(component: Mapping[str, Any], run: Mapping[str, Any]) -> Element:
    """Returns the suite of a component."""
    cases = list(iterate_cases(component))
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(one.status == "failed" for one in cases)),
        "errors": str(sum(one.status == "unknown" for one in cases)),
        "skipped": str(sum(one.status == "waived" for one in cases)),
    }
    seconds = f"{sum(one.duration_s for one in cases):.3f}"
    suite = Element("testsuite", {"name": component["name"], **counts, "time": seconds, "timestamp": run["started"]})
    properties = SubElement(suite, "properties")
    for name, value in list_properties(component, run):
        SubElement(properties, "property", {"name": name, "value": value})
    for case in cases:
        add_case(suite, component, case)
    return suite


def list_properties(component: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields what was decided about the component, and which run it was."""
    for name in ("verdict", "target", "reached"):
        yield name, component[name] or ""
    yield "run", run["id"]
    yield "commit", run["commit"] or ""


def add_case(suite: Element, component: Mapping[str, Any], case: Case) -> None:
    """Adds the test case of a requirement."""
    attributes = {"name": case.name, "time": f"{case.duration_s:.3f}", "classname": f"maturity.{component['name']}"}
    element = SubElement(suite, "testcase", attributes)
    if case.status in ("failed", "unknown"):
        kind = {"failed": "failure", "unknown": "error"}[case.status]
        found = SubElement(element, kind, {"type": case.status, "message": case.message})
        found.text = "\n".join([case.message, *case.places])
    elif case.status == "waived":
        SubElement(element, "skipped", {"type": case.status, "message": f"waived: {case.message}"})
    elif case.message:
        SubElement(element, "system-out").text = case.message


def count_all(suites: list[Element]) -> dict[str, str]:
    """Returns the counts of all suites together."""
    return {name: str(sum(int(one.get(name, 0)) for one in suites)) for name in ("tests", "failures", "errors")}
