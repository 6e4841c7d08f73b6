"""Finds what makes the tests of this run prove less than the project's own: options, other settings, Python's -O.

The project's own are its settings with `addopts`; the command line and PYTEST_ADDOPTS are compared with these. Every
option of pytest itself is classified here, and a test fails on a new one. What an option of another plugin does shows
in the tests that run.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..config.settings import Config
from ..discovery.imports import has_assert
from ..model.evidence import Gap
from ..model.paths import is_installed, list_imported_files, path_from_root
from ..model.text import first_few, safe
from . import pytest_internals

# The options of pytest, by their names in argparse's namespace. These leave out code of the tests, or their failures.
WEAKENING = {
    "noconftest": "--noconftest leaves out every conftest.py",
    "doctest_ignore_import_errors": "--doctest-ignore-import-errors skips modules that cannot be imported",
    "doctestglob": "--doctest-glob replaces the project's pattern",
}
# These are examined by their values.
EXAMINED = frozenset({"confcutdir", "inifilename", "override_ini", "plugins", "pythonwarnings"})
# These select tests: what is left out is a gap of its own (selection.py, deselection.py, outcomes.py).
SELECTING = frozenset({
    "file_or_dir", "keyword", "markexpr", "deselect", "ignore", "ignore_glob", "maxfail", "lf", "failedfirst",
    "newfirst", "last_failed_no_failures", "stepwise", "stepwise_reset", "stepwise_skip", "keepduplicates", "pyargs",
    "doctestmodules", "collect_in_virtualenv", "importmode", "continue_on_collection_errors", "disable_plugin_autoload",
})  # fmt: skip
# With these, no test runs (modes.py).
NOT_RUNNING = frozenset({
    "cacheshow", "collectonly", "help", "markers", "setuponly", "setupplan", "show_fixtures_per_test", "showfixtures",
    "version",
})  # fmt: skip
# These print, write, stop for a debugger, or make the run stricter. `assertmode` matters only under -O.
HARMLESS = frozenset({
    "assertmode", "basetemp", "cacheclear", "capture", "code_highlight", "color", "debug", "disable_warnings",
    "doctest_continue_on_failure", "doctestreport", "durations", "durations_min", "fold_skipped", "force_short_summary",
    "fulltrace", "junitprefix", "log_auto_indent", "log_cli_date_format", "log_cli_format", "log_cli_level",
    "log_date_format", "log_file", "log_file_date_format", "log_file_format", "log_file_level", "log_file_mode",
    "log_format", "log_level", "logger_disable", "max_warnings", "no_header", "no_summary", "pastebin", "reportchars",
    "rootdir", "runxfail", "setupshow", "showcapture", "showlocals", "strict", "strict_config", "strict_markers",
    "tbstyle", "trace", "traceconfig", "usepdb", "usepdb_cls", "verbose", "xfail_tb", "xmlpath",
})  # fmt: skip
# Settings of pytest that decide which tests are collected and how they end; -o replaces the project's.
DECIDING_SETTINGS = frozenset({
    "addopts", "collect_imported_tests", "doctest_encoding", "doctest_optionflags", "empty_parameter_set_mark",
    "filterwarnings", "norecursedirs", "python_classes", "python_files", "python_functions", "pythonpath", "strict",
    "strict_xfail", "testpaths", "usefixtures", "xfail_strict",
})  # fmt: skip
# pytest's own plugins without which it collects less, or lets tests pass that would fail.
DECIDING_PLUGINS = frozenset({"assertion", "doctest", "fixtures", "python", "skipping", "unittest", "warnings"})
CONFTEST = "conftest.py"


def find_weakened_tests(config: pytest.Config, policy: Config, root: Path) -> Iterator[Gap]:
    """Yields a gap for each option with which this process's tests prove less than the project's own would."""
    usual = pytest_internals.parse_options(config, [*map(str, config.getini("addopts"))])
    for message in find_weakening_options(config, policy, root, usual):
        yield Gap(cause="weakened", message=message)


def find_removed_asserts(root: Path) -> Iterator[Gap]:
    """Yields a gap where -O removed asserts of the project's modules that this process has imported.

    Those of test files and conftests are executed in any case, because pytest rewrites them.
    """
    if not sys.flags.optimize:
        return
    without = []
    for _, module, path in list_imported_files():
        if is_installed(path) or pytest_internals.is_rewritten(module):
            continue
        if Path(path).is_relative_to(root) and has_assert(path):
            without.append(path_from_root(Path(path), root))
    if without:
        message = f"Python runs with -O or PYTHONOPTIMIZE, without the asserts of {first_few(sorted(without))}"
        yield Gap(cause="optimized", message=message)


def find_weakening_options(config: pytest.Config, policy: Config, root: Path, usual: Namespace) -> Iterator[str]:
    """Yields what the options of this run leave out; `usual` are those of the project's `addopts`."""
    options = config.option
    for name, message in WEAKENING.items():
        if getattr(options, name, None) != getattr(usual, name, None) and getattr(options, name, None):
            yield message
    if options.confcutdir and options.confcutdir != usual.confcutdir:
        start = Path(config.invocation_params.dir, options.confcutdir).resolve()
        if start != root and start.is_relative_to(root):
            yield f"--confcutdir leaves out each conftest.py above {safe(path_from_root(start, root), 200)}"
    if options.inifilename and config.inipath:
        # From the root, too: a call from the folder above has to name the project's own file.
        own = [pytest_internals.locate_settings(start)[0] for start in (config.invocation_params.dir, root)]
        named = [root / policy.pytest_config] if policy.pytest_config else []
        if config.inipath.resolve() not in [one.resolve() for one in (*named, *own) if one]:
            yield f"-c replaces the project's settings by {safe(path_from_root(config.inipath, root), 200)}"
    yield from find_weakening_settings(config, usual)
    yield from find_weakening_plugins(options, usual)


def find_weakening_settings(config: pytest.Config, usual: Namespace) -> Iterator[str]:
    """Yields each setting of the project that `-o` replaces, or whose filters for warnings `-W` overrides."""
    options = config.option
    for override in options.override_ini or ():
        is_deciding = override.partition("=")[0].strip() in DECIDING_SETTINGS
        if is_deciding and override not in (usual.override_ini or ()):
            yield f"-o {safe(override, 120)} replaces a setting of the project"
    if any(str(one).startswith("error") for one in config.getini("filterwarnings")):
        for given in options.pythonwarnings or ():
            if not given.startswith("error") and given not in (usual.pythonwarnings or ()):
                yield f"-W {safe(given, 120)} overrides the project's filterwarnings"


def find_weakening_plugins(options: Namespace, usual: Namespace) -> Iterator[str]:
    """Yields each plugin that `-p no:NAME` disables, where it decides how tests end: pytest's own, or a conftest."""
    for given in options.plugins or ():
        name = given.removeprefix("no:")
        is_deciding = name in DECIDING_PLUGINS or Path(name).name == CONFTEST
        if name != given and is_deciding and given not in (usual.plugins or ()):
            yield f"-p {safe(given, 200)} disables a part of the tests"
