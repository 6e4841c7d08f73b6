"""What the tests of a shard rested on: the inputs of its run as they were when it began, to be compared elsewhere.

What the tests imported is known at the end only. Tests may write beside themselves: what a run leaves otherwise than
it found it is told apart, so that nobody takes it for a change that somebody made between two shards.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ...model.evidence import Gap
from ...model.text import first_few, plural
from ..plan import Plan
from .inputs import (
    BESIDE,
    DISTRIBUTIONS,
    IMPORTED,
    LOCKED,
    NEXT_TO,
    PLATFORM,
    RUN,
    SHARED,
    THERE,
    TooManyError,
    imported,
    inputs,
    is_touched,
    listed,
    places_of,
)
from .shards import Shard

Inputs = Mapping[str, Mapping[str, str]]  # by kind, by name, see inputs.py
MAY_CHANGE = (NEXT_TO, SHARED, LOCKED, BESIDE)  # where tests may write
FIXED = ("sources", "tests", "conftests", "configuration")
COMPARED = (DISTRIBUTIONS, PLATFORM)  # of the run: shards are called otherwise than what merges them


@dataclass(frozen=True, slots=True)
class Told:
    """`inputs` at the beginning, what was `left` otherwise at the end, and `gaps`: changes that no test may make."""

    inputs: Inputs = field(default_factory=dict)
    left: Inputs = field(default_factory=dict)
    gaps: Sequence[Gap] = ()


class Premises:
    """Looks when a shard begins, and once more when it ends."""

    def __init__(self, plan: Plan, config: pytest.Config, began: float) -> None:
        """`began` is when the run did, in seconds of the epoch."""
        self._plan, self._config, self._began = plan, config, began
        self._before: Inputs = {}

    def look(self) -> None:
        """Before the tests. Where that is too much, nothing is known, and the merge says so."""
        with suppress(OSError, TooManyError):
            self._before = inputs(self._plan, self._config)

    def tell(self, names: Iterable[str]) -> Told:
        """After the tests, which imported `names` besides what this process did."""
        known = {*imported(self._plan.root), *names}
        try:
            after = inputs(self._plan, self._config, known, places_of(self._before.get(BESIDE, ())))
        except (OSError, TooManyError):
            return Told()
        return self._compared(after, known) if self._before else Told()

    def _compared(self, after: Inputs, known: set[str]) -> Told:
        """What there is now beside what there was, where the tests imported `known`."""
        then = files(self._before)
        late = {name: digest for name, digest in after[IMPORTED].items() if name not in then}
        written = set(filter(self._is_written, late))
        changed = self._changed(after, known) | {name for name in written if not self._is_new(name)}
        words = f"{plural(len(changed), 'file')} changed during the run: {first_few(sorted(changed))}"
        gaps = [Gap(cause="changed", message=words)] if changed else []
        return self._told(after, {name: late[name] for name in late.keys() - written}, gaps)

    def _changed(self, after: Inputs, known: set[str]) -> set[str]:
        """The files that are not as they were, without those where tests may write."""
        then, now = files(self._before), files(after)
        free = {name for kind in MAY_CHANGE for name in self._before[kind]} - known
        new = {name for kind in FIXED for name in after[kind] if name not in then}
        return new | {name for name in then if name not in free and now.get(name) != then[name]}

    def _told(self, after: Inputs, late: Mapping[str, str], gaps: Sequence[Gap]) -> Told:
        """What there was, with the modules that became known `late`; and what the tests left otherwise."""
        before, beside = self._before, self._beside(late)
        made = {name: THERE for name in beside if not name.endswith("/") and self._is_written(name)}
        left = {kind: unlike(before[kind], after[kind]) for kind in MAY_CHANGE}
        left[BESIDE].update(made)
        found = {**before, IMPORTED: late, BESIDE: {**before[BESIDE], **dict.fromkeys(beside - made.keys(), THERE)}}
        return Told(found, left, gaps)

    def _is_written(self, name: str) -> bool:
        """Was a file written since the run began?"""
        path = self._plan.root / name
        return path.is_file() and is_touched(path, self._began)

    def _beside(self, late: Iterable[str]) -> Set[str]:
        """What could be imported from the directories of modules that were not known when the run began."""
        relative = self._plan.context.relative
        places = {relative((self._plan.root / name).parent) for name in late}
        return listed(self._plan.root, places.difference(places_of(self._before[BESIDE]))).keys()

    def _is_new(self, name: str) -> bool:
        """Was a module not there when the run began, so that a test has made it?"""
        path, relative = self._plan.root / name, self._plan.context.relative
        for parent, child in zip(path.parents, (path, *path.parents), strict=False):
            if f"{relative(parent)}/" in self._before[BESIDE]:
                return f"{relative(parent)}/{child.name}" not in self._before[BESIDE]
        return not path.is_relative_to(self._plan.root) and path.is_relative_to(os.path.realpath(tempfile.gettempdir()))


def files(found: Inputs) -> dict[str, str]:
    """The digests of all files, of whatever kind."""
    return {
        name: digest for kind, digests in found.items() if kind not in (BESIDE, RUN) for name, digest in digests.items()
    }


def unlike(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """What is not as it was before; empty where it is gone."""
    return {name: after.get(name, "") for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def otherwise(shard: Shard, shards: Sequence[Shard], here: Inputs) -> list[str]:
    """What a shard saw otherwise than it is `here`, in words, by kind.

    What one of the shards has left so is no change, if those that did not meet it began with the same.
    """
    seen = as_seen(here, shard.inputs)
    found = []
    for kind, there in comparable(shard.inputs).items():
        other = [name for name in unlike(there, seen[kind]) if not is_explained(kind, name, shard, shards, seen[kind])]
        if other:
            found.append(f"{kind}: {first_few(sorted(other))}")
    return found


def comparable(found: Inputs) -> Inputs:
    """Without how pytest was called: shards are called otherwise than what merges them."""
    return {**found, RUN: {name: digest for name, digest in found[RUN].items() if name in COMPARED}}


def as_seen(here: Inputs, there: Inputs) -> Inputs:
    """What a shard would see here: of modules and of what lies beside them, what it looked at."""
    now, places = files(here), set(places_of(there[BESIDE]))
    modules = {name: now[name] for name in there[IMPORTED] if now.get(name)}
    beside = {name: THERE for name in here[BESIDE] if name.rpartition("/")[0] in places}
    return comparable({**here, IMPORTED: modules, BESIDE: beside})


def is_explained(kind: str, name: str, shard: Shard, shards: Sequence[Shard], seen: Mapping[str, str]) -> bool:
    """Is it a shard that made the difference?"""
    left = {one.left.get(kind, {}).get(name) for one in shards}
    began = shard.inputs[kind].get(name, "")
    if began in left:
        return True
    known = (one.inputs[kind] for one in shards if kind != BESIDE or f"{name.rpartition('/')[0]}/" in one.inputs[kind])
    return seen.get(name, "") in left and {one.get(name, "") for one in known} <= {began, *left}


def moved(shard: Shard, root: Path) -> Shard:
    """The shard with the names that files outside of the project have here, where its directory has another name."""
    if shard.root == str(root):
        return shard
    inputs = {
        kind: {renamed(name, shard.root, root): one for name, one in found.items()}
        for kind, found in shard.inputs.items()
    }
    return replace(shard, inputs=inputs)


def renamed(name: str, before: str, root: Path) -> str:
    """An absolute path's name here: as far from the project as it was, or where it was."""
    if not Path(name).is_absolute():
        return name
    with suppress(ValueError):  # on another drive
        here = os.path.normpath(root / os.path.relpath(name, before))
        if Path(here).exists():
            return f"{here}/" if name.endswith("/") else here
    return name
