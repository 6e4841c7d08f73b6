"""The attested facts of a run: files and decisions as they are before the first conftest.py.

This module is imported only where a stage requires an attestation that a file or a decision states.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path

from ..config.enforced import Policies
from ..model.attestations import ATTEST, Attested
from ..model.digests import compute_decision_digest
from ..records.attestations import Subject, find_attested
from ..records.attested_files import read_file
from ..records.history import History
from ..tools.git import GitError
from ..tools.repository import identify_repository

FILE = "file"


class AttestedFacts:
    """The facts that files and decisions state about the components of a run."""

    def __init__(
        self,
        policies: Policies,
        root: Path,
        components: Iterable[str],
        history: History | None,
    ) -> None:
        """Reads the files; `history` are the decisions that count, None where no records are used."""
        policy = policies.enforced
        self._policy, self._history, self._now = policy, history or History(), datetime.now(timezone.utc)
        self._project = self._problem = ""
        self._attested = policy.list_attestations(ATTEST)
        if self._attested:
            try:
                self._project = identify_repository(root)
            except GitError as error:
                self._problem = str(error)
        self._in_files = {
            component: {
                name: read_file(root, policy.attestations[name], component, policies.ref_files, self._now)
                for name in policy.list_attestations(FILE)
            }
            for component in components
        }

    def find(self, component: str, digests: Mapping[str, str]) -> dict[str, Attested]:
        """Returns the attested facts of a component by name; `digests` are those of its files."""
        policy_digest = self._policy.digest_without_target  # as the report names it
        subject = Subject(
            component=component,
            now=self._now,
            project=self._project,
            problem=self._problem,
            digest=compute_decision_digest(digests, policy_digest),
            policy_digest=policy_digest,
        )
        tables = self._policy.attestations
        decided = {name: find_attested(self._history, name, tables[name], subject) for name in self._attested}
        return {**self._in_files.get(component, {}), **decided}
