"""The public API, used as a project with strict types uses it. Only mypy reads this file (`make static`).

`assert_type` fixes the types that a user gets. A line with `type: ignore` is a mistake that mypy must report: without
that error the comment would be unused, which mypy reports in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

import pytest
from typing_extensions import assert_type

from pytest_maturity import (
    Attempt,
    Command,
    Component,
    Context,
    Coverage,
    Evidence,
    Failure,
    Finding,
    Gap,
    Gate,
    Measurement,
    Outcomes,
    Remedy,
    Report,
    Reporter,
    Requirement,
    Rerun,
    Status,
    ToolResult,
    TransientError,
    Verdict,
)


# A gate that counts.
def count_todos(evidence: Evidence, context: Context) -> Measurement:
    findings = [
        Finding(path=context.relative(path), line=number, message="a TODO", severity="low")
        for path in evidence.component.python_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if "TODO" in line
    ]
    return Measurement(len(findings), f"{len(findings)} TODOs", findings, {"low": len(findings), "high": None})


# A gate that runs a tool.
def commands(components: Sequence[Component], context: Context) -> Mapping[str, Command]:
    sources = [context.relative(source) for component in components for source in component.sources]
    argv = ("todo", "--json", *sources)
    return {"todo": Command(argv=argv, install=("pip", "install", "todo"), exit_codes=(0, 1, 2))}


def measure_tool(evidence: Evidence, context: Context) -> Measurement:
    result = evidence.tools["todo"]
    assert_type(result, ToolResult)
    assert_type(result.exit_code, int | None)
    if result.problem:
        return Measurement(None, result.problem)
    return Measurement(Fraction(result.stdout), note=str(context.option("todo", "note", "")))


def remedy_of_tool(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    assert_type(measurement.value, int | float | Fraction | None)
    return Remedy(f"at most {requirement.threshold} TODOs", evidence.tools["todo"].argv)


def pytest_maturity_gates(config: pytest.Config) -> Iterable[Gate]:
    return [
        Gate("todos", count_todos, better="lower", lines=("low", "high")),
        Gate("todo_tool", measure_tool, better="higher", unit="%", commands=commands, remedy=remedy_of_tool),
    ]


# A report format.
def render(report: Report) -> str:
    assert_type(report.verdict, Verdict)
    assert_type(report.ladder, tuple[str, ...])
    for judgement in report.components:
        assert_type(judgement.reached, str | None)
        assert_type(judgement.evidence, Evidence)
    return report.verdict.value


def pytest_maturity_reporters(config: pytest.Config) -> Iterable[Reporter]:
    return [Reporter("text", render, ".txt")]


# Reruns.
def pytest_maturity_rerun(item: pytest.Item, failure: Failure, attempt: int) -> Rerun | None:
    assert_type(failure.exception, BaseException)
    assert_type(failure.classification, Literal["transient", "permanent", "unknown"])
    if isinstance(failure.exception, TransientError):
        assert_type(failure.exception.retry_after, float | None)
        return Rerun(delay=failure.exception.retry_after, reason="not ready", scope="module")
    return None


def pytest_maturity_attempt(item: pytest.Item, attempt: Attempt) -> None:
    assert_type(attempt.number, int)
    assert_type(attempt.delay_s, float | None)


def wait_for_index() -> None:
    raise TransientError("the index is not ready", retry_after=2.0)


# The evidence and what a stage requires.
def read_evidence(evidence: Evidence, requirement: Requirement) -> None:
    assert_type(evidence.component.sources, tuple[Path, ...])
    assert_type(evidence.outcomes, Outcomes)
    assert_type(evidence.outcomes.passed, int)
    assert_type(evidence.coverage, Coverage)
    assert_type(evidence.coverage.percent, Fraction | None)
    assert_type(evidence.gaps, tuple[Gap, ...])
    assert_type(requirement.threshold, Fraction)


def is_met(status: Status) -> bool:
    return status in (Status.PASSED, Status.WAIVED)


# Mistakes.
def wrong_measure(evidence: Evidence) -> Measurement:
    return Measurement("1")  # type: ignore[arg-type]  # a measurement is a number or None


def wrong_render(report: Report) -> bytes:
    return b""


def wrong_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> str:
    return "fix it"


def mistakes(evidence: Evidence) -> None:
    Gate("todos", wrong_measure)  # type: ignore[arg-type]  # a gate's function takes the context too
    Gate("todos", count_todos, remedy=wrong_remedy)  # type: ignore[arg-type]  # a remedy is a text and a command
    Gate("todos", count_todos, better="more")  # type: ignore[arg-type]  # neither "higher" nor "lower"
    Reporter("text", wrong_render, ".txt")  # type: ignore[arg-type]  # a report is text
    Rerun(scope="file")  # type: ignore[arg-type]  # not a scope of pytest
    Finding("a.py", "a TODO")  # type: ignore[call-arg]  # keywords only
    Gap(cause="interrupted")  # type: ignore[call-arg]  # a gap has a message
    evidence.gaps = ()  # type: ignore[misc]  # evidence is frozen
