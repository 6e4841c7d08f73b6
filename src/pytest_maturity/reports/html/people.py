"""Approvals of a component's promotion, and attested facts: statements of people and of other systems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model.attestations import Attested
from ...model.text import decimal_places, format_number, plural
from ..numbers import format_day
from .markup import SIGNS, code, fold, limited, name, rows, text

SHOWN = 20
IDENTITIES = {"signed": "signed", "ci": "as the CI says", "claimed": "not proven"}
Document = Mapping[str, Any]


def make_approvals(component: Document) -> str:
    """Returns who approved the promotion to each stage that requires it; nothing where none does."""
    found = component["approvals"]
    if not found:
        return ""
    parts = [make_stage(stage, one) for stage, one in found.items()]
    target = found.get(component["target"])
    more = f"{name(component['target'])}: {describe_number(target)}" if target is not None else "not of the target"
    return fold("Approvals", more, "".join(parts))


def make_stage(stage: str, found: Document) -> str:
    """Returns the approvals of one stage: those that count, the roles that are missing, those that do not count."""
    lines = [describe_approval(one) for one in found["counted"]]
    lines += [
        f'<span class="failed strong">{SIGNS["failed"]}</span> nobody as {text(role, 120)}'
        for role in found["missing_roles"]
    ]
    lines += [f'<span class="dim">does not count: {text(one, 500)}</span>' for one in found["refused"]]
    if found["problem"]:
        lines.append(f'<span class="unknown strong">{SIGNS["unknown"]}</span> {text(found["problem"], 500)}')
    if found["automatic"]:
        lines.append("The policy approves it: it requires nobody for this stage.")
    shown = rows(limited(lines, SHOWN, "the JSON report")) or "<p>Nobody has approved yet.</p>"
    return f"<h3>{name(stage)}: {describe_number(found)}</h3>{shown}"


def describe_number(found: Document) -> str:
    """Returns how many people approved, and how many must."""
    if found["approved"] is None:
        return f"unknown, needs {found['required']}"
    return f"{found['approved']} approved, needs {found['required']}"


def describe_approval(one: Document) -> str:
    """Returns an approval that counts, as HTML."""
    role = f" as {text(one['role'], 120)}" if one["role"] else ""
    until = f", until {text(format_day(one['expires']))}" if one["expires"] else ""
    expired = "; it has expired, and nothing has changed since" if one["is_automatic"] else ""
    who = f"{name(one['name'])}{role}, {IDENTITIES.get(one['identity'], text(one['identity']))}"
    return f'<span class="passed strong">{SIGNS["passed"]}</span> {who}{until}{expired} {code(one["id"][:12])}'


def make_attested(found: Mapping[str, Attested]) -> str:
    """Returns the facts that decisions and files state; nothing without any."""
    lines = [describe_attested(gate, one) for gate, one in sorted(found.items())]
    unknown = sum(one.value is None for one in found.values())
    more = plural(len(lines), "fact") + (f", {unknown} unknown" if unknown else "")
    return fold("Attestations", more, rows(limited(lines, SHOWN, "the JSON report"))) if lines else ""


def describe_attested(gate: str, one: Attested) -> str:
    """Returns an attested fact: its number, and where it comes from."""
    if one.value is None:
        shown = f'<span class="unknown strong">{SIGNS["unknown"]} unknown</span>'
    else:
        shown = format_number(one.value, digits=decimal_places(one.value))
    return f'<b>{text(gate.replace("_", " "), 200)}</b> {shown} <span class="dim">{text(one.note, 500)}</span>'
