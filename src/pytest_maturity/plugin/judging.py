"""Divides the evidence of a run among the components, and judges each of them."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from ..config.requirements import compute_retry_policy
from ..coverage import name_kind
from ..coverage.members import find_member_settings
from ..discovery.kinds import find_idle_kinds
from ..evidence import assess
from ..evidence.outcomes import OutcomeLog
from ..model import redaction
from ..model.baseline import NO_BASELINES
from ..model.evidence import Component, Coverage, Evidence, Gap, KindEvidence, Outcomes, ToolResult
from ..model.exit_codes import exit_code_of
from ..model.light_dataclass import light_dataclass
from ..model.names import component_table
from ..model.paths import path_from_root
from ..model.report import Judgement, Run, Verdict
from ..model.retries import RetryPolicy
from ..model.suppressions import Suppressions
from ..model.text import first_few, join_findings, plural, safe
from ..model.version import VERSION
from ..reports.messages import describe_idle_kind, settings_line, stale_baseline_notes, unnamed_test_notes
from .missing_modules import advise_on_missing_module
from .plan import Plan
from .selection import Selection
from .warning_kinds import WarningKinds

NO_TESTS = int(pytest.ExitCode.NO_TESTS_COLLECTED)
_now = datetime.now  # bound here: a test may freeze the clock


@light_dataclass(frozen=True, slots=True, kw_only=True)
class RunEvidence:
    """The evidence of a run before it is divided among the components. `status` is pytest's exit status.

    `is_merged`: it comes from several runs, each of which had the whole budget of retries.
    """

    log: OutcomeLog
    selection: Selection
    coverage: Mapping[str, Coverage]  # by component
    kind_coverage: Mapping[str, Mapping[str, Coverage]]  # by component and kind of tests, where it is recorded
    suppressions: Mapping[str, Suppressions]  # by component
    tools: Mapping[str, ToolResult]
    gaps: tuple[Gap, ...]
    code_gaps: Mapping[str, Sequence[Gap]]  # by component: for code that ran and is not its sources'
    status: int
    is_merged: bool = False


def create_run(run_id: str, arguments: Sequence[object], plan: Plan) -> Run:
    """Returns the description of a run that begins now."""
    return Run(
        id=run_id,
        started=_now(timezone.utc).isoformat(timespec="milliseconds"),
        python=platform.python_version(),
        pytest=pytest.__version__,
        plugin=VERSION,
        command_line=("pytest", *redaction.redact_arguments(map(str, arguments))),
        policy_digest=plan.policy.digest,
        audit_head=plan.records.history.head if plan.records is not None else "",
    )


def judge_components(plan: Plan, evidence: RunEvidence) -> tuple[Judgement, ...]:
    """Returns the judgement of each component of the plan."""
    shared_gaps = (*evidence.gaps, *find_unexplained_exit(evidence))
    tests_of = evidence.selection.make_test_finder(evidence.log.list_nodeids())
    return tuple(
        judge_component(component, plan, evidence, shared_gaps, tests_of(component.name))
        for component in plan.components
    )


def judge_component(
    component: Component, plan: Plan, evidence: RunEvidence, shared_gaps: tuple[Gap, ...], tests: set[str]
) -> Judgement:
    """Returns the judgement of one component, to which `tests` belong."""
    log, selection = evidence.log, evidence.selection
    retry_policy = compute_retry_policy(plan.policy, component.name)
    outcomes = log.count_outcomes(tests, component.name)
    files = {plan.context.relative(path) for path in component.files}
    outcomes = replace(
        outcomes,
        retry_budget=retry_policy.compute_budget(outcomes.collected),
        warnings=log.list_warnings(files) if log.watches_warnings else None,
        ignored_warnings=log.find_ignored_categories(component.name, tests),
        own_filters=tuple(log.own_filters),
        foreign_filters=tuple(log.foreign_filters),
        tests=log.list_tests(tests) if plan.lists_tests else (),
    )
    digests = plan.files.compute_digests(component)
    by_kind = selection.group_by_kind(tests)
    uncollected = set(selection.find_uncollected_files(log.collected_files))
    stopped_by = selection.find_stop_reason(log.count_failed(), log.find_uncollectable())
    is_cut = selection.can_stop_collection(log.find_uncollectable())
    own = Evidence(
        component=component,
        outcomes=outcomes,
        coverage=complete_coverage(
            evidence.coverage[component.name],
            outcomes,
            shared_gaps,
            tests & log.outcomes.keys() <= set(log.find_uncollectable()),
        ),
        tools=evidence.tools,
        suppressions=evidence.suppressions[component.name],
        digests=digests,
        checked_out=plan.files.checked_out,
        standing=plan.add_approvals(plan.find_standing(component.name), component, digests),
        attested=plan.find_attested(component, digests),
        gaps=(
            *shared_gaps,
            *plan.files.find_gaps(component),
            *find_links(component, plan),
            *find_missing_record(component, plan),
            *evidence.code_gaps[component.name],
            *selection.find_gaps(component, uncollected, stopped_by if is_cut else ""),
            *selection.find_missing_nodes(component, tests),
            *log.gaps.get("", ()),
            *find_file_gaps(selection.list_files(component.name), evidence),
            *find_test_gaps(by_kind, stopped_by, evidence),
            *(find_exceeded_retries(retry_policy, outcomes) if evidence.is_merged else ()),
        ),
    )
    if plan.policy.kinds:
        own = replace(own, kinds=dict(collect_kinds(own, by_kind, evidence, plan)))
    if component.name in plan.new_code:
        own = replace(own, new_code=plan.new_code[component.name])
    if plan.policy.has_ratchet or plan.records is not None:
        own = replace(own, tool_versions=plan.find_tool_versions(component))
    if plan.only_gates:
        gap = Gap(cause="other-gates", message=f"only these gates were judged: {', '.join(plan.only_gates)}")
        own = replace(own, gaps=(*(own.gaps if plan.runs_tests else shared_gaps), gap))
    target = plan.policy.find_target(component.name)
    needed = {stage: one.kinds for stage, one in plan.needed_kinds[component.name].items()}
    baselines = plan.baselines.get(component.name, NO_BASELINES)
    required = plan.requirements[component.name]
    return assess.judge(own, plan.gates, required, target, plan.context, needed, baselines, plan.waivers.valid)


def collect_kinds(
    own: Evidence, by_kind: Mapping[str, set[str]], evidence: RunEvidence, plan: Plan
) -> Iterator[tuple[str, KindEvidence]]:
    """Yields each kind of tests with what its tests showed. Where all coverage is unknown, that of each kind is."""
    known = evidence.kind_coverage.get(own.component.name, {})
    warned = WarningKinds(own.component, by_kind, plan.root, evidence.log, evidence.selection)
    for kind, tests in by_kind.items():
        outcomes = replace(
            evidence.log.count_outcomes(tests, name_kind(own.component.name, kind)),
            warnings=None if own.outcomes.warnings is None else warned.list_warnings(kind),
            ignored_warnings=evidence.log.find_ignored_categories(own.component.name, tests),
            own_filters=own.outcomes.own_filters,
            foreign_filters=own.outcomes.foreign_filters,
        )
        if kind in known:
            coverage = own.coverage if own.coverage.problem else known[kind]
            yield kind, KindEvidence(outcomes=outcomes, coverage=coverage)
        else:
            yield kind, KindEvidence(outcomes=outcomes)


def complete_coverage(
    coverage: Coverage, outcomes: Outcomes, gaps: Iterable[Gap], has_only_import_errors: bool
) -> Coverage:
    """Adds to the coverage of a component what the recorder does not know: lost workers, retries, import errors.

    `has_only_import_errors`: no test has an outcome, only test files that could not be imported have.
    """
    if has_only_import_errors and outcomes.ran:
        coverage = replace(coverage, problem="no test ran, because test files could not be imported")
    if any(gap.cause == "worker" for gap in gaps):
        coverage = replace(coverage, problem="a worker died, and its coverage data is lost")
    if outcomes.retries:
        note = "lines that only failed attempts reached count as covered"
        coverage = replace(coverage, notes=(*coverage.notes, note))
    return coverage


# ── gaps ─────────────────────────────────────────────────────────────────────


def find_links(component: Component, plan: Plan) -> Iterable[Gap]:
    """Yields a gap for links to Python files elsewhere: they can be imported, but no tool and no tracer follows."""
    if component.linked:
        found = first_few([plan.context.relative(path) for path in component.linked])
        key = f"{component_table(component.name)}.sources"
        links = plural(len(component.linked), "link")
        yield Gap(cause="linked", message=f"the code behind {links} was not judged: {found}; name it in {key}")
    outside = [path for path in component.files if path.is_symlink() and not path.resolve().is_relative_to(plan.root)]
    if outside:
        found = first_few([plan.context.relative(path) for path in outside])
        message = f"not every tool reads links that lead out of the project: {found}; copy the files into it"
        yield Gap(cause="linked", message=message)


def find_missing_record(component: Component, plan: Plan) -> Iterable[Gap]:
    """Yields a gap where the component is to be judged for its recorded stage, and has none."""
    standing = plan.find_standing(component.name)
    if standing is not None and standing.is_target and standing.stage not in plan.policy.ladder:
        yield Gap(cause="no-record", message=standing.problem)


def find_file_gaps(files: Iterable[str], evidence: RunEvidence) -> Iterable[Gap]:
    """Yields what is wrong with test files; a gap that names no kind of tests has those that the file may have."""
    for file in files:
        kinds = evidence.selection.list_kinds_of_file(file)
        for gap in evidence.log.gaps.get(file, ()):
            yield gap if gap.kinds else replace(gap, kinds=kinds)


def find_test_gaps(by_kind: Mapping[str, set[str]], stopped_by: str, evidence: RunEvidence) -> Iterable[Gap]:
    """Yields the gaps of the log for the tests of each kind; those of an unknown kind concern every stage."""
    lost = "ran in no shard" if evidence.is_merged else "did not finish"
    for kind, tests in by_kind.items():
        for gap in evidence.log.find_gaps(tests, stopped_by, lost):
            yield replace(gap, kinds=(kind,) if kind else ())


def find_unexplained_exit(evidence: RunEvidence) -> Iterable[Gap]:
    """Yields a gap where pytest failed and neither a test nor an interrupt is the reason."""
    outcomes = set(evidence.log.outcomes.values())
    is_interrupted = any(gap.cause == "interrupted" for gap in evidence.gaps)
    has_reason = evidence.status in (0, NO_TESTS) or is_interrupted or outcomes & {"failed", "error"}
    if not has_reason or evidence.status > NO_TESTS:
        message = f"pytest exited with {evidence.status}, and no failed test explains it"
        yield Gap(cause="exit", message=message)


def find_exceeded_retries(policy: RetryPolicy, outcomes: Outcomes) -> Iterable[Gap]:
    """Yields a gap for retries of several runs that one run would have refused, so that the tests had failed."""
    if exceeded := policy.find_exceeded_limit(outcomes.collected, outcomes.retried):
        yield Gap(cause="retries", message=f"the shards together used more retries than one run may: {exceeded}")


# ── notes, and the exit code ─────────────────────────────────────────────────


def list_notes(plan: Plan, evidence: RunEvidence, judgements: Iterable[Judgement]) -> Iterable[str]:
    """Yields what a reader should know besides the numbers: outages, unhandled exceptions, the cache, modules."""
    for judgement in judgements:
        yield from list_test_notes(plan, evidence, judgement.component)
        yield from describe_lost_tests(judgement)
        yield from stale_baseline_notes(judgement)
        name, outcomes = judgement.component.name, judgement.evidence.outcomes
        transient = [test for test in outcomes.retried if test.has_transient_failure]
        if len(transient) > compute_retry_policy(plan.policy, name).compute_outage_threshold(outcomes.collected):
            count = Counter(test.attempts[0].exception for test in transient)
            kinds = ", ".join(f"{safe(kind, 120)} {number}" for kind, number in count.most_common(5))
            yield f"{name}: outage suspected: {plural(len(transient), 'test')} needed a retry: {kinds}"
        unused = find_member_settings(judgement.component, plan.root)
        if unused and not judgement.evidence.coverage.problem:
            where = safe(path_from_root(unused, plan.root), 200)
            yield f"{name}: coverage.py reads its settings in pytest's root directory, not those in {where}"
        if outcomes.unhandled:
            exceptions = plural(len(outcomes.unhandled), "exception")
            yield f"{name}: {exceptions} that nothing handled: {join_findings(outcomes.unhandled)}"
    settings = {key: result.settings for key, result in evidence.tools.items()}
    if any("/" in name for names in settings.values() for name in names):
        yield f"settings of the tools: {settings_line(settings)}"
    yield from plan.list_left_out()
    yield from plan.waiver_notes
    yield from list_idle_kinds(plan, evidence)
    yield from plan.files.list_notes()
    if cached := sorted(key for key, result in evidence.tools.items() if result.cached):
        yield f"cached results (inputs unchanged): {', '.join(cached)}"
    if withheld := sorted({name for result in evidence.tools.values() for name in result.withheld}):
        yield f"variables that steer tools, not passed on to them: {', '.join(safe(name, 80) for name in withheld)}"
    own = {name.partition(".")[0] for component in plan.components for name in component.imports}
    for module, nodeid in evidence.log.missing_modules.items():
        if module.partition(".")[0] not in own:
            advice = advise_on_missing_module(module, plan.root)
            yield f"the module {safe(module, 120)} is missing ({safe(nodeid, 200)}): {advice}"


def list_idle_kinds(plan: Plan, evidence: RunEvidence) -> Iterable[str]:
    """Yields which kinds of tests no test of the project has."""
    for rule in find_idle_kinds(plan.policy.kinds, plan.layout, set(evidence.log.kinds.values())):
        yield describe_idle_kind(rule.kind, plan.policy.source)


def list_test_notes(plan: Plan, evidence: RunEvidence, component: Component) -> Iterable[str]:
    """Yields which test files have misleading names, and which were skipped as a whole."""
    yield from unnamed_test_notes(component, plan.layout.relative_path)
    if skipped := evidence.log.find_skipped_files(evidence.selection.list_files(component.name)):
        yield f"{component.name}: skipped as a whole, each counted as one skipped test: {first_few(skipped)}"


def describe_lost_tests(judgement: Judgement) -> Iterable[str]:
    """Yields by how many tests this run has fewer than that of the component's last promotion, where it has."""
    standing, collected = judgement.evidence.standing, judgement.evidence.outcomes.collected
    if standing is not None and (lost := (standing.promoted_tests or 0) - collected) > 0:
        before = f"fewer than at its last promotion, which had {standing.promoted_tests}"
        yield f"{judgement.component.name}: {plural(lost, 'test')} {before}"


def choose_exit_code(verdict: Verdict, status: int, is_interrupted: bool) -> int:
    """Returns the verdict's exit code, or pytest's own `status` where that means more than "tests failed".

    5, no test found, stays with INCONCLUSIVE only: it is no reason to forget a failed requirement.
    """
    if status == NO_TESTS:
        return status if verdict is Verdict.INCONCLUSIVE else exit_code_of(verdict)
    stays = status not in (0, 1, 2) or (status == int(pytest.ExitCode.INTERRUPTED) and is_interrupted)
    return status if stays else exit_code_of(verdict)
