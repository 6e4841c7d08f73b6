"""Everything that decides how a run ends, as digests: an earlier run counts only while all of it is equal.

Files are the components' sources, their test files with the conftest.py files that pytest reads, what lies beside
both, the other modules that the tests imported and what could be imported in their place, the project's configuration
and its lock files. Facts are Python, the installed distributions, the policy, and how pytest was called. What tests
reach in other ways, over a network or by starting programs of the project, is not among them: docs/ci.md says so.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ...discovery.project import is_skipped_directory
from ...model.digests import digest, file_digest
from ...model.paths import find_conftests, is_installed
from ...model.text import first_few
from ...tools.cache import list_distributions
from ..plan import Plan

CONFIGURATION = (
    "pyproject.toml", "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "setup.py",
    ".coveragerc", ".coveragerc.toml", "maturity.yaml",
)  # fmt: skip
LOCKS = ("*.lock", "pylock*.toml", "requirements*.txt", "constraints*.txt")  # of uv, Poetry, PDM, Pipenv, pip
CONFTESTS = ("conftest.py", "test*/conftest.py")  # of the directories that pytest begins with
IMPORTED, BESIDE, RUN = "imported modules", "modules beside them", "the run"
NEXT_TO, SHARED, LOCKED = "files beside", "data of the tests", "lock files"
DISTRIBUTIONS, PLATFORM = "installed distributions", "the platform"
THERE = "there"  # of a name of which the content does not count
COMPILED = "__pycache__"
MODULES = (".py", ".so", ".pyd")
ENVIRONMENT = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH", "PYTHONWARNINGS", "COVERAGE_RCFILE", "COVERAGE_CORE")
MOST = 20_000  # files; with more of them nothing is kept
# Arguments that do not decide how a run ends: what runs of it, where something is written, how much is printed.
INDIFFERENT = re.compile(
    r"--maturity-(resume|no-cache)|-[vq]+|--(verbose|quiet|no-header|no-summary)"
    r"|--(basetemp|junit-?xml|report-log|html|color|tb|durations|maturity-report|maturity-time-limit)=.*"
)


class TooManyError(Exception):
    """There are more files than can be looked at."""


def inputs(
    plan: Plan, config: pytest.Config, imported: Iterable[str] = (), places: Iterable[str] | None = None
) -> dict[str, dict[str, str]]:
    """By kind, what there is: of files the digest by path from the root; of facts the digest of each.

    `imported` are the modules of the project that count, and `places` the directories that modules may come from, as
    paths from the root; without them, those that they come from now. Raises TooManyError and OSError.
    """
    files = files_of(plan, config)
    known = {path for paths in files.values() for path in paths}
    files[SHARED] = data_of_tests(plan) - known - written(plan, config)
    files[IMPORTED] = {plan.root / path for path in imported} - known
    if sum(map(len, files.values())) > MOST:
        raise TooManyError
    found = {
        kind: {plan.context.relative(path): file_digest(path) for path in sorted(paths)}
        for kind, paths in files.items()
    }
    if places is None:
        parents = {path.parent for paths in files.values() for path in paths if path.suffix == ".py"}
        places = map(plan.context.relative, parents.union(map(Path, own_path(plan.root))))
    return {**found, BESIDE: listed(plan.root, places), RUN: facts(plan, config)}


def listed(root: Path, places: Iterable[str]) -> dict[str, str]:
    """Each place, with a slash at its end, and what can be imported from there."""
    return {f"{place}/{name}": THERE for place in places for name in ("", *modules_in(root / place))}


def places_of(beside: Iterable[str]) -> list[str]:
    """The places of which `listed` told."""
    return [name[:-1] for name in beside if name.endswith("/")]


def own_path(root: Path) -> list[str]:
    """The directories from which modules are imported that belong to no distribution."""
    places = dict.fromkeys(map(os.path.realpath, sys.path))
    return [place for place in places if Path(place).is_dir() and not is_of_python(place, root)]


def modules_in(place: Path) -> list[str]:
    """The names of what can be imported from a directory."""
    try:
        with os.scandir(place) as entries:
            return sorted(one.name for one in entries if is_importable(one))
    except OSError:
        return []


def is_importable(entry: os.DirEntry[str]) -> bool:
    """Is it a module, or a package, of which a directory without a module in it may be the top?"""
    if entry.name.endswith(MODULES):
        return True
    if not entry.name.isidentifier() or entry.name == COMPILED or not entry.is_dir():
        return False
    try:
        with os.scandir(entry.path) as entries:
            return any(one.name.endswith(MODULES) or (one.name.isidentifier() and one.is_dir()) for one in entries)
    except OSError:  # it may be
        return True


def facts(plan: Plan, config: pytest.Config) -> dict[str, str]:
    """What is no file of the project."""
    known: dict[str, Any] = {
        "Python": [sys.version, sys.flags, sys.warnoptions, sorted(map(str, sys._xoptions.items()))],
        PLATFORM: sys.platform,
        DISTRIBUTIONS: sorted({Path(one).name for one in list_distributions()}),
        "the policy": plan.policy.digest,
        "pytest's arguments": [arguments(config), in_files(config), config.getini("addopts")],
        "pytest's environment": {name: os.environ[name] for name in sorted(os.environ) if name in ENVIRONMENT},
        "the working directory": os.path.relpath(config.invocation_params.dir, plan.root),
    }
    return {name: digest({name: value}) for name, value in known.items()}


def arguments(config: pytest.Config) -> list[str]:
    """How pytest was called, without what does not matter."""
    return [one for one in map(str, config.invocation_params.args) if not INDIFFERENT.fullmatch(one)]


def in_files(config: pytest.Config) -> list[str]:
    """What is in the files of arguments that pytest was called with, as digests."""
    here = config.invocation_params.dir
    return [
        file_digest(here / one[1:]) for one in arguments(config) if one.startswith("@") and (here / one[1:]).is_file()
    ]


def files_of(plan: Plan, config: pytest.Config) -> dict[str, set[Path]]:
    """The files by kind, without the modules that are imported."""
    root = plan.root
    sources = {path for one in plan.components for path in one.files}
    tests = {claim.path for one in plan.components for claim in one.tests}
    above = find_conftests(tests, root) - sources - tests
    begins = {config.invocation_params.dir, *(root / path for path in config.getini("testpaths"))}
    above |= {path for place in begins for pattern in CONFTESTS for path in place.glob(pattern)}
    places = {path.parent for path in tests} | {path.parent for path in sources}
    configuration = {path for name in CONFIGURATION if (path := root / name).is_file()}
    found = {path for place in places for path in data(place)} - written(plan, config)
    return {
        "sources": sources,
        "tests": tests - sources,
        "conftests": above,
        "configuration": configuration | ({config.inipath} if config.inipath else set()),
        LOCKED: {path for pattern in LOCKS for path in root.glob(pattern)},
        NEXT_TO: found - sources - tests - above,
    }


def data_of_tests(plan: Plan) -> set[Path]:
    """What is no Python below the top directories of the test files: tests/data is for tests/unit, too."""
    tests = (claim.path.relative_to(plan.root) for one in plan.components for claim in one.tests)
    tops = {plan.root / path.parts[0] for path in tests if len(path.parts) > 1}
    return {path for top in tops for path in data(top) if path.suffix != ".py"}


def written(plan: Plan, config: pytest.Config) -> set[Path]:
    """What a run itself writes where it is told to, and what the shards of a merge have written."""
    options = config.known_args_namespace
    given = (options.maturity_evidence, getattr(config.option, "xmlpath", None), *options.maturity_merge)
    places = (plan.report_path, *given)
    return {(config.invocation_params.dir / place).resolve() for place in places if place}


def data(place: Path) -> Iterator[Path]:
    """The files below a directory, through links, too: no byte code, nothing hidden, no output beside a project's
    configuration. Raises TooManyError."""
    output = any((place / name).is_file() for name in CONFIGURATION)
    count = 0
    for folder, folders, names in os.walk(place, followlinks=True):  # a loop has too many files
        top = output and folder == os.fspath(place)
        left_out = {name for name in folders if name == COMPILED or name[0] == "."}
        left_out.update(name for name in folders if top and is_skipped_directory(folder, name))
        folders[:] = [name for name in folders if name not in left_out]
        count += len(names)
        if count > MOST:
            raise TooManyError
        yield from (Path(folder, name) for name in names if name[0] != "." and not name.endswith(".pyc"))


class Looked:
    """Which files there were when a run began, at that moment in seconds of the epoch."""

    def __init__(self, plan: Plan, config: pytest.Config, began: float) -> None:
        """Raises TooManyError and OSError."""
        self._root, self._began = plan.root, began
        self._names = {plan.context.relative(path) for paths in files_of(plan, config).values() for path in paths}
        self._listed = listed(plan.root, own_path(plan.root))

    def changed(self, found: Mapping[str, Mapping[str, str]]) -> list[str]:
        """Which of the files that `inputs` found were written, replaced or added meanwhile, and which are gone.

        Raises OSError.
        """
        files = {kind: digests for kind, digests in found.items() if kind not in (BESIDE, RUN)}
        now = {name for kind, digests in files.items() if kind not in (IMPORTED, SHARED) for name in digests}
        other = self._listed.keys() ^ listed(self._root, places_of(self._listed)).keys()
        touched = {name for digests in files.values() for name in digests if is_touched(self._root / name, self._began)}
        return sorted({*(now ^ self._names), *other, *touched})


def is_touched(path: Path, since: float) -> bool:
    """Was a file written or replaced after a moment, in seconds of the epoch? Raises OSError."""
    return any(max(stat.st_mtime, stat.st_ctime) > since for stat in (path.stat(), path.lstat()))


def imported(root: Path) -> list[str]:
    """The files that this process has imported and that belong to no installed distribution, those of the project by
    their path from its root."""
    found = set()
    for module in list(sys.modules.values()):
        name = getattr(module, "__file__", None)
        if isinstance(name, str) and not is_installed(name) and Path(name).is_file():
            real = os.path.realpath(name)
            if not is_of_python(real, root):
                found.add(os.path.relpath(real, root) if real.startswith(f"{root}{os.sep}") else real)
    return sorted(found)


def is_of_python(real: str, root: Path) -> bool:
    """Does a path belong to Python or to what is installed for it, and not to a project that lies among those?"""
    if is_installed(real):
        return True
    below = tuple({f"{os.path.realpath(prefix)}{os.sep}" for prefix in (sys.prefix, sys.base_prefix)})
    return f"{real}{os.sep}".startswith(below) and not f"{real}{os.sep}".startswith(f"{root}{os.sep}")


def differences(then: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What is not as it was, in words, by kind; empty where all is equal."""
    found = []
    for kind in dict.fromkeys((*then, *now)):
        before, after = then.get(kind, {}), now.get(kind, {})
        other = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if other:
            found.append(f"{kind}: {first_few(other)}")
    return found
