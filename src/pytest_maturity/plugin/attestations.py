"""The attested facts of a run: files and decisions as they are before the first conftest.py.

This module is imported only where a stage requires an attestation that a file or a decision states.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from ..config.enforced import Policies
from ..model import approvals
from ..model.attestations import ATTEST, Attested
from ..records.attestations import FILES, Subject, find_attested
from ..records.attested_files import read_file
from ..records.history import History
from ..tools.authors import find_authors, find_base
from ..tools.git import GitError, resolve_commit
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
        self._root, self._policy, self._policy_digest = root, policy, policies.digest
        self._history, self._now = history or History(), datetime.now(timezone.utc)
        self._project = self._problem = self._head = self._base = ""
        self._attested = policy.list_attestations(ATTEST)
        if self._attested:
            try:
                self._project = identify_repository(root)
                self._head = resolve_commit(root, "HEAD")
                self._base = find_base(root, self._head, policy.compare_branch)
            except GitError as error:
                self._problem = str(error)
        self._in_files = {
            component: {
                name: read_file(root, policy.attestations[name], component, policies.ref_files, self._now)
                for name in policy.list_attestations(FILE)
            }
            for component in components
        }

    def find(self, judged: approvals.Subject) -> dict[str, Attested]:
        """Returns the attested facts of a component, as it is judged, by name."""
        tables = self._policy.attestations
        subject = Subject(
            component=judged.component,
            now=self._now,
            project=self._project,
            problem=self._problem,
            digest=judged.digest,
            policy_digest=self._policy_digest,
        )
        if not self._problem and any(tables[name].get("binds_to") == FILES for name in self._attested):
            try:
                authors = find_authors(self._root, self._head, self._base, judged.paths, judged.uncommitted)
                subject = replace(subject, authors=tuple(authors))
            except GitError as error:
                subject = replace(subject, unknown_authors=str(error))
        decided = {name: find_attested(self._history, name, tables[name], subject) for name in self._attested}
        return {**self._in_files.get(judged.component, {}), **decided}
