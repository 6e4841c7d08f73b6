"""Runs the examples of README.md and docs/: files are written, commands are run, and their output is compared.

A comment before a fenced block says what to do with it:

    <!-- project: examples/orchestration -->    what follows belongs to a copy of this directory
    <!-- project: empty -->                     what follows belongs to an empty directory
    <!-- project: DIRECTORY with a server -->   the same, and there is a database for its records
    <!-- file: src/cart.py -->                  the block is this file
    <!-- append: pyproject.toml -->             the block is added to this file
    <!-- run: 1 table -->                       the block is a command and its output; its exit code is 1

    <!-- clock: 8 -->                           the commands that follow run so many days later

The last word says which part of the output is shown: `table` (from the component's table to the end), `verdict` (the
verdict lines), `all`, or `none`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.postgresql import OWNER, WRITER, Server, run_server

ROOT = Path(__file__).parents[3]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
WIDTH = "88"
STEP = re.compile(
    r"^<!-- (?P<verb>project|file|append|run|clock): (?P<what>[^\n]+?) -->\n(?:\n?(?P<fence>`{3,})(?P<kind>\w*)[^\n]*\n"
    r"(?P<text>.*?)^(?P=fence)$)?",
    re.MULTILINE | re.DOTALL,
)
WITH_SERVER = " with a server"
VERDICT = re.compile("PROMOTE|HOLD|INCONCLUSIVE|INCOMPLETE|ERROR")
# What differs from run to run.
CHANGING = (
    (re.compile(r" in \d+\.\d+s( \(\d+:\d+:\d+\))?"), " in 1.00s"),
    (re.compile(r"after \d+\.\d+ s"), "after 0.01 s"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"), "2026-01-31T12:00:00"),
    (re.compile(r"(of \w+ to \w+) by \S+( [0-9a-f]{12}\+?)?"), r"\1 by ann"),
    (re.compile(r"\b(?=\w*\d)[0-9a-f]{12}\b"), "0123456789ab"),  # a commit, or the id of a decision
    (re.compile(r"(attestation of .+) by \S+( [0-9a-f]{12}\+?)?,"), r"\1 by ann,"),
    (re.compile(r"until \d{4}-\d\d-\d\d"), "until 2026-03-02"),
    (re.compile(r"since \d+ [A-Z][a-z]{2}\b"), "since 23 Jan"),
    (re.compile(r"audit log: [0-9a-f]{64}"), "audit log: 3f9a..."),
    (re.compile(r"postgresql://[^/ ]+/\w+"), "postgresql://db.example/shop_records"),
    (re.compile(r"=+"), "="),  # the length of a rule depends on the time in it
)


# A module that puts the clock of Python forward.
CLOCK = """
import datetime

real = datetime.datetime


class Later(real):
    @classmethod
    def now(cls, tz=None):
        return real.now(tz) + datetime.timedelta(days={days})


datetime.datetime = Later
"""


@dataclass(frozen=True)
class Step:
    """One block of a page, with the comment before it."""

    verb: str
    what: str
    text: str
    span: tuple[int, int]  # of the text, in the page

    @property
    def exit_code(self) -> int:
        return int(self.what.split()[0])

    @property
    def part(self) -> str:
        return self.what.split()[1]

    @property
    def command(self) -> str:
        """The lines of the command, without the prompt."""
        lines = self.text.splitlines()
        return "\n".join(line.removeprefix("$ ") for line in lines[: self._length(lines)])

    @property
    def output(self) -> str:
        lines = self.text.splitlines(keepends=True)
        return "".join(lines[self._length(lines) :])

    @staticmethod
    def _length(lines: list[str]) -> int:
        """The number of lines of the command: a backslash at the end continues it."""
        return next(number for number, line in enumerate(lines, 1) if not line.rstrip().endswith("\\"))


@dataclass
class Project:
    """The steps that belong to one directory."""

    page: Path
    template: str
    steps: list[Step] = field(default_factory=list)
    needs_server: bool = False
    variables: dict[str, str] = field(default_factory=dict)  # of its commands

    def use_server(self, server: Server) -> None:
        """Makes a database without tables, and names it to the commands."""
        database = server.create_database(template="template0")
        self.variables = {
            "OWNER_URL": server.url(database, OWNER),
            "MATURITY_RECORDS_URL": server.url(database, WRITER),
        }

    def make(self, directory: Path) -> None:
        if self.template == "empty":
            directory.mkdir()
        else:
            ignored = shutil.ignore_patterns(".*", "__pycache__")
            shutil.copytree(ROOT / self.template, directory, ignore=ignored)

    def put_clock_forward(self, days: int, directory: Path) -> None:
        """Makes the commands that follow run some days later: Python imports sitecustomize when it starts."""
        clock = Path(f"{directory}-clock")
        clock.mkdir(exist_ok=True)
        (clock / "sitecustomize.py").write_text(CLOCK.format(days=days), "utf-8")
        self.variables["PYTHONPATH"] = str(clock)

    def run(self, step: Step, directory: Path) -> str:
        """The part of the command's output that the page shows. Raises AssertionError for another exit code."""
        result = subprocess.run(
            ["bash", "-c", step.command], cwd=directory, env=self._environment(directory), check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        )  # fmt: skip
        assert result.returncode == step.exit_code, f"{step.command}\nended with {result.returncode}:\n{result.stdout}"
        return part_of(result.stdout, step.part)

    def _environment(self, directory: Path) -> dict[str, str]:
        dropped = ("PYTEST", "COV", "NO_COLOR", "CI", "FORCE_COLOR")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        plugins = "-p no:sugar --color=no" + " -p no:asyncio" * (self.template == "empty")
        path = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
        cache = f"{directory}-cache"  # no result of another run is in it
        own = {"COLUMNS": WIDTH, "PYTEST_ADDOPTS": plugins, "PATH": path, "XDG_CACHE_HOME": cache}
        return {**kept, **own, **self.variables}


def projects() -> list[Project]:
    """The projects of all pages, in order."""
    found: list[Project] = []
    for page in PAGES:
        current: Project | None = None
        for match in STEP.finditer(page.read_text("utf-8")):
            if match["verb"] == "project":
                template = match["what"].removesuffix(WITH_SERVER)
                current = Project(page, template, needs_server=template != match["what"])
                found.append(current)
            else:
                assert current is not None, f"{page.name}: {match[0]} comes before the first project"
                is_whole = match["text"] is not None or match["verb"] == "clock"
                assert is_whole, f"{page.name}: no block follows {match[0]}"
                current.steps.append(Step(match["verb"], match["what"], match["text"] or "", match.span("text")))
    return found


def part_of(text: str, part: str) -> str:
    """Returns the part of an output that a page shows: all runs take the same time, programs have no directory."""
    lines = [line for line in text.splitlines() if not line.startswith("maturity: waiting")]
    if part == "none":
        return ""
    if part == "verdict":
        lines = [line for line in lines if VERDICT.match(line)]
    elif part == "table":
        first = next((number for number, line in enumerate(lines) if line.startswith("=") and "maturity: " in line), 0)
        lines = lines[first:]
    lines = [line.replace(f"{Path(sys.executable).parent}{os.sep}", "") for line in lines]
    for pattern, usual in CHANGING[:-1]:
        lines = [pattern.sub(usual, line) for line in lines]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def comparable(text: str) -> str:
    """`text` without what differs from run to run."""
    for pattern, usual in CHANGING:
        text = pattern.sub(usual, text)
    return text


def perform(project: Project, directory: Path) -> list[tuple[Step, str]]:
    """Takes all steps of a project; returns what each command printed."""
    project.make(directory)
    printed = []
    for step in project.steps:
        if step.verb == "run":
            printed.append((step, project.run(step, directory)))
            continue
        if step.verb == "clock":
            project.put_clock_forward(int(step.what), directory)
            continue
        path = directory / step.what
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text("utf-8") + "\n\n" if step.verb == "append" else ""
        path.write_text(before + step.text, encoding="utf-8")
    return printed


def write_again(directory: Path) -> None:
    """Writes the output of every command into the pages."""
    with run_server() as server:
        every = projects()
        for project in every:
            if project.needs_server:
                project.use_server(server)
        found = [perform(project, directory / str(number)) for number, project in enumerate(every)]
    for page in PAGES:
        text = page.read_text("utf-8")
        printed = [one for project, one in zip(projects(), found, strict=True) if project.page == page]
        for step, output in sorted((one for steps in printed for one in steps), key=lambda one: -one[0].span[0]):
            start, end = step.span
            command = step.text[: len(step.text) - len(step.output)]
            text = text[:start] + command + output + text[end:]
        page.write_text(text, encoding="utf-8")
