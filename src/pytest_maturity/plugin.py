"""The entry point: options, markers, hook specifications, and "is it on?". Imports nothing heavy."""

from __future__ import annotations

import argparse

import pytest

MARKERS = (
    "maturity_component(*names): the components that this test belongs to, whatever its file is called.",
    "maturity_rerun(max_retries=..., transient=[...]): how this test is tried again when it fails and that may pass.",
)
NEEDS_COMPONENT = ("maturity_target", "maturity_report", "maturity_config", "maturity_retries", "maturity_explain")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("maturity", "maturity gate")
    group.addoption(
        "--maturity-component",
        action="append",
        default=[],
        metavar="NAME",
        help="judge this component (repeatable; `all`: every component found)",
    )
    group.addoption(
        "--maturity-target",
        metavar="STAGE",
        help="the stage that is asked for (default: the configured, else the lowest)",
    )
    group.addoption(
        "--maturity-report",
        metavar="PATH",
        help="where the report goes (default: .maturity/<component>.json)",
    )
    group.addoption(
        "--maturity-config",
        metavar="PATH",
        help="the policy (default: [tool.maturity] in pyproject.toml, or maturity.yaml)",
    )
    group.addoption(
        "--maturity-retries",
        metavar="N",
        help="how often a test that failed for a passing reason is tried again (default: 2; 0: never)",
    )
    group.addoption(
        "--maturity-explain",
        action="store_true",
        default=False,
        help="show what would be selected and required, and why; run nothing",
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from . import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Switch on, before any conftest can import what is to be measured."""
    options = early_config.known_args_namespace
    if options.help or options.version:
        return
    if not options.maturity_component:
        refuse_without_component(options)
        return
    # Lower than usual: everything that the gate needs is imported only when it is on.
    from .errors import MaturityError
    from .session import MaturitySession

    try:
        session = MaturitySession(early_config)
        session.begin()
    except MaturityError as error:
        raise pytest.UsageError(error.words) from error
    early_config.pluginmanager.register(session, "maturity_session")


def refuse_without_component(options: argparse.Namespace) -> None:
    given = [f"--{name.replace('_', '-')}" for name in NEEDS_COMPONENT if getattr(options, name) not in (None, False)]
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
