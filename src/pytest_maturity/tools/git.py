"""Which commit is checked out, and whether the tree differs from it; asked beside the tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.evidence import Command, ToolResult

KEY = "git"
COMMANDS: Mapping[str, Command] = {
    KEY: Command(argv=("git", "status", "--porcelain=v2", "--branch"), documented=(0,), timeout=30.0)
}


def describe(result: ToolResult) -> dict[str, Any]:
    """`commit` and `dirty` of a Run; both None outside a git repository."""
    lines = result.stdout.splitlines()
    commit = next((line.removeprefix("# branch.oid ") for line in lines if line.startswith("# branch.oid ")), None)
    if result.problem or commit in (None, "(initial)"):
        return {"commit": None, "dirty": None}
    return {"commit": commit, "dirty": any(not line.startswith("#") for line in lines)}
