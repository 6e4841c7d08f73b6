"""Measurements, thresholds and verdicts for Prometheus, as node_exporter's textfile collector reads them.

The text is valid OpenMetrics 1.0 and valid in Prometheus' own text format, which knows neither UNIT nor stateset:
https://prometheus.io/docs/specs/om/open_metrics_spec/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ...model.report import WORST_FIRST

Sample = tuple[Mapping[str, str], "int | float"]
ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def render(document: Mapping[str, Any]) -> str:
    """Returns the metrics of a report; what was not measured has no sample."""
    components, run = document["components"], document["run"]
    metrics: list[tuple[str, str, Iterable[Sample]]] = [
        ("gate_value", "Measurement of a gate, in the gate's own unit.", iterate_values(components)),
        ("gate_threshold", "Threshold of a gate at a stage.", iterate_thresholds(components)),
        (
            "gate_passed",
            "Whether a gate passed at a stage: 1, or 0 where it failed or is waived; no sample where it is unknown.",
            iterate_met(components),
        ),
        (
            "verdict",
            "Verdict about the component at its target: 1 for the one that it has.",
            iterate_verdicts(components),
        ),
        (
            "reached",
            "Stage of which the component meets everything: 1 up to the one that it reached.",
            iterate_reached(document),
        ),
        ("tests", "Tests of the component by outcome.", iterate_tests(components)),
        (
            "run_started_seconds",
            "Start of the run, in seconds since 1970.",
            [({}, datetime.fromisoformat(run["started"]).timestamp())],
        ),
        ("run_duration_seconds", "Duration of the run.", [({}, run["duration_s"])]),
    ]
    lines = [line for name, meaning, samples in metrics for line in format_metric(f"maturity_{name}", meaning, samples)]
    return "\n".join([*lines, "# EOF", ""])


def format_metric(name: str, meaning: str, samples: Iterable[Sample]) -> Iterator[str]:
    """Yields the lines of a metric."""
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        pairs = ",".join(f'{label}="{text.translate(ESCAPED)}"' for label, text in labels.items())
        yield f"{name}{{{pairs}}} {value}" if pairs else f"{name} {value}"


def iterate_gates(components: Iterable[Mapping[str, Any]]) -> Iterator[tuple[dict[str, str], Mapping[str, Any]]]:
    """Yields each result of a gate with its labels."""
    for component in components:
        for gate in component["gates"]:
            labels = {"component": component["name"], "gate": gate["gate"]}
            if gate["kinds"]:
                labels["kinds"] = ",".join(gate["kinds"])
            if gate["scope"] != "all":
                labels["scope"] = gate["scope"]
            yield labels, gate


def iterate_values(components: Iterable[Mapping[str, Any]]) -> Iterator[Sample]:
    """Yields what each gate measured."""
    for labels, gate in iterate_gates(components):
        if gate["value"] is not None:
            yield labels, gate["value"]


def iterate_thresholds(components: Iterable[Mapping[str, Any]]) -> Iterator[Sample]:
    """Yields what each stage requires of each gate."""
    for labels, gate in iterate_gates(components):
        for stage, judged in gate["stages"].items():
            if judged["required"] is not None:
                yield {**labels, "stage": stage}, judged["required"]


def iterate_met(components: Iterable[Mapping[str, Any]]) -> Iterator[Sample]:
    """Yields whether each gate is met at each stage that requires it."""
    for labels, gate in iterate_gates(components):
        for stage, judged in gate["stages"].items():
            if judged["status"] != "unknown":
                yield {**labels, "stage": stage}, int(judged["status"] == "passed")


def iterate_verdicts(components: Iterable[Mapping[str, Any]]) -> Iterator[Sample]:
    """Yields every verdict, 1 for the one that a component has."""
    for component in components:
        for verdict in WORST_FIRST:
            labels = {"component": component["name"], "target": component["target"], "verdict": verdict.value}
            yield labels, int(component["verdict"] == verdict.value)


def iterate_reached(document: Mapping[str, Any]) -> Iterator[Sample]:
    """Yields every stage of the ladder, 1 up to the one that a component reached."""
    ladder = document["ladder"]
    for component in document["components"]:
        height = ladder.index(component["reached"]) if component["reached"] is not None else -1
        for number, stage in enumerate(ladder):
            yield {"component": component["name"], "stage": stage}, int(number <= height)


def iterate_tests(components: Iterable[Mapping[str, Any]]) -> Iterator[Sample]:
    """Yields the number of tests with each outcome."""
    for component in components:
        for outcome, count in component["outcomes"].items():
            yield {"component": component["name"], "outcome": outcome}, count
