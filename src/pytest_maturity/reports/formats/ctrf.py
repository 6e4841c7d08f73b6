"""The tests of a run in the Common Test Report Format: https://ctrf.io, its specification in ctrf-io/ctrf."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from json import dumps
from typing import Any
from uuid import UUID

from ...model.evidence import EndedTest, Outcomes
from ...model.text import safe
from ..json import LONGEST_TEXT

SPECIFICATION = "0.0.0"  # of the published draft
STATUSES = {"passed": "passed", "failed": "failed", "error": "failed", "skipped": "skipped", "unfinished": "pending"}


def render(document: Mapping[str, Any], outcomes: Sequence[Outcomes]) -> str:
    """Returns the JSON of a report; `outcomes` are those of its components. A test of two components stands once."""
    run = document["run"]
    start = round(datetime.fromisoformat(run["started"]).timestamp() * 1000)
    stop = start + round(run["duration_s"] * 1000)
    tests = list_tests(document, outcomes)
    statuses = dict.fromkeys([*STATUSES.values(), "other"])
    counts = {status: sum(one["status"] == status for one in tests) for status in statuses}
    summary = {
        "tests": len(tests),
        **counts,
        "flaky": sum(one.get("flaky", False) for one in tests),
        "suites": len({tuple(one["suite"]) for one in tests}),
        "start": start,
        "stop": stop,
        "duration": stop - start,
    }
    report = {
        "generatedBy": "pytest-maturity",
        "reportFormat": "CTRF",
        "specVersion": SPECIFICATION,
        "reportId": str(UUID(run["id"])),
        "runId": run["id"],
        "timestamp": run["started"].replace("+00:00", "Z"),
        "results": {
            "tool": {"name": "pytest", "version": run["pytest"]},
            "summary": summary,
            "tests": tests,
            "environment": describe_environment(run),
            "extra": {"maturity": describe_verdicts(document)},
        },
    }
    return dumps(report, indent=2, ensure_ascii=False) + "\n"


def describe_environment(run: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what is known of where the run took place."""
    known = {"commit": run["commit"], "branchName": run["branch"], "osPlatform": platform.system().lower()}
    return {name: value for name, value in known.items() if value}


def describe_verdicts(document: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the verdicts, which the format does not know."""
    names = ("name", "verdict", "target", "reached", "unmet")
    components = [{name: component[name] for name in names} for component in document["components"]]
    return {"verdict": document["verdict"], "target": document["target"], "components": components}


def list_tests(document: Mapping[str, Any], outcomes: Sequence[Outcomes]) -> list[dict[str, Any]]:
    """Returns every test of the components."""
    components = document["components"]
    owners: dict[str, list[str]] = {}
    ended: dict[str, EndedTest] = {}
    for component, found in zip(components, outcomes, strict=True):
        for one in found.tests:
            name = safe(one.test, LONGEST_TEXT)
            owners.setdefault(name, []).append(component["name"])
            ended[name] = one
    failures = index(failure for component in components for failure in component["tests_failed"])
    retried = {test["test"]: test["attempts"] for component in components for test in component["retries"]["tests"]}
    flaky = {test for component in components for test in component["retries"]["flaky"]}
    tests = [
        describe_test(name, one, owners[name], failures.get(name, {}), retried.get(name, ()))
        for name, one in ended.items()
    ]
    return [{**one, "flaky": True} if one["name"] in flaky else one for one in tests]


def index(entries: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Returns the first entry of each test."""
    found: dict[str, Mapping[str, Any]] = {}
    for one in entries:
        found.setdefault(one["test"], one)
    return found


def describe_test(
    name: str, one: EndedTest, owners: list[str], failure: Mapping[str, Any], attempts: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Returns one test. A duration that is not known is 0, because the format demands a number."""
    path = name.partition("::")[0]
    test: dict[str, Any] = {
        "name": name,
        "status": STATUSES.get(one.outcome, "other"),
        "duration": round((one.duration_s or 0) * 1000),
        "suite": [path],
        "filePath": path,
        "rawStatus": one.outcome,
        "extra": {"maturity": {"components": owners, "timed": one.duration_s is not None}},
    }
    if failure:
        test["message"] = failure["message"]
        if failure["line"]:
            test["line"] = failure["line"]
    if attempts:
        test |= {"retries": len(attempts) - 1, "retryAttempts": list(map(describe_attempt, attempts))}
    return test


def describe_attempt(attempt: Mapping[str, Any]) -> dict[str, Any]:
    """Returns one attempt of a rerun test."""
    described: dict[str, Any] = {
        "attempt": attempt["number"],
        "status": STATUSES.get(attempt["outcome"], "other"),
        "duration": round(attempt["duration_s"] * 1000),
        "extra": {"maturity": {name: attempt[name] for name in ("phase", "classification", "decision", "by")}},
    }
    if attempt["message"]:
        described["message"] = attempt["message"]
    return described
