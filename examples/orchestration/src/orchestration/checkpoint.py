"""What a run has finished, on disk, so that the next one need not do it again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .plan import Plan
from .result import RunResult

VERSION = 1


class CheckpointError(Exception):
    """The file is no checkpoint, or it cannot be written; the message says which file and why."""


class Checkpoint:
    """A JSON file with the values of the steps that succeeded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, result: RunResult) -> None:
        """Replace the file by the values of `result`, all or nothing."""
        content = {"version": VERSION, "values": result.values}
        beside = self.path.with_name(self.path.name + ".new")
        try:
            beside.write_text(json.dumps(content, indent=2, sort_keys=True), encoding="utf-8")
            os.replace(beside, self.path)
        except (OSError, TypeError, ValueError) as error:
            beside.unlink(missing_ok=True)
            raise CheckpointError(f"{self.path} cannot be written: {error}") from error

    def load(self, plan: Plan) -> dict[str, Any]:
        """The values of finished steps of `plan`: none without a file.

        A step that is no longer in the plan is forgotten. So is one that waits for a
        step that must run again, because its value may depend on it.
        """
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise CheckpointError(f"{self.path} cannot be read: {error}") from error
        if not isinstance(content, dict) or not isinstance(content.get("values"), dict):
            raise CheckpointError(f"{self.path} is no checkpoint")
        if content.get("version") != VERSION:
            raise CheckpointError(
                f"{self.path} has version {content.get('version')!r}, expected {VERSION}"
            )
        values: dict[str, Any] = {}
        for step in plan:
            if step.name in content["values"] and all(name in values for name in step.after):
                values[step.name] = content["values"][step.name]
        return values

    def clear(self) -> None:
        """Forget everything, so that the next run starts at the beginning."""
        self.path.unlink(missing_ok=True)
