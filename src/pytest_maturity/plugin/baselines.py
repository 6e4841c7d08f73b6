"""The baselines of a run: the versions of the tools that they belong to, and what the working tree made worse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ..config.requirements import COVERAGE_GATES
from ..model.baseline import Baselines, is_better
from ..model.evidence import Component
from ..model.gates import Context, Gate, Requirement
from ..model.names import file_name, identity
from ..model.report import PolicyChange
from ..model.text import decimal_places, format_number, safe
from ..tools.versions import find_distribution_version, find_versions


def find_tool_versions(
    component: Component,
    required: Iterable[Requirement],
    gates: Mapping[str, Gate],
    context: Context,
    *,
    is_recorded: bool = False,
) -> dict[str, dict[str, str]]:
    """Returns the versions of the tools of each gate that has a ratchet, by gate and tool.

    `is_recorded`: of every gate, because a number on record is what a later ratchet compares with.
    """
    found: dict[str, dict[str, str]] = {}
    for name in dict.fromkeys(one.gate for one in required if one.ratchet or is_recorded):
        list_commands = gates[name].commands
        if name in COVERAGE_GATES:
            found[name] = {"coverage": find_distribution_version("coverage")}
        elif list_commands is not None:
            found[name] = find_versions(list_commands([component], context).values(), context.root)
    return found


def find_worse_baselines(baselines: Mapping[str, Baselines], gates: Mapping[str, Gate]) -> Iterator[PolicyChange]:
    """Yields the numbers of a git ref's baselines that the working tree removes or makes worse."""
    for component, one in baselines.items():
        if not one.is_of_ref or one.committed is None:
            continue
        proposed = one.proposed.numbers if one.proposed else {}
        for name, number in one.committed.numbers.items():
            gate_name, _, line = name.partition(" (")[0].partition(".")  # `security.high`, `coverage (unit)`
            gate, now = gates.get(gate_name), proposed.get(name)
            if gate is not None and (now is None or is_better(number.value, now.value, gate.find_better(line))):
                yield PolicyChange(
                    setting=f"baseline of {name}",
                    new=format_number(now.value, digits=decimal_places(now.value)) if now else "nothing",
                    old=format_number(number.value, digits=decimal_places(number.value)),
                    new_source=one.proposed.source if one.proposed else "the working tree",
                    old_source=one.committed.source,
                    components=(component,),
                )


def find_lost_components(
    of_ref: Mapping[str, str], names: Iterable[str], has_component: Callable[[str], bool]
) -> Iterator[PolicyChange]:
    """Yields the components that have a baseline in a git ref and are gone, or have another name, in the working tree.

    `of_ref` are the files in the ref by component, `names` the components that there are for certain.
    """
    known = {file_name(identity(name)) for name in names}
    for component, path in of_ref.items():
        if component not in known and not has_component(component):
            yield PolicyChange(
                setting=f"component {safe(component, 80)}",
                new="missing",
                old="with a baseline",
                new_source="the working tree",
                old_source=safe(path, 300),
            )
