"""The plan of a run: what is judged, by which gates, against which requirements."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from ..config.comparison import ResolvedPolicy, find_loosened
from ..config.enforced import read_policies
from ..config.files import WAIVERS_NAMES
from ..config.requirements import (
    RequirementsByStage,
    compute_kinds,
    compute_requirements,
    requires_coverage_of_kinds,
)
from ..config.settings import APPROVALS, Config, KindsByStage, check_branch, check_stage
from ..discovery.components import AFFECTED, ALL
from ..model.affected import Affected
from ..model.approvals import Subject
from ..model.attestations import ATTEST, Attested
from ..model.baseline import Baselines
from ..model.digests import compute_decision_digest
from ..model.errors import ConfigError, MaturityError, collect_problems
from ..model.evidence import Command, Component, NewCode
from ..model.gates import Context, Gate
from ..model.report import EnforcedPolicy, PolicyChange, Reporter
from ..model.standing import Standing
from ..model.text import did_you_mean, safe
from ..model.waivers import NO_WAIVERS
from ..reports import files
from ..reports.affected import describe_selection
from .addopts import check_addopts, refuse_other_runs
from .baselines import find_lost_components, find_tool_versions, find_worse_baselines
from .discovery import Discovery
from .judged_files import JudgedFiles
from .options import (
    list_arguments,
    read_agent_budget,
    read_max_retries,
    read_path,
    read_report_requests,
    refuse_foreign_root,
    refuse_passed_over_policy,
)
from .ref_settings import RefSettings, read_ref_settings
from .silenced_warnings import find_weaker_filters
from .taken_away import find_taken_away

RECORDED = "recorded"  # the value of --maturity-target that stands for each component's recorded stage

if TYPE_CHECKING:
    from .attestations import AttestedFacts
    from .records import RunRecords
    from .waivers import RunWaivers

Named = TypeVar("Named", Gate, Reporter)


class Plan:
    """The subject of a run: the enforced policy, the components with their tests, the gates and the requirements.

    It is made in two steps: policy and sources before the first conftest.py is imported, the rest when every hook is
    known.
    """

    gates: dict[str, Gate]
    requirements: dict[str, RequirementsByStage]  # by component
    needed_kinds: dict[str, KindsByStage]  # by component
    loosened: tuple[PolicyChange, ...] = ()  # by the working tree, where a git ref's policy is enforced
    untested: tuple[str, ...] = ()  # the names of the components that are left out because they have no tests
    waivers = NO_WAIVERS
    waiver_notes: tuple[str, ...] = ()

    # ── before the first conftest.py ─────────────────────────────────────────

    def __init__(self, config: pytest.Config, early_input: Mapping[str, Any] | None = None) -> None:
        """Reads the policy and finds the components' sources. Raises MaturityError with every problem.

        `early_input`: what a worker has from its controller, see `xdist.pop_early_input`.
        """
        is_worker = early_input is not None
        refuse_foreign_root(config)
        options = config.known_args_namespace
        self.root = config.rootpath.resolve()
        refuse_passed_over_policy(config, self.root)
        ref_settings = self._read_policies(config, early_input["policy"] if early_input is not None else None)
        self.notes = self.policies.list_notes()
        self._discovery = Discovery(config, self.root, self.policies, ref_settings)
        self.layout = self._discovery.layout
        problems: list[str] = []
        self.policy = self._add_options(options, problems)
        self.requested_names: tuple[str, ...] = tuple(options.maturity_component)
        self.affected = self._select_affected(config, early_input, problems)
        self.components = self._discovery.find_components(self._list_names(), self.requested_names, problems)
        self.baselines = {} if is_worker else self._read_baselines(problems)
        self._run_waivers = None if is_worker else self._read_waivers(problems)
        if problems:
            raise ConfigError(dict.fromkeys(problems))
        self.records = None if is_worker else self._read_records(options.maturity_target)
        self._attested = None if is_worker else self._read_attested()
        self.notes += self.records.list_notes() if self.records is not None else []
        self._add_recorded_baselines()
        self.recorded_targets: dict[str, str] = early_input["targets"] if early_input is not None else {}
        if self.records is not None and self._is_recorded(options.maturity_target):
            self.recorded_targets = self.records.choose_targets(self.names, self.policy.ladder)
        self.policy = self.policy.with_targets(self.recorded_targets)
        self._add_dependencies()
        self.notes += self._list_excluded()
        self.files = JudgedFiles(config, self.root, self.policies.named_file, self.policy.records.stage_file)
        self.files.stamp_sources(self.components)
        self.arguments = list_arguments(options, self.root)
        self.only_gates: tuple[str, ...] = tuple(dict.fromkeys(options.maturity_gate))
        self.is_trial = bool(options.maturity_trial)  # then earlier reports stay, and nothing is recorded
        self.requested_reports = self._request_reports(config)
        self.outputs = self.requested_reports.choose_known(self.names)
        self.context = Context(root=self.root, options=self.policy.gates, specs=self.policy.specs)
        self.new_code: Mapping[str, NewCode] = {}  # by component; read before a test can move a branch
        self.found_names = self.names  # with `untested`

    def _read_policies(self, config: pytest.Config, ref_files: Mapping[str, Any] | None) -> RefSettings | None:
        """Reads the policies; returns pytest's settings of the policy ref, None without one and in a worker."""
        named_file, ref = read_path(config, "config"), config.known_args_namespace.maturity_policy_ref
        self.policies = read_policies(self.root, named_file, ref, ref_files)
        self._weaker_filters: tuple[PolicyChange, ...] = ()
        if ref_files is not None:
            return None
        refuse_other_runs(config)
        if self.policies.ref_files is None:
            return None
        settings = read_ref_settings(config, self.policies.ref_files)
        if settings is not None:
            check_addopts(config, self.root, settings)
            self._weaker_filters = tuple(find_weaker_filters(config, settings))
        return settings

    @property
    def report_path(self) -> Path:
        """The path of the JSON report."""
        return self.outputs[0].path

    def _request_reports(self, config: pytest.Config) -> files.Requests:
        requests = read_report_requests(config, self.root, self.policy.reports, self.policy.source)
        if self.is_trial:  # who asks for a trial names its report last, and gets no other
            requests = requests[-1:]
        return files.Requests(requests, files.default_path(self.root, self._list_file_names()))

    def _add_options(self, options: argparse.Namespace, problems: list[str]) -> Config:
        """Returns the enforced policy with what the command line sets; adds everything that is wrong to `problems`."""
        policy = self.policies.enforced
        if (target := options.maturity_target) and not self._is_recorded(target):
            problems += self.policies.add_ref(check_stage("--maturity-target", target, policy.ladder))
            policy = policy.with_target(target)
        if branch := options.maturity_compare_branch:
            problems += check_branch(branch, "--maturity-compare-branch")
            policy = replace(policy, compare_branch=branch)
        self.agent_budget = collect_problems(problems, lambda: read_agent_budget(options))
        return replace(policy, max_retries=collect_problems(problems, lambda: read_max_retries(options)))

    def _is_recorded(self, target: str | None) -> bool:
        """Whether the target of the command line is the recorded stage; not where a stage is called so."""
        return target == RECORDED and target not in self.policies.enforced.ladder

    def _read_records(self, target: str | None) -> RunRecords | None:
        """Returns the records of this run; None where none are used."""
        if not (self.policy.records.is_configured or self.policy.requires_records or self._is_recorded(target)):
            return None
        from .records import RunRecords  # only where they are used: it imports what nothing else needs

        records = RunRecords(self.policy.records, self.root, self.policies.ref_files)
        if self.policy.requires_approvals:
            records.read_approvals(self.policies.enforced, self.names)
        return records

    def _add_dependencies(self) -> None:
        """Adds what each component imports to the records, where a requirement is about it."""
        if self.records is not None and self.policy.requires_dependencies:
            others = self.records.history.list_components()
            self.records.add_dependencies(lambda: self._discovery.find_dependencies(self.components, others))

    def _read_attested(self) -> AttestedFacts | None:
        """Returns what files and decisions attest; None where no stage requires such a fact."""
        if not any(map(self.policy.list_attestations, ("file", ATTEST))):
            return None
        from .attestations import AttestedFacts  # here: few runs need it

        history = self.records.history if self.records is not None else None
        return AttestedFacts(self.policies, self.root, self.names, history)

    def find_attested(self, component: Component, digests: Mapping[str, str]) -> Mapping[str, Attested]:
        """Returns what files and decisions attest of a component, whose files have these digests."""
        return self._attested.find(self._make_subject(component, digests)) if self._attested is not None else {}

    def find_standing(self, name: str) -> Standing | None:
        """Returns what is on record about a component, without approvals; None where no records are used."""
        if self.records is None:
            return None
        return self.records.find_standing(name, self.policy.ladder, is_target=name in self.recorded_targets)

    def add_approvals(
        self, standing: Standing | None, component: Component, digests: Mapping[str, str]
    ) -> Standing | None:
        """Returns the standing with the approvals of what is judged, for each stage that requires some."""
        required = {
            stage: one
            for stage, requirements in self.requirements[component.name].items()
            for one in requirements
            if one.gate == APPROVALS
        }
        if standing is None or self.records is None or not required:
            return standing
        return self.records.add_approvals(standing, self._make_subject(component, digests), required)

    def _make_subject(self, component: Component, digests: Mapping[str, str]) -> Subject:
        """Returns what decisions must be about to count for a component, whose files have these digests."""
        return Subject(
            component=component.name,
            digest=compute_decision_digest(digests, self.policies.digest),
            paths=(*digests, *map(self.context.relative, component.sources)),
            uncommitted=tuple(path for path in self.files.checked_out.uncommitted if path in digests),
        )

    @property
    def early_input(self) -> dict[str, Any]:
        """The plain data that a worker needs before it imports anything."""
        ref_files = self.policies.ref_files
        affected = self.affected.names if self.affected else ()
        return {"policy": ref_files and ref_files.to_dict(), "targets": self.recorded_targets, "affected": affected}

    def _select_affected(
        self, config: pytest.Config, early_input: Mapping[str, Any] | None, problems: list[str]
    ) -> Affected | None:
        """Returns the components that a change can affect; None where the run does not select by them."""
        if AFFECTED not in self.requested_names or problems:
            return None
        if early_input is not None:
            return Affected(names=tuple(early_input["affected"]))
        from .affected import select_affected  # here: few runs need it

        found = collect_problems(problems, lambda: select_affected(config, self.root, self.policy, self._discovery))
        if found is not None:
            self.notes.append(describe_selection(found))
        return found

    def _list_excluded(self) -> list[str]:
        """Returns a note on the components that the policy leaves out of `all`."""
        if not (excluded := self._discovery.excluded):
            return []
        which = ALL if ALL in self.requested_names else AFFECTED
        return [f"left out of {which!r} by {self.policy.source}.exclude: {', '.join(excluded)}"]

    def _list_names(self) -> list[str]:
        """Returns the requested names, with the affected components in place of `affected`."""
        names = self.affected.names if self.affected else ()
        return [one for name in self.requested_names for one in (names if name == AFFECTED else [name])]

    @property
    def selects_many(self) -> bool:
        """Whether the command line names all components, or all that are affected, and not single ones alone."""
        return not {ALL, AFFECTED}.isdisjoint(self.requested_names)

    def _read_baselines(self, problems: list[str]) -> Mapping[str, Baselines]:
        """Returns the baselines of each component, before a conftest can change them; none where no ratchet is set."""
        if not self.policy.has_ratchet:
            return {}
        from ..config.baseline import read_baselines  # here: few runs need it

        return collect_problems(problems, lambda: read_baselines(self.root, self.names, self.policies.ref_files)) or {}

    def _read_waivers(self, problems: list[str]) -> RunWaivers | None:
        """Returns the waivers, before a conftest can change them; None where neither the tree nor the ref has any."""
        ref_files = self.policies.ref_files
        paths = [self.root / name for name in WAIVERS_NAMES]
        if not any(path.exists() or (ref_files is not None and ref_files.has_file(path)) for path in paths):
            return None
        from .waivers import RunWaivers  # here: few runs need it

        return collect_problems(problems, lambda: RunWaivers(self.root, ref_files))

    def _check_waivers(self) -> None:
        """Checks the waivers, now that gates and requirements are known; lists those that arrive with the change."""
        if self._run_waivers is None:
            return
        from ..config.waivers import WaivableNames, list_gate_names

        required = [one for stages in self.requirements.values() for of_stage in stages.values() for one in of_stage]
        names = WaivableNames(
            gates=list_gate_names(self.gates, required),
            stages=self.policy.ladder,
            components=(*self.names, *self._discovery.list_names()),
            has_component=self._discovery.has_component,
        )
        self.waivers = self._run_waivers.check(names)
        self.loosened += tuple(self._run_waivers.find_new(self.waivers, names))
        self.waiver_notes = tuple(self._run_waivers.list_notes(names))

    def _add_recorded_baselines(self) -> None:
        """Adds the numbers of the last promoted runs on record, which may not get worse either."""
        if self.records is None or not self.policy.has_ratchet:
            return
        is_of_ref = self.policies.ref_files is not None
        self.baselines = {
            name: replace(
                self.baselines.get(name, Baselines(is_of_ref=is_of_ref)), recorded=self.records.find_baseline(name)
            )
            for name in self.names
        }

    def read_work_tree(self) -> None:
        """Reads what is checked out, and which lines the change touches where a requirement is about them."""
        self.files.read_tree()
        if self.policy.judges_new_code:
            from .new_code import read_new_code  # here: few runs need it

            self.new_code = read_new_code(self.components, self.root, self.policy.compare_branch)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the components."""
        return tuple(component.name for component in self.components)

    @property
    def target(self) -> str | None:
        """The stage that the components are judged for; None where they have different ones."""
        targets = {self.policy.find_target(name) for name in self.names}
        return targets.pop() if len(targets) == 1 else None

    def _list_file_names(self) -> tuple[str, ...]:
        """Returns the names in the report's path: the one on the command line, or those of all components."""
        if AFFECTED in self.requested_names:
            return ()  # one path, however many they are
        return self.requested_names if len(self.requested_names) == 1 and not self.selects_many else self.names

    @property
    def records_kinds(self) -> bool:
        """Whether coverage is recorded by kind of tests."""
        return requires_coverage_of_kinds(self.policy, self.names)

    # ── when every hook is known ─────────────────────────────────────────────

    def complete(self, config: pytest.Config) -> None:
        """Finds tests, gates, formats and requirements. Raises MaturityError with every problem."""
        problems: list[str] = []
        names = self.names
        if self.affected and self.affected.unaffected and config.hook.pytest_maturity_name_variants.get_hookimpls():
            words = "a plugin adds it after the first conftest.py"
            problems.append(f"pytest_maturity_name_variants: {words}, too late to find what is affected: judge {ALL!r}")
        self.components = self._discovery.find_tests(self.components, problems)
        try:
            self.gates = index_by_name(chain.from_iterable(config.hook.pytest_maturity_gates(config=config)), Gate)
            found = chain.from_iterable(config.hook.pytest_maturity_reporters(config=config))
            reporters = index_by_name(found, Reporter).values()
            self.outputs = self.requested_reports.choose(reporters, self.found_names)
        except MaturityError as error:
            raise ConfigError([*problems, *error.problems]) from error
        self._set_requirements(names, problems)
        if not problems:
            self._check_waivers()
        self._keep_only_gates(problems)
        self._leave_out_untested(problems)
        if problems:
            raise ConfigError(dict.fromkeys(problems))
        self.files.add_tests(self.components, self.context, self.layout.is_test_file)
        self.files.add_written(one.path for one in self.outputs)
        self.files.add_written(self.records.paths if self.records is not None else ())

    def _set_requirements(self, names: tuple[str, ...], problems: list[str]) -> None:
        """Computes the requirements of each component, and what the working tree's policy loosened of a git ref's."""
        policies, known = self.policies, self.gates
        required = collect_problems(problems, lambda: compute_requirements(self.policy, known, names)) or {}
        working_tree_policy = collect_problems(problems, lambda: policies.resolve_working_tree(known, names))
        self.requirements = required
        self.needed_kinds = {name: compute_kinds(self.policy, name) for name in names}
        if not problems and working_tree_policy is not None:
            enforced = ResolvedPolicy(config=policies.enforced, gates=known, requirements=required)
            self.loosened = (
                *find_loosened(enforced, working_tree_policy),
                *find_worse_baselines(self.baselines, known),
                *self._find_lost_components(),
                *self._weaker_filters,
                *self._find_taken_away(),
            )

    def _leave_out_untested(self, problems: list[str]) -> None:
        """Leaves out the components of `all` that have no tests, where the policy ignores them.

        Not those that were named, and not those that have lost what they have in the git ref of the policy.
        """
        if self.policy.untested != "ignore" or not self.selects_many or problems:
            return
        kept = {*self.requested_names, *(name for change in self.loosened for name in change.components)}
        self.untested = tuple(one.name for one in self.components if not one.tests and one.name not in kept)
        self.components = tuple(one for one in self.components if one.name not in self.untested)
        if not self.components and ALL in self.requested_names:
            problems.append(f"no component of {ALL!r} has tests")

    def list_left_out(self) -> list[str]:
        """Returns a note on the components that are left out because they have no tests."""
        if not self.untested:
            return []
        return [f"no tests, left out by {self.policy.source}.untested: {', '.join(self.untested)}"]

    def _keep_only_gates(self, problems: list[str]) -> None:
        """Drops the requirements of the gates that --maturity-gate does not name, where it names any."""
        if not self.only_gates or problems:
            return
        required = self.list_required_gates()
        for name in self.only_gates:
            if name not in self.gates:
                problems.append(f"--maturity-gate: there is no gate {safe(name, 60)!r}{did_you_mean(name, self.gates)}")
            elif name not in required and self.components:
                problems.append(f"--maturity-gate: no stage requires {name!r}, but {', '.join(required)}")
        self.requirements = {
            component: {
                stage: tuple(one for one in required if one.gate in self.only_gates)
                for stage, required in ladder.items()
            }
            for component, ladder in self.requirements.items()
        }
        find = self._find_requiring_stage
        components = {
            name: replace(one, target=one.target and find(one.target)) for name, one in self.policy.components.items()
        }
        self.policy = replace(self.policy, target=find(self.policy.target), components=components)

    def _find_requiring_stage(self, target: str) -> str:
        """Returns the lowest stage, from a target on, that each of the gates can hold; without any, the highest."""
        ladder = self.policy.ladder
        for stage in ladder[ladder.index(target) :]:
            required = (one for by_stage in self.requirements.values() for one in by_stage[stage])
            if {one.gate for one in required if one.mode == "block"} >= set(self.only_gates):
                return stage
        return ladder[-1]

    @property
    def runs_tests(self) -> bool:
        """Whether a gate that is judged needs the component's tests."""
        return not self.only_gates or any(self.gates[name].needs_tests for name in self.only_gates)

    @property
    def lists_tests(self) -> bool:
        """Whether a report lists all tests."""
        return any(one.reporter.needs_tests for one in self.outputs)

    def _find_lost_components(self) -> list[PolicyChange]:
        """Returns the components with a baseline in the git ref that the working tree does not have."""
        ref_files = self.policies.ref_files
        assert ref_files is not None, "there is another policy to compare with"
        if not self.policy.has_ratchet:
            return []
        from ..config.baseline import list_baselines_of_ref  # here: few runs need it

        of_ref = list_baselines_of_ref(ref_files)
        return list(find_lost_components(of_ref, self._discovery.list_names(), self._discovery.has_component))

    def _find_taken_away(self) -> list[PolicyChange]:
        """Returns the tests and sources that the components have in the git ref, and no longer in the working tree."""
        ref_files = self.policies.ref_files
        assert ref_files is not None, "there is another policy to compare with"
        find, is_test_file = self._discovery.find_in_ref, self._discovery.make_ref_layout().is_test_file
        markers = {marker: rule.kind for rule in reversed(self.policy.kinds) for marker in rule.markers}
        return list(find_taken_away(self.root, ref_files, self.components, is_test_file, find, markers))

    def describe_policy(self) -> EnforcedPolicy:
        """Returns which policy is enforced, for the report."""
        return self.policies.summarize(self.loosened)

    def list_required_gates(self) -> list[str]:
        """Returns the names of the gates that any stage of any component requires, in the gates' order."""
        required = {one.gate for ladder in self.requirements.values() for stage in ladder.values() for one in stage}
        return [name for name in self.gates if name in required]

    def find_tool_versions(self, component: Component) -> Mapping[str, Mapping[str, str]]:
        """Returns the versions of the tools that a component's numbers belong to, by gate and tool."""
        required = chain.from_iterable(self.requirements[component.name].values())
        is_recorded = self.records is not None
        return find_tool_versions(component, required, self.gates, self.context, is_recorded=is_recorded)

    def list_commands(self) -> dict[str, Command]:
        """Returns the tools of every required gate, in the gates' order.

        The first starts first: types, which takes the longest, comes before security.
        """
        commands: dict[str, Command] = {}
        for name in self.list_required_gates():
            list_commands = self.gates[name].commands
            if list_commands is not None:
                commands.update(list_commands(self.components, self.context))
        return commands


def index_by_name(found: Iterable[Any], kind: type[Named]) -> dict[str, Named]:
    """Returns what hooks returned by its name. Raises ConfigError for another type, and for a name that comes twice."""
    by_name: dict[str, Named] = {}
    for one in found:
        if not isinstance(one, kind):
            raise ConfigError(f"a hook returned {type(one).__name__} where a {kind.__name__} is expected")
        if one.name in by_name:
            raise ConfigError(f"the {kind.__name__.lower()} {one.name!r} is defined twice")
        by_name[one.name] = one
    return by_name
