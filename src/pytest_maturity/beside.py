"""The tools beside the tests: started when the session starts, joined at its end."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from . import git, terminal, xdist
from .model import ToolResult
from .plan import Plan
from .shards import Merge
from .toolbox import Cache, Toolbox, outside, processors


class Tools:
    """The tools that the gates of one session ask for, and git."""

    def __init__(self, config: pytest.Config, plan: Plan) -> None:
        kept = config.known_args_namespace.maturity_no_cache
        self._config, self._plan = config, plan
        self._toolbox = Toolbox(plan.root, Cache(None if kept else outside(plan.root, "tools")))
        self._told: Mapping[str, ToolResult] = {}
        self.close, self._give_up = self._toolbox.close, self._toolbox.give_up

    def start(self, merge: Merge | None) -> None:
        """Start them; not those of which the shards of a merge know the answer."""
        self._told = merge.tools(self._plan) if merge else {}
        commands = {key: one for key, one in self._plan.commands().items() if key not in self._told}
        self._toolbox.start({**git.COMMANDS, **commands}, processors() - xdist.busy(self._config))

    def join(self) -> dict[str, ToolResult]:
        """What all of them said. Raises KeyboardInterrupt."""
        return {**self._told, **self._toolbox.join(self._tell_waiting)}

    def give_up(self) -> dict[str, ToolResult]:
        """What those said that have finished."""
        return {**self._told, **self._give_up()}

    def _tell_waiting(self, names: list[str]) -> None:
        if self._config.get_verbosity() >= 0:
            terminal.say(self._config, f"maturity: waiting for {', '.join(names)}")
