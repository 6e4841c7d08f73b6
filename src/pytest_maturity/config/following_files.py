"""Files about what was judged, as baselines and waivers: a change to them alone outdates no run and no report."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from ..model.names import PLACEHOLDER
from .baseline import DIRECTORY
from .files import WAIVERS_NAMES

APPROVALS = "maturity-approvals"  # the directory of approval files, from the root
DECISIONS = "maturity-decisions.jsonl"  # the copy of the audit log in the repository, from the root


def follows_from_run(path: str, stage_file: str) -> bool:
    """Whether a path from the root is that of a baseline, a waiver, an approval, a stage file or the decisions file.

    Whether a report's waivers and approvals still count is asked where it is read, not whether their files changed.
    `stage_file` is the pattern of the stage files, empty without any. A file that is judged does not follow from a run,
    whatever its path: the caller knows which those are.
    """
    pure = PurePosixPath(path)
    if pure.parent in (PurePosixPath(DIRECTORY), PurePosixPath(APPROVALS)) and pure.suffix == ".json":
        return True
    if path in (DECISIONS, *WAIVERS_NAMES):
        return True
    pattern = "[^/]+".join(map(re.escape, stage_file.split(PLACEHOLDER)))
    return bool(stage_file) and re.fullmatch(pattern, path) is not None
