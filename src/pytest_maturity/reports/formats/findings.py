"""The findings of all gates, each once, with a fingerprint that stays the same when lines move."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from ...model.light_dataclass import light_dataclass


@light_dataclass(frozen=True, slots=True)
class Located:
    """A finding in a file. `check` is the gate with the rule: `lint/F401`, `coverage/missing`.

    `is_blocking` is whether its gate keeps a component from its target. `components` are those that it is a finding
    of. `fingerprint` are 64 hexadecimal digits.
    """

    check: str
    gate: str
    path: str
    line: int | None
    column: int | None
    message: str
    severity: str
    is_blocking: bool
    components: tuple[str, ...]
    fingerprint: str


def list_located(document: Mapping[str, Any]) -> list[Located]:
    """Returns the findings that are in a file, those of the gates that keep a component from its target first."""
    found: dict[tuple[Any, ...], tuple[bool, list[str], Mapping[str, Any], str]] = {}
    for component, gate, finding in iterate_findings(document):
        key = (gate["gate"], *(finding[name] for name in ("path", "line", "column", "rule", "message", "test")))
        is_blocking, components, *_ = found.get(key, (False, [], finding, gate["gate"]))
        if component["name"] not in components:
            components.append(component["name"])
        found[key] = (is_blocking or blocks(gate, component["target"]), components, finding, gate["gate"])
    counted: Counter[str] = Counter()
    located = []
    for is_blocking, components, finding, gate_name in found.values():
        check = f"{gate_name.partition('.')[0]}/{finding['rule'] or 'finding'}"
        same = "\0".join((check, finding["path"], finding["test"], re.sub(r"\d+", "0", finding["message"])))
        counted[same] += 1
        digest = sha256(f"{same}\0{counted[same]}".encode()).hexdigest()
        located.append(
            Located(
                check, gate_name, finding["path"], finding["line"], finding["column"], finding["message"],
                finding["severity"], is_blocking, tuple(components), digest,
            )
        )  # fmt: skip
    return sorted(located, key=lambda one: not one.is_blocking)


def iterate_findings(
    document: Mapping[str, Any],
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]]:
    """Yields each finding that has a path, with its component and its gate."""
    for component in document["components"]:
        for gate in component["gates"]:
            for finding in gate["findings"]:
                if finding["path"]:
                    yield component, gate, finding


def blocks(gate: Mapping[str, Any], target: str) -> bool:
    """Whether a gate keeps its component from the target."""
    judged = gate["stages"].get(target)
    return judged is not None and judged["mode"] == "block" and judged["status"] != "passed"
