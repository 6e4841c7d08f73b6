"""The shards of one run, judged together: which may be, and what keeps them from being one whole run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from ...model.errors import MaturityError
from ...model.evidence import Gap
from ...model.report import Run
from ...model.text import safe
from ..plan import Plan
from .inputs import BESIDE, IMPORTED, TooManyError, inputs, places_of
from .premises import Inputs, moved, otherwise
from .shards import Merge, Shard

SAME = {"python": "Python", "pytest": "pytest", "plugin": "pytest-maturity"}


def merge(config: pytest.Config, plan: Plan, run: Run) -> Merge | None:
    """What the shards observed that are to be judged, None where tests are to run. Raises MaturityError."""
    options = config.known_args_namespace
    paths = options.maturity_merge
    if not paths:
        return None
    if options.maturity_evidence:
        raise MaturityError("--maturity-evidence and --maturity-merge: a merge is judged, it is no shard")
    shards = read(config.invocation_params.dir / path for path in paths)
    refuse_strangers(shards, plan, run)
    found = MergedShards(shards, plan, config)
    found.instead_of_tests(config)
    return found


def read(paths: Iterable[Path]) -> list[Shard]:
    """The evidence that is to be merged. Raises MaturityError with all that is wrong with it."""
    found: list[Shard] = []
    problems: list[str] = []
    for path in paths:
        try:
            found.append(Shard.read(path))
        except MaturityError as error:
            problems += [f"--maturity-merge: {words}" for words in error.problems]
    if problems:
        raise MaturityError(problems)
    return found


def refuse_strangers(shards: Iterable[Shard], plan: Plan, run: Run) -> None:
    """Raise MaturityError with every shard that is of another policy, of other versions, or of another question."""
    problems = []
    names = tuple(component.name for component in plan.components)
    for shard in shards:
        versions = ((words, getattr(shard.run, key), getattr(run, key)) for key, words in SAME.items())
        differences = [
            f"{words} {safe(str(there), 60)}, here {here}" for words, there, here in versions if there != here
        ]
        if shard.run.policy_digest != run.policy_digest:
            differences.append("another policy, target or number of retries")
        if shard.components != names:
            differences.append(f"components {', '.join(map(safe, shard.components))}")
        problems += [f"--maturity-merge: {safe(shard.name)} was run with {one}" for one in differences]
    if problems:
        raise MaturityError(problems)


class MergedShards(Merge):
    """The shards, and what is there where they are judged."""

    def __init__(self, shards: Sequence[Shard], plan: Plan, config: pytest.Config) -> None:
        super().__init__(shards)
        self._plan, self._config = plan, config
        self._here: Inputs = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Look at the inputs before a test file is imported. Where that is too much, nothing is known of them."""
        known = {name for shard in self._as_here() for name in shard.inputs.get(IMPORTED, ())}
        places = {place for shard in self._as_here() for place in places_of(shard.inputs.get(BESIDE, ()))}
        with suppress(OSError, TooManyError):
            self._here = inputs(self._plan, self._config, known, places)

    def _as_here(self) -> list[Shard]:
        return [moved(shard, self._plan.root) for shard in self.shards]

    def gaps(self, run: Run) -> list[Gap]:
        """What keeps the shards from being one whole run of what is here, where `run` judges them."""
        return [*super().gaps(run), *self._of_other_commits(run), *self._changed()]

    def _of_other_commits(self, run: Run) -> Iterable[Gap]:
        for shard in self.shards:
            there, here = shard.run.commit, run.commit
            if there and here and there != here:
                words = f"{safe(shard.name, 120)} is of the commit {safe(there[:12])}, here is {safe(here[:12])}"
                yield Gap(cause="changed", message=words)

    def _changed(self) -> Iterable[Gap]:
        shards = self._as_here()
        for shard in shards:
            known = self._here and shard.inputs
            other = otherwise(shard, shards, self._here) if known else ["its files cannot be compared"]
            if other:
                yield Gap(cause="changed", message=f"{safe(shard.name, 120)} saw otherwise: {'; '.join(other)}")
