"""The findings of all gates, each once, with a fingerprint that stays the same when lines move."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ...model.light_dataclass import light_dataclass


@light_dataclass(frozen=True, slots=True)
class Located:
    """A finding in a file. `check` is the gate with the rule: `lint/F401`, `coverage/missing`.

    `is_new` is whether its gate judged new code alone, `is_blocking` whether it keeps a component from its target.
    `components` are those that it is a finding of. `waiver` says who excused it for the target, why and until when;
    empty where nobody did. `fingerprint` are 64 hexadecimal digits.
    """

    check: str
    gate: str
    path: str
    line: int | None
    column: int | None
    message: str
    severity: str
    is_new: bool
    is_blocking: bool
    components: tuple[str, ...]
    waiver: str
    fingerprint: str


def list_located(document: Mapping[str, Any]) -> list[Located]:
    """Returns the findings that are in a file, those of the gates that keep a component from its target first."""
    grouped: dict[tuple[Any, ...], list[tuple[Mapping[str, Any], bool, str, str]]] = {}
    for component in document["components"]:
        for gate in component["gates"]:
            waivers = find_waivers(gate, component["target"])
            for number, finding in enumerate(gate["findings"]):
                if not finding["path"]:
                    continue
                key = (
                    gate["gate"],
                    gate["scope"],
                    *(finding[name] for name in ("path", "line", "column", "rule", "message", "test")),
                )
                waiver = waivers.get(number, "")
                is_blocking = blocks(gate, component["target"]) and not waiver
                grouped.setdefault(key, []).append((finding, is_blocking, waiver, component["name"]))
    counted: Counter[str] = Counter()
    located = []
    for (gate_name, scope, *_), group in grouped.items():
        finding = group[0][0]
        check = f"{gate_name.partition('.')[0]}/{finding['rule'] or 'finding'}"
        same = "\0".join((check, finding["path"], finding["test"], re.sub(r"\d+", "0", finding["message"])))
        counted[same] += 1
        digest = sha256(f"{same}\0{counted[same]}".encode()).hexdigest()
        located.append(
            Located(
                check, gate_name, finding["path"], finding["line"], finding["column"], finding["message"],
                finding["severity"], scope == "new", any(is_blocking for _, is_blocking, *_ in group),
                tuple(dict.fromkeys(name for *_, name in group)),
                group[0][2] if all(waiver for *_, waiver, _ in group) else "", digest,
            )
        )  # fmt: skip
    return sorted(located, key=lambda one: not one.is_blocking)


def find_waivers(gate: Mapping[str, Any], target: str) -> dict[int, str]:
    """Returns what excuses the findings of a gate at the target, by their numbers."""
    judged = gate["stages"].get(target)
    found: dict[int, str] = {}
    for one in judged["waived"] if judged is not None else ():
        words = f"{one['reason']}, approved by {one['approved_by']} until {one['expires']} ({one['source']})"
        numbers = range(len(gate["findings"])) if one["findings"] is None else one["findings"]
        found.update(dict.fromkeys(numbers, words))
    return found


def blocks(gate: Mapping[str, Any], target: str) -> bool:
    """Whether a gate keeps its component from the target."""
    judged = gate["stages"].get(target)
    return judged is not None and judged["mode"] == "block" and judged["status"] in ("failed", "unknown")
