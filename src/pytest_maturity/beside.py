"""The tools beside the tests: started when the session starts, joined at its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from . import git, terminal, xdist
from .model import ToolResult
from .plan import Plan
from .publishing import Publisher
from .shards import Merge
from .toolbox import Cache, Toolbox, outside, processors


class Tools:
    """The tools that the gates of one session ask for, and git, which tells of the run what its commit is."""

    def __init__(self, config: pytest.Config, plan: Plan, publisher: Publisher, merge: Merge | None) -> None:
        """The shards of a merge may know what a tool would say."""
        kept = None if config.known_args_namespace.maturity_no_cache else outside(plan.root, "tools")
        self._config, self._plan, self._publisher = config, plan, publisher
        self._toolbox = Toolbox(plan.root, Cache(kept, merge.answers() if merge else {}))
        self.close = self._toolbox.close

    def start(self) -> None:
        """Start them."""
        self._toolbox.start({**git.COMMANDS, **self._plan.commands()}, processors() - xdist.busy(self._config))

    def join(self) -> dict[str, ToolResult]:
        """What all of them said. Raises KeyboardInterrupt."""
        return self._heard(self._toolbox.join(self._tell_waiting))

    def give_up(self) -> dict[str, ToolResult]:
        """What those said that have finished."""
        return self._heard(self._toolbox.give_up())

    def _heard(self, results: dict[str, ToolResult]) -> dict[str, ToolResult]:
        self._publisher.run = replace(self._publisher.run, **git.describe(results.pop(git.KEY)))
        return results

    def _tell_waiting(self, names: list[str]) -> None:
        if self._config.get_verbosity() >= 0:
            terminal.say(self._config, f"maturity: waiting for {', '.join(names)}")
