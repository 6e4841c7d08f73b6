"""A git repository with commits of people, and keys that sign, for the tests of what is bound to a history."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass
class Repository:
    """A git repository at `path`. No configuration of the machine has an influence; `settings` are those of git."""

    path: Path
    settings: dict[str, str] = field(default_factory=dict)

    def git(self, *arguments: str, author: str = "bob", text: str | None = None) -> str:
        """Runs git as a person, and returns what it prints."""
        options = [option for name, value in self.settings.items() for option in ("-c", f"{name}={value}")]
        names = ("-c", f"user.name={author}", "-c", f"user.email={author}@example.org", "-c", "init.defaultBranch=main")
        return subprocess.run(
            ["git", *names, *options, *arguments], cwd=self.path, env=self.environment, check=True,
            capture_output=True, text=True, input=text,
        ).stdout.strip()  # fmt: skip

    @property
    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

    def write(self, name: str, text: str) -> Path:
        """Writes a file."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def commit(self, name: str, text: str = "x", author: str = "bob", message: str = "change", *more: str) -> str:
        """Commits a file as a person; returns the commit."""
        self.write(name, text)
        self.git("add", name, author=author)
        self.git("commit", "-q", "-m", message, *more, author=author)
        return self.git("rev-parse", "HEAD")


def make_repository(path: Path) -> Repository:
    """Returns an empty repository with the branch main."""
    path.mkdir(parents=True, exist_ok=True)
    found = Repository(path)
    found.git("init", "-q", "-b", "main")
    return found


def make_ssh_key(folder: Path, name: str) -> str:
    """Makes an SSH key in files called `name`; returns the public one. Skips the test where ssh-keygen is missing."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed: apt-get install openssh-client")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "a comment", "-f", str(path)]
    subprocess.run(command, check=True)
    return " ".join(Path(f"{path}.pub").read_text("utf-8").split()[:2])


def sign_by_ssh(folder: Path, name: str) -> dict[str, str]:
    """Returns the settings of git by which it signs with the key of that name."""
    return {"gpg.format": "ssh", "user.signingKey": str(folder / f"{name}.pub")}


def make_gpg_key(home: Path, name: str) -> str:
    """Makes an OpenPGP key; returns its fingerprint. Skips the test where gpg is missing or cannot make one."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed: apt-get install gnupg")
    home.mkdir(mode=0o700, exist_ok=True)
    command = ["gpg", "--homedir", str(home), "--batch", "--passphrase", "", "--quick-gen-key", name, "ed25519", "sign"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"gpg makes no key here: {made.stderr[-200:]}")
    listed = subprocess.run(
        ["gpg", "--homedir", str(home), "--batch", "--with-colons", "--list-keys"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))
