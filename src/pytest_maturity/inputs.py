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
    ".coveragerc", "maturity.yaml",
)  # fmt: skip
LOCKS = ("*.lock", "pylock*.toml", "requirements*.txt", "constraints*.txt")  # of uv, Poetry, PDM, Pipenv, pip
IMPORTED, DATA = "imported modules", "data"
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
    files = files_of(plan)
    known = {path for paths in files.values() for path in paths}
    files[IMPORTED] = {plan.root / path for path in imported} - known
    if sum(map(len, files.values())) > MOST:
        raise TooManyError
    found = {
        kind: {plan.context.relative(path): content(path) for path in sorted(paths)} for kind, paths in files.items()
    }
    return {**found, "the run": facts(plan, config)}


def facts(plan: Plan, config: pytest.Config) -> dict[str, str]:
    """What is no file of the project."""
    known: dict[str, Any] = {
        "Python": [sys.version, sys.platform, sys.flags],
        "installed distributions": installed(),
        "the policy": plan.policy.digest,
        "pytest's arguments": [arguments(config), config.getini("addopts"), os.environ.get("PYTEST_ADDOPTS", "")],
    }
    return {name: digest({name: value}) for name, value in known.items()}


def arguments(config: pytest.Config) -> list[str]:
    """How pytest was called, without what does not matter."""
    return [one for one in map(str, config.invocation_params.args) if not INDIFFERENT.fullmatch(one)]


def files_of(plan: Plan) -> dict[str, set[Path]]:
    """The files by kind, without the modules that are imported."""
    root = plan.root
    sources = {path for one in plan.components for path in one.files}
    tests = {claim.path for one in plan.components for claim in one.tests}
    above = {path for one in plan.components for path in tests_of(one, root)} - tests
    places = {path.parent for path in tests} | {path.parent for path in sources}
    return {
        "sources": sources,
        "tests": tests - sources,
        "conftests": above,
        "configuration": {path for name in CONFIGURATION if (path := root / name).is_file()},
        "lock files": {path for pattern in LOCKS for path in root.glob(pattern)},
        DATA: {path for place in places if place != root for path in data(place)},
    }


def data(place: Path) -> Iterator[Path]:
    """The files below a directory that are neither Python nor hidden. Raises TooManyError."""
    count = 0
    for folder, folders, names in os.walk(place):
        folders[:] = [name for name in folders if name != "__pycache__" and name[0] != "."]
        count += len(names)
        if count > MOST:
            raise TooManyError
        yield from (Path(folder, name) for name in names if name[0] != "." and not name.endswith((".py", ".pyc")))


def touched(plan: Plan, since: float) -> bool:
    """Was a file written after that moment, in seconds of the epoch? Data does not count: tests write it themselves."""
    kinds = files_of(plan)
    return any(path.stat().st_mtime > since for kind, paths in kinds.items() if kind != DATA for path in paths)


def imported(root: Path) -> list[str]:
    """The files of the project, as paths from the root, that this process has imported."""
    top = f"{root}{os.sep}"
    own = (str(getattr(module, "__file__", None) or "") for module in list(sys.modules.values()))
    inside = {name[len(top) :] for name in own if name.startswith(top)}
    elsewhere = tuple({f"{os.path.relpath(prefix, root)}{os.sep}" for prefix in (sys.prefix, sys.base_prefix)})
    return sorted(name for name in inside if not name.startswith(elsewhere) and "site-packages" not in name)


def differences(then: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What is not as it was, in words, by kind; empty where all is equal."""
    found = []
    for kind in dict.fromkeys((*then, *now)):
        before, after = then.get(kind, {}), now.get(kind, {})
        other = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if other:
            found.append(f"{kind}: {some(other)}")
    return found
