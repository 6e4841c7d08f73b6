"""A commit or a tag counts as signed where git verifies it with a key that was given, and with no other key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pytest_maturity.tools.git import GitError
from pytest_maturity.tools.signatures import (
    Key,
    delete_tag,
    find_signer,
    find_writing_commit,
    read_tag,
    write_signed_tag,
)
from tests.unit.repository import Repository, make_gpg_key, make_repository, make_ssh_key, sign_by_ssh

NOBODY = "is signed by none of the keys of the policy"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with one commit that nobody signed."""
    found = make_repository(tmp_path / "project")
    found.commit("README.md")
    return found


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Key]:
    """SSH keys of two people, by their names."""
    return {name: Key(name=name, ssh=make_ssh_key(tmp_path / "keys", name)) for name in ("ann", "bob")}


def sign_as(repository: Repository, name: str) -> None:
    folder = repository.path.parent / "keys"
    repository.settings = sign_by_ssh(folder, name)
    for key, value in repository.settings.items():
        repository.git("config", key, value)


def test_the_signer_of_a_commit_is_the_owner_of_the_key(repository: Repository, keys: dict[str, Key]) -> None:
    plain = repository.git("rev-parse", "HEAD")
    sign_as(repository, "ann")
    signed = repository.commit("a.json", "1", "ann", "approve", "-S")
    assert find_signer(repository.path, "commit", signed, list(keys.values())) == "ann"
    for commit, known in ((signed, [keys["bob"]]), (signed, []), (plain, [*keys.values()])):
        with pytest.raises(GitError, match=NOBODY):
            find_signer(repository.path, "commit", commit, known)


def test_a_commit_that_was_changed_after_it_was_signed_is_not_signed(
    repository: Repository, keys: dict[str, Key]
) -> None:
    sign_as(repository, "ann")
    signed = repository.commit("a.json", "1", "ann", "approve", "-S")
    content = repository.git("cat-file", "commit", signed).replace("approve", "approve all") + "\n"
    forged = repository.git("hash-object", "-t", "commit", "-w", "--stdin", text=content)
    with pytest.raises(GitError, match=NOBODY):
        find_signer(repository.path, "commit", forged, list(keys.values()))


def test_a_program_that_the_repository_names_verifies_nothing(repository: Repository, keys: dict[str, Key]) -> None:
    always = repository.write("../always", "#!/bin/sh\necho 'Good \"git\" signature for key0 with ED25519 key x'\n")
    always.chmod(0o755)
    sign_as(repository, "bob")
    signed = repository.commit("a.json", "1", "bob", "approve", "-S")
    repository.git("config", "gpg.ssh.program", str(always))
    with pytest.raises(GitError, match=NOBODY):
        find_signer(repository.path, "commit", signed, [keys["ann"]])


def test_a_signed_tag_keeps_a_message(
    repository: Repository, keys: dict[str, Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_NAME", "ann")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "ann@example.org")
    sign_as(repository, "ann")
    write_signed_tag(repository.path, "maturity-approvals/1", "approve shop\n\nab12")
    tag, message = read_tag(repository.path, "maturity-approvals/1")
    assert message == "approve shop\n\nab12"
    assert find_signer(repository.path, "tag", tag, list(keys.values())) == "ann"
    delete_tag(repository.path, "maturity-approvals/1")
    with pytest.raises(GitError, match=r"^there is no tag maturity-approvals/1: type git fetch origin --tags$"):
        read_tag(repository.path, "maturity-approvals/1")


def test_a_tag_that_nobody_signed_is_not_signed(repository: Repository, keys: dict[str, Key]) -> None:
    repository.git("tag", "-a", "-m", "approve", "plain")
    tag, _ = read_tag(repository.path, "plain")
    with pytest.raises(GitError, match=NOBODY):
        find_signer(repository.path, "tag", tag, list(keys.values()))


def test_an_openpgp_key_is_known_by_its_fingerprint(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path("/tmp") / f"gnupg-{repository.path.parent.name[-20:]}"  # the path of its socket must be short
    monkeypatch.setenv("GNUPGHOME", str(home))
    try:
        fingerprint = make_gpg_key(home, "ann@example.org")
        repository.settings = {"gpg.format": "openpgp", "user.signingKey": fingerprint}
        signed = repository.commit("a.json", "1", "ann", "approve", "-S")
        known = Key(name="ann", fingerprint=fingerprint.lower())
        assert find_signer(repository.path, "commit", signed, [known]) == "ann"
        with pytest.raises(GitError, match=NOBODY):
            find_signer(repository.path, "commit", signed, [Key(name="ann", fingerprint="0" * 40)])
        monkeypatch.setenv("GNUPGHOME", str(repository.path))  # without the public key
        with pytest.raises(GitError, match=NOBODY):
            find_signer(repository.path, "commit", signed, [known])
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_the_commit_that_wrote_a_file_is_the_last_one_that_did(repository: Repository) -> None:
    repository.commit("api/a.json", "1")
    second = repository.commit("api/a.json", "2")
    head = repository.commit("api/b.json", "1")
    assert find_writing_commit(repository.path / "api", head, "api/a.json") == second
    with pytest.raises(GitError, match=r"^no commit wrote api/c\.json$"):
        find_writing_commit(repository.path, head, "api/c.json")
