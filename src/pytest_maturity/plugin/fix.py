"""`--maturity-fix`: the linter's safe fixes and its formatter, before anything is measured."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..model.digests import file_digest
from ..model.errors import MaturityError
from ..model.evidence import Component
from ..model.paths import path_from_root
from ..model.text import first_few, plural, safe
from ..tools.processes import ProgramResult, find_program, run_program
from .supervisor import is_ci

# --no-unsafe-fixes: a project may have set them to true. --exit-zero: what is left is measured afterwards.
FIX = ("check", "--fix", "--no-unsafe-fixes", "--exit-zero", "--output-format=concise", "--force-exclude")
FORMAT = ("format", "--force-exclude")
LOOK = ("check", "--show-files", "--force-exclude")
OTHER_FORMATTER = re.compile(r"^\[tool\.(black|yapf|autopep8)\b", re.MULTILINE)
# How ruff tells of one file that it can do nothing with; of anything else it says `ruff failed`.
UNREADABLE = re.compile(r"^error: Failed to \w+ (.+)$", re.MULTILINE)
UNWRITABLE = re.compile(r"^(.+: E902 .+)$", re.MULTILINE)
TIME = 600.0  # seconds
AT_ONCE = 200  # files: a command line has an end


def fix(root: Path, components: Sequence[Component]) -> list[str]:
    """Let ruff fix and format the components' files; returns in words what changed, and what it could not change.

    They are the files that the lint gate judges, without those that are links out of the component. Where the
    project configures another formatter, ruff does not format. What changed is said at once as well, whatever comes
    of the run. Raises MaturityError where CI is set, where ruff is missing, and where it cannot work at all.
    """
    if is_ci():
        raise MaturityError("--maturity-fix: changes files, and CI is set: fix where you can look at it, and commit it")
    own = list(dict.fromkeys(path for component in components for path in component.files))
    strangers = {path for component in components for path in component.files if leads_out(path, component)}
    before = {path: file_digest(path) for path in own}
    failed: dict[str, None] = {}
    try:
        seen = looked_at(root, components)
        mended = [str(path) for path in own if str(path) in seen and path not in strangers]
        for options in orders(root):
            failed |= dict.fromkeys(work(options, mended, root))
    finally:
        changed = [path_from_root(path, root) for path in own if before[path] != file_digest(path)]
        tell(changed)
    what = f"ruff changed {plural(len(changed), 'file')}: {', '.join(changed)}" if changed else "nothing to change"
    left = [f"{path_from_root(path, root)}: a link out of the component" for path in sorted(strangers)] + list(failed)
    return [f"--maturity-fix: {what}"] + [f"--maturity-fix: left alone: {first_few(left)}"] * bool(left)


def leads_out(path: Path, component: Component) -> bool:
    """Is a file of the component a link to somewhere else?"""
    return path.is_symlink() and not any(path.resolve().is_relative_to(source) for source in component.sources)


def orders(root: Path) -> Iterator[tuple[str, ...]]:
    """What ruff is asked to do."""
    yield FIX
    settings = root / "pyproject.toml"
    if not (settings.is_file() and OTHER_FORMATTER.search(settings.read_text("utf-8", "replace"))):
        yield FORMAT


def looked_at(root: Path, components: Sequence[Component]) -> set[str]:
    """The files that ruff looks at where it is given the sources, as the lint gate gives them."""
    sources = [str(source) for component in components for source in component.sources]
    answer = demand(run_program((find_program("ruff"), *LOOK, *sources), root, timeout=TIME))
    return set(answer.stdout.decode("utf-8", "replace").splitlines())


def work(options: tuple[str, ...], paths: Sequence[str], root: Path) -> Iterator[str]:
    """Let ruff change files; returns those that it could do nothing with, in its own words."""
    for start in range(0, len(paths), AT_ONCE):
        answer = run_program((find_program("ruff"), *options, *paths[start : start + AT_ONCE]), root, timeout=TIME)
        output = answer.stdout.decode("utf-8", "replace")
        failed = [*UNREADABLE.findall(answer.stderr), *UNWRITABLE.findall(output)]
        if not failed:
            demand(answer)
        yield from (words.replace(f"{root}/", "") for words in failed)


def demand(answer: ProgramResult) -> ProgramResult:
    """The answer. Raises MaturityError where ruff did not work at all."""
    if answer.problem:
        remedy = ": pip install ruff" if "is not installed" in answer.problem else ""
        raise MaturityError(f"--maturity-fix: {answer.problem}{remedy}")
    return answer


def tell(changed: Sequence[str]) -> None:
    """Name every file that changed, now and under every verbosity: there may be no report to name it."""
    if changed:
        print(f"--maturity-fix: ruff changed {plural(len(changed), 'file')}:", file=sys.stderr)
        for path in changed:
            print(f"  {safe(path)}", file=sys.stderr, flush=True)
