"""One thing that can go wrong, as data: the tests and the document are made from the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.running import Ran

Surroundings = Callable[[Path], AbstractContextManager[None]]
FAIL_UNDER = ("--cov=src", "--cov-report=", "--cov-fail-under=50")
PLAIN_POLICY = """
    ladder = ["proven"]
    stages.proven.pass_rate = 100
    """
# What a run of another program cannot show, in the table of the document.
NO_POLICY = "has no policy of its own"
NO_REPORT = "leaves no verdict behind"
NO_TOOLS = "runs no tools"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of FAULTS.md (`number`), or one of several ways to it (`case`), and what the gate must do.

    `files` are laid over a small project whose last run was promoted. `arguments`
    go to every pytest, `gate` only to the gate. `policy` is the table
    [tool.maturity], `settings` are other lines of pyproject.toml. `plugins` are
    those that the fault needs; no others are loaded. `tools` are programs that
    stand in for real ones in an environment without any. `around` prepares what
    files cannot (a full disk, a repository), and raises `Impossible` where that is
    not to be had. `code` and `verdict` are what must be: the exit code and the word
    on disk, empty where there must be no report. `words` stand in the output or in
    the report. `against` are the other programs to which the fault is something,
    `peers` says why it is nothing to any of them; `cov` are pytest-cov's options.
    `limit` says why yesterday's verdict, or exit code 0, must be put up with.
    """

    number: int
    title: str
    case: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    gate: tuple[str, ...] = ()
    component: str = "shop"
    report: str = ""
    policy: str | None = PLAIN_POLICY
    settings: str = ""
    plugins: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    launcher: tuple[str, ...] = ("-m", "pytest")
    bare: bool = False
    tools: Mapping[str, str] = field(default_factory=dict)
    around: Surroundings | None = None
    at_once: int = 1
    code: int = 1
    verdict: str = "HOLD"
    words: tuple[str, ...] = ()
    check: Callable[[Ran], None] | None = None
    peers: str = ""
    against: tuple[str, ...] = ("plain pytest", "pytest-cov", "rerunfailures")
    cov: tuple[str, ...] = FAIL_UNDER
    limit: str = ""
    waiting: str = ""

    @property
    def key(self) -> str:
        """`22 -k`, or `4` where a number has one case only."""
        return f"{self.number} {self.case}".strip()

    def texts(self) -> Iterator[tuple[str, str]]:
        """The path and the text of each file, pyproject.toml first."""
        pytest_options = '[tool.pytest.ini_options]\npythonpath = ["src"]\nmarkers = ["slow"]\n'
        table = "" if self.policy is None else f"[tool.maturity]\n{dedent(self.policy)}"
        yield "pyproject.toml", f"{pytest_options}{dedent(self.settings)}\n{table}"
        for name, text in self.files.items():
            yield name, dedent(text).lstrip("\n")


class Impossible(Exception):  # noqa: N818  # not an error: the machine cannot make this fault
    """Why a fault cannot be made here."""


def waits(number: int, title: str, why: str, case: str = "") -> Fault:
    """A fault of something that does not exist yet."""
    return Fault(number=number, title=title, case=case, waiting=why)
