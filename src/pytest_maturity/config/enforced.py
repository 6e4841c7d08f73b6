"""Which policy is enforced: the working tree's, or that of a git ref with the working tree's compared to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from .. import gates
from ..model.errors import ConfigError, MaturityError
from ..model.gates import Gate
from ..model.report import Enforced
from ..model.text import safe
from . import comparison, git_ref, requirements, settings
from .comparison import Asked
from .git_ref import Snapshot
from .settings import DEFAULT, Config

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The policy that is `enforced`. Where it is that of a git ref, `snapshot` is what git said of the ref.

    `tree` is then the working tree's policy, which is checked and compared; None also in a worker.
    `named` is the policy file that the user named.
    """

    enforced: Config
    tree: Config | None = None
    snapshot: Snapshot | None = None
    named: Path | None = None

    @property
    def by(self) -> str:
        """What to add to a complaint that follows from the policy of a ref: the working tree may say otherwise."""
        return f" (by the policy of {self.snapshot.ref})" if self.snapshot else ""

    @property
    def elsewhere(self) -> Config | None:
        """The working tree's policy, where it seeks code and tests in other places than the one that is enforced."""
        return self.tree if self.tree and any(comparison.places(self.enforced, self.tree)) else None

    def of_tree(self, known: Mapping[str, Gate], names: Sequence[str]) -> Asked | None:
        """What the working tree's policy asks of components; `known` are the gates of the run, the ref's included.

        Raises ConfigError with all that makes no sense.
        """
        if self.tree is None:
            return None
        commands = {gate.name for gate in gates.configured(self.enforced.gates)}
        own = {gate.name: gate for gate in gates.configured(self.tree.gates)}
        others = {name: gate for name, gate in known.items() if name not in commands}
        twice = [f"{self.tree.source}.gates: the gate {name!r} is defined twice" for name in own if name in others]
        if twice:
            raise ConfigError(twice)
        known = {**others, **own}
        return Asked(config=self.tree, gates=known, requirements=requirements.requirements(self.tree, known, names))

    def report(self, digest: str, changes: Sequence[str]) -> Enforced:
        """What the report says of it."""
        ref, commit = (self.snapshot.ref, self.snapshot.commit) if self.snapshot else (None, None)
        return Enforced(digest=digest, ref=ref, commit=commit, loosened=tuple(changes))

    def notes(self, addopts: Iterable[str]) -> list[str]:
        """What is not as one might think when a ref is named; `addopts` are those of the working tree."""
        if self.snapshot is None:
            return []
        ref, found = self.snapshot.ref, self.enforced.source
        what = "the defaults are enforced" if found == DEFAULT else f"{found} is enforced"
        lacks = self.named is not None and not self.snapshot.has(self.named)
        missing = self.snapshot.name(self.named) if lacks and self.named else ""
        notes = [f"there is no {safe(missing)}: {what}"] if missing else []
        if not missing and found == DEFAULT:
            notes = [f"{ref} has no policy: {what}"]
        ours = [safe(one, 200) for one in addopts if one.startswith("--maturity-")]
        return notes + [f"{one} comes from the working tree's addopts, not from {ref}" for one in ours]


def read(root: Path, named: Path | None, ref: str | None, handed_over: Mapping[str, Any] | None) -> Policies:
    """The policies of the project at `root`, or of the file that the user `named`.

    With `ref` that of this git ref is enforced; a worker gets what the controller read of it, `handed_over`.
    Raises ConfigError with every mistake in either.
    """
    if ref is None:
        return Policies(enforced=settings.load(root, named), named=named)
    problems: list[str] = []
    tree = None
    if handed_over is None:
        tree = attempt(problems, lambda: settings.load(root, named))
        there = attempt(problems, lambda: git_ref.take(root, ref, named))
    else:
        there = Snapshot(root=root, **handed_over)
    enforced = attempt(problems, lambda: settings.load(root, named, there)) if there else None
    if problems or enforced is None:
        raise ConfigError(dict.fromkeys(problems))
    return Policies(enforced=enforced, tree=tree, snapshot=there, named=named)


def attempt(problems: list[str], do: Callable[[], Found]) -> Found | None:
    """What `do` returns; None where it raises a MaturityError, whose problems are added to `problems`."""
    try:
        return do()
    except MaturityError as error:
        problems += error.problems
        return None
