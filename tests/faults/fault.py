"""A fault as data: the tests and the page about faults are made from the same objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.runner import RunResult

Preparation = Callable[[Path], AbstractContextManager[None]]
FAIL_UNDER = ("--cov=src", "--cov-report=", "--cov-fail-under=50")
PLAIN_POLICY = """
    ladder = ["proven"]
    stages.proven.pass_rate = 100
    """
# Reasons why a fault cannot be shown with another program, for the table of the page.
NO_COMPONENTS = "has no components"
NO_POLICY = "has no policy of its own"
NO_REPORT = "leaves no verdict behind"
NO_TOOLS = "runs no tools"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault, or one of several ways to cause it (`case`), and what the gate must do about it.

    How the fault is caused:

    * `files` are written over a small project whose last run was promoted.
    * `arguments` are given to every program, `gate_arguments` only to the gate.
    * `policy` is the table [tool.maturity]; `settings` are other lines of pyproject.toml.
    * `plugins` are the pytest plugins that the fault needs; no others are loaded.
    * `without_tools` runs in an environment without any tool; `tools` are shell scripts that replace real tools there.
    * `preparation` does what files cannot do (a full disk, a repository); it raises `Impossible` on a machine that
      does not allow it.
    * `processes` is the number of runs at the same time.

    What the gate must do:

    * It ends with `exit_code`, and its report holds `verdict` (empty: there must be no report).
    * The output or the report contains every text of `messages`.
    * `check` makes further assertions.
    * `limit` explains a fault that leaves an old PROMOTE or exit code 0 behind and cannot be prevented.

    Which other programs are run for comparison: `peers`, pytest-cov with `coverage_options`; or none of them, because
    of `not_compared`.
    """

    number: int
    title: str
    case: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    gate_arguments: tuple[str, ...] = ()
    component: str = "shop"
    report: str = ""
    policy: str | None = PLAIN_POLICY
    settings: str = ""
    plugins: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    launcher: tuple[str, ...] = ("-m", "pytest")
    without_tools: bool = False
    tools: Mapping[str, str] = field(default_factory=dict)
    preparation: Preparation | None = None
    processes: int = 1
    exit_code: int = 1
    verdict: str = "HOLD"
    messages: tuple[str, ...] = ()
    check: Callable[[RunResult], None] | None = None
    not_compared: str = ""
    peers: tuple[str, ...] = ("plain pytest", "pytest-cov", "rerunfailures")
    coverage_options: tuple[str, ...] = FAIL_UNDER
    limit: str = ""

    @property
    def key(self) -> str:
        """The number and the case (`22 -k`), or the number alone (`5`) if it has one case only."""
        return f"{self.number} {self.case}".strip()

    @property
    def directory(self) -> str:
        """The key as the name of a directory."""
        return self.key.replace("/", "-").replace(" ", "-")

    def contents(self) -> Iterator[tuple[str, str]]:
        """Yields the path and the text of each file, pyproject.toml first."""
        pytest_options = '[tool.pytest.ini_options]\npythonpath = ["src"]\nmarkers = ["slow"]\n'
        table = "" if self.policy is None else f"[tool.maturity]\n{dedent(self.policy)}"
        yield "pyproject.toml", f"{pytest_options}{dedent(self.settings)}\n{table}"
        for name, text in self.files.items():
            yield name, dedent(text).lstrip("\n")


class Impossible(Exception):  # noqa: N818  # not an error: this machine cannot cause the fault
    """The reason why a fault cannot be caused on this machine."""
