"""The entry point: options, markers, hook specifications, and "is it on?". Imports nothing heavy."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import pytest

MARKERS = (
    "maturity_component(*names): the components that this test belongs to, whatever its file is called.",
    "maturity_rerun(max_retries=..., transient=[...]): how this test is tried again when it fails and that may pass.",
)
REWRITER = "_pytest.assertion.rewrite"
# Name, what argparse is told besides, and the help.
SWITCH: Mapping[str, Any] = {"action": "store_true", "default": False}
OPTIONS: tuple[tuple[str, Mapping[str, Any], str], ...] = (
    ("component", {"action": "append", "default": [], "metavar": "NAME"},
     "judge this component (repeatable; `all`: every component found)"),
    ("target", {"metavar": "STAGE"}, "the stage that is asked for (default: the configured, else the lowest)"),
    ("report", {"metavar": "PATH"}, "where the report goes (default: .maturity/<component>.json)"),
    ("config", {"metavar": "PATH"}, "the policy (default: [tool.maturity] in pyproject.toml, or maturity.yaml)"),
    ("policy-ref", {"metavar": "REF"},
     "enforce the policy as it is in this git ref, and list what the working tree loosened"),
    ("retries", {"metavar": "N"},
     "how often a test that failed for a passing reason is tried again (default: 2; 0: never)"),
    ("fix", SWITCH, "first let ruff fix what it safely can, and format, the components' sources (never in CI)"),
    ("no-cache", SWITCH, "run bandit and detect-secrets also where nothing that decides their answer changed"),
    ("supervise", SWITCH,
     "believe the exit code only with this run's sealed report beside it (where CI is set: always)"),
    ("time-limit", {"metavar": "SECONDS"},
     "end the run after so long, with what is known by then: never a promotion (implies --maturity-supervise)"),
    ("evidence", {"metavar": "PATH"}, "a shard: write what this run observed there, and judge nothing"),
    ("merge", {"action": "append", "default": [], "metavar": "PATH"},
     "judge the shards whose evidence this is (repeatable), and run no test: `pytest-maturity merge` asks for it"),
    ("resume", SWITCH, "go on from a run that was killed: what passed in it, while nothing changed, is not run again"),
    ("explain", SWITCH, "show what would be selected and required, and why; run nothing"),
)  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("maturity", "maturity gate")
    for name, details, words in OPTIONS:
        group.addoption(f"--maturity-{name}", help=words, **details)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from . import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Switch on, outside of all others: before output is captured, and before a conftest imports what is measured."""
    options = early_config.known_args_namespace
    if options.maturity_component:
        switch_on(early_config, options)
    elif not (options.help or options.version):
        refuse_without_component(options)
    return (yield)


def switch_on(config: pytest.Config, options: argparse.Namespace) -> None:
    """Begin a run of the gate; where it is supervised, go on in a child process. Raises pytest.UsageError."""
    # Lower than usual: everything that the gate needs is imported only when it is on, and after the fork.
    with without_rewriting():
        from ..model.errors import MaturityError
        from . import supervisor

    try:
        if nothing := empty(options):
            raise MaturityError(nothing)
        ticket = supervisor.Ticket.new(supervisor.parse_time_limit(options.maturity_time_limit))
        if not options.maturity_explain:
            demanded = "--maturity-time-limit" if ticket.limit else "--maturity-supervise" * options.maturity_supervise
            ticket = supervisor.start_supervision(ticket, config.invocation_params.args, demanded)
        with without_rewriting():
            from .session import MaturitySession

        session = MaturitySession(config, ticket)
        session.begin()
    except MaturityError as error:
        if options.help:  # it tells what would be right
            return
        if not options.maturity_explain:
            from .report_files import revoke_all

            revoke_all(config, "; ".join(error.problems))
        raise pytest.UsageError(error.message) from error
    config.pluginmanager.register(session, "maturity_session")


@contextlib.contextmanager
def without_rewriting() -> Iterator[None]:
    """Import as Python does: the asserts of a plugin need no rewriting, which pytest has a slower import for.

    Where it may not write the byte code it even rewrites all of them in every run.
    """
    finders = [one for one in enumerate(sys.meta_path) if type(one[1]).__module__ == REWRITER]
    for _, finder in finders:
        sys.meta_path.remove(finder)
    try:
        yield
    finally:
        for place, finder in finders:
            sys.meta_path.insert(place, finder)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, int | None, int | None]:
    """What was asked for a verdict does not end with 0 without one, whatever was run instead."""
    code = yield
    session = config.pluginmanager.get_plugin("maturity_session")
    return code if code or session is None or session.may_exit_with_zero else 3


def value_of(options: argparse.Namespace, name: str) -> Any:
    """What the command line gives for one of OPTIONS, by its name there."""
    return getattr(options, f"maturity_{name.replace('-', '_')}")


def empty(options: argparse.Namespace) -> list[str]:
    """What to say of options without a value: it must not count as if they were absent."""
    names = [name for name, _, _ in OPTIONS if "" in listed(value_of(options, name))]
    words = "is empty: is a variable not set? Give it a value, or leave the option out"
    return [f"--maturity-{name}: {words}" for name in names]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def refuse_without_component(options: argparse.Namespace) -> None:
    given = [f"--maturity-{name}" for name, details, _ in OPTIONS if value_of(options, name) not in (None, False, [])]
    if given:
        raise pytest.UsageError(f"{', '.join(given)}: needs --maturity-component NAME (or all)")


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture
def maturity_attempt(request: pytest.FixtureRequest) -> int:
    """The number of the attempt that runs, from 1."""
    rerunner = request.config.pluginmanager.get_plugin("maturity_rerun")
    return 1 if rerunner is None else int(rerunner.attempt)
