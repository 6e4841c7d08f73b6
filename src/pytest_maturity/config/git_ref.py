"""The policy files as they are in a git ref: read once, from one commit, and handed to workers as they are."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..model.errors import ConfigError
from ..model.text import safe
from ..tools.processes import Answer, ask
from .files import LARGEST, TOML_NAME, YAML_NAMES

OPTION = "--maturity-policy-ref"
LONGEST_REF = 250
COMMIT = re.compile(rb"[0-9a-f]{40}([0-9a-f]{24})?\n")
BRANCH = re.compile(r"(?:refs/heads/|refs/remotes/origin/|origin/)?([^@~^{}]+)")
HASH = re.compile(r"[0-9a-f]{7,64}")
LINKS = {b"symlink": "leads out of the repository", b"dangling": "leads nowhere", b"loop": "leads to itself"}
# No prompt for a password where a partial clone has to fetch, no objects that `git replace` put over others.
QUIET = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRefFiles:
    """The policy files of the project at `root`, in the commit that `ref` named when it was asked.

    `place` is where the root lies in the repository, with a slash at its end; `files` are by their paths from
    the root, with None for those that the commit does not have.
    """

    root: Path
    ref: str
    commit: str
    place: str
    files: Mapping[str, bytes | None]
    is_required = False

    def has_file(self, path: Path) -> bool:
        return self.files.get(below(self.root, path)) is not None

    def read_bytes(self, path: Path) -> bytes:
        data = self.files.get(below(self.root, path))
        if data is None:
            raise ConfigError(f"{self.display_name(path)}: is not in the commit {self.commit}")
        return data

    def display_name(self, path: Path) -> str:
        """What `git show` takes: `main:services/api/pyproject.toml`."""
        return f"{self.ref}:{posixpath.normpath(self.place + below(self.root, path))}"

    def to_dict(self) -> dict[str, Any]:
        """Everything but the root, which is another one on another machine, as plain data."""
        return {key: value for key, value in asdict(self).items() if key != "root"}

    @classmethod
    def from_dict(cls, root: Path, data: Mapping[str, Any]) -> GitRefFiles:
        """Returns the same files for the project at `root`."""
        return cls(root=root, **data)


def read_ref(root: Path, ref: str, named: Path | None = None) -> GitRefFiles:
    """The policy files of the project at `root`, and the file that the user `named`, as they are in `ref`.

    Raises ConfigError where there is no git, no repository, no such ref, or a file that cannot be read.
    """
    if wrong := not_a_ref(ref):
        raise ConfigError(f"{OPTION}: {safe(ref, 80)!r} {wrong}")
    answer = git(root, "rev-parse", "--show-prefix")
    if answer.problem:
        raise ConfigError(f"{OPTION}: {safe(str(root))} is in no git repository that can be read: {said(answer)}")
    place = os.fsdecode(answer.output).removesuffix("\n")
    keys = [below(root, path) for path in (root / TOML_NAME, *(root / name for name in YAML_NAMES), named) if path]
    paths = {key: posixpath.normpath(place + key) for key in dict.fromkeys(keys)}
    problems = [f"{OPTION}: {safe(path)} {wrong}" for path in paths.values() if (wrong := out_of_reach(path))]
    try:
        commit = commit_of(root, ref)
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError(problems)
    found = contents(root, ref, commit, list(paths.values()))
    return GitRefFiles(
        root=root, ref=ref, commit=commit, place=place, files={key: found.get(path) for key, path in paths.items()}
    )


def not_a_ref(ref: str) -> str:
    """Why the words cannot be a ref, by git's own rules; what they say never becomes an option of git."""
    if not ref:
        return "names no git ref: give a branch, a tag or a commit"
    if ref.startswith(("-", "^")) or ".." in ref or re.search(r"[\s:?*\[\]\\]", ref) or safe(ref, 10**6) != ref:
        return "cannot be a git ref: give a branch, a tag or a commit"
    return "is too long to be a git ref" if len(ref) > LONGEST_REF else ""


def out_of_reach(path: str) -> str:
    """Why git cannot be asked for a path from the top of its repository."""
    if path.startswith("../") or Path(path).is_absolute():
        return "is not in the git repository"
    return "has a line break in its name" if "\n" in path else ""


def commit_of(root: Path, ref: str) -> str:
    """The commit that a ref names. Raises ConfigError with what to type where git does not know it."""
    answer = git(root, "rev-parse", "--verify", f"{ref}^{{commit}}")
    if answer.problem or not COMMIT.fullmatch(answer.output):
        why = f": {said(answer)}" if answer.problem else ""
        raise ConfigError(f"{OPTION}: git knows no commit {ref!r}{why}; {remedy(root, ref)}")
    if "ambiguous" in answer.remarks:
        raise ConfigError(f"{OPTION}: {ref!r} is ambiguous: write it in full, like refs/heads/{ref}")
    return answer.output.decode("ascii").strip()


def remedy(root: Path, ref: str) -> str:
    """What to type so that git knows the ref."""
    remote = git(root, "rev-parse", "--verify", "--quiet", f"refs/remotes/origin/{ref}^{{commit}}")
    if not remote.problem:
        return f"did you mean 'origin/{ref}'?"
    shallow = git(root, "rev-parse", "--is-shallow-repository").output == b"true\n"
    only = " --depth=1" if shallow else ""
    reason = "this clone is shallow: " if shallow else ""
    match = BRANCH.fullmatch(ref)
    if HASH.fullmatch(ref):
        return f"{reason}type git fetch origin {ref}{only}"
    if match is None or ref in ("HEAD", "FETCH_HEAD"):
        return f"{reason}type git fetch origin{' --unshallow' if shallow else ''}"
    branch = match[1]
    use = "" if ref in (f"origin/{branch}", f"refs/remotes/origin/{branch}") else f", then {OPTION} origin/{branch}"
    return f"{reason}type git fetch origin {branch}:refs/remotes/origin/{branch}{only}{use}"


def contents(root: Path, ref: str, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
    """What those of the files hold that the commit has; a symbolic link in the repository is followed.

    Raises ConfigError with every file that cannot be read or is too large.
    """
    listed = run(root, b"", "--literal-pathspecs", "ls-tree", "-z", "--name-only", "--full-tree", commit, "--", *paths)
    there = [os.fsdecode(path) for path in listed.split(b"\0") if path]
    question = [f"{commit}:{path}" for path in there]
    kinds = list(objects(run(root, lines(question), "cat-file", "--batch-check", "--follow-symlinks"), False))
    wrong = [(path, unreadable(head)) for path, (head, _) in zip(there, kinds, strict=True)]
    problems = [f"{ref}:{safe(path)}: {why}" for path, why in wrong if why]
    if problems:
        raise ConfigError(problems)
    wanted = [head[0].decode("ascii") for head, _ in kinds]
    answers = list(objects(run(root, lines(wanted), "cat-file", "--batch"), True))
    if [head[:2] for head, _ in answers] != [head[:2] for head, _ in kinds]:
        raise ConfigError(f"{OPTION}: git could not read {', '.join(there)} in {ref}")
    return {path: data for path, (_, data) in zip(there, answers, strict=True)}


def objects(output: bytes, whole: bool) -> Iterator[tuple[list[bytes], bytes]]:
    """The heads that `git cat-file` printed, in words, each with the bytes that followed it."""
    while output:
        head, _, output = output.partition(b"\n")
        words = head.split(b" ")
        follows = words[0] in (*LINKS, b"notdir") or (whole and words[-1] != b"missing")
        size = int(words[-1]) if follows else -1
        yield words, output[: max(size, 0)]
        output = output[size + 1 :]


def unreadable(head: Sequence[bytes]) -> str:
    """Why an object is not a file that can be read, by what `git cat-file --batch-check` says of it."""
    if head[0] in LINKS:
        return f"is a symbolic link that {LINKS[head[0]]}"
    if len(head) != 3 or head[1] != b"blob":
        return "is a directory" if head[1:2] == [b"tree"] else "is not a file that git can read"
    return f"larger than {LARGEST // 1024} KiB" if int(head[2]) > LARGEST else ""


def run(root: Path, question: bytes, *arguments: str) -> bytes:
    """What git answered. Raises ConfigError where it complained."""
    answer = git(root, *arguments, question=question)
    if answer.problem:
        raise ConfigError(f"{OPTION}: {said(answer)}")
    return answer.output


def git(root: Path, *arguments: str, question: bytes = b"") -> Answer:
    return ask(("git", "-c", "core.warnAmbiguousRefs=true", *arguments), root, question, QUIET)


def said(answer: Answer) -> str:
    return safe(answer.problem, 400)


def lines(words: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(word) + b"\n" for word in words)


def below(root: Path, path: Path) -> str:
    """A path from the root, with slashes; the file itself may be a link, its directory is the real one."""
    real = path.parent.resolve() / path.name
    try:
        return Path(os.path.relpath(real, root)).as_posix()
    except ValueError:  # on another drive
        return real.as_posix()
