"""An approval counts for exactly what it was given for, by somebody who may; others are named with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pytest_maturity.config.git_ref import read_ref
from pytest_maturity.config.settings import ApprovalSettings, Config, RecordSettings, RoleSettings, load_config
from pytest_maturity.model.approvals import StageApprovals, Subject
from pytest_maturity.model.history import Decision
from pytest_maturity.records.approval_files import write_file
from pytest_maturity.records.approvals import ApprovalLedger, name_tag
from pytest_maturity.records.history import read_history
from pytest_maturity.records.sqlite import SqliteStore
from pytest_maturity.tools.repository import identify_repository
from pytest_maturity.tools.signatures import write_signed_tag
from tests.unit.records.records import approval, promotion
from tests.unit.repository import Repository, make_repository, make_ssh_key, sign_by_ssh

DIGEST = "d" * 64
SUBJECT = Subject(component="shop", digest=DIGEST, paths=("src/shop.py",))
Change = Callable[[Decision], Decision]


class Desk:
    """A repository that bob changed last, with its records."""

    def __init__(self, path: Path) -> None:
        self.repository: Repository = make_repository(path / "project")
        self.repository.commit("src/shop.py", "1", author="ann")
        self.repository.commit("src/shop.py", "2", author="bob")
        self.root = self.repository.path
        self.project = identify_repository(self.root)
        self.store = SqliteStore(path / "records.db")
        self.config = replace(load_config(self.root), records=RecordSettings(trust=("local",)))

    def approval(self, **changed: object) -> Decision:
        """Returns an approval by cleo that counts."""
        return approval(**{"project": self.project, "digest": DIGEST, "actor": "cleo", **changed})  # type: ignore[arg-type]

    def configure(self, **settings: object) -> None:
        self.config = replace(self.config, approvals=ApprovalSettings(**settings))  # type: ignore[arg-type]

    def read(self, *, is_trusted: bool = True, ref: str = "") -> ApprovalLedger:
        files = read_ref(self.root, ref, None) if ref else None
        return ApprovalLedger(self.root, self.config, read_history(self.store, is_trusted), files, ["shop"])

    def count(
        self, *decisions: Decision, required: int = 1, roles: Sequence[str] = (), subject: Subject = SUBJECT
    ) -> StageApprovals:
        """Adds decisions to the audit log; returns the approvals of the promotion to production."""
        self.store.append(decisions)
        return self.read().count(subject, "production", required, roles)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def reason_of(found: StageApprovals) -> str:
    """Returns the one reason, without the words that say which approval it is about."""
    assert found.counted == ()
    (reason,) = found.refused
    return reason.partition(" does not count: ")[2] or reason


def ago(**time: float) -> str:
    return (datetime.now(timezone.utc) - timedelta(**time)).isoformat(timespec="milliseconds")


def test_an_approval_of_exactly_this_counts(desk: Desk) -> None:
    found = desk.count(desk.approval(role="qa"))
    (one,) = found.counted
    assert (one.name, one.role, one.identity, one.is_automatic) == ("cleo", "qa", "claimed", False)
    assert (found.number, found.refused, found.problem) == (1, (), "")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"expires": ago(seconds=1)}, f"it expired on {ago(seconds=1)[:10]}"),
        ({"expires": ""}, "it has no valid time at which it expires"),
        ({"expires": "2999-01-01T00:00:00"}, "it has no valid time at which it expires"),
        ({"expires": ago(days=-400)}, "it expires more than a year after it was given"),
        ({"time": ago(days=400)}, "it expires more than a year after it was given"),
        ({"stage": "staging"}, "it is for staging, not for production"),
        ({"stage": None}, "it is for no stage, not for production"),
        ({"digest": "e" * 64}, "it is about other files or another policy"),
        ({"digest": ""}, "it is about other files or another policy"),
        ({"digest": "e" * 64, "commit": "c" * 40}, f"it is about other files or another policy (commit {'c' * 12})"),
        ({"project": "0" * 40 + ":"}, "it was given in another repository"),
        ({"project": ""}, "it was given in another repository"),
        ({"actor": "bob"}, "bob is an author of the change (bob <bob@example.org>)"),
        ({"actor": "Bob <b@example.org>"}, "Bob <b@example.org> is an author of the change (bob <bob@example.org>)"),
        ({"actor": " "}, "nobody gave it"),
        ({"component": "cart"}, "approvals of other components do not count: cleo for cart"),
    ],
)
def test_what_does_not_count_is_named(desk: Desk, changed: dict[str, object], reason: str) -> None:
    assert reason_of(desk.count(desk.approval(**changed))) == reason


def test_the_approval_is_named_by_its_id_person_role_and_day(desk: Desk) -> None:
    given = desk.approval(stage="staging", role="qa")
    (reason,) = desk.count(given).refused
    assert reason.startswith(f"the approval {given.id[:12]} of cleo as qa ({given.time[:10]}) does not count: ")


def test_an_untrusted_store_counts_nothing(desk: Desk) -> None:
    desk.store.append([desk.approval()])
    found = desk.read(is_trusted=False).count(SUBJECT, "production", 1, ())
    assert reason_of(found) == 'its store is not trusted here: add "local" to trust in [tool.maturity.records]'


def test_a_role_that_the_stage_does_not_need_counts_nothing(desk: Desk) -> None:
    for given, words in ((desk.approval(), "in no role"), (desk.approval(role="dev"), "as dev")):
        found = desk.count(given, roles=("qa", "ops"), required=2)
        assert f"it was given {words}, and production needs qa or ops" in "".join(found.refused)
        assert found.number == 0


def test_a_role_has_members_and_must_exist(desk: Desk) -> None:
    members = RoleSettings(members=("dan", "Cleo@example.org"))
    desk.configure(roles={"qa": members, "security": RoleSettings()})
    assert reason_of(desk.count(desk.approval(role="qa"))) == "cleo is no member of qa"
    found = desk.count(desk.approval(role="qa", actor="cleo@example.org"), desk.approval(role="securty", actor="eve"))
    assert [one.name for one in found.counted] == ["cleo@example.org"]
    assert "there is no role 'securty' (did you mean 'security'?)" in "".join(found.refused)


def test_a_person_counts_once(desk: Desk) -> None:
    found = desk.count(desk.approval(role="qa"), desk.approval(actor="Cleo", role="ops"), required=2)
    assert found.number == 1


def test_a_revocation_ends_an_approval(desk: Desk) -> None:
    given = desk.approval()
    revoked = approval(kind="revocation", actor="dan", reason="found a leak", revokes=given.id, expires="")
    assert desk.count(given).number == 1
    assert reason_of(desk.count(revoked)) == f"dan revoked it on {revoked.time[:10]}: found a leak"


def test_all_authors_since_the_last_promotion_are_excluded(desk: Desk) -> None:
    first = desk.repository.git("rev-parse", "HEAD~1")
    desk.repository.commit("src/shop.py", "3", author="dan")
    assert desk.count(desk.approval(actor="bob")).number == 1  # the change is the last commit, by dan
    since = promotion("production", commit=first)
    found = desk.count(since)
    assert "bob is an author of the change" in reason_of(found)
    elsewhere = desk.count(promotion("production", commit="0" * 40, day=2))
    assert elsewhere.number == 1


def test_uncommitted_changes_have_no_known_author(desk: Desk) -> None:
    found = desk.count(desk.approval(), subject=replace(SUBJECT, uncommitted=("src/shop.py",)))
    assert (found.number, found.problem) == (
        None, "the authors of the change are not known: uncommitted changes: src/shop.py",
    )  # fmt: skip


def test_damaged_records_and_a_missing_repository_are_unknown(desk: Desk, tmp_path: Path) -> None:
    desk.store.append([desk.approval(), desk.approval(actor="dan")])
    data = desk.store.path.read_bytes()
    desk.store.path.write_bytes(data.replace(b'"actor":"dan"', b'"actor":"eve"'))
    found = desk.read().count(SUBJECT, "production", 1, ())
    assert found.number is None
    assert found.problem.startswith("the records cannot be read: the audit log was changed: entry 2")
    bare = tmp_path / "bare"
    bare.mkdir()
    ledger = ApprovalLedger(
        bare, desk.config, read_history(SqliteStore(bare / "r.db"), is_trusted=True), None, ["shop"]
    )
    assert ledger.count(SUBJECT, "production", 1, ()).problem.startswith("approvals cannot be bound to a repository: ")


def test_the_policy_approves_stages_automatically(desk: Desk) -> None:
    desk.configure(stages=("production",))
    assert desk.count(required=2, roles=("qa",)).is_met


# ── time ─────────────────────────────────────────────────────────────────────


def expired(desk: Desk) -> Decision:
    return desk.approval(time=ago(days=9), expires=ago(days=2))


def test_unchanged_files_keep_an_approval_where_the_policy_says_so(desk: Desk) -> None:
    desk.configure(automatic=("unchanged",))
    found = desk.count(expired(desk))
    assert [one.is_automatic for one in found.counted] == [True]
    other = desk.read().count(replace(SUBJECT, digest="e" * 64), "production", 1, ())
    assert reason_of(other) == "it is about other files or another policy"


def test_a_promotion_that_rested_on_an_approval_stays_until_something_changes(desk: Desk) -> None:
    promoted = promotion("production", time=ago(days=5), digest=DIGEST)
    found = desk.count(expired(desk), promoted)
    assert [one.is_automatic for one in found.counted] == [True]


@pytest.mark.parametrize(
    "promoted",
    [
        promotion("production", time=ago(days=1), digest=DIGEST),  # after the approval had expired
        promotion("production", time=ago(days=5), digest="e" * 64),
        promotion("staging", time=ago(days=5), digest=DIGEST),
    ],
)
def test_another_promotion_keeps_no_approval(desk: Desk, promoted: Decision) -> None:
    assert reason_of(desk.count(expired(desk), promoted)).startswith("it expired on ")


# ── proofs of who approved ───────────────────────────────────────────────────


def test_the_ci_services_user_is_no_typed_name(desk: Desk) -> None:
    desk.configure(identity="ci")
    assert reason_of(desk.count(desk.approval())) == (
        "the name is claimed, and the policy needs one that the CI service names"
    )
    assert [one.identity for one in desk.count(desk.approval(identity="ci")).counted] == ["ci"]


def sign_tag(desk: Desk, given: Decision, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in sign_by_ssh(desk.root.parent / "keys", name).items():
        desk.repository.git("config", key, value)
    monkeypatch.setenv("GIT_COMMITTER_NAME", name)
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", f"{name}@example.org")
    write_signed_tag(desk.root, name_tag(given), f"approve shop\n\n{given.id}")


def use_keys(desk: Desk, **roles: str) -> None:
    """Makes keys of people; each has a role."""
    keys = {role: f"{name} {make_ssh_key(desk.root.parent / 'keys', name)}" for role, name in roles.items()}
    desk.configure(identity="signed", roles={role: RoleSettings(keys=(key,)) for role, key in keys.items()})


def test_a_signed_tag_proves_who_approved(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keys(desk, qa="cleo", ops="dan")
    given = desk.approval(role="qa")
    assert "there is no tag maturity-approvals/" in reason_of(desk.count(given))
    sign_tag(desk, given, "cleo", monkeypatch)
    (one,) = desk.count().counted
    assert (one.name, one.identity) == ("cleo", "signed")


def test_the_key_of_another_role_or_of_another_person_proves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keys(desk, qa="cleo", ops="dan")
    given = desk.approval(role="qa")
    sign_tag(desk, given, "dan", monkeypatch)
    assert "is signed by none of the keys of the policy" in reason_of(desk.count(given))
    forged = desk.approval(actor="cleo")  # without a role, any key may sign
    sign_tag(desk, forged, "dan", monkeypatch)
    assert "it is signed by dan" in "".join(desk.count(forged).refused)


def test_the_tag_of_another_approval_proves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keys(desk, qa="cleo")
    first, second = desk.approval(role="qa"), desk.approval(role="qa", digest="e" * 64)
    sign_tag(desk, second, "cleo", monkeypatch)
    desk.repository.git("update-ref", f"refs/tags/{name_tag(first)}", f"refs/tags/{name_tag(second)}")
    assert reason_of(desk.count(first)) == f"the tag {name_tag(first)} is about another approval"


def test_an_author_cannot_sign_for_somebody_else(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keys(desk, qa="bob")
    given = desk.approval(role="qa", actor="bob")
    sign_tag(desk, given, "bob", monkeypatch)
    assert reason_of(desk.count(given)) == "bob is an author of the change (bob <bob@example.org>)"


# ── files ────────────────────────────────────────────────────────────────────


def trust_ref(desk: Desk) -> None:
    desk.config = replace(desk.config, records=RecordSettings(trust=("ref",)))


def commit_file(desk: Desk, given: Decision, *options: str) -> None:
    desk.repository.git("add", write_file(desk.root, given))
    desk.repository.git("commit", "-q", "-m", "approve", *options, author="rita")


def count_of_ref(desk: Desk, ref: str = "main") -> StageApprovals:
    return desk.read(is_trusted=False, ref=ref).count(SUBJECT, "production", 1, ())


def test_a_file_counts_as_the_ref_has_it(desk: Desk) -> None:
    trust_ref(desk)
    given = desk.approval()
    name = write_file(desk.root, given)
    assert reason_of(count_of_ref(desk)) == "it counts when it is in main"
    assert reason_of(count_of_ref(desk, "")) == "it counts in the git ref of --maturity-policy-ref alone"
    commit_file(desk, given)
    assert count_of_ref(desk).number == 1
    (desk.root / name).unlink()  # a change cannot take it away, or alter it
    assert count_of_ref(desk).number == 1


def test_files_need_a_trusted_ref(desk: Desk) -> None:
    commit_file(desk, desk.approval())
    found = desk.read(ref="main").count(SUBJECT, "production", 1, ())
    assert reason_of(found) == 'files count only with trust = ["ref"] in [tool.maturity.records]'


def test_a_file_that_is_no_approval_is_named(desk: Desk) -> None:
    trust_ref(desk)
    desk.repository.commit("maturity-approvals/a.json", "{")
    assert reason_of(count_of_ref(desk)).startswith("maturity-approvals/a.json is no approval: ")


def test_the_commit_that_wrote_a_file_is_signed(desk: Desk) -> None:
    use_keys(desk, qa="cleo")
    trust_ref(desk)
    given = desk.approval(role="qa")
    commit_file(desk, given)
    assert "is signed by none of the keys of the policy" in reason_of(count_of_ref(desk))
    desk.repository.git("rm", "-q", "-r", "maturity-approvals")
    desk.repository.git("commit", "-q", "-m", "again")
    desk.repository.settings = sign_by_ssh(desk.root.parent / "keys", "cleo")
    commit_file(desk, given, "-S")
    (one,) = count_of_ref(desk).counted
    assert (one.name, one.identity) == ("cleo", "signed")


def test_the_reason_against_an_approval_is_known_before_it_is_given(desk: Desk) -> None:
    ledger = desk.read()
    assert ledger.find_reason(desk.approval(), SUBJECT) == ""
    assert ledger.find_reason(desk.approval(actor="bob"), SUBJECT).startswith("bob is an author of the change")


def test_a_configuration_without_approvals_counts_as_one() -> None:
    assert Config(ladder=("dev",), target="dev", default_stages={}, stages={}, source="").approvals == (
        ApprovalSettings()
    )
