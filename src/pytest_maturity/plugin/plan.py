"""What a run is going to do: policy, components, tests, gates and requirements, found before anything runs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ..config import defaults
from ..config.comparison import ResolvedPolicy, find_loosened
from ..config.enforced import read_policies
from ..config.requirements import RequirementsByStage, compute_requirements
from ..config.settings import Config, check_stage
from ..discovery.components import ComponentFinder
from ..discovery.project import ProjectLayout
from ..model.errors import ConfigError, MaturityError, collect_problems
from ..model.evidence import Command, Component
from ..model.gates import Context, Gate
from ..model.report import EnforcedPolicy, PolicyChange, Reporter
from ..model.retries import MAX_RETRIES
from ..model.text import safe
from ..reports import files

Named = TypeVar("Named", Gate, Reporter)


class Plan:
    """Made in two steps: the sources before any conftest is imported, the rest when all hooks are known."""

    gates: dict[str, Gate]
    files: dict[str, Reporter]
    requirements: dict[str, RequirementsByStage]

    def __init__(self, config: pytest.Config, handed_over: Mapping[str, Any] | None = None) -> None:
        """Read the policy and find the components' sources. Raises MaturityError.

        `handed_over` is what a worker got from the controller of a policy in a git ref.
        """
        options = config.known_args_namespace
        here = config.invocation_params.dir
        refuse_foreign_root(config)
        self.root = config.rootpath.resolve()
        given = {name: getattr(options, f"maturity_{name}") for name in ("config", "report")}
        path, report = (path_of(name, value, here) if value else None for name, value in given.items())
        self.policies = read_policies(self.root, path, options.maturity_policy_ref, handed_over)
        self.policy = self.policies.enforced
        self.loosened: tuple[PolicyChange, ...] = ()
        self.notes = self.policies.list_notes(config.getini("addopts"))
        self.finder = self._finder(config, self.policy)
        other = self.policies.working_tree_with_other_paths
        self._tree_finder = self._finder(config, other) if other else None
        self.components = self._find(options)
        self.arguments = gate_arguments(options, self.root)
        self.stamp_sources()
        self.report_path = report or self._default_path()
        self.context = Context(root=self.root, options=self.policy.gates, specs=self.policy.specs)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the components."""
        return tuple(component.name for component in self.components)

    def stamp_sources(self) -> None:
        """Records size and time of every source file, to notice a change during the run."""
        self.stamps = {path: stamp(path) for component in self.components for path in component.files}

    def _finder(self, config: pytest.Config, policy: Config) -> ComponentFinder:
        tests = policy.tests or tuple(dict.fromkeys((*config.getini("testpaths"), *defaults.TESTS)))
        return ComponentFinder(
            ProjectLayout(self.root, policy.sources, tests, tuple(config.getini("python_files"))), policy
        )

    def _find(self, options: Any) -> tuple[Component, ...]:
        """The components and the stage that the command line names. Raises MaturityError with all that is wrong."""
        target = options.maturity_target or self.policy.target
        wrong = check_stage("--maturity-target", target, self.policy.ladder)
        problems = self.policies.add_ref(wrong)
        retries, given = None, options.maturity_retries
        if given is not None:
            retries = int(given) if re.fullmatch("[0-9]{1,3}", given) else None
            if retries is None or retries > MAX_RETRIES:
                problems.append(
                    f"--maturity-retries: must be a whole number from 0 to {MAX_RETRIES}, not {safe(given, 60)}"
                )
        self.policy = replace(self.policy, target=target, max_retries=retries)
        components = self._with(problems, lambda: self.finder.find_components(options.maturity_component))
        if finder := self._tree_finder:
            collect_problems(problems, lambda: finder.find_components(()))
        if problems:
            raise ConfigError(dict.fromkeys(problems))
        return components

    def _with(self, problems: list[str], find: Callable[[], tuple[Component, ...]]) -> tuple[Component, ...]:
        """The components that `find` returns; its problems are said to be those of the policy in force."""
        wrong: list[str] = []
        found = collect_problems(wrong, find)
        problems += self.policies.add_ref(wrong)
        return found or ()

    def _default_path(self) -> Path:
        return files.default_path(self.root, [component.name for component in self.components])

    def complete(self, config: pytest.Config) -> None:
        """Find the tests and what is required. Raises MaturityError with every mistake."""
        hook = config.hook
        problems: list[str] = []
        named = self.components

        def name_variants(name: str) -> list[str]:
            return flat(hook.pytest_maturity_name_variants(config=config, name=name))

        self.components = self._with(
            problems, lambda: self.finder.find_tests(named, name_variants=name_variants, has_doctests=doctested(config))
        )
        if finder := self._tree_finder:
            collect_problems(problems, lambda: finder.find_tests(()))
        try:
            self.gates = by_name(flat(hook.pytest_maturity_gates(config=config)), Gate)
            formats = flat(hook.pytest_maturity_reporters(config=config))
            first = sorted(formats, key=lambda one: one not in files.BUILTIN)  # which is what machines read
            self.reporters = by_name(first, Reporter)
        except MaturityError as error:
            raise ConfigError([*problems, *error.problems]) from error
        self.requirements, self.loosened = self._required([component.name for component in named], problems)
        if problems:
            raise ConfigError(dict.fromkeys(problems))

    def _required(
        self, names: list[str], problems: list[str]
    ) -> tuple[dict[str, RequirementsByStage], tuple[PolicyChange, ...]]:
        """What is required of each component, and what the working tree asks less where another policy is enforced."""
        required = collect_problems(problems, lambda: compute_requirements(self.policy, self.gates, names)) or {}
        tree = collect_problems(problems, lambda: self.policies.resolve_working_tree(self.gates, names))
        if problems or tree is None:
            return required, ()
        return required, find_loosened(
            ResolvedPolicy(config=self.policies.enforced, gates=self.gates, requirements=required), tree
        )

    def enforced(self) -> EnforcedPolicy:
        """Which policy is enforced, for the report."""
        return self.policies.summarize(self.policy.digest, self.loosened)

    def gates_asked(self) -> list[str]:
        """The gates that any stage of any component asks for, in the gates' order."""
        asked = {one.gate for ladder in self.requirements.values() for stage in ladder.values() for one in stage}
        return [name for name in self.gates if name in asked]

    def commands(self) -> dict[str, Command]:
        """The tools of every gate that any stage of any component asks for, in the gates' order.

        The first starts first: types, which takes the longest, comes before security.
        """
        commands: dict[str, Command] = {}
        for name in self.gates_asked():
            start = self.gates[name].commands
            if start is not None:
                commands.update(start(self.components, self.context))
        return commands


def gate_arguments(options: Any, root: Path) -> tuple[str, ...]:
    """Returns the options of the gate that a merge needs to judge the same: the components and the policy."""
    given = {
        "target": options.maturity_target,
        "retries": options.maturity_retries,
        "policy-ref": options.maturity_policy_ref,
        "config": options.maturity_config and os.path.relpath(options.maturity_config, root),
    }
    components = (f"--maturity-component={name}" for name in options.maturity_component)
    return (*components, *(f"--maturity-{name}={value}" for name, value in given.items() if value is not None))


def doctested(config: pytest.Config) -> Callable[[Path], bool]:
    """Of which modules does a plain run of the project run the doctests?"""
    places = [config.rootpath.resolve() / path for path in config.getini("testpaths") or ["."]]
    switched_on = bool(config.getoption("doctestmodules", False))
    return lambda path: switched_on and any(path.is_relative_to(place.resolve()) for place in places)


def stamp(path: Path) -> tuple[int, int] | None:
    """What changes when a file is written: its time in nanoseconds and its size; None where it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def path_of(option: str, value: str, here: Path) -> Path:
    """The path that an option gives. Raises ConfigError for what no file can be called."""
    try:
        encoded = os.fsencode(value)
    except UnicodeEncodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise ConfigError(f"--maturity-{option}: {safe(value, 120)} cannot be the name of a file")
    return here / value


def refuse_foreign_root(config: pytest.Config) -> None:
    """Raise ConfigError where pytest took the value of one of our options for a test path, and its root from there.

    It looks for its root before it knows the options of plugins.
    """
    options, arguments = config.known_args_namespace, [str(one) for one in config.invocation_params.args]
    here = config.invocation_params.dir
    moved = not here.is_relative_to(config.rootpath)
    for option in ("report", "config", "component", "policy-ref"):
        values = getattr(options, f"maturity_{option.replace('-', '_')}") or []
        for value in [values] if isinstance(values, str) else values:
            path = (here / value).resolve() if value in arguments and "\0" not in value else None
            if path and path.exists() and (moved or not path.is_relative_to(here.resolve())):
                raise ConfigError(
                    f"write --maturity-{option}={value} in one word: pytest took {value} for a test path, "
                    f"and {config.rootpath} for the root of the project"
                )


def flat(answers: Iterable[Iterable[Any]]) -> list[Any]:
    return [one for answer in answers for one in answer]


def by_name(found: Iterable[Any], kind: type[Named]) -> dict[str, Named]:
    """What hooks returned, checked and by name. Raises ConfigError."""
    named: dict[str, Named] = {}
    for one in found:
        if not isinstance(one, kind):
            raise ConfigError(f"a hook returned {type(one).__name__} where a {kind.__name__} is expected")
        if one.name in named:
            raise ConfigError(f"the {kind.__name__.lower()} {one.name!r} is defined twice")
        named[one.name] = one
    return named
