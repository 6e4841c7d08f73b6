"""Signatures of commits and tags: verified by git, with keys that are given and with no others."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ..model.light_dataclass import light_dataclass
from ..model.text import safe
from .git import VARIABLES, GitError, resolve_commit, run_git, run_git_checked
from .processes import run_program

# The programs of git's defaults: a repository may name others in its own configuration.
PROGRAMS = (
    "-c", "gpg.program=gpg", "-c", "gpg.openpgp.program=gpg", "-c", "gpg.x509.program=gpgsm",
    "-c", "gpg.ssh.program=ssh-keygen", "-c", "gpg.minTrustLevel=undefined",
)  # fmt: skip
SSH_GOOD = re.compile(r'^Good "git" signature for key(\d+) with ', re.MULTILINE)
GPG_GOOD = re.compile(r"^\[GNUPG:\] VALIDSIG ([0-9A-F]{40,64})(?: .*)? ([0-9A-F]{40,64})$", re.MULTILINE)
MESSAGE_END = re.compile(rb"^-----BEGIN (?:SSH|PGP) ", re.MULTILINE)
TIMEOUT = 60.0  # seconds


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of a person: `ssh`, a public key with its type, or `fingerprint`, that of an OpenPGP key."""

    name: str
    ssh: str = ""
    fingerprint: str = ""


def find_signer(directory: Path, kind: str, signed: str, keys: Sequence[Key]) -> str:
    """Returns the name of whose key signed a commit or a tag, which `kind` says.

    `signed` is the hash of the object. Raises GitError where none of the keys did, or the signature is not valid.
    """
    with TemporaryDirectory(prefix="maturity-") as folder:
        allowed = Path(folder) / "allowed_signers"
        lines = [f'key{number} namespaces="git" {key.ssh}\n' for number, key in enumerate(keys) if key.ssh]
        allowed.write_text("".join(lines), encoding="utf-8")
        command = ("git", *PROGRAMS, "-c", f"gpg.ssh.allowedSignersFile={allowed}", f"verify-{kind}", "--raw", signed)
        result = run_program(command, directory, variables=VARIABLES, timeout=TIMEOUT)
    if result.problem:
        reason = result.problem if "did not finish" in result.problem or "not installed" in result.problem else ""
        why = f": {safe(reason, 200)}" if reason else ""
        raise GitError(f"the {kind} {safe(signed, 64)[:12]} is signed by none of the keys of the policy{why}")
    by_ssh, by_gpg = SSH_GOOD.findall(result.stderr), GPG_GOOD.findall(result.stderr)
    if len(by_ssh) == 1 and not by_gpg:
        return keys[int(by_ssh[0])].name
    if len(by_gpg) == 1 and not by_ssh:
        known = {key.fingerprint.upper(): key.name for key in keys if key.fingerprint}
        for fingerprint in by_gpg[0]:
            if fingerprint in known:
                return known[fingerprint]
    raise GitError(f"the {kind} {safe(signed, 64)[:12]} is signed by none of the keys of the policy")


def read_tag(directory: Path, name: str) -> tuple[str, str]:
    """Returns the hash of an annotated tag, and its message without the signature. Raises GitError."""
    result = run_git(directory, "rev-parse", "--verify", "--quiet", f"refs/tags/{name}^{{tag}}")
    found = result.stdout.decode("ascii", "replace").strip()
    if result.problem:
        raise GitError(f"there is no tag {safe(name, 100)}: type git fetch origin --tags")
    body = run_git_checked(directory, "cat-file", "tag", found).partition(b"\n\n")[2]
    end = MESSAGE_END.search(body)
    return found, body[: end.start() if end else len(body)].decode("utf-8", "replace").strip()


def write_signed_tag(directory: Path, name: str, message: str) -> None:
    """Makes a tag of HEAD with a message, signed with the key that git is configured to sign with. Raises GitError."""
    arguments = ("tag", "--sign", "--cleanup=verbatim", "--file=-", name, "HEAD")
    run_git_checked(directory, *arguments, text=f"{message}\n".encode())


def delete_tag(directory: Path, name: str) -> None:
    """Deletes a tag, if there is one."""
    run_git(directory, "tag", "--delete", name)


def find_writing_commit(directory: Path, commit: str, path: str) -> str:
    """Returns the last commit up to `commit` that wrote a file; `path` is from the top. Raises GitError."""
    top = Path(os.fsdecode(run_git_checked(directory, "rev-parse", "--show-toplevel")).rstrip("\n"))
    arguments = ("--literal-pathspecs", "rev-list", "--max-count=1", commit, "--", path)
    found = run_git_checked(top, *arguments).decode("ascii", "replace").strip()
    if not found:
        raise GitError(f"no commit wrote {safe(path, 200)}")
    return resolve_commit(directory, found)
