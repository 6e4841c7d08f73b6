"""Makes records from a JSON report: what is kept is what the report says."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ..model.baseline import is_better
from ..model.digests import compute_decision_digest
from ..model.gates import Status
from ..model.history import RecordedGate, RunRecord, exact, read_gate
from ..model.report import Verdict
from ..model.text import plural, safe

# The variables that a CI service sets in every job: one that names the service, and one that names who started the job.
CI_ACTORS = {
    "GITHUB_ACTIONS": "GITHUB_ACTOR", "GITLAB_CI": "GITLAB_USER_LOGIN",
    "BITBUCKET_BUILD_NUMBER": "BITBUCKET_STEP_TRIGGERER_UUID", "TF_BUILD": "BUILD_REQUESTEDFOR",
    "CIRCLECI": "CIRCLE_USERNAME", "JENKINS_URL": "BUILD_USER_ID",
}  # fmt: skip


def make_run_records(document: Mapping[str, Any], actor: str) -> list[RunRecord]:
    """Returns the record of each component of a report."""
    return [make_run_record(document, component, actor) for component in document["components"]]


def make_run_record(document: Mapping[str, Any], component: Mapping[str, Any], actor: str) -> RunRecord:
    """Returns the record of one component of a report."""
    run = document["run"]
    others = {one["name"] for one in document["components"]} - {component["name"]}
    tools = {key: tool for key, tool in document["tools"].items() if key.partition(":")[2] not in others}
    return RunRecord(
        run_id=run["id"],
        component=component["name"],
        started=run["started"],
        verdict=component["verdict"],
        target=component["target"],
        reached=component["reached"],
        duration_s=run["duration_s"],
        commit=run["commit"],
        dirty=run["dirty"],
        actor=actor,
        digest=compute_decision_digest(component["files"], document["policy"]["digest"]),
        policy_digest=document["policy"]["digest"],
        gates=tuple(map(make_gate, component["gates"])),
        gaps=tuple(gap["message"] for gap in component["gaps"]),
        outcomes=component["outcomes"],
        retries=component["retries"]["used"],
        flaky=tuple(component["retries"]["flaky"]),
        steps={key: tool["duration_s"] for key, tool in tools.items() if not tool["cached"]},
        tools=dict(list_versions(tools)),
        python=run["python"],
    )


def make_begun_record(run_id: str, component: str, target: str, started: str, actor: str) -> RunRecord:
    """Returns the record of a run that begins: if it is killed, this one stays."""
    verdict = Verdict.INCOMPLETE.value
    return RunRecord(run_id=run_id, component=component, started=started, verdict=verdict, target=target, actor=actor)


def make_gate(data: Mapping[str, Any]) -> RecordedGate:
    """Returns one row of a report's gates."""
    gate, waived = read_gate(data), {}
    for stage, one in gate.stages.items():
        if one.status is Status.WAIVED:
            waived[stage] = replace(one, waived=tuple(map(describe_waived, data["stages"][stage]["waived"])))
    return replace(gate, stages={**gate.stages, **waived}, baseline=find_baseline(data, gate.value))


def describe_waived(data: Mapping[str, Any]) -> str:
    """Returns what a waiver of a report excuses, who approved it, until when it counts, why, and its owner."""
    what = "as a whole" if data["findings"] is None else plural(len(data["findings"]), "finding")
    names = (safe(data[key], 60) for key in ("approved_by", "expires", "reason", "owner"))
    return "{} by {} until {} ({}, owner {})".format(what, *names)


def find_baseline(data: Mapping[str, Any], value: Fraction | None) -> Fraction | None:
    """Returns the strictest baseline of a row that its number does not reach; None where it reaches all.

    It stays the baseline of later runs: else each promotion could be worse by the tolerance than the one before.
    """
    ratchets = [one["ratchet"] for one in data["stages"].values() if one["ratchet"] is not None]
    known = [exact(one["baseline"]) for one in ratchets if one["baseline"] is not None and one["problem"] is None]
    missed = [one for one in known if value is None or is_better(one, value, data["better"])]
    return (max if data["better"] == "higher" else min)(missed, default=None)


def list_versions(tools: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yields the name and the version of each tool that was run."""
    for tool in tools.values():
        name, _, version = tool["version"].partition(" ")
        if name:
            yield name, version


def find_ci_actor(environ: Mapping[str, str]) -> str:
    """Returns the user that a CI service names in a job of its own; empty elsewhere.

    Where somebody has started the job of somebody else again, it is nobody's.
    """
    service = next((name for name in CI_ACTORS if environ.get(name)), "")
    named = environ.get(CI_ACTORS.get(service, ""), "")
    restarted_by = environ.get("GITHUB_TRIGGERING_ACTOR", "") if service == "GITHUB_ACTIONS" else ""
    return "" if restarted_by not in ("", named) else safe(named, 100)


def find_actor(environ: Mapping[str, str]) -> str:
    """Returns who runs this: the user that a CI service names, else that of the operating system."""
    named = next((environ[name] for name in CI_ACTORS.values() if environ.get(name)), "")
    if not named:
        try:
            named = getpass.getuser()
        except (OSError, KeyError, ImportError):  # a container's user without a name
            named = "unknown"
    return safe(named, 100)
