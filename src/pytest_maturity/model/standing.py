"""The standing of a component: what is on record about it when a run begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from fractions import Fraction

from .approvals import StageApprovals
from .light_dataclass import light_dataclass


@light_dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRun:
    """A run on record with which this one is compared: what it measured, by the keys of the results."""

    run_id: str
    started: str
    verdict: str
    reached: str | None
    values: Mapping[str, Fraction | None]


@light_dataclass(frozen=True, slots=True, kw_only=True)
class PastDecision:
    """A decision on record, in words: `what` is `promotion of money to staging`; `time` is ISO 8601 in UTC."""

    time: str
    what: str
    actor: str
    reason: str


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The recorded stage of a component, and what requirements need to know of the records.

    * `stage`: the recorded stage; None where there is none.
    * `is_target`: whether the component is judged for it, by --maturity-target recorded.
    * `problem`: why nothing is known; empty where the records could be read.
    * `ladder`: the stages in order.
    * `days`: for how many days it has been at each stage, or above, without a break.
    * `promoted_tests`: the number of tests at its last promotion; None without one.
    * `dependencies`: the recorded stage of each component that this one imports, None for one without; None instead of
      all where these are not known, for the reason in `dependency_problem`.
    * `decisions`: the last ones about it that count, the latest first.
    * `compared_with`: the last run that was a week old, of younger records the first one; None without any.
    * `approvals`: those of the promotion to each stage that requires some.
    """

    stage: str | None = None
    is_target: bool = False
    problem: str = ""
    ladder: tuple[str, ...] = ()
    days: Mapping[str, Fraction] | None = None
    promoted_tests: int | None = None
    dependencies: Mapping[str, str | None] | None = None
    dependency_problem: str = ""
    compared_with: EarlierRun | None = None
    decisions: tuple[PastDecision, ...] = ()
    approvals: Mapping[str, StageApprovals] = field(default_factory=dict)
