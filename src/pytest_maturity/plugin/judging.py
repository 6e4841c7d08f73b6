"""Puts together what was observed and hands it to the core: one judgement for each component."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from importlib.metadata import version

import pytest

from ..config.requirements import compute_retry_policy
from ..evidence import assess
from ..model import redaction
from ..model.evidence import Component, Coverage, Evidence, Gap, Outcomes, ToolResult
from ..model.exit_codes import exit_code_of
from ..model.report import Judgement, Run, Verdict
from ..model.retries import RetryPolicy
from ..model.suppressions import Suppressions
from ..model.text import first_few, join_findings, plural, safe
from .missing_modules import install_command
from .outcome_listener import Accounts
from .plan import Plan, stamp
from .xdist import Workers

NO_TESTS = int(pytest.ExitCode.NO_TESTS_COLLECTED)
_now = datetime.now  # bound here: a test may freeze the clock


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that a run saw, before it is divided among the components. `status` is pytest's exit status.

    `in_parts`: by several runs, each of which had the whole budget of retries.
    """

    tools: Mapping[str, ToolResult]
    accounts: Accounts
    workers: Workers
    coverage: Mapping[str, Coverage]
    suppressions: Mapping[str, Suppressions]
    gaps: tuple[Gap, ...]
    status: int
    in_parts: bool = False


def new_run(run_id: str, arguments: Sequence[object], digest: str) -> Run:
    """A run that begins now."""
    return Run(
        id=run_id,
        started=_now(timezone.utc).isoformat(timespec="milliseconds"),
        python=platform.python_version(),
        pytest=pytest.__version__,
        plugin=version("pytest-maturity"),
        command_line=("pytest", *redaction.redact_arguments(map(str, arguments))),
        policy_digest=digest,
    )


def judge(plan: Plan, observed: Observed) -> tuple[Judgement, ...]:
    """One judgement for each component of the plan."""
    shared = (*observed.gaps, *observed.workers.gaps, *unexplained(observed))
    tests_of = plan.selection.group_by_component(observed.accounts.ledger.known())
    return tuple(
        judge_component(component, plan, observed, shared, tests_of(component.name)) for component in plan.components
    )


def judge_component(
    component: Component, plan: Plan, observed: Observed, shared: tuple[Gap, ...], tests: set[str]
) -> Judgement:
    ledger, workers = observed.accounts.ledger, observed.workers
    unseen = workers.unseen if workers.used else set(plan.selection.find_uncollected_files(observed.accounts.seen))
    stopped = plan.selection.find_stop_reason(ledger.failed, ledger.uncollectable)
    outcomes = ledger.counts(tests)
    policy = compute_retry_policy(plan.policy, component.name)
    outcomes = replace(outcomes, retry_budget=policy.retry_budget(outcomes.collected))
    coverage = observed.coverage[component.name]
    if workers.gaps:
        coverage = replace(coverage, problem="a worker died, and what it had measured with it")
    if outcomes.retries:
        coverage = replace(
            coverage, notes=(*coverage.notes, "lines that only failed attempts reached count as covered")
        )
    evidence = Evidence(
        component=component,
        outcomes=outcomes,
        coverage=coverage,
        tools=observed.tools,
        suppressions=observed.suppressions[component.name],
        gaps=(
            *shared,
            *changed(component, plan),
            *unjudged(component, plan),
            *plan.selection.find_gaps(component, unseen),
            *ledger.gaps(tests, stopped),
            *(overdrawn(policy, outcomes) if observed.in_parts else ()),
        ),
    )
    return assess.judge(evidence, plan.gates, plan.requirements[component.name], plan.policy.target, plan.context)


def notes(plan: Plan, observed: Observed, judgements: Iterable[Judgement]) -> Iterable[str]:
    """What a reader should know of the run besides the numbers."""
    for judgement in judgements:
        name, outcomes = judgement.component.name, judgement.evidence.outcomes
        needed = [one for one in outcomes.retried if one.has_transient_failure]
        if len(needed) > compute_retry_policy(plan.policy, name).outage_threshold(outcomes.collected):
            kinds = Counter(one.attempts[0].exception for one in needed)
            words = ", ".join(f"{safe(kind, 120)} {count}" for kind, count in kinds.most_common(5))
            yield f"{name}: outage suspected: {plural(len(needed), 'test')} needed a retry: {words}"
        if outcomes.unhandled:
            exceptions = plural(len(outcomes.unhandled), "exception")
            yield f"{name}: {exceptions} that nothing handled: {join_findings(outcomes.unhandled)}"
    if cached := sorted(key for key, one in observed.tools.items() if one.cached):
        yield f"cached results (inputs unchanged): {', '.join(cached)}"
    own = {one.partition(".")[0] for component in plan.components for one in component.imports}
    for module, nodeid in observed.accounts.ledger.missing.items():
        if module.partition(".")[0] not in own:
            yield f"the module {safe(module, 120)} is missing ({safe(nodeid, 200)}): {install_command(module)}"


def changed(component: Component, plan: Plan) -> Iterable[Gap]:
    """Sources that are not any more what the tests and the tools saw."""
    files = [plan.context.relative(path) for path in component.files if stamp(path) != plan.stamps[path]]
    if files:
        yield Gap(
            cause="changed", message=f"{plural(len(files), 'source file')} changed during the run: {first_few(files)}"
        )


def overdrawn(policy: RetryPolicy, outcomes: Outcomes) -> Iterable[Gap]:
    """Retries that one run would have refused, with which the test would have failed."""
    if words := policy.find_exceeded_limit(outcomes.collected, outcomes.retried):
        yield Gap(cause="retries", message=f"the shards together took what one run would have refused: {words}")


def unjudged(component: Component, plan: Plan) -> Iterable[Gap]:
    """What can be imported as a part of the component and lies elsewhere: no tool, and no tracer, follows it."""
    if component.linked:
        found = first_few([plan.context.relative(path) for path in component.linked])
        key = f"tool.maturity.components.{component.name}.sources"
        words = (
            f"nothing was judged of what lies behind {plural(len(component.linked), 'link')}: {found}; name it in {key}"
        )
        yield Gap(cause="linked", message=words)


def unexplained(observed: Observed) -> Iterable[Gap]:
    """A failure of the session that no test explains."""
    outcomes = set(observed.accounts.ledger.outcomes.values())
    interrupted = any(gap.cause == "interrupted" for gap in observed.gaps)
    explained = observed.status in (0, NO_TESTS) or interrupted or outcomes & {"failed", "error"}
    if not explained or observed.status > NO_TESTS:
        yield Gap(cause="exit", message=f"pytest exited with {observed.status}, and no test of the component says why")


def exit_code(verdict: Verdict, status: int, interrupted: bool) -> int:
    """The verdict's exit code; pytest's own stays where it says something else than "tests failed".

    That it found no test is a reason not to tell, and none to forget what failed: 5 is for INCONCLUSIVE only.
    """
    if status == NO_TESTS:
        return status if verdict is Verdict.INCONCLUSIVE else exit_code_of(verdict)
    stays = status not in (0, 1, 2) or (status == int(pytest.ExitCode.INTERRUPTED) and interrupted)
    return status if stays else exit_code_of(verdict)
