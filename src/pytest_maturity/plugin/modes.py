"""The ways to run a session: judge the tests, write a shard's evidence, judge shards, or judge nothing."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from ..coverage import Recorder
from ..evidence import assess
from ..evidence.outcomes import OutcomeLog
from ..evidence.suppressions.scan import count_suppressions
from ..model import exit_codes
from ..model.errors import MaturityError
from ..model.evidence import Coverage, Gap, ToolResult
from ..model.light_dataclass import light_dataclass
from ..model.report import Report, Verdict, worst_verdict
from ..model.suppressions import Suppressions
from ..model.text import describe_error, plural, safe
from ..reports.overwriting import prepare_output
from ..reports.waivers import list_waivers, waiver_notes
from . import judging, own_plugins, without_garbage_collection, xdist
from .coverage import choose_recorder
from .executed_code import ExecutedCode
from .judging import RunEvidence
from .options import read_path
from .plan import Plan
from .report_files import ReportFiles
from .retries.registration import register_retries
from .selection import Selection
from .sharding.inputs import read_inputs
from .sharding.merge import read_merge
from .sharding.partial_evidence import PartialEvidence
from .sharding.resume import Resume
from .supervisor import Ticket
from .tools import Tools
from .workers import Workers

# Options of pytest with which no test runs.
NO_RUN = (
    "collectonly", "setuponly", "setupplan", "showfixtures", "show_fixtures_per_test", "markers", "cacheshow", "help",
    "version",
)  # fmt: skip


class Interruption:
    """Whether this run was interrupted, and by what: Ctrl-C, or the end of its time limit."""

    def __init__(self, ticket: Ticket) -> None:
        self._ticket = ticket
        self.gaps: list[Gap] = []
        self._came_after_tests = False

    def __bool__(self) -> bool:
        return bool(self.gaps)

    def record(self, exception: str, after_tests: bool = False) -> None:
        """Records that an exception of this name ended the tests, or `after_tests` the wait for tools."""
        self._came_after_tests = after_tests
        message = f"the run was interrupted: {self._ticket.expiry or exception}"
        self.gaps.append(Gap(cause="interrupted", message=message))

    def correct_status(self, status: int) -> int:
        """Returns pytest's exit status, or INTERRUPTED for an interruption of which pytest knows nothing."""
        return int(pytest.ExitCode.INTERRUPTED) if self._came_after_tests else status


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The objects of one run, complete when every hook is known."""

    config: pytest.Config
    plan: Plan
    reports: ReportFiles
    recorder: Recorder
    tools: Tools
    log: OutcomeLog
    selection: Selection
    workers: Workers
    interruption: Interruption
    notes: list[str]
    executed_code: ExecutedCode

    def find_gaps(self) -> list[Gap]:
        """Returns the gaps of the whole run: an interruption, lost workers, removed parts of this plugin."""
        removed = sorted({*own_plugins.find_removed(self.config), *self.workers.removed_parts})
        message = f"removed while the run went on: {', '.join(map(safe, removed))}"
        return [
            *self.interruption.gaps,
            *self.workers.gaps,
            *(self.plan.records.find_gaps() if self.plan.records is not None else ()),
            *([Gap(cause="disabled", message=message)] if removed else []),
        ]

    def add_notes(self, notes: Iterable[str]) -> None:
        """Adds notes for the report."""
        self.notes.extend(notes)

    def join_tools(self) -> dict[str, ToolResult]:
        """Waits for the tools and returns their results. After an interruption, unfinished tools have a problem."""
        if not self.interruption:
            try:
                return self.tools.join()
            except KeyboardInterrupt:
                self.interruption.record("KeyboardInterrupt", after_tests=True)
        return self.tools.cancel()


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """The end of a session: its exit code, with the report, or with a shard's evidence and the path to write it to.

    `message` takes the place of a verdict where there is no report.
    """

    exit_code: int = exit_codes.INCONCLUSIVE
    report: Report | None = None
    evidence: PartialEvidence | None = None
    evidence_path: Path | None = None
    message: str = ""

    def revoke(self, reason: str, status: int = exit_codes.INCONCLUSIVE) -> Conclusion:
        """Returns this conclusion with a reason why nothing is promoted, whatever was judged before.

        `status` is the exit status that the failure has; it becomes the exit code, unless it stands for another verdict
        than the one that is left.
        """
        gap = Gap(cause="exit", message=reason)
        if self.evidence is not None:
            status = status or exit_codes.INCONCLUSIVE
            evidence = replace(self.evidence, gaps=(*self.evidence.gaps, gap), status=status)
            return replace(self, exit_code=status, evidence=evidence)
        if self.report is None:
            code = exit_codes.INCONCLUSIVE if status in exit_codes.OF_A_VERDICT else status
            return replace(self, exit_code=code, message=f"{self.message}: {reason}")
        components = tuple(assess.add_gap(one, gap, self.report.ladder[0]) for one in self.report.components)
        verdict = worst_verdict(one.verdict for one in components)
        notes = self.report.notes if components else (*self.report.notes, reason)
        report = replace(self.report, verdict=verdict, components=components, notes=notes)
        is_verdict = verdict is Verdict.HOLD or status in exit_codes.OF_A_VERDICT
        return Conclusion(exit_code=exit_codes.exit_code_of(verdict) if is_verdict else status, report=report)


class Mode(Protocol):
    """One way to run a session."""

    recorder: Recorder
    tool_results: Mapping[str, ToolResult]  # results that shards bring along, by cache key
    judges: bool  # whether it ends with a report

    def prepare(self) -> None:
        """Reads what the run starts from, before the first conftest.py. Raises MaturityError."""

    def start(self, parts: Parts) -> None:
        """Starts what runs beside the tests; in a worker of pytest-xdist, what runs there."""

    def finish(self, parts: Parts, status: int) -> Conclusion:
        """Concludes the run on the controller; `status` is pytest's exit status."""


def choose_mode(config: pytest.Config, plan: Plan, reports: ReportFiles) -> Mode:
    """Returns the mode that the options name. Raises MaturityError for options that exclude each other."""
    options = config.known_args_namespace
    if options.maturity_merge and (options.maturity_evidence or options.maturity_resume):
        other = "evidence" if options.maturity_evidence else "resume"
        raise MaturityError(f"--maturity-{other} and --maturity-merge exclude each other: a merge runs no test")
    if options.maturity_trial and not options.maturity_merge:
        raise MaturityError("--maturity-trial needs --maturity-merge")
    for name in ("merge", "evidence", "resume"):
        if options.maturity_gate and getattr(options, f"maturity_{name}"):
            raise MaturityError(f"--maturity-gate and --maturity-{name} exclude each other: one gate never promotes")
    if options.maturity_merge:
        mode: Mode = JudgeShards(config, plan, reports)
    elif options.maturity_evidence:
        mode = WriteShard(config, plan, reports)
    else:
        mode = JudgeTests(config, plan, reports)
    return JudgeNothing(mode) if any(getattr(options, name, False) for name in NO_RUN) else mode


class RunTests:
    """Runs the components' tests, with reruns, and continues a run that was killed."""

    tool_results: Mapping[str, ToolResult] = {}

    def __init__(self, config: pytest.Config, plan: Plan, reports: ReportFiles) -> None:
        """Chooses how coverage is measured. Raises MaturityError."""
        self.recorder = choose_recorder(config, plan)
        self._plan = plan
        self._resume = Resume(config, plan, reports)

    def prepare(self) -> None:
        """Reads the work tree, and the inputs of this run, which are compared with a killed run's."""
        self._plan.read_work_tree()
        self._resume.read_inputs()

    def start(self, parts: Parts) -> None:
        """Starts the reruns where tests run, the journals, and the tools on the controller."""
        if not xdist.has_workers(parts.config):
            register_retries(parts.config, parts.plan, parts.selection, parts.log)
        if xdist.is_worker(parts.config):
            self._resume.begin_worker(parts.log, parts.recorder)
        else:
            self._resume.begin(parts.log, parts.recorder, parts.workers)
            parts.tools.start()


class JudgeTests(RunTests):
    """Runs the tests and judges what they showed."""

    judges = True

    def finish(self, parts: Parts, status: int) -> Conclusion:
        conclusion = conclude(parts, status, lambda: create_report(parts, status, (), self._resume.notes))
        self._resume.end(bool(parts.interruption))
        return conclusion


class WriteShard(RunTests):
    """Runs some of the tests and writes their evidence; `pytest-maturity merge` judges it."""

    judges = False

    def __init__(self, config: pytest.Config, plan: Plan, reports: ReportFiles) -> None:
        """Reads where the evidence is written. Raises MaturityError."""
        super().__init__(config, plan, reports)
        path = read_path(config, "evidence")
        assert path is not None, "this mode is chosen by the option"
        self._path, self._config = path, config

    def prepare(self) -> None:
        """Removes the evidence of an earlier run, which must not be taken for this one's, and reads the inputs."""
        prepare_output("--maturity-evidence", self._path)
        self._inputs = read_inputs(self._plan, self._config)
        super().prepare()

    def finish(self, parts: Parts, status: int) -> Conclusion:
        """Concludes with pytest's own exit code, or with 3 where the evidence cannot be collected."""
        begin, end = f"INCOMPLETE  {', '.join(parts.plan.names)}: ", "; `pytest-maturity merge` judges"
        try:
            evidence = self._collect_evidence(parts, status)
        except Exception as error:  # whatever broke: no merge may take this shard for complete
            return Conclusion(message=f"{begin}the evidence cannot be written: {describe_error(error)}{end}")
        finally:
            self._resume.end(bool(parts.interruption))
        message = f"{begin}evidence of {plural(len(parts.log.outcomes), 'test')}: {self._path}{end}"
        return Conclusion(exit_code=evidence.status, evidence=evidence, evidence_path=self._path, message=message)

    def _collect_evidence(self, parts: Parts, status: int) -> PartialEvidence:
        plan = parts.plan
        parts.reports.record_work_tree()
        tools = parts.join_tools()
        changed = [gap for component in plan.components for gap in plan.files.find_gaps(component)]
        changed += [gap for one in plan.components for gap in parts.executed_code.find_byte_code_gaps(one)]
        return PartialEvidence(
            run=parts.reports.run,
            components=plan.found_names,
            arguments=plan.arguments,
            root=str(plan.root),
            inputs=self._inputs,
            outcomes=parts.log,
            coverage=parts.recorder.to_dict(plan.components),
            tools=tools,
            gaps=(*parts.find_gaps(), *changed),
            status=parts.interruption.correct_status(status),
        )


class JudgeShards:
    """Judges the evidence of shards; no test runs."""

    judges = True

    def __init__(self, config: pytest.Config, plan: Plan, reports: ReportFiles) -> None:
        """Reads the shards. Raises MaturityError."""
        self._plan = plan
        self._merge = read_merge(config, plan, reports.run)
        self.recorder = self._merge.make_recorder()
        self.tool_results: Mapping[str, ToolResult] = self._merge.list_tool_results()

    def prepare(self) -> None:
        """Reads the work tree; the shards are read already."""
        self._plan.read_work_tree()

    def start(self, parts: Parts) -> None:
        """Starts the tools of which no shard brings a valid result."""
        parts.tools.start()

    def finish(self, parts: Parts, status: int) -> Conclusion:
        return conclude(parts, status, lambda: self._create_report(parts, status))

    def _create_report(self, parts: Parts, status: int) -> Report:
        self._merge.add_outcomes(parts.log)
        gaps, notes = self._merge.find_gaps(parts.selection.kind_of), [self._merge.note]
        return create_report(parts, status, gaps, notes, is_merged=True)


class JudgeNothing:
    """Judges nothing: an option of pytest keeps the tests from running."""

    judges = False

    def __init__(self, mode: Mode) -> None:
        """Takes the recorder of the mode that would have judged."""
        self.recorder, self.tool_results = mode.recorder, mode.tool_results

    def prepare(self) -> None:
        """No test runs, so nothing is read."""

    def start(self, parts: Parts) -> None:
        """No test runs, and no tool beside it."""

    def finish(self, parts: Parts, status: int) -> Conclusion:
        message = f"INCONCLUSIVE  {', '.join(parts.plan.names)}: nothing was judged, because nothing was to run"
        return Conclusion(exit_code=status or exit_codes.INCONCLUSIVE, message=message)


def conclude(parts: Parts, status: int, make_report: Callable[[], Report]) -> Conclusion:
    """Returns the conclusion from a report; INCONCLUSIVE with the traceback where the plugin itself breaks."""
    try:
        report = make_report()
    except Exception as error:  # whatever broke, the run must end without a verdict that was not reached
        notes = (traceback.format_exc(), f"pytest-maturity itself broke: {describe_error(error)}")
        report = parts.reports.make_empty_report(Verdict.INCONCLUSIVE, *parts.notes, *notes)
    code = judging.choose_exit_code(report.verdict, parts.interruption.correct_status(status), bool(parts.interruption))
    return Conclusion(exit_code=code, report=report)


def measure_sources(parts: Parts) -> tuple[dict[str, Coverage], Mapping[str, Suppressions]]:
    """Returns the coverage and the suppressions of each component; unknown ones where no test was to run."""
    plan = parts.plan
    if not plan.runs_tests:
        unknown = Coverage(problem="no test was run")
        return {one.name: unknown for one in plan.components}, {one.name: Suppressions() for one in plan.components}
    with without_garbage_collection():  # syntax trees are freed without it
        coverage = {one.name: parts.recorder.compute_coverage(one) for one in plan.components}
        return coverage, count_suppressions(plan.components, coverage, plan.context)


def create_report(
    parts: Parts, status: int, gaps: Iterable[Gap], notes: Iterable[str], is_merged: bool = False
) -> Report:
    """Collects and judges the evidence; returns the report on all components. `is_merged`: other runs ran the tests."""
    plan = parts.plan
    parts.reports.record_work_tree()
    coverage, suppressions = measure_sources(parts)  # while tools still run
    kind_coverage = compute_kind_coverage(parts) if plan.records_kinds else {}
    executed = parts.executed_code
    code_gaps = {one.name: list(executed.find_gaps(one)) for one in plan.components}
    if not is_merged:
        for component in plan.components:
            code_gaps[component.name] += executed.find_byte_code_gaps(component)
    tools = parts.join_tools()
    evidence = RunEvidence(
        log=parts.log,
        selection=parts.selection,
        coverage=coverage,
        kind_coverage=kind_coverage,
        suppressions=suppressions,
        tools=tools,
        gaps=(*parts.find_gaps(), *gaps),
        code_gaps=code_gaps,
        status=status,
        is_merged=is_merged,
    )
    judgements = judging.judge_components(plan, evidence)
    verdict = worst_verdict(judgement.verdict for judgement in judgements)
    listed = list_waivers(plan.waivers, judgements, plan.only_gates)
    all_notes = (
        *parts.notes,
        *notes,
        *judging.list_notes(plan, evidence, judgements),
        *waiver_notes(listed, plan.waivers, judgements),
    )
    report = parts.reports.make_empty_report(verdict, *all_notes)
    return replace(report, components=judgements, waivers=listed)


def compute_kind_coverage(parts: Parts) -> dict[str, dict[str, Coverage]]:
    """Returns the coverage by the tests of each kind, for each component."""
    selection, recorder = parts.selection, parts.recorder
    tests_of = selection.make_test_finder(parts.log.list_nodeids())
    found: dict[str, dict[str, Coverage]] = {}
    for component in parts.plan.components:
        by_kind = selection.group_by_kind(tests_of(component.name))
        found[component.name] = {
            kind: recorder.compute_coverage_of_kind(component, kind, selection.list_files_with(tests, component))
            for kind, tests in by_kind.items()
        }
    return found
