"""Nothing is measured here: what other processes measured is put together."""

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
from .recorder import Recorder, quiet, working_directory


class MergedRecorder(Recorder):
    """What shards exported (`Recorder.to_dict`), each with its name and what became of the paths of its machine."""

    def __init__(
        self,
        root: Path,
        components: Sequence[Component],
        exported: Sequence[tuple[str, Mapping[str, Any], Mapping[str, str]]],
    ) -> None:
        """`exported`: the shards by name. Raises KeyError, TypeError and ValueError for anything else."""
        super().__init__(root, components)
        self._imported_before = set()
        self._settings = ""
        problem = unlike([(name, bool(one["branch"])) for name, one, _ in exported])
        self._branch, self._problems = False, {one.name: problem for one in components}
        for _, one, moved in exported:
            self.merge(one, moved)

    def merge(self, data: Mapping[str, Any], moved: Mapping[str, str] = MappingProxyType({})) -> None:
        """Adds the coverage of a shard."""
        super().merge(data, moved)
        self.measured_by = str(data["measured_by"])
        self._branch |= bool(data["branch"])
        self._settings = str(data["settings"])
        for name, problem in data["problems"].items():
            self._problems[name] = self._problems.get(name) or str(problem)

    def start(self) -> None:
        """Have the project's settings at hand. Raises ConfigError where they are wrong."""
        try:
            with working_directory(self._root), quiet():
                self._coverage = coverage.Coverage(
                    data_file=None, config_file=self._settings or True, branch=self._branch or None, messages=False
                )
        except (CoverageException, ImportError, ValueError) as error:
            raise ConfigError(f"coverage.py cannot start with its configuration: {error}") from error

    def data(self) -> list[coverage.CoverageData]:
        return self._others

    def measure(self, component: Component) -> Coverage:
        """The component's coverage in all shards; unknown where one of them could not tell."""
        problem = self._problems[component.name]
        return self._failed(problem) if problem else super().measure(component)


def unlike(branch: Iterable[tuple[str, bool]]) -> str:
    """What is wrong where not all shards measured branches, or none: coverage.py cannot put those together."""
    some = {measured: safe(name, 120) for name, measured in branch}
    return f"{some[True]} measured branches, {some[False]} did not" if len(some) > 1 else ""
