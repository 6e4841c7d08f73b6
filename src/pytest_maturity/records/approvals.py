"""The approvals on record: which of them count for a promotion, and why the others do not.

Everything that a test could change is read when the ledger is made, before the first conftest.py is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ..config.following_files import APPROVALS
from ..config.git_ref import GitRefFiles
from ..config.settings import SIGNING_KEY, ApprovalSettings, Config
from ..model.approvals import Approval, StageApprovals, Subject, select_people
from ..model.history import STAGE_KINDS, Decision
from ..model.light_dataclass import light_dataclass
from ..model.names import identity
from ..model.people import is_same_person
from ..model.text import did_you_mean, first_few, plural, safe
from ..tools.authors import find_authors, find_base, is_ancestor
from ..tools.git import GitError, resolve_commit
from ..tools.repository import identify_repository
from ..tools.signatures import Key, find_signer, find_writing_commit, read_tag
from .approval_files import read_files_of_ref, read_files_of_tree
from .audit import SHOWN_ID, TOLERANCE, check_time
from .database import LOCAL, SERVER, RecordsError
from .history import REF, History

LONGEST = timedelta(days=366)  # that an approval may hold
MOST_REFUSED = 20  # that are named
UNTRUSTED = 'its store is not trusted here: add "{}" to trust in [tool.maturity.records]'
UNCHANGED = "unchanged"  # the automatic rule


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A decision, and why the store that it was found in does not count; empty where it does.

    `path` is that of its file in the git ref, from the top of the repository; empty for one in the audit log.
    """

    decision: Decision
    untrusted: str = ""
    path: str = ""


class ApprovalLedger:
    """The approvals that are on record, and what tells which of them count. Nothing in it is read anew."""

    def __init__(
        self, root: Path, config: Config, history: History, ref_files: GitRefFiles | None, names: Iterable[str]
    ) -> None:
        """Reads the approvals, and verifies the signatures of those of the components called `names`."""
        self._root, self._history, self._ladder = root, history, config.ladder
        self._settings: ApprovalSettings = config.approvals
        self._ref_files = ref_files
        self._now = datetime.now(timezone.utc)
        self._problem = history.problem and f"the records cannot be read: {history.problem}"
        self._project = self._head = self._base = ""
        self._given: list[Given] = []
        self._malformed: list[str] = []
        try:
            self._project, self._head = identify_repository(root), resolve_commit(root, "HEAD")
            self._base = find_base(root, self._head, config.compare_branch)
            self._given = read_given(root, config, history, ref_files, self._malformed)
        except GitError as error:
            self._problem = self._problem or f"approvals cannot be bound to a repository: {error}"
        except RecordsError as error:
            self._problem = self._problem or str(error)
        self._revocations = {
            one.decision.revokes: one.decision
            for one in self._given
            if one.decision.kind == "revocation" and not one.untrusted
        }
        known = {identity(name) for name in names}
        self._signers = {
            one.decision.id: self._find_signer(one)
            for one in self._given
            if self._settings.identity == "signed" and one.decision.kind == "approval" and not one.untrusted
            if identity(one.decision.component) in known
        }

    def _find_signer(self, given: Given) -> str | GitError:
        """Returns whose key signed an approval: its tag, or the commit that wrote its file."""
        keys = list_keys(self._settings, given.decision.role)
        try:
            if given.path and self._ref_files is not None:
                commit = find_writing_commit(self._root, self._ref_files.commit, given.path)
                return find_signer(self._root, "commit", commit, keys)
            tag, message = read_tag(self._root, name_tag(given.decision))
            if message.splitlines()[-1:] != [given.decision.id]:
                raise GitError(f"the tag {name_tag(given.decision)} is about another approval")
            return find_signer(self._root, "tag", tag, keys)
        except GitError as error:
            return error

    # ── counting ─────────────────────────────────────────────────────────────

    def count(self, subject: Subject, stage: str, required: int, roles: Sequence[str]) -> StageApprovals:
        """Returns the approvals of the promotion of a component to a stage."""
        found = StageApprovals(required=required, roles=tuple(roles))
        if stage in self._settings.stages:
            return replace(found, is_automatic=True)
        try:
            authors = self._find_authors(subject, stage)
        except RecordsError as error:
            return replace(found, problem=str(error))
        valid: list[tuple[str, Approval]] = []
        refused: list[tuple[str, str]] = []
        others: list[str] = []
        for given in self._given:
            decision = given.decision
            if decision.kind != "approval":
                continue
            if identity(decision.component) != identity(subject.component):
                others.append(f"{decision.actor} for {decision.component}")
                continue
            reason = next(self._find_reasons(given, subject, stage, roles, authors), "")
            if reason:
                refused.append((decision.time, f"{describe_approval(decision)} does not count: {reason}"))
            else:
                valid.append((decision.time, self._make_approval(decision)))
        latest_first = [one for _, one in sorted(valid, key=lambda pair: pair[0], reverse=True)]
        counted = select_people(latest_first, roles)
        reasons = [text for _, text in sorted(refused, reverse=True)]
        if len(reasons) > MOST_REFUSED:
            reasons = [*reasons[:MOST_REFUSED], f"and {plural(len(reasons) - MOST_REFUSED, 'older approval')}"]
        reasons += self._malformed
        if others:
            reasons.append(f"approvals of other components do not count: {first_few(list(dict.fromkeys(others)))}")
        return replace(found, counted=counted, refused=tuple(reasons))

    def find_reason(self, decision: Decision, subject: Subject) -> str:
        """Returns why an approval that somebody is about to give would not count; empty where it would."""
        try:
            authors = self._find_authors(subject, decision.stage or "")
        except RecordsError as error:
            return str(error)
        return next(self._find_reasons_of_person(decision, decision.actor, authors), "")

    @property
    def project(self) -> str:
        """The identity of the repository, empty where it is unknown."""
        return self._project

    def _find_authors(self, subject: Subject, stage: str) -> list[str]:
        """Returns the authors of what is to be promoted. Raises RecordsError where they or the records are unknown."""
        if self._problem:
            raise RecordsError(self._problem)
        since = self._find_last_promoted_commit(subject, stage)
        try:
            base = since if since and is_ancestor(self._root, since, self._head) else self._base
            return find_authors(self._root, self._head, base, subject.paths, subject.uncommitted)
        except GitError as error:
            raise RecordsError(str(error)) from error

    def _find_last_promoted_commit(self, subject: Subject, stage: str) -> str | None:
        """Returns the commit of the last promotion of a component to a stage or above."""
        above = self._ladder[self._ladder.index(stage) :] if stage in self._ladder else ()
        promoted = [one.decision for one in self._history.select(subject.component)]
        commits = [one.commit for one in promoted if one.kind == "promotion" and one.stage in above and one.commit]
        return commits[-1] if commits else None

    def _find_reasons(
        self, given: Given, subject: Subject, stage: str, roles: Sequence[str], authors: Sequence[str]
    ) -> Iterator[str]:
        """Yields why an approval does not count for the promotion of a component to a stage, the first reason first."""
        decision = given.decision
        if given.untrusted:
            yield given.untrusted
        if decision.project != self._project:
            yield "it was given in another repository"
        if revocation := self._revocations.get(decision.id):
            why = f": {safe(revocation.reason, 200)}" if revocation.reason else ""
            yield f"{safe(revocation.actor, 60) or 'somebody'} revoked it on {safe(revocation.time, 60)[:10]}{why}"
        if decision.stage != stage:
            yield f"it is for {safe(decision.stage or 'no stage', 60)}, not for {safe(stage, 60)}"
        if decision.digest != subject.digest:
            commit = f" (commit {safe(decision.commit, 64)[:SHOWN_ID]})" if decision.commit else ""
            yield f"it is about other files or another policy{commit}"
        yield from self._find_wrong_times(decision)
        if self._is_expired(decision) and not self._may_be_expired(decision, subject, stage):
            yield f"it expired on {decision.expires[:10]}"
        if roles and decision.role not in roles:
            yield f"it was given {describe_role(decision.role)}, and {safe(stage, 60)} needs {' or '.join(roles)}"
        yield from self._find_reasons_of_identity(given, authors)

    def _find_reasons_of_identity(self, given: Given, authors: Sequence[str]) -> Iterator[str]:
        """Yields why it is not known that somebody approved who may."""
        decision, needed = given.decision, self._settings.identity
        name = decision.actor
        if needed == "ci" and decision.identity != "ci":
            yield f"the name is {decision.identity or 'claimed'}, and the policy needs one that the CI service names"
        if needed == "signed":
            signer = self._signers.get(decision.id) or GitError("it is not signed")
            if isinstance(signer, GitError):
                yield str(signer)
                return
            if not is_same_person(signer, decision.actor):
                yield f"it is signed by {safe(signer, 60)}"
            name = signer
        yield from self._find_reasons_of_person(decision, name, authors)

    def _find_reasons_of_person(self, decision: Decision, name: str, authors: Sequence[str]) -> Iterator[str]:
        """Yields why a person may not approve in a role."""
        if not name.strip():
            yield "nobody gave it"
        role = self._settings.roles.get(decision.role)
        if decision.role and self._settings.roles and role is None:
            yield f"there is no role {safe(decision.role, 60)!r}{did_you_mean(decision.role, self._settings.roles)}"
        if role is not None and role.members and name.casefold() not in {one.casefold() for one in role.members}:
            yield f"{safe(name, 60)} is no member of {safe(decision.role, 60)}"
        for author in authors:
            if is_same_person(name, author):
                yield f"{safe(name, 60)} is an author of the change ({safe(author, 100)})"

    def _find_wrong_times(self, decision: Decision) -> Iterator[str]:
        """Yields what is wrong with the times of an approval."""
        try:
            given, end = check_time(decision.time), check_time(decision.expires)
        except ValueError:
            yield "it has no valid time at which it expires"
            return
        if given > self._now + TOLERANCE:
            yield "it was given in the future"
        if end - given > LONGEST:
            yield "it expires more than a year after it was given"

    def _is_expired(self, decision: Decision) -> bool:
        return check_time(decision.expires) <= self._now

    def _may_be_expired(self, decision: Decision, subject: Subject, stage: str) -> bool:
        """Whether an approval that has expired still counts: by the policy, or for the promotion that rested on it."""
        if UNCHANGED in self._settings.automatic:
            return True
        promotion = self._history.find_last_promotion(subject.component)
        recorded = self._history.find_stage(subject.component)
        above = self._ladder[self._ladder.index(stage) :] if stage in self._ladder else ()
        if promotion is None or promotion.digest != subject.digest or not {promotion.stage, recorded} <= {*above}:
            return False
        return check_time(decision.time) <= check_time(promotion.time) <= check_time(decision.expires)

    def _make_approval(self, decision: Decision) -> Approval:
        """Returns an approval that counts."""
        needed = self._settings.identity
        name = self._signers[decision.id] if needed == "signed" else decision.actor
        assert isinstance(name, str)
        return Approval(
            id=decision.id,
            name=name,
            role=decision.role,
            identity="signed" if needed == "signed" else "ci" if needed == "ci" else "claimed",
            expires=decision.expires,
            is_automatic=self._is_expired(decision),
        )


def read_given(
    root: Path, config: Config, history: History, ref_files: GitRefFiles | None, malformed: list[str] | None = None
) -> list[Given]:
    """Returns every approval, attestation and revocation once, from a store that counts where one has it.

    Adds the files that hold none to `malformed`, with the reasons. Raises RecordsError.
    """
    untrusted = UNTRUSTED.format(SERVER if config.records.url else LOCAL)
    sources = [
        *(Given(decision=one.decision, untrusted=untrusted) for one in history.unproven),
        *(Given(decision=one.decision) for one in history.entries),
        *read_files(root, config.records.trust, ref_files, [] if malformed is None else malformed),
    ]
    sources.sort(key=lambda one: not one.untrusted)  # the last one with an id stays
    given = (one for one in sources if one.decision.kind not in STAGE_KINDS)
    return list({one.decision.id: one for one in given}.values())


def read_files(
    root: Path, trust: Sequence[str], ref_files: GitRefFiles | None, malformed: list[str]
) -> Iterator[Given]:
    """Yields what is in the approval files of the git ref, and what is only in those of the working tree."""
    of_ref = read_files_of_ref(ref_files) if REF in trust and ref_files is not None else []
    known = {one.path for one in of_ref}
    if REF not in trust:
        why = 'files count only with trust = ["ref"] in [tool.maturity.records]'
    elif ref_files is None:
        why = "it counts in the git ref of --maturity-policy-ref alone"
    else:
        why = f"it counts when it is in {safe(ref_files.ref, 100)}"
    of_tree = [one for one in read_files_of_tree(root) if one.path not in known]
    prefix = ref_files.prefix if ref_files is not None else ""
    for one in (*of_ref, *of_tree):
        if one.decision is None:
            malformed.append(f"{safe(one.path, 200)} {one.problem}")
        elif one.path in known:
            yield Given(decision=one.decision, path=prefix + one.path)
        else:
            yield Given(decision=one.decision, untrusted=why)


def list_keys(settings: ApprovalSettings, role: str) -> list[Key]:
    """Returns the keys with which approvals in a role are signed; without a role, those of all roles."""
    chosen = [one for name, one in settings.roles.items() if role in ("", name)]
    found = []
    for text in dict.fromkeys(key for one in chosen for key in one.keys):
        if match := SIGNING_KEY.fullmatch(text):
            found.append(Key(name=match["name"], ssh=match["ssh"] or "", fingerprint=match["fingerprint"] or ""))
    return found


def name_tag(decision: Decision) -> str:
    """Returns the name of the signed tag of an approval."""
    return f"{APPROVALS}/{decision.id[:16]}"


def describe_approval(decision: Decision) -> str:
    """Returns `the approval of ann as qa of 2026-01-31 (maturity ID)`."""
    role = f" as {safe(decision.role, 60)}" if decision.role else ""
    return f"the approval {decision.id[:SHOWN_ID]} of {safe(decision.actor, 60)}{role} ({safe(decision.time, 60)[:10]})"


def describe_role(role: str) -> str:
    return f"as {safe(role, 60)}" if role else "in no role"
