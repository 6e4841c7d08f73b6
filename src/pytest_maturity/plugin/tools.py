"""The tools beside the tests: started when the session starts, joined at its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ..model.evidence import ToolResult
from ..tools import git
from ..tools.cache import Cache, cache_directory
from ..tools.processes import count_processors
from ..tools.toolbox import Toolbox
from . import terminal, xdist
from .plan import Plan
from .report_files import Publisher
from .sharding.merge import Merge


class Tools:
    """The tools that the gates of one session ask for, and git, which tells of the run what its commit is."""

    def __init__(self, config: pytest.Config, plan: Plan, publisher: Publisher, merge: Merge | None) -> None:
        """The shards of a merge may know what a tool would say."""
        kept = None if config.known_args_namespace.maturity_no_cache else cache_directory(plan.root, "tools")
        self._config, self._plan, self._publisher = config, plan, publisher
        self._toolbox = Toolbox(plan.root, Cache(kept, merge.tool_results() if merge else {}))
        self.close = self._toolbox.close

    def start(self) -> None:
        """Start them."""
        self._toolbox.start({**git.COMMANDS, **self._plan.commands()}, count_processors() - xdist.busy(self._config))

    def join(self) -> dict[str, ToolResult]:
        """What all of them said. Raises KeyboardInterrupt."""
        return self._heard(self._toolbox.join(self._tell_waiting))

    def give_up(self) -> dict[str, ToolResult]:
        """What those said that have finished."""
        return self._heard(self._toolbox.cancel())

    def _heard(self, results: dict[str, ToolResult]) -> dict[str, ToolResult]:
        self._publisher.run = replace(self._publisher.run, **git.read_status(results.pop(git.KEY)))
        return results

    def _tell_waiting(self, names: list[str]) -> None:
        if self._config.get_verbosity() >= 0:
            terminal.say(self._config, f"maturity: waiting for {', '.join(names)}")
