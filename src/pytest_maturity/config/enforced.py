"""The policy that is enforced: the working tree's, or a git ref's with the working tree's compared to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import gates
from ..model.errors import ConfigError, collect_problems
from ..model.gates import Gate
from ..model.light_dataclass import light_dataclass
from ..model.report import EnforcedPolicy, PolicyChange
from ..model.text import safe
from . import comparison, defaults, git_ref, requirements, settings
from .comparison import ResolvedPolicy
from .git_ref import GitRefFiles
from .settings import Config


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The policy that is `enforced` and, where it comes from a git ref, the `working_tree`'s to compare it with.

    `working_tree` is None where its own policy is the enforced one, and in a worker, which compares nothing.
    `ref_files` are the policy files of the ref, None without a ref; `named_file` is the file of --maturity-config.
    """

    enforced: Config
    named_file: Path | None
    working_tree: Config | None = None
    ref_files: GitRefFiles | None = None

    @property
    def digest(self) -> str:
        """The digest of the policy that reports name, and that promotions, approvals and attestations are bound to.

        It is that of the enforced configuration, without the targets and without what the command line sets.
        """
        return self.enforced.digest_without_target

    def add_ref(self, problems: Iterable[str]) -> list[str]:
        """Returns the problems, each with the ref whose policy caused it: the working tree's may be another one."""
        suffix = f" (by the policy of {self.ref_files.ref})" if self.ref_files else ""
        return [problem + suffix for problem in problems]

    @property
    def working_tree_with_other_paths(self) -> Config | None:
        """The working tree's policy where it configures other sources, tests or names than the enforced one."""
        tree = self.working_tree
        return tree if tree and any(comparison.compare_paths(self.enforced, tree)) else None

    def resolve_working_tree(self, known: Mapping[str, Gate], names: Sequence[str]) -> ResolvedPolicy | None:
        """Returns what the working tree's policy requires of the components; None where it is not compared.

        `known` are the gates of this run, with those that the enforced policy configures. Raises ConfigError with
        every mistake.
        """
        if self.working_tree is None:
            return None
        of_enforced = {gate.name for gate in gates.make_configured_gates(*self.enforced.gate_tables)}
        own = {gate.name: gate for gate in gates.make_configured_gates(*self.working_tree.gate_tables)}
        others = {name: gate for name, gate in known.items() if name not in of_enforced}
        twice = [
            f"{self.working_tree.source}.gates: the gate {name!r} is defined twice" for name in own if name in others
        ]
        if twice:
            raise ConfigError(twice)
        on_record = gates.make_record_gates(self.working_tree.ladder) if self.working_tree.requires_records else []
        known = {**others, **{gate.name: gate for gate in on_record}, **own}
        required = requirements.compute_requirements(self.working_tree, known, names)
        return ResolvedPolicy(config=self.working_tree, gates=known, requirements=required)

    def summarize(self, loosened: Iterable[PolicyChange]) -> EnforcedPolicy:
        """Returns what the report says about the enforced policy."""
        ref, commit = (self.ref_files.ref, self.ref_files.commit) if self.ref_files else (None, None)
        return EnforcedPolicy(digest=self.digest, ref=ref, commit=commit, loosened=tuple(loosened))

    def list_notes(self) -> list[str]:
        """Returns a note where the ref has no policy, or not in the file of --maturity-config."""
        if self.ref_files is None:
            return []
        ref, found = self.ref_files.ref, self.enforced.source
        enforced = "the defaults are enforced" if found == defaults.SOURCE else f"{found} is enforced"
        if self.named_file is not None and not self.ref_files.has_file(self.named_file):
            return [f"there is no {safe(self.ref_files.format_name(self.named_file))}: {enforced}"]
        return [f"{ref} has no policy: {enforced}"] if found == defaults.SOURCE else []


def read_policies(
    root: Path, named: Path | None, ref: str | None, from_controller: Mapping[str, Any] | None
) -> Policies:
    """Reads the policies of the project at `root`, or those in the file that the user `named`.

    With `ref`, the policy of this git ref is enforced; `from_controller` is what a worker received of it instead of
    reading git. Raises ConfigError with every mistake in either policy.
    """
    if ref is None:
        return Policies(enforced=settings.load_config(root, named), named_file=named)
    problems: list[str] = []
    working_tree = None
    if from_controller is None:
        working_tree = collect_problems(problems, lambda: settings.load_config(root, named))
        ref_files = collect_problems(problems, lambda: git_ref.read_ref(root, ref, named))
    else:
        ref_files = GitRefFiles.from_dict(root, from_controller)
    enforced = collect_problems(problems, lambda: settings.load_config(root, named, ref_files)) if ref_files else None
    if enforced is None or problems:
        raise ConfigError(dict.fromkeys(problems))
    return Policies(enforced=enforced, working_tree=working_tree, ref_files=ref_files, named_file=named)
