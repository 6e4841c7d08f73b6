"""Coverage that shards measured: the data of all of them, merged on one machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import coverage
from coverage.exceptions import CoverageException

from ..model.errors import ConfigError
from ..model.evidence import Component, Coverage
from ..model.text import safe
from .directory import change_directory
from .recorder import Recorder, ignore_warnings


class MergedRecorder(Recorder):
    """Measures nothing itself: it merges what the recorders of shards measured."""

    def __init__(
        self,
        root: Path,
        components: Sequence[Component],
        shards: Sequence[tuple[str, Mapping[str, Any], Mapping[str, str]]],
    ) -> None:
        """`shards` are the name, the coverage and the moved directories of each, see `merge`.

        Raises KeyError, TypeError and ValueError where the coverage is not that of a shard.
        """
        super().__init__(root, components)
        self._imported_before = set()
        self._settings = ""
        self._branch = False
        problem = find_branch_conflict([(name, bool(data["branch"])) for name, data, _ in shards])
        self._problems = {component.name: problem for component in components}
        for _, data, moved in shards:
            self.merge(data, moved)

    def merge(self, data: Mapping[str, Any], moved: Mapping[str, str] = MappingProxyType({})) -> None:
        """Adds the coverage of a shard."""
        super().merge(data, moved)
        self.measured_by = str(data["measured_by"])
        self._branch |= bool(data["branch"])
        self._settings = str(data["settings"])
        for name, problem in data["problems"].items():
            self._problems[name] = self._problems.get(name) or str(problem)

    def start(self) -> None:
        """Reads the project's coverage settings. Raises ConfigError where they are wrong."""
        try:
            with change_directory(self._root), ignore_warnings():
                self._coverage = coverage.Coverage(
                    data_file=None, config_file=self._settings or True, branch=self._branch or None, messages=False
                )
        except (CoverageException, ImportError, ValueError) as error:
            raise ConfigError(f"coverage.py cannot start with its configuration: {error}") from error

    def collect_data(self) -> list[coverage.CoverageData]:
        return self._received

    def compute_coverage(self, component: Component) -> Coverage:
        """Returns the component's coverage in all shards; unknown where it is unknown in one of them."""
        problem = self._problems[component.name]
        return self._make_unknown(problem) if problem else super().compute_coverage(component)


def find_branch_conflict(shards: Iterable[tuple[str, bool]]) -> str:
    """Returns what is wrong where some shards measured branches and others did not, else "".

    coverage.py cannot merge their data. `shards` are the name of each, and whether it measured branches.
    """
    names = {has_branches: safe(name, 120) for name, has_branches in shards}
    return f"{names[True]} measured branches, {names[False]} did not" if len(names) > 1 else ""
