"""`--maturity-component affected`: selects the components that the change against a branch can affect."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from ..config.baseline import DIRECTORY
from ..config.settings import Config
from ..discovery.affected import BaseClaims, Project, UnattributedError, find_affected, may_move_tests
from ..discovery.importers import is_code
from ..discovery.imports import read_file
from ..discovery.project import CONFTEST, PACKAGE, is_python_file, walk_files
from ..model.affected import Affected
from ..model.errors import MaturityError
from ..model.evidence import Component
from ..model.names import PLACEHOLDER
from ..model.paths import find_conftests, list_imported_files, path_from_root
from ..model.text import safe
from ..tools import git
from ..tools.changed_files import Change, read_change
from ..tools.tree_copy import copy_tree
from . import pytest_internals
from .discovery import Discovery
from .judged_files import is_by_product, is_version_module

BASELINES = f"{DIRECTORY}/{PLACEHOLDER}.json"  # a file of one component, like a specification
VARIANTS_HOOK = "pytest_maturity_name_variants"
# Variables in which the user names options, plugins and settings for pytest.
SETTING_VARIABLES = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "DJANGO_SETTINGS_MODULE")


def select_affected(config: pytest.Config, root: Path, policy: Config, discovery: Discovery) -> Affected:
    """Returns the components that the change against the policy's branch can affect: all where that is not known.

    Called before the first conftest.py. Raises MaturityError where the components themselves cannot be found.
    """
    components = discovery.find_all_components()
    names = tuple(one.name for one in components)
    try:
        change = read_change(root, policy.compare_branch)
    except git.GitError as error:
        return Affected(names=names, everything=f"the change is not known: {error}")
    changed: list[Path] = []
    everything, reasons = "", {}
    try:
        changed = list_changed(change, components, discovery.layout.test_files, root)
        refuse_unknown(config, root, policy)
        at_base = read_tests_at_base(root, change, changed, discovery)
        if at_base is not None:
            components = discovery.find_all_tests(components)
        project = Project(
            layout=discovery.layout,
            components=components,
            specs=(*policy.specs, BASELINES),
            passed_over=discovery.find_excluded_sources(),
            started=[path for _, _, name in list_imported_files() if (path := Path(name)).is_relative_to(root)],
            settings=read_settings(config),
            at_base=at_base,
            find_owners=discovery.find_owners if at_base is None else None,
        )
        reasons = find_affected(project, changed)
    except UnattributedError as error:
        everything = str(error)
    except (MaturityError, git.GitError) as error:
        everything = f"which component a test belongs to is not known: {safe(str(error), 300)}"
    chosen = names if everything else tuple(reasons)
    return Affected(
        names=chosen,
        branch=change.base.branch,
        merge_base=change.base.commit,
        changed=tuple(path_from_root(path, root) for path in changed),
        everything=everything,
        reasons={} if everything else reasons,
        unaffected=tuple(name for name in names if name not in chosen),
    )


def list_changed(change: Change, components: Sequence[Component], tests: Sequence[Path], root: Path) -> list[Path]:
    """Returns the changed files, with those of the components that git ignores; without by-products of runs."""
    judged = {*tests, *find_conftests(tests, root), *(path for component in components for path in component.files)}
    unknown = change.tree.find_uncommitted(sorted(judged), compares=False)
    ignored = [path for path in unknown if not is_version_module(path)]
    untracked = set(change.tree.untracked)
    found = {path for path in change.files if path not in untracked or not is_by_product(path)}
    return sorted({*found, *ignored})


def refuse_unknown(config: pytest.Config, root: Path, policy: Config) -> None:
    """Raises UnattributedError for gates whose command may depend on every file, and for names of tests by a hook."""
    required = {entry.gate for table in list_stage_tables(policy) for entry in table}
    for name, gate in policy.gates.items():
        words: Sequence[str] = gate.get("command", ())
        if words and name in required and not any("{sources}" in one or PLACEHOLDER in one for one in words):
            raise UnattributedError(f"the command of the gate {name} may depend on every file: it names no {{sources}}")
    hook = getattr(config.hook, VARIANTS_HOOK)
    conftests = [Path(path) for path in walk_files(root, is_python_file) if Path(path).name == CONFTEST]
    known = next((path for path in conftests if VARIANTS_HOOK.encode() in read_file(path)), None)
    if known or hook.get_hookimpls():
        where = safe(path_from_root(known, root)) if known else "a plugin"
        raise UnattributedError(f"{where} has the hook {VARIANTS_HOOK}, which decides later which tests belong to whom")


def list_stage_tables(policy: Config) -> Iterator[Iterable[Any]]:
    """Yields the entries of each stage, those of single components too."""
    yield from policy.stages.values()
    for component in policy.components.values():
        yield from component.stages.values()


def read_settings(config: pytest.Config) -> str:
    """Returns the settings and options of pytest as text."""
    settings: Mapping[str, Any] = pytest_internals.read_settings(config.inipath) if config.inipath else {}
    variables = [os.environ.get(name, "") for name in SETTING_VARIABLES]
    return "\n".join([*map(str, settings.values()), *map(str, config.invocation_params.args), *variables])


def read_tests_at_base(root: Path, change: Change, changed: Sequence[Path], discovery: Discovery) -> BaseClaims | None:
    """Returns the tests of each component at the merge base; None where the change cannot have moved one.

    Raises GitError, and MaturityError where they cannot be found.
    """
    layout, prefix = discovery.layout, git.find_prefix(root)
    existed = {root / name.removeprefix(prefix) for name, _ in git.list_files(root, change.base.commit, prefix)}
    if not may_move_tests(layout, changed, existed):
        return None

    def is_copied(path: PurePosixPath) -> bool:
        return is_code(Path(path)) or layout.is_test_file(str(root / path)) or layout.is_custom_file(str(root / path))

    def is_read(path: PurePosixPath) -> bool:
        return layout.is_test_file(str(root / path)) or path.name in (PACKAGE, CONFTEST)

    with copy_tree(root, change.base.commit, prefix, is_copied, is_read) as copy:
        return BaseClaims.read(discovery.find_all_in(copy), copy, root)
