"""Hands pytest the components' test files, and knows which test belongs to whom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from .discovery import MARKED
from .imports import MARKER
from .model import Component, Gap
from .naming import identity
from .text import plural, safe

# Options that let a run leave out tests without anybody deselecting them.
SILENT_OPTIONS = {"lf": "--last-failed", "stepwise": "--stepwise", "stepwise_skip": "--stepwise-skip"}


class Selection:
    """Which test files belong to which component. `given` are the paths that the user asked for."""

    def __init__(self, config: pytest.Config, root: Path, components: Sequence[Component]) -> None:
        self._config = config
        self._root = root
        self._components = components
        self._owners: dict[str, frozenset[str]] = {}
        self._marked: dict[str, frozenset[str]] = {}
        for component in components:
            for claim in component.tests:
                key = claim.path.relative_to(root).as_posix()
                own = frozenset() if claim.rule == MARKED else frozenset({component.name})
                self._owners[key] = self._owners.get(key, frozenset()) | own
        arguments = [str(argument) for argument in config.invocation_params.args]
        by_user = config.args_source is pytest.Config.ArgsSource.ARGS
        self.given = [path for path in config.args if by_user and path in arguments]

    @property
    def paths(self) -> list[str]:
        """The components' test files, as pytest arguments."""
        return [str(self._config.rootpath / key) for key in self._owners]

    def apply(self) -> None:
        """Make pytest collect the components' test files and nothing else, unless the user gave paths."""
        if not self.given:
            self._config.args = self.paths
            self._config.args_source = pytest.Config.ArgsSource.ARGS

    def drop_ignored(self, session: pytest.Session) -> None:
        """Let the project's `collect_ignore` and the user's `--ignore` count, as they do for whole directories."""
        if not self.given:
            self._config.args = [path for path in self._config.args if not is_ignored(session, Path(path))]

    def mark(self, item: pytest.Item) -> None:
        """Remember the components that a test's own marker names."""
        marker = item.get_closest_marker(MARKER)
        if marker is not None:
            self._marked[item.nodeid] = self._names(marker.args)

    def _names(self, names: Sequence[object]) -> frozenset[str]:
        wanted = {identity(str(name)) for name in names}
        return frozenset(one.name for one in self._components if identity(one.name) in wanted)

    @property
    def marked(self) -> dict[str, list[str]]:
        """The tests that a marker gives to components, as plain data; see `absorb`."""
        return {nodeid: sorted(names) for nodeid, names in self._marked.items()}

    def absorb(self, marked: dict[str, list[str]]) -> None:
        """Add what a worker knows about markers."""
        self._marked.update({nodeid: frozenset(names) for nodeid, names in marked.items()})

    def owners(self, nodeid: str) -> frozenset[str]:
        """The names of the judged components that a test belongs to."""
        if nodeid in self._marked:
            return self._marked[nodeid]
        return self._owners.get(nodeid.partition("::")[0], frozenset())

    def unseen(self, seen: set[str]) -> list[str]:
        """Claimed test files that pytest did not collect."""
        return [path for path in self._owners if path not in seen]

    def gaps(self, component: Component, unseen: set[str]) -> list[Gap]:
        """What was left out of this component's tests before any test was collected."""
        own = [claim.path.relative_to(self._root).as_posix() for claim in component.tests]
        lost = [path for path in own if path in unseen]
        found = []
        if not own:
            found.append(Gap(kind="no-tests", words=f"no test file belongs to {component.name}"))
        if self.given:
            words = f"only what the command line names was run: {', '.join(safe(path, 120) for path in self.given[:3])}"
            found.append(Gap(kind="partial", words=words))
        for name, option in SILENT_OPTIONS.items():
            if getattr(self._config.option, name, False):
                found.append(Gap(kind="partial", words=f"{option} may leave tests out"))
        if lost and not self.given:
            words = f"{plural(len(lost), 'test file')} not collected (ignored?): {', '.join(lost[:3])}"
            found.append(Gap(kind="ignored", words=words))
        return found


def is_ignored(session: pytest.Session, path: Path) -> bool:
    """Would pytest pass over this path, or a directory above it, when it walks the project?"""
    root = session.config.rootpath
    between = [parent for parent in path.parents if root in parent.parents]
    return any(
        session.gethookproxy(one.parent).pytest_ignore_collect(collection_path=one, config=session.config)
        for one in (*reversed(between), path)
    )
