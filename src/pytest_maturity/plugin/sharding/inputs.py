"""The inputs of a run: shards must have them in common with their merge, and a resumed run with the killed one.

The list, as docs/ci.md has it:

* the commit, and every file that differs from it, untracked files included; without git every Python file;
* the sources of the components, which git may ignore where they are generated, and the configuration files;
* the installed distributions, Python with its flags, and the digest of the policy;
* pytest's options, without those that select tests and those that decide what is printed;
* the environment variables of VARIABLES, and those of coverage.py.

They are read before the first conftest.py is imported: what tests write is no input of their own run.
"""

from __future__ import annotations

import json
import math
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from ...discovery.project import is_python_file, walk_files
from ...model.digests import digest, file_digest
from ...model.errors import MaturityError
from ...model.light_dataclass import light_dataclass
from ...model.paths import is_skipped_directory
from ...model.text import first_few, safe
from ...reports import overwriting
from ...tools.cache import METADATA, list_distributions
from ...tools.work_tree import read_work_tree
from ..judged_files import CONFIGURATION
from ..plan import Plan

VARIABLES = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH", "PYTHONWARNINGS", "PYTHONOPTIMIZE")
COVERAGE_PREFIX = "COVERAGE_"
# Where coverage.py writes its data, and what it leaves itself for the processes that it measures.
WRITTEN_BY_COVERAGE = ("COVERAGE_FILE", "COVERAGE_RUN", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
RCFILE = "COVERAGE_RCFILE"  # the path of coverage.py's settings, which may lie anywhere
COVERAGE_DATA = ".coverage"  # and with a dot and more behind it
COVERAGE_SETTINGS = ".coveragerc"

# Options, by their names in argparse's namespace: those that select, divide and order tests ...
SELECTING = frozenset({
    "file_or_dir", "keyword", "markexpr", "deselect", "ignore", "ignore_glob", "maxfail", "lf", "failedfirst",
    "newfirst", "last_failed_no_failures", "stepwise", "stepwise_skip", "stepwise_reset", "keepduplicates", "pyargs",
    "splits", "group", "splitting_algorithm", "durations_path", "store_durations", "clean_durations",  # pytest-split
    "shard_id", "num_shards",  # pytest-shard
    "test_group", "test_group_count", "test_group_random_seed", "test_group_by_filename",  # pytest-test-groups
    "numprocesses", "maxprocesses", "maxworkerrestart", "dist", "distload", "tx", "px", "loadgroup", "maxschedchunk",
})  # fmt: skip
# ... and those that decide what is printed, and what is written where.
PRINTING = frozenset({
    "verbose", "no_header", "no_summary", "color", "code_highlight", "tbstyle", "reportchars", "showlocals",
    "no_showlocals", "fulltrace", "durations", "durations_min", "show_capture", "showcapture", "disable_warnings",
    "force_short_summary", "xpass_tb", "pastebin", "debug", "traceconfig", "xmlpath", "junitprefix", "report_log",
    "htmlpath", "self_contained_html", "css", "basetemp", "cacheclear", "cov_report", "cov_append",
    "metadata", "metadata_from_json", "metadata_from_json_file", "allure_report_dir", "clean_alluredir",
    "log_file", "log_file_mode", "log_file_level", "log_file_format", "log_file_date_format",
})  # fmt: skip
OWN_PREFIX = "maturity_"  # the policy and the components are compared, the rest decides nothing
FLAGS = {"plugins": "-p", "pythonwarnings": "-W", "override_ini": "-o", "inifilename": "-c"}


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything that decides how the tests of a run end, in a form that can be compared on another machine.

    `commit` is empty outside of a git repository. `files` are digests by path from the root; a file that was deleted
    has an empty one. `settings` and `options` are digests by name, because they may hold secrets.
    """

    commit: str = ""
    files: Mapping[str, str]
    distributions: tuple[str, ...]
    settings: Mapping[str, str]
    options: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Returns the inputs as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Inputs:
        """Reads what `to_dict` returned. Raises KeyError, TypeError and ValueError for anything else."""
        return cls(
            commit=str(data["commit"]),
            files=dict(data["files"]),
            distributions=tuple(map(str, data["distributions"])),
            settings=dict(data["settings"]),
            options=dict(data["options"]),
        )

    def find_differences(self, other: Inputs) -> list[str]:
        """Returns what is not the same in `other`, in words; empty where all is the same."""
        found = []
        if self.commit != other.commit:
            found.append(f"commit {self.commit[:12] or 'unknown'}, not {other.commit[:12] or 'unknown'}")
        files = find_unequal_keys(self.files, other.files)
        found += [first_few(files)] if files else []
        distributions = sorted({*self.distributions} ^ {*other.distributions})
        found += [f"installed distributions: {first_few(distributions)}"] if distributions else []
        found += find_unequal_keys(self.settings, other.settings)
        options = [
            FLAGS.get(name, f"--{name.replace('_', '-')}") for name in find_unequal_keys(self.options, other.options)
        ]
        return found + ([f"options: {safe(', '.join(options), 200)}"] if options else [])


def find_unequal_keys(left: Mapping[str, str], right: Mapping[str, str]) -> list[str]:
    """Returns the keys, sorted, that only one of the two mappings has or that have another value in each."""
    return sorted(key for key in left.keys() | right.keys() if left.get(key) != right.get(key))


def read_inputs(plan: Plan, config: pytest.Config) -> Inputs:
    """Reads the inputs of a run that begins now. Raises MaturityError where that is not possible."""
    try:
        return read_files(read_settings(plan, config), plan, config)
    except OSError as error:
        raise MaturityError(f"the inputs of the run cannot be read: {error}") from error


def read_settings(plan: Plan, config: pytest.Config) -> Inputs:
    """Reads the inputs that are no files of the project. Raises OSError."""
    python = [sys.version, sys.platform, platform.machine(), sys.flags, sys.warnoptions, sorted(sys._xoptions.items())]
    known: dict[str, object] = {
        "Python": python,
        "the policy": plan.policy.digest,
        **{name: value for name, value in os.environ.items() if is_compared_variable(name)},
    }
    rcfile = Path(config.invocation_params.dir, os.environ.get(RCFILE, ""))
    if rcfile.is_file():
        known[f"the file of {RCFILE}"] = compute_file_digest(rcfile)
    roots = {os.fspath(plan.root), os.fspath(config.rootpath)}
    options = {name: value for name, value in vars(config.known_args_namespace).items() if is_compared_option(name)}
    return Inputs(
        files={},
        distributions=tuple(sorted(read_distribution_name(path) for path in list_distributions())),
        settings={name: compute_value_digest(value, roots) for name, value in known.items()},
        options={name: compute_value_digest(value, roots) for name, value in options.items() if value},
    )


def is_compared_variable(name: str) -> bool:
    """Whether runs with another value of this environment variable count as different."""
    return name in VARIABLES or (name.startswith(COVERAGE_PREFIX) and name not in WRITTEN_BY_COVERAGE)


def is_compared_option(name: str) -> bool:
    """Whether runs with another value of this option count as different."""
    return name not in SELECTING and name not in PRINTING and not name.startswith(OWN_PREFIX)


def compute_value_digest(value: object, roots: Iterable[str]) -> str:
    """Returns a digest of any value; each path in `roots` is replaced by `.`, so that it may differ."""
    text = json.dumps(value, sort_keys=True, default=lambda other: type(other).__name__)
    for root in roots:
        text = text.replace(json.dumps(root)[1:-1], ".")
    return digest({"value": text})[:32]


def read_distribution_name(path: str) -> str:
    """Returns the name and version of a distribution, by the directory that holds its metadata."""
    name = Path(path).name
    return next((name.removesuffix(ending) for ending in METADATA if name.endswith(ending)), name)


def read_files(settings: Inputs, plan: Plan, config: pytest.Config, since: float = math.inf) -> Inputs:
    """Adds the files of the project, as they were at the moment `since`, in seconds of the epoch, to the inputs.

    What is untracked and was written after that moment is left out: it may be a test's. Raises OSError where another
    file changed after it.
    """
    tree = read_work_tree(plan.root)
    paths = {path for component in plan.components for path in component.files}
    paths |= {path for name in CONFIGURATION if (path := plan.root / name).is_file()}
    paths |= {config.inipath} if config.inipath else set()
    if tree is None:
        paths |= set(map(Path, walk_files(plan.root, is_python_file)))
    else:
        paths |= set(tree.modified)
        written = list_written_files(plan, config)
        paths |= {
            path
            for path in tree.untracked
            if path not in written and is_input(path, tree.top) and not is_changed(path, since)
        }
    if changed := sorted(path for path in paths if is_changed(path, since)):
        raise OSError(f"changed during the run: {changed[0]}")
    files = {Path(os.path.relpath(path, plan.root)).as_posix(): compute_file_digest(path) for path in sorted(paths)}
    return replace(settings, commit=tree.commit if tree else "", files=files)


def list_written_files(plan: Plan, config: pytest.Config) -> set[Path]:
    """Returns the paths that the run itself writes where its options name them, and the evidence that it reads."""
    options = config.known_args_namespace
    given = (*(one.path for one in plan.outputs), options.maturity_evidence, *options.maturity_merge)
    return {(config.invocation_params.dir / path).resolve() for path in given if path}


def is_input(path: Path, top: Path) -> bool:
    """Whether an untracked file of the repository at `top` can decide how tests end.

    Byte code, data of coverage.py and reports of the plugin cannot, nor can what lies in a hidden directory or in one
    for output, like `build`.
    """
    name = path.name
    if name.endswith(".pyc") or (name.startswith(COVERAGE_DATA) and not name.startswith(COVERAGE_SETTINGS)):
        return False
    folders = (folder for folder in path.parents if folder != top and folder.is_relative_to(top))
    if any(is_skipped_directory(os.fspath(folder.parent), folder.name) for folder in folders):
        return False
    return not (name.endswith(".json") and overwriting.is_written_by_gate(path))


def is_changed(path: Path, since: float) -> bool:
    """Whether a file was written, replaced or deleted after a moment, in seconds of the epoch."""
    if since == math.inf:
        return False
    try:
        return any(max(found.st_mtime, found.st_ctime) > since for found in (path.stat(), path.lstat()))
    except FileNotFoundError:
        return False


def compute_file_digest(path: Path) -> str:
    """Returns a digest of a file, a link's target, or a repository in a directory; empty for a deleted file."""
    if path.is_symlink():
        return digest({"link": os.fspath(path.readlink())})
    if not path.is_dir():
        return file_digest(path)
    tree = read_work_tree(path) if (path / ".git").exists() else None
    if tree is None:
        return ""
    files = {os.fspath(one): compute_file_digest(one) for one in (*tree.modified, *tree.untracked)}
    return digest({"commit": tree.commit, "files": files})
