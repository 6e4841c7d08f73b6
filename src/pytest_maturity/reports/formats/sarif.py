"""The findings and the requirements that are not met as SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from typing import Any
from urllib.parse import quote

from .findings import Located, list_located
from .requirements import iterate_cases

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "PROJECTROOT"  # what the paths are relative to
HOME = "https://pypi.org/project/pytest-maturity/"


def render(document: Mapping[str, Any]) -> str:
    """Returns one run with a result for each finding in a file and for each requirement that is not met."""
    findings = list_located(document)
    unmet = list(list_unmet(document))
    checks = list(dict.fromkeys([*(one.check for one in findings), *(result["ruleId"] for result in unmet)]))
    rules = {check: number for number, check in enumerate(checks)}
    results = [*unmet, *map(make_result, findings)]
    run = {
        "tool": {
            "driver": {
                "name": "pytest-maturity",
                "semanticVersion": document["run"]["plugin"] or "0.0.0",
                "informationUri": HOME,
                "rules": [{"id": check, "name": check.rpartition("/")[2]} for check in checks],
            }
        },
        "automationDetails": {"id": "maturity/"},
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root directory of the project."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [make_invocation(document)],
        "results": [{**one, "ruleIndex": rules[one["ruleId"]]} for one in results],
    }
    log = {"properties": {"producer": "pytest-maturity"}, "$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return dumps(log, indent=2, ensure_ascii=False) + "\n"


def make_invocation(document: Mapping[str, Any]) -> dict[str, Any]:
    """Returns how the run ended: the tool succeeded where every component has a verdict that is not INCONCLUSIVE."""
    return {
        "executionSuccessful": document["verdict"] in ("PROMOTE", "HOLD"),
        "startTimeUtc": document["run"]["started"].replace("+00:00", "Z"),
        "properties": {"verdict": document["verdict"], "run": document["run"]["id"]},
    }


def make_result(one: Located) -> dict[str, Any]:
    """Returns the result of a finding: an error where its gate keeps a component from the target.

    What a waiver excuses is suppressed, with who approved it.
    """
    waived = {"suppressions": [{"kind": "external", "status": "accepted", "justification": one.waiver}]}
    return {
        "ruleId": one.check,
        "level": "error" if one.is_blocking else "note",
        "message": {"text": one.message},
        "locations": [{"physicalLocation": make_location(one.path, one.line, one.column)}],
        "partialFingerprints": {"maturity/v1": one.fingerprint},
        "properties": {"gate": one.gate, "components": list(one.components), "severity": one.severity},
        **(waived if one.waiver else {}),
    }


def make_location(path: str, line: int | None = None, column: int | None = None) -> dict[str, Any]:
    """Returns the place in a file; without a line, the whole file."""
    found: dict[str, Any] = {"artifactLocation": {"uri": quote(path), "uriBaseId": ROOT}}
    if line is not None:
        found["region"] = {"startLine": line, **({"startColumn": column} if column is not None else {})}
    return found


def list_unmet(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the result of each requirement that is not met, at the component's first source."""
    results = []
    for component in document["components"]:
        place = component["sources"][0] if component["sources"] else "."
        for case in iterate_cases(component):
            if case.status in ("passed", "waived"):
                continue
            results.append(
                {
                    "ruleId": f"requirement/{'gap' if case.name.startswith('gap ') else case.name}",
                    "level": "error" if case.status == "failed" else "warning",
                    "message": {"text": f"{component['name']}, {component['target']}: {case.name} {case.message}"},
                    "locations": [
                        {
                            "physicalLocation": make_location(place),
                            "logicalLocations": [{"name": component["name"], "kind": "module"}],
                        }
                    ],
                    "partialFingerprints": {"maturity/v1": f"{component['name']}/{component['target']}/{case.name}"},
                }
            )
    return results
