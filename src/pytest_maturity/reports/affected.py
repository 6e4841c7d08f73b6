"""Says in words which components a change can affect, and why."""

from __future__ import annotations

from typing import Any

from ..model.affected import Affected, Link, Reason
from ..model.text import plural, safe

COMMIT_DIGITS = 12


def describe_selection(affected: Affected) -> str:
    """Returns how many components are affected, by the change against which branch; where all are, why."""
    chosen, count = len(affected.names), len(affected.names) + len(affected.unaffected)
    if affected.everything:
        return f"all {plural(count, 'component')} may be affected: {safe(affected.everything, 600)}"
    return f"affected: {chosen} of {plural(count, 'component')}, by {describe_change(affected)}"


def describe_change(affected: Affected) -> str:
    """Returns the number of changed files, and with which branch and commit they were compared."""
    files = plural(len(affected.changed), "changed file")
    return f"{files} against {safe(affected.branch or '', 100)} (merge base {str(affected.merge_base)[:COMMIT_DIGITS]})"


def describe_nothing(affected: Affected) -> str:
    """Returns the message of a run for which nothing is to be judged."""
    return f"nothing was judged: the change affects no component ({describe_change(affected)})"


def describe_reason(reason: Reason) -> str:
    """Returns why a component is affected: `src/a.py imports shop.money, which changed: src/shop/money/rates.py`."""
    words = ""
    for number, link in enumerate(reason.links):
        words += ", which " if number else f"{safe(link.file, 300)} "
        if link.verb == "computes":
            return f"{words}imports modules by names that only a run knows: any change may affect it"
        words += f"{link.verb} {safe(link.target, 300)}"
    changed = safe(reason.changed, 300)
    if reason.is_new:
        return f"new since the merge base: {changed}"
    if reason.has_other_tests:
        return f"it gained or lost a test file: {changed}"
    return f"{words}, which changed: {changed}" if words else f"changed: {changed}"


def affected_data(affected: Affected | None) -> dict[str, Any] | None:
    """Returns the selection as plain data; None where the components were chosen otherwise."""
    if affected is None:
        return None
    return {
        "branch": affected.branch,
        "merge_base": affected.merge_base,
        "changed": list(affected.changed),
        "everything": affected.everything or None,
        "components": [
            {
                "name": name,
                "changed": reason.changed,
                "links": [link_data(link) for link in reason.links],
                "message": describe_reason(reason),
            }
            for name, reason in affected.reasons.items()
        ],
        "unaffected": list(affected.unaffected),
    }


def link_data(link: Link) -> dict[str, str | None]:
    """Returns one step from a component to a changed file."""
    return {"file": link.file, "verb": link.verb, "target": link.target or None}
