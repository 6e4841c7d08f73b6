"""The policy files as they are in a git ref: read once, from one commit, and sent to workers as plain data."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..model.errors import ConfigError
from ..model.light_dataclass import light_dataclass
from ..model.text import safe
from ..tools import git
from ..tools.git import GitError, GitObject
from .files import MAX_BYTES, TOML_NAME, TOO_LARGE, WAIVERS_NAMES, YAML_NAMES

OPTION = "--maturity-policy-ref"
MAX_REF_LENGTH = 250
BRANCH = re.compile(r"(?:refs/heads/|refs/remotes/origin/|origin/)?([^@~^{}]+)")
ABBREVIATED_COMMIT = re.compile(r"[0-9a-f]{7,64}")
BAD_LINKS = {
    "symlink": "is a symbolic link that leads out of the repository",
    "dangling": "is a symbolic link that leads nowhere",
    "loop": "is a symbolic link that leads to itself",
}


@light_dataclass(frozen=True, slots=True, kw_only=True)
class GitRefFiles:
    """The policy files of the project at `root`, as they were in `ref` at `commit`. Implements PolicyFiles.

    `prefix` is the path of the root from the top of the repository, with a slash at its end; `files` are the contents
    by their paths from the root, with None for a file that the commit does not have.
    """

    root: Path
    ref: str
    commit: str
    prefix: str
    files: Mapping[str, bytes | None]
    is_required = False

    def has_file(self, path: Path) -> bool:
        return self.files.get(resolve_from_root(self.root, path)) is not None

    def read_bytes(self, path: Path) -> bytes:
        data = self.files.get(resolve_from_root(self.root, path))
        if data is None:
            raise ConfigError(f"{self.format_name(path)}: is not in the commit {self.commit}")
        return data

    def format_name(self, path: Path) -> str:
        """Returns the name that `git show` takes: `main:services/api/pyproject.toml`."""
        return f"{self.ref}:{posixpath.normpath(self.prefix + resolve_from_root(self.root, path))}"

    def to_dict(self) -> dict[str, Any]:
        """Returns the files as plain data, without the root, which is another path on another machine."""
        return {key: value for key, value in asdict(self).items() if key != "root"}

    @classmethod
    def from_dict(cls, root: Path, data: Mapping[str, Any]) -> GitRefFiles:
        """Returns the same files for the project at `root`."""
        return cls(root=root, **data)


def read_ref(root: Path, ref: str, named: Path | None = None) -> GitRefFiles:
    """Reads the policy files of the project at `root`, and the file that the user `named`, as they are in `ref`.

    Raises ConfigError where there is no git, no repository, no such ref, or a file that cannot be read.
    """
    if problem := describe_invalid_ref(ref):
        raise ConfigError(f"{OPTION}: {safe(ref, 80)!r} {problem}")
    try:
        prefix = git.find_prefix(root)
    except GitError as error:
        raise ConfigError(f"{OPTION}: {safe(str(root))} is in no git repository that can be read: {error}") from error
    candidates = [
        root / TOML_NAME,
        *(root / name for name in (*YAML_NAMES, *WAIVERS_NAMES)),
        *([named] if named else []),
    ]
    keys = dict.fromkeys(resolve_from_root(root, path) for path in candidates)
    paths = {key: posixpath.normpath(prefix + key) for key in keys}
    problems = [
        f"{OPTION}: {safe(path)} {problem}" for path in paths.values() if (problem := describe_invalid_path(path))
    ]
    try:
        commit = resolve_commit(root, ref)
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError(problems)
    contents = read_contents(root, ref, commit, list(paths.values()))
    files = {key: contents.get(path) for key, path in paths.items()}
    return GitRefFiles(root=root, ref=ref, commit=commit, prefix=prefix, files=files)


def read_files(ref_files: GitRefFiles, paths: Iterable[Path]) -> dict[Path, bytes]:
    """Returns the contents of those of the paths that the commit of the ref has. Raises ConfigError."""
    names = {path: posixpath.normpath(ref_files.prefix + resolve_from_root(ref_files.root, path)) for path in paths}
    valid = [name for name in names.values() if not describe_invalid_path(name)]
    contents = read_contents(ref_files.root, ref_files.ref, ref_files.commit, valid)
    return {path: contents[name] for path, name in names.items() if name in contents}


def read_more(ref_files: GitRefFiles, paths: Iterable[Path]) -> GitRefFiles:
    """Returns the same ref with the contents of other files. Raises ConfigError."""
    given = list(paths)
    contents = read_files(ref_files, given)
    files = {resolve_from_root(ref_files.root, path): contents.get(path) for path in given}
    return replace(ref_files, files=files)


def is_in_repository(ref_files: GitRefFiles, path: Path) -> bool:
    """Whether a path lies in the repository of the ref."""
    return not describe_invalid_path(posixpath.normpath(ref_files.prefix + resolve_from_root(ref_files.root, path)))


def describe_invalid_ref(ref: str) -> str:
    """Returns why a text cannot be a ref by git's own rules, empty if it can: it must never become an option of git."""
    if not ref:
        return "names no git ref: give a branch, a tag or a commit"
    if len(ref) > MAX_REF_LENGTH:
        return "is too long to be a git ref"
    is_invalid = ref.startswith(("-", "^")) or ".." in ref or re.search(r"[\s:?*\[\]\\]", ref) or safe(ref) != ref
    return "cannot be a git ref: give a branch, a tag or a commit" if is_invalid else ""


def describe_invalid_path(path: str) -> str:
    """Returns why git cannot look up a path from the top of its repository, empty if it can."""
    if path.startswith("../") or Path(path).is_absolute():
        return "is not in the git repository"
    return "has a line break in its name" if "\n" in path else ""


def resolve_commit(root: Path, ref: str) -> str:
    """Returns the commit that a ref names. Raises ConfigError with the command to type where git does not know it."""
    try:
        return git.resolve_commit(root, ref)
    except git.AmbiguousRefError as error:
        raise ConfigError(f"{OPTION}: {ref!r} is ambiguous: write it in full, like refs/heads/{ref}") from error
    except GitError as error:
        raise ConfigError(f"{OPTION}: git knows no commit {ref!r}: {error}; {suggest_remedy(root, ref)}") from error


def suggest_remedy(root: Path, ref: str) -> str:
    """Returns the command that makes git know the ref, or the spelling that it knows."""
    if git.has_commit(root, f"refs/remotes/origin/{ref}"):
        return f"did you mean 'origin/{ref}'?"
    shallow = git.is_shallow(root)
    reason, depth = ("this clone is shallow: ", " --depth=1") if shallow else ("", "")
    if ABBREVIATED_COMMIT.fullmatch(ref):
        return f"{reason}type git fetch origin {ref}{depth}"
    match = BRANCH.fullmatch(ref)
    if match is None or ref in ("HEAD", "FETCH_HEAD"):
        return f"{reason}type git fetch origin{' --unshallow' if shallow else ''}"
    branch = match[1]
    command = f"git fetch origin {branch}:refs/remotes/origin/{branch}{depth}"
    fetched_as = (f"origin/{branch}", f"refs/remotes/origin/{branch}")
    return f"{reason}type {command}" + ("" if ref in fetched_as else f", then {OPTION} origin/{branch}")


def read_contents(root: Path, ref: str, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
    """Returns the contents of those files that the commit has; a symbolic link in the repository is followed.

    Raises ConfigError with every file that cannot be read or is too large.
    """
    try:
        found = git.find_objects(root, commit, paths)
        problems = [
            f"{ref}:{safe(path)}: {problem}"
            for path, git_object in found.items()
            if (problem := describe_unreadable(git_object))
        ]
        if problems:
            raise ConfigError(problems)
        data = {git_object.name: git_object.data for git_object in git.read_objects(root, list(found.values()))}
    except GitError as error:
        raise ConfigError(f"{OPTION}: {error}") from error
    if lost := [safe(path) for path, git_object in found.items() if git_object.name not in data]:
        raise ConfigError(f"{OPTION}: git could not read {', '.join(lost)} in {ref}")
    return {path: data[git_object.name] for path, git_object in found.items()}


def describe_unreadable(git_object: GitObject) -> str:
    """Returns why an object is not a policy file that can be read, empty if it is."""
    if git_object.kind in BAD_LINKS:
        return BAD_LINKS[git_object.kind]
    if git_object.kind != "blob":
        return "is a directory" if git_object.kind == "tree" else "is not a file that git can read"
    return TOO_LARGE if git_object.size > MAX_BYTES else ""


def resolve_from_root(root: Path, path: Path) -> str:
    """Returns a path relative to the root, with slashes. The file may be a link; its directory is the real one."""
    real = path.parent.resolve() / path.name
    try:
        return Path(os.path.relpath(real, root)).as_posix()
    except ValueError:  # on another drive
        return real.as_posix()
