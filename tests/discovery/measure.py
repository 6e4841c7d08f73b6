"""Measures which test files the plugin finds for the components of projects from PyPI, against labels.

    python tests/discovery/measure.py [--project NAME] [--work DIR] [--floor F1]

Labels are the files that a reader of the project expects (labels.toml). Prints precision, recall and F1 of each
project and of all of them, and every file that was missed or wrongly found. Exit codes: 0: F1 of all projects is at
least the floor; 1: it is lower; 2: a project could not be measured.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a script

from tests.real.catalog import read
from tests.real.packages import REMOVED_VARIABLES, BrokenError, default_directory, fetch, unpack

LABELS = Path(__file__).parent / "labels.toml"
FLOOR = 0.97
# The projects' dependencies are not installed: their conftests and the plugins that they configure cannot be imported.
PYTEST = ("-m", "pytest", "-p", "pytest_maturity.plugin", "--noconftest", "-o", "addopts=", "-o", "filterwarnings=")
HEADING = re.compile(r"=+ maturity: (\S+) =+")  # of a component, in the output of --maturity-explain


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A pinned sdist, and the patterns of the test files of each of its components."""

    name: str
    version: str
    sha256: str
    tests: Mapping[str, Sequence[str]]

    @property
    def pin(self) -> str:
        return f"{self.name}=={self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The numbers of test files that were found, missed and wrongly found."""

    components: int = 1
    found: int = 0
    missed: int = 0
    wrong: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(
            components=self.components + other.components,
            found=self.found + other.found,
            missed=self.missed + other.missed,
            wrong=self.wrong + other.wrong,
        )

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.found / (2 * self.found + self.missed + self.wrong) if self.found else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns the exit code."""
    options = parse(arguments)
    projects = [Project(**table) for table in read(LABELS)["project"]]
    chosen = [project for project in projects if not options.project or project.name in options.project]
    scores: dict[str, Score] = {}
    for project in chosen:
        try:
            scores[project.name] = measure(project, options.work.resolve())
        except BrokenError as error:
            print(f"cannot measure {project.name}: {error}", file=sys.stderr)
            return 2
    total = sum(scores.values(), Score(components=0))
    print("\n".join(table({**scores, "all": total})))
    return int(total.f1 < options.floor)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Returns the options; `work` is a path, `project` a list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", action="append", default=[], metavar="NAME", help="only this one (repeatable)")
    parser.add_argument("--work", type=Path, default=default_directory(), metavar="DIR", help="keeps all files")
    parser.add_argument("--floor", type=float, default=FLOOR, metavar="F1", help="the lowest F1 that is accepted")
    return parser.parse_args(arguments)


def measure(project: Project, work: Path) -> Score:
    """Returns the score of a project; prints what was missed or wrongly found. Raises BrokenError."""
    for part in ("sdists", "trees"):
        (work / part).mkdir(parents=True, exist_ok=True)
    tree = unpack(project, fetch(project, work / "sdists"), work / "trees")
    found = find_tests(tuple(project.tests), tree)
    total = Score(components=0)
    for component, patterns in project.tests.items():
        expected, own = set(expand(patterns, tree)), found.get(component, set())
        for word, paths in (("missed", expected - own), ("wrong", own - expected)):
            for path in sorted(paths):
                print(f"{project.name} {component}: {word} {path}")
        total += Score(found=len(own & expected), missed=len(expected - own), wrong=len(own - expected))
    return total


def expand(patterns: Iterable[str], tree: Path) -> Iterator[str]:
    """Yields the paths of labelled files from the tree. Raises BrokenError for a pattern without a file."""
    for pattern in patterns:
        paths = sorted(tree.glob(pattern))
        if not paths:
            raise BrokenError(f"there is no {pattern} in {tree}")
        yield from (path.relative_to(tree).as_posix() for path in paths)


def find_tests(components: Sequence[str], tree: Path) -> dict[str, set[str]]:
    """Returns the paths of the test files that the plugin finds for each component; none where it refuses the name."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(REMOVED_VARIABLES)}
    options = [f"--maturity-component={component}" for component in components]
    done = subprocess.run(
        [sys.executable, *PYTEST, *options, "--maturity-explain"],
        cwd=tree, env={**variables, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    if done.returncode and len(components) > 1:  # one of them is refused
        return {name: tests for component in components for name, tests in find_tests([component], tree).items()}
    if done.returncode:
        print(f"{components[0]}: {(done.stderr or done.stdout).strip()}")
    tests: dict[str, set[str]] = {}
    component, is_in_tests = "", False
    for line in done.stdout.splitlines():
        if heading := HEADING.fullmatch(line):
            component = heading[1]
        elif not line.startswith("    "):
            is_in_tests = line.startswith("  tests:")
        elif is_in_tests:
            tests.setdefault(component, set()).add(line.strip().partition("  (")[0])
    return tests


def table(scores: Mapping[str, Score]) -> Iterator[str]:
    """Yields the rows of a table in Markdown."""
    yield "| project | components | found | missed | wrong | F1 |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name, score in scores.items():
        yield f"| {name} | {score.components} | {score.found} | {score.missed} | {score.wrong} | {score.f1:.3f} |"


if __name__ == "__main__":
    sys.exit(main())
