"""The entry point of the plugin: options, markers, hook specifications and the start of a judged run.

Imports nothing heavy: pytest loads this module in every run, also where nothing is judged.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

import pytest

MARKERS = (
    "maturity_component(*names): the components that this test belongs to, whatever the name of its file.",
    "maturity_rerun(max_retries=..., transient=[...]): the maximum reruns of this test, and further transient errors.",
    "maturity_sla(max_ms=...): how many milliseconds this test may take, for the gate performance.",
)
REWRITER = "_pytest.assertion.rewrite"
IS_STARTED = pytest.StashKey[bool]()  # whether pytest came as far as to import the first conftest
SWITCH: Mapping[str, Any] = {"action": "store_true", "default": False}
# Name, arguments for argparse, and the help.
OPTIONS: tuple[tuple[str, Mapping[str, Any], str], ...] = (
    ("component", {"action": "append", "default": [], "metavar": "NAME"},
     "component to judge (repeatable; `all` judges every component, `affected` those that a change can affect)"),
    ("target", {"metavar": "STAGE"}, "stage to judge for (default: the configured target, else the lowest stage)"),
    ("gate", {"action": "append", "default": [], "metavar": "NAME"},
     "judge this gate alone, without tests if it needs none (repeatable; never promotes)"),
    ("report", {"action": "append", "default": [], "metavar": "[FORMAT:]PATH"},
     "path of the report (default: .maturity/COMPONENT.json), or FORMAT or FORMAT:PATH of another one (repeatable)"),
    ("agent-budget", {"metavar": "TOKENS"}, "length of the report in the format `agent`, four characters a token"),
    ("config", {"metavar": "PATH"}, "policy file (default: [tool.maturity] in pyproject.toml, or maturity.yaml)"),
    ("policy-ref", {"metavar": "REF"},
     "enforce the policy of a git ref, and list what the working tree loosens (default: the working tree's policy)"),
    ("compare-branch", {"metavar": "REF"},
     "what is not in this branch is new code (default: the configured one, else the remote's default branch)"),
    ("retries", {"metavar": "N"},
     "maximum reruns of a test that fails with a transient error (default: 2; 0 disables)"),
    ("fix", SWITCH, "apply the linter's safe fixes first (never in CI)"),
    ("no-cache", SWITCH, "run bandit and detect-secrets also where their cached results are still valid"),
    ("supervise", SWITCH,
     "run in a child process and exit 3 unless it left a valid report of this run (default: with fork, or in CI)"),
    ("time-limit", {"metavar": "SECONDS"},
     "interrupt the run after this time and judge what it has; never promotes (implies --maturity-supervise)"),
    ("evidence", {"metavar": "PATH"}, "run as a shard: write the run's evidence to a file and judge nothing"),
    ("merge", {"action": "append", "default": [], "metavar": "PATH"},
     "judge the evidence of a shard and run no tests (repeatable; set by `pytest-maturity merge`)"),
    ("trial", SWITCH,
     "with --maturity-merge: keep earlier reports, and record nothing (set by `pytest-maturity judge`)"),
    ("resume", SWITCH, "continue a killed run: skip the tests that passed in it, if nothing has changed"),
    ("explain", SWITCH, "show the selected tests and the requirements, and why; run nothing"),
)  # fmt: skip


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    config = pluginmanager.get_plugin("pytestconfig")
    if config is not None:
        config.add_cleanup(lambda: revoke_where_refused(config))
    group = parser.getgroup("maturity", "maturity gate")
    for name, details, help_text in OPTIONS:
        group.addoption(f"--maturity-{name}", help=help_text, **details)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from . import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Starts the judged run before output is captured, and before a conftest imports the code to measure."""
    options = early_config.known_args_namespace
    early_config.stash[IS_STARTED] = True
    if options.maturity_component:
        start_gate(early_config, options)
    elif not (options.help or options.version):
        refuse_without_component(options)
    return (yield)


def start_gate(config: pytest.Config, options: argparse.Namespace) -> None:
    """Starts the session's gate; where it is supervised, only the child process returns. Raises pytest.UsageError."""
    # Not at the top: everything that a judged run needs is imported only when it is used, and after the fork.
    with cheap_imports():
        from ..model.errors import MaturityError
        from . import own_plugins, supervisor

    try:
        if problems := find_empty_options(options):
            raise MaturityError(problems)
        if blocked := own_plugins.find_blocked(options.plugins):
            raise MaturityError(blocked)
        ticket = supervisor.Ticket.new(supervisor.parse_time_limit(options.maturity_time_limit))
        if not options.maturity_explain:
            switch = "--maturity-supervise" if options.maturity_supervise else ""
            required_by = "--maturity-time-limit" if ticket.time_limit else switch
            ticket = supervisor.start_supervision(ticket, config.invocation_params.args, required_by)
        with cheap_imports():
            from .session import MaturitySession

        session = MaturitySession(config, ticket)
        session.begin()
    except MaturityError as error:
        if options.help:  # pytest's help is shown instead, which lists the right options
            return
        if not (options.maturity_explain or options.maturity_trial):
            revoke_reports(config, options.maturity_component, options.maturity_report, "; ".join(error.problems))
        raise pytest.UsageError(error.message) from error
    own_plugins.register(config, session, "maturity_session")
    session.guard_exit()


def revoke_where_refused(config: pytest.Config) -> None:
    """Invalidates the reports of earlier runs where pytest refuses to start after this plugin was loaded.

    For example, a value of another plugin's option is wrong, or PYTEST_PLUGINS names a module that does not exist.
    """
    if config.stash.get(IS_STARTED, False):
        return
    from ..reports import refused_start

    arguments = refused_start.list_arguments(map(str, config.invocation_params.args))
    with contextlib.suppress(ValueError, KeyError):  # what cannot be split, or is not known yet
        arguments += config.getini("addopts")
    names = refused_start.find_values(arguments, "--maturity-component")
    if names and refused_start.WITHOUT_TESTS.isdisjoint(arguments):
        reports = refused_start.find_values(arguments, "--maturity-report")
        revoke_reports(config, names, reports, "pytest did not start")


def revoke_reports(config: pytest.Config, names: Sequence[str], reports: Sequence[str], why: str) -> None:
    """Invalidates the reports of earlier runs where this run is refused before it knows its components.

    `names` and `reports` are the values of --maturity-component and --maturity-report.
    """
    from ..model.text import safe
    from ..reports import revoking

    note = f"a later run was refused, so this verdict does not count any more: {safe(why, 1000)}"
    revoking.revoke_reports(config.rootpath.resolve(), names, reports, config.invocation_params.dir, note)


@contextlib.contextmanager
def cheap_imports() -> Iterator[None]:
    """Makes imports in the `with` block cost as little as they can.

    They are Python's own: pytest's importer, which rewrites asserts, is slower, and where it may not write byte code,
    it even rewrites all of them in every run. The plugin's asserts need none of it. No garbage is collected meanwhile:
    what an import creates stays.
    """
    finders = [one for one in enumerate(sys.meta_path) if type(one[1]).__module__ == REWRITER]
    for _, finder in finders:
        sys.meta_path.remove(finder)
    try:
        with without_garbage_collection():
            yield
    finally:
        for index, finder in finders:
            sys.meta_path.insert(index, finder)


@contextlib.contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Collects no garbage in the `with` block, which creates many objects and hardly any garbage."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def get_option_value(options: argparse.Namespace, name: str) -> Any:
    """Returns the command line's value of one of OPTIONS."""
    return getattr(options, f"maturity_{name.replace('-', '_')}")


def find_empty_options(options: argparse.Namespace) -> list[str]:
    """Returns a message for each option with an empty value, which must not count as an absent option."""
    values = {name: get_option_value(options, name) for name, _, _ in OPTIONS}
    empty = [name for name, value in values.items() if "" in (value if isinstance(value, list) else [value])]
    advice = "is empty: is a variable not set? Give it a value, or leave the option out"
    return [f"--maturity-{name}: {advice}" for name in empty]


def refuse_without_component(options: argparse.Namespace) -> None:
    """Raises pytest.UsageError where an option of the plugin is given without a component."""
    given = [f"--maturity-{name}" for name, _, _ in OPTIONS if get_option_value(options, name) not in (None, False, [])]
    if given:
        raise pytest.UsageError(f"{', '.join(given)}: needs --maturity-component NAME (or all)")


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture
def maturity_attempt(request: pytest.FixtureRequest) -> int:
    """The number of the test's attempt that is running, from 1."""
    rerunner = request.config.pluginmanager.get_plugin("maturity_rerun")
    return 1 if rerunner is None else int(rerunner.attempt)
