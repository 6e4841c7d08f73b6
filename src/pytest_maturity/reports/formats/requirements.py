"""The requirements of a component's target, each with its status and what is wrong, from the JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...model.light_dataclass import light_dataclass
from ..waivers import describe_data


@light_dataclass(frozen=True, slots=True)
class Case:
    """A requirement of the target, or a gap of the run, whose status is `unknown`.

    `status` is `passed`, `waived`, `failed` or `unknown`; one that only warns is `passed`, and its message says so.
    `places` are the findings, one line each.
    """

    name: str
    status: str
    message: str = ""
    places: tuple[str, ...] = ()
    duration_s: float = 0.0


def iterate_cases(component: Mapping[str, Any]) -> Iterator[Case]:
    """Yields the gaps, then the requirements in the order of the policy."""
    messages: dict[str, list[str]] = {}
    for one in component["unmet"]:
        messages.setdefault(one["gate"], []).append(one["message"])
    for number, message in enumerate(messages.pop("", ()), 1):
        yield Case(f"gap {number}", "unknown", message)
    for gate in component["gates"]:
        judged = gate["stages"].get(component["target"])
        if judged is None:
            continue
        name = gate["gate"] + (f" ({', '.join(gate['kinds'])})" if gate["kinds"] else "")
        status, is_blocking = judged["status"], judged["mode"] == "block"
        unmet = messages.get(gate["gate"]) if is_blocking and status in ("failed", "unknown") else None
        message = unmet.pop(0) if unmet else gate["note"]
        if status == "waived":
            message = "; ".join(describe_data(one) for one in judged["waived"]) or message
        elif status != "passed" and not is_blocking:
            status, message = "passed", f"{status}, and only warns: {message}"
        places = () if status == "passed" else tuple(describe_finding(one) for one in gate["findings"])
        yield Case(name, status, message, places, gate["duration_s"])


def describe_finding(finding: Mapping[str, Any]) -> str:
    """Returns a finding in one line: `a.py:7:3: message (rule)`."""
    numbers = [str(finding[name]) for name in ("line", "column") if finding["line"] is not None and finding[name]]
    place = ":".join([finding["path"], *numbers]) if finding["path"] else finding["test"]
    rule = f" ({finding['rule']})" if finding["rule"] else ""
    return f"{place}: {finding['message']}{rule}"


def list_required(component: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Returns the results of the gates that the component's target requires: those that only warn are left out."""
    target = component["target"]
    return [one for one in component["gates"] if target in one["stages"] and one["stages"][target]["mode"] == "block"]


def is_met(gate: Mapping[str, Any], stage: str) -> bool:
    """Whether a result meets what a stage requires, or a waiver excuses it."""
    return gate["stages"][stage]["status"] in ("passed", "waived")
