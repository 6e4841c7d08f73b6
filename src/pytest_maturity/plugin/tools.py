"""Runs the tools of the gates beside the tests."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ..model.evidence import ToolResult
from ..tools.cache import Cache, choose_cache_directory
from ..tools.processes import count_processors
from ..tools.toolbox import Toolbox
from . import terminal, xdist
from .plan import Plan


class Tools:
    """The tools that the gates of one session need."""

    def __init__(self, config: pytest.Config, plan: Plan, known_results: Mapping[str, ToolResult]) -> None:
        """`known_results`: results that shards bring along, by the cache key of each."""
        has_cache = not config.known_args_namespace.maturity_no_cache
        results, own_caches = (
            choose_cache_directory(plan.root, name) if has_cache else None for name in ("tools", "mypy")
        )
        self._config, self._plan = config, plan
        self._toolbox = Toolbox(plan.root, Cache(results, dict(known_results)), own_caches)
        self.close = self._toolbox.close

    def start(self) -> None:
        """Starts the tools on the processors that the tests leave free; after tests of which the speed is judged."""
        free = count_processors() - xdist.count_workers(self._config)
        are_timed = "performance" in self._plan.list_required_gates()
        self._toolbox.start(self._plan.list_commands(), 0 if are_timed else max(1, free))

    def join(self) -> dict[str, ToolResult]:
        """Waits for all tools; returns their results. Raises KeyboardInterrupt."""
        with terminal.WaitingLine(self._config) as line:
            return self._toolbox.join(line.show)

    def cancel(self) -> dict[str, ToolResult]:
        """Returns a result for every tool, with a problem for the unfinished ones, and kills those."""
        return self._toolbox.cancel()
