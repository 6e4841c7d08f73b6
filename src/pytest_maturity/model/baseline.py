"""Baselines: the numbers of a component that may not get worse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from fractions import Fraction

from .gates import Better
from .light_dataclass import light_dataclass


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Lowering:
    """A baseline that somebody replaced by a worse one, and the reason."""

    old: Fraction
    new: Fraction
    reason: str


@light_dataclass(frozen=True, slots=True, kw_only=True)
class BaselineNumber:
    """A number that may not get worse. `tools` are the versions, by name, of the tools that it was measured with."""

    value: Fraction
    tools: Mapping[str, str] = field(default_factory=dict)
    lowered: tuple[Lowering, ...] = ()

    def fits(self, tools: Mapping[str, str]) -> bool:
        """Whether the number was measured with these versions."""
        return dict(self.tools) == dict(tools)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The numbers of one component that may not get worse, by the names of the requirements: `security.high`.

    `source` names the file or record that they come from.
    """

    component: str
    source: str
    numbers: Mapping[str, BaselineNumber] = field(default_factory=dict)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Baselines:
    """The baselines that count for one component.

    * `committed`: that of the file; under the policy of a git ref, of the file in the ref. None without a file.
    * `proposed`: under the policy of a git ref, that of the working tree. It may bring numbers of other versions of the
      tools, as far as they are no worse.
    * `recorded`: the numbers of the last promoted run on record. The stricter of this one and `committed` counts,
      unless `committed` was lowered from a number that is no worse than the recorded one.
    * `is_of_ref`: whether `committed` comes from a git ref, from which a change cannot remove it.
    """

    committed: Baseline | None = None
    proposed: Baseline | None = None
    recorded: Baseline | None = None
    is_of_ref: bool = False

    def find(self, name: str, tools: Mapping[str, str], better: Better) -> FoundNumber | None:
        """Returns the number that counts for a requirement; None where there is no baseline of this name.

        `tools` are the versions that measured the present number. A number of other versions comes with a `problem`.
        """
        found = [
            FoundNumber(number=one.numbers[name], source=one.source)
            for one in (self.committed, self.recorded)
            if one is not None and name in one.numbers
        ]
        if self.committed is not None and self.proposed is not None and name in self.committed.numbers:
            found += self._find_proposed(name, better)
        fitting = [one for one in found if one.number.fits(tools)]
        if not fitting:
            return found[0].as_outdated(tools) if found else None
        strictest = fitting[0]
        for one in fitting[1:]:
            if is_better(one.number.value, strictest.number.value, better):
                excused = [lowering.old for lowering in strictest.number.lowered]
                if not any(not is_better(one.number.value, old, better) for old in excused):
                    strictest = one
        return strictest

    def _find_proposed(self, name: str, better: Better) -> list[FoundNumber]:
        """Returns the working tree's number where it is no worse than that of the git ref."""
        assert self.committed is not None
        assert self.proposed is not None
        number = self.proposed.numbers.get(name)
        if number is None or is_better(self.committed.numbers[name].value, number.value, better):
            return []
        if number.tools == self.committed.numbers[name].tools:
            return []  # the same tools: the change itself does not raise what it is judged by
        return [FoundNumber(number=number, source=self.proposed.source)]


NO_BASELINES = Baselines()


@light_dataclass(frozen=True, slots=True, kw_only=True)
class FoundNumber:
    """A number of a baseline and its source. `problem` says why it cannot be compared; empty where it can."""

    number: BaselineNumber
    source: str
    problem: str = ""

    def as_outdated(self, tools: Mapping[str, str]) -> FoundNumber:
        """Returns this number with the versions of the tools by which it and the present one were measured."""
        before, now = (format_tools(one) for one in (self.number.tools, tools))
        problem = f"{self.source} is of {before}, and this run used {now}"
        return FoundNumber(number=self.number, source=self.source, problem=problem)


def is_better(value: Fraction, than: Fraction, better: Better) -> bool:
    """Whether a number is better than another one."""
    return value > than if better == "higher" else value < than


def format_tools(tools: Mapping[str, str]) -> str:
    """Returns names and versions as text: `mypy 1.18.2`; `no known tool` for none."""
    return ", ".join(f"{name} {version}".strip() for name, version in sorted(tools.items())) or "no known tool"
