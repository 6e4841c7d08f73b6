"""`--maturity-fix`: applies the linter's safe fixes before anything is measured."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..model.ci import is_ci
from ..model.digests import file_digest
from ..model.errors import MaturityError
from ..model.evidence import Component
from ..model.paths import path_from_root
from ..model.text import first_few, plural, safe
from ..tools import ruff
from ..tools.processes import NO_USER_SETTINGS, ProgramResult, find_program, isolate_environment, run_program
from ..tools.settings import group_by_directory

# --no-unsafe-fixes: a project may have set them to true. --exit-zero: the rest is measured afterwards.
FIX = ("check", "--fix", "--no-unsafe-fixes", "--exit-zero", "--output-format=concise", "--force-exclude")
LIST_FILES = ("check", "--show-files", "--force-exclude")
# ruff's messages about one file that it cannot change. Anything else makes it print `ruff failed`.
UNREADABLE = re.compile(r"^error: Failed to \w+ (.+)$", re.MULTILINE)
UNWRITABLE = re.compile(r"^(.+: E902 .+)$", re.MULTILINE)
TIMEOUT = 600.0  # seconds
FILES_PER_CALL = 200  # the length of a command line is limited


def fix(root: Path, components: Sequence[Component]) -> list[str]:
    """Applies ruff's safe fixes to the components' files; returns notes on what changed and what could not be changed.

    The files are those that the lint gate judges, without links that lead out of the component. The changed files are
    printed at once as well, whatever becomes of the run. Raises MaturityError where CI is set, where ruff is missing,
    and where ruff fails altogether.
    """
    if is_ci():
        raise MaturityError("--maturity-fix: changes files, and CI is set: fix and commit where you can review it")
    files = list(dict.fromkeys(path for component in components for path in component.files))
    outside = {path for component in components for path in component.files if leads_out(path, component)}
    before = {path: file_digest(path) for path in files}
    failed: dict[str, None] = {}
    try:
        linted = list_linted_files(root, components)
        fixable = {str(path) for path in files if str(path) in linted and path not in outside}
        for group in group_by_directory(components, root, ruff.has_settings).values():
            options = ruff.find_default_options(group, root)
            paths = dict.fromkeys(str(path) for component in group for path in component.files)
            failed |= dict.fromkeys(apply_fixes([path for path in paths if path in fixable], root, options))
    finally:
        changed = [path_from_root(path, root) for path in files if before[path] != file_digest(path)]
        print_changed(changed)
    result = f"ruff changed {plural(len(changed), 'file')}: {', '.join(changed)}" if changed else "nothing to change"
    skipped = [f"{path_from_root(path, root)}: a link out of the component" for path in sorted(outside)] + list(failed)
    return [f"--maturity-fix: {result}"] + [f"--maturity-fix: not changed: {first_few(skipped)}"] * bool(skipped)


def leads_out(path: Path, component: Component) -> bool:
    """Whether a file of the component is a link to a file elsewhere."""
    return path.is_symlink() and not any(path.resolve().is_relative_to(source) for source in component.sources)


def list_linted_files(root: Path, components: Sequence[Component]) -> set[str]:
    """Returns the files that ruff checks where it gets the sources as the lint gate passes them."""
    sources = [str(source) for component in components for source in component.sources]
    result = require_success(run_ruff((*LIST_FILES, *sources), root))
    return set(result.stdout.decode("utf-8", "replace").splitlines())


def apply_fixes(paths: Sequence[str], root: Path, options: Sequence[str]) -> Iterator[str]:
    """Lets ruff change the files by the rules of the lint gate; yields ruff's message on each that it cannot change."""
    for start in range(0, len(paths), FILES_PER_CALL):
        result = run_ruff((*FIX, *options, *paths[start : start + FILES_PER_CALL]), root)
        output = result.stdout.decode("utf-8", "replace")
        failed = [*UNREADABLE.findall(result.stderr), *UNWRITABLE.findall(output)]
        if not failed:
            require_success(result)
        yield from (message.replace(f"{root}/", "") for message in failed)


def run_ruff(arguments: Sequence[str], root: Path) -> ProgramResult:
    """Runs ruff as the lint gate does: only the project steers it."""
    environment = {**isolate_environment(root)[0], **dict(NO_USER_SETTINGS)}
    return run_program((find_program("ruff"), *arguments), root, timeout=TIMEOUT, environment=environment)


def require_success(result: ProgramResult) -> ProgramResult:
    """Returns the result. Raises MaturityError where ruff did not work at all."""
    if result.problem:
        install = ": pip install ruff" if "is not installed" in result.problem else ""
        raise MaturityError(f"--maturity-fix: {result.problem}{install}")
    return result


def print_changed(changed: Sequence[str]) -> None:
    """Prints every file that changed, at every verbosity: perhaps no report will name it."""
    if changed:
        print(f"--maturity-fix: ruff changed {plural(len(changed), 'file')}:", file=sys.stderr)
        for path in changed:
            print(f"  {safe(path)}", file=sys.stderr, flush=True)
