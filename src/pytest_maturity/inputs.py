"""Everything that decides how a run ends, as digests: an earlier run counts only while all of it is equal.

Files are the components' sources, their test files with the conftest.py files above them, what lies beside both and
is no Python (data), the modules of the project that the tests imported, the project's configuration and its lock
files. Facts are Python, the installed distributions, the policy, and how pytest was called. What tests reach in other
ways, over a network or by starting programs of the project, is not among them: docs/resume.md says so.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from .digests import content, digest
from .ledger import some
from .plan import Plan
from .scan import tests_of
from .toolbox import installed

CONFIGURATION = (
    "pyproject.toml", "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "setup.py",
    ".coveragerc", ".coveragerc.toml", "maturity.yaml",
)  # fmt: skip
LOCKS = ("*.lock", "pylock*.toml", "requirements*.txt", "constraints*.txt")  # of uv, Poetry, PDM, Pipenv, pip
IMPORTED, BESIDE = "imported modules", "modules beside them"
ENVIRONMENT = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH", "PYTHONWARNINGS", "COVERAGE_RCFILE", "COVERAGE_CORE")
MOST = 20_000  # files; with more of them nothing is kept
# Arguments that do not decide how a run ends: what runs of it, where something is written, how much is printed.
INDIFFERENT = re.compile(
    r"--maturity-(resume|reuse|no-cache)|-[vq]+|--(verbose|quiet|no-header|no-summary)"
    r"|--(basetemp|junit-?xml|report-log|html|color|tb|durations|maturity-report|maturity-time-limit)=.*"
)


class TooManyError(Exception):
    """There are more files than can be looked at."""


def inputs(plan: Plan, config: pytest.Config, imported: Iterable[str] = ()) -> dict[str, dict[str, str]]:
    """By kind, what there is: of files the digest by path from the root; of facts the digest of each.

    `imported` are the modules of the project that count, as paths from the root. Raises TooManyError and OSError.
    """
    files = files_of(plan, config)
    known = {path for paths in files.values() for path in paths}
    files[IMPORTED] = {plan.root / path for path in imported} - known
    if sum(map(len, files.values())) > MOST:
        raise TooManyError
    found = {
        kind: {plan.context.relative(path): content(path) for path in sorted(paths)} for kind, paths in files.items()
    }
    places = {path.parent for paths in files.values() for path in paths if path.suffix == ".py"}
    beside = {plan.context.relative(place): digest({"names": modules_in(place)}) for place in places}
    return {**found, BESIDE: beside, "the run": facts(plan, config)}


def modules_in(place: Path) -> list[str]:
    """The names of what can be imported from a directory."""
    try:
        with os.scandir(place) as entries:
            return sorted(one.name for one in entries if one.name.endswith(".py") or one.name.isidentifier())
    except OSError:
        return []


def facts(plan: Plan, config: pytest.Config) -> dict[str, str]:
    """What is no file of the project."""
    known: dict[str, Any] = {
        "Python": [sys.version, sys.platform, sys.flags, sys.warnoptions, sorted(map(str, sys._xoptions.items()))],
        "installed distributions": installed(),
        "the policy": plan.policy.digest,
        "pytest's arguments": [arguments(config), config.getini("addopts")],
        "pytest's environment": {name: os.environ[name] for name in sorted(os.environ) if name in ENVIRONMENT},
        "the working directory": os.path.relpath(config.invocation_params.dir, plan.root),
    }
    return {name: digest({name: value}) for name, value in known.items()}


def arguments(config: pytest.Config) -> list[str]:
    """How pytest was called, without what does not matter."""
    return [one for one in map(str, config.invocation_params.args) if not INDIFFERENT.fullmatch(one)]


def files_of(plan: Plan, config: pytest.Config) -> dict[str, set[Path]]:
    """The files by kind, without the modules that are imported."""
    root = plan.root
    sources = {path for one in plan.components for path in one.files}
    tests = {claim.path for one in plan.components for claim in one.tests}
    above = {path for one in plan.components for path in tests_of(one, root)} - tests
    places = {path.parent for path in tests} | {path.parent for path in sources}
    configuration = {path for name in CONFIGURATION if (path := root / name).is_file()}
    found = {path for place in places if place != root for path in data(place)}
    return {
        "sources": sources,
        "tests": tests - sources,
        "conftests": above,
        "configuration": configuration | ({config.inipath} if config.inipath else set()),
        "lock files": {path for pattern in LOCKS for path in root.glob(pattern)},
        "files beside": found - sources - tests - above,
    }


def data(place: Path) -> Iterator[Path]:
    """The files below a directory that are no byte code and not hidden, through links, too. Raises TooManyError."""
    count = 0
    for folder, folders, names in os.walk(place, followlinks=True):  # a loop has too many files
        folders[:] = [name for name in folders if name != "__pycache__" and name[0] != "."]
        count += len(names)
        if count > MOST:
            raise TooManyError
        yield from (Path(folder, name) for name in names if name[0] != "." and not name.endswith(".pyc"))


def touched(plan: Plan, found: Mapping[str, Mapping[str, str]], since: float) -> bool:
    """Was one of the files written, moved there or replaced after that moment, in seconds of the epoch?"""
    for kind, digests in found.items():
        for name in digests if kind not in (BESIDE, "the run") else ():
            stat = (plan.root / name).stat()
            if max(stat.st_mtime, stat.st_ctime) > since:
                return True
    return False


def imported(root: Path) -> list[str]:
    """The files that this process has imported and that belong to no installed distribution, those of the project by
    their path from its root."""
    installed_in = tuple({f"{os.path.realpath(prefix)}{os.sep}" for prefix in (sys.prefix, sys.base_prefix)})
    found = set()
    for module in list(sys.modules.values()):
        name = getattr(module, "__file__", None)
        if isinstance(name, str) and name.endswith(".py") and "site-packages" not in name:
            real = os.path.realpath(name)
            if not real.startswith(installed_in):
                found.add(os.path.relpath(real, root) if real.startswith(f"{root}{os.sep}") else real)
    return sorted(found)


def differences(then: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What is not as it was, in words, by kind; empty where all is equal."""
    found = []
    for kind in dict.fromkeys((*then, *now)):
        before, after = then.get(kind, {}), now.get(kind, {})
        other = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if other:
            found.append(f"{kind}: {some(other)}")
    return found
