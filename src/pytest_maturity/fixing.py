"""`--maturity-fix`: the linter's safe fixes and its formatter, before anything is measured."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from .digests import content
from .errors import MaturityError
from .ledger import some
from .model import Component
from .supervisor import in_ci
from .text import plural
from .toolbox import ask, find

# --no-unsafe-fixes: a project may have set them to true. --exit-zero: what is left is measured afterwards.
FIX = ("check", "--fix", "--no-unsafe-fixes", "--exit-zero", "--quiet", "--force-exclude")
FORMAT = ("format", "--quiet", "--force-exclude")
OTHER_FORMATTER = re.compile(r"^\[tool\.(black|yapf|autopep8)\b", re.MULTILINE)
TIME = 600.0  # seconds


def fix(root: Path, components: Sequence[Component]) -> str:
    """Let ruff fix and format the sources; returns in words what changed.

    Where the project configures another formatter, ruff does not format. Raises MaturityError
    where CI is set, where ruff is missing, and where it fails.
    """
    if in_ci():
        raise MaturityError("--maturity-fix: changes files, and CI is set: fix where you can look at it, and commit it")
    paths = [str(source) for component in components for source in component.sources]
    before = contents(components)
    settings = root / "pyproject.toml"
    other = settings.is_file() and OTHER_FORMATTER.search(settings.read_text("utf-8", "replace"))
    for options in (FIX,) if other else (FIX, FORMAT):
        answer = ask((find("ruff"), *options, *paths), root, timeout=TIME)
        if answer.problem:
            remedy = ": pip install ruff" if "is not installed" in answer.problem else ""
            raise MaturityError(f"--maturity-fix: {answer.problem}{remedy}")
    after = contents(components)
    changed = [os.path.relpath(path, root) for path in before if before[path] != after[path]]
    what = f"ruff changed {plural(len(changed), 'file')}: {some(changed)}" if changed else "nothing to change"
    return f"--maturity-fix: {what}"


def contents(components: Iterable[Component]) -> dict[Path, str]:
    """What is in each file of the components, as a digest."""
    return {path: content(path) for component in components for path in component.files}
