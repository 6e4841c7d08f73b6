"""The work tree of a git repository: the commit that is checked out, and every file that differs from it.

git compares a file only where it is told to: `git update-index --assume-unchanged` and `--skip-worktree` hide changes
of a tracked file, `.gitignore` and `.git/info/exclude` untracked ones. What must not be hidden is compared here, by
its contents (see `WorkTree.find_uncommitted`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ..model.light_dataclass import light_dataclass
from .git import VARIABLES
from .processes import run_program, run_programs

# Settings of the repository or the user with which git would not look at every file.
SETTINGS = (
    "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", "-c", "core.trustctime=true",
    "-c", "core.checkStat=default",
)  # fmt: skip
TOP = ("git", "rev-parse", "--is-shallow-repository", "--show-toplevel")  # which may hold line breaks
STATUS = (
    "git", *SETTINGS, "status", "--porcelain=v2", "-z", "--branch", "--untracked-files=all", "--no-renames",
    "--ignore-submodules=none",
)  # fmt: skip
INDEX = ("git", *SETTINGS, "ls-files", "-z", "-v", "--stage", "--full-name", ":(top)")
# No lock that would get in the way of a git that the tests run; `:(top)` is a pattern.
STATUS_VARIABLES = {**VARIABLES, "GIT_OPTIONAL_LOCKS": "0", "GIT_LITERAL_PATHSPECS": "0"}
FIELDS_BEFORE_PATH = {"1": 7, "u": 9}  # of a changed and of an unmerged entry
LINK, SUBMODULE = "120000", "160000"  # modes in the index
TIMEOUT = 60.0  # seconds


@light_dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """A path in git's index. `mode` and `blob` are of its contents; `tag` is the letter of `git ls-files -v`."""

    tag: str
    mode: str
    blob: str
    path: Path


@light_dataclass(frozen=True, slots=True, kw_only=True)
class WorkTree:
    """A checked-out commit and the files that differ from it, by their absolute paths. `top` is the repository.

    * `modified`: files of the commit that were changed or deleted, also those that git was told not to compare.
    * `untracked`: files that git neither knows nor ignores.
    * `left_out`: files of the commit outside of a sparse checkout.
    * `index`: what `git ls-files` printed.
    * `branch`: the one that is checked out; empty where the head is detached.
    * `is_shallow`: whether the clone lacks the older part of its history.

    A submodule, or a repository in a directory of its own, is one entry.
    """

    top: Path
    commit: str
    modified: tuple[Path, ...] = ()
    untracked: tuple[Path, ...] = ()
    left_out: tuple[Path, ...] = ()
    index: bytes = b""
    branch: str = ""
    is_shallow: bool = False

    def find_uncommitted(self, paths: Iterable[Path], *, compares: bool = True) -> list[Path]:
        """Returns those of the paths that the commit does not have with these contents, but for line endings.

        Without `compares`, only those that the index does not have at all: git names the others where it is asked.

        It does not matter what git ignores, or was told not to compare. A path outside of the repository is among
        them; of one in a submodule, the submodule's commit counts.
        """
        wanted = {os.fsencode(Path(os.path.relpath(path, self.top)).as_posix()): path for path in paths}
        submodules: list[Path] = []
        missing = dict.fromkeys(wanted.values())
        differing: set[Path] = set()
        for entry in parse_index(self.index, self.top, wanted):
            if entry.mode == SUBMODULE:
                submodules.append(entry.path)
                continue
            missing.pop(entry.path, None)
            if compares and not is_unchanged(entry):
                differing.add(entry.path)
        for submodule in submodules:
            if inside := [path for path in missing if path.is_relative_to(submodule)]:
                tree = read_work_tree(submodule)
                if tree is not None and tree.top == submodule:
                    differing.update(tree.find_uncommitted(inside, compares=compares))
                    missing = {path: None for path in missing if path not in inside}
        return [path for path in wanted.values() if path in differing or path in missing]


def read_work_tree(root: Path) -> WorkTree | None:
    """Returns what is checked out in the repository that `root` lies in; None outside of a repository.

    A repository without a commit, and one that ignores `root`, says nothing about the files there: None, too.
    """
    if not has_repository(root):
        return None
    top_line, status, index = run_programs((TOP, STATUS, INDEX), root, variables=STATUS_VARIABLES, timeout=TIMEOUT)
    shallow, _, path = os.fsdecode(top_line.stdout).partition("\n")
    top = Path(path.rstrip("\n"))
    # core.worktree may lead elsewhere.
    if top_line.problem or status.problem or index.problem or not root.resolve().is_relative_to(top.resolve()):
        return None
    if top != root and not run_program(("git", "check-ignore", "--quiet", "--", os.fspath(root)), top).problem:
        return None
    tree = parse_work_tree(status.stdout, index.stdout, top)
    return tree and replace(tree, is_shallow=shallow != "false")


def has_repository(root: Path) -> bool:
    """Whether `root` or a folder above it holds a `.git`, without which git need not run."""
    here = root.resolve()
    return any(os.path.lexists(folder / ".git") for folder in (here, *here.parents))


def describe_problem(root: Path) -> str:
    """Returns why git cannot read the repository that `root` lies in; empty outside of a repository."""
    if not has_repository(root):
        return ""
    return run_program(STATUS, root, variables=STATUS_VARIABLES, timeout=TIMEOUT).problem


def parse_work_tree(status: bytes, index: bytes, top: Path) -> WorkTree | None:
    """Reads what `git status --porcelain=v2 -z --branch` and `git ls-files -z -v --stage` printed for all of `top`."""
    commit = branch = ""
    modified: list[Path] = []
    untracked: list[Path] = []
    for line in os.fsdecode(status).split("\0"):
        kind, _, rest = line.partition(" ")
        if kind == "#" and rest.startswith("branch.oid "):
            commit = rest.removeprefix("branch.oid ")
        elif kind == "#" and rest.startswith("branch.head "):
            branch = rest.removeprefix("branch.head ").replace("(detached)", "")
        elif kind == "?":
            untracked.append(top / rest)
        elif kind in FIELDS_BEFORE_PATH:
            modified.append(top / rest.split(" ", FIELDS_BEFORE_PATH[kind])[-1])
    if commit in ("", "(initial)"):
        return None
    hidden = list(parse_hidden(index, top))
    absent = [entry.path for entry in hidden if entry.tag == "S" and not os.path.lexists(entry.path)]
    left_out = absent if absent and is_sparse(top) else []
    known = {*modified, *left_out}
    modified += [entry.path for entry in hidden if entry.path not in known and not is_unchanged(entry)]
    return WorkTree(
        top=top,
        commit=commit,
        modified=tuple(modified),
        untracked=tuple(untracked),
        left_out=tuple(left_out),
        index=index,
        branch=branch,
    )


def parse_index(output: bytes, top: Path, wanted: Container[bytes]) -> Iterator[IndexEntry]:
    """Yields the entries of submodules and of the `wanted` paths that `git ls-files -z -v --stage` printed."""
    for line in output.split(b"\0"):
        facts, _, path = line.partition(b"\t")
        if path in wanted or facts[2:8] == SUBMODULE.encode():
            yield make_entry(facts, path, top)


def parse_hidden(output: bytes, top: Path) -> Iterator[IndexEntry]:
    """Yields the files that git does not compare: `S`, for --skip-worktree and outside of a sparse checkout, and those
    with a small letter, for --assume-unchanged.
    """
    for line in output.split(b"\0"):
        facts, _, path = line.partition(b"\t")
        tag, mode = facts[:1], facts[2:8]
        if (tag == b"S" or tag.islower()) and mode != SUBMODULE.encode():
            yield make_entry(facts, path, top)


def make_entry(facts: bytes, path: bytes, top: Path) -> IndexEntry:
    """Returns the entry of a line like `H 100644 0123abcd 0`, a tab, and the path."""
    tag, mode, blob, _ = facts.decode("ascii").split(" ")
    return IndexEntry(tag=tag, mode=mode, blob=blob, path=top / os.fsdecode(path))


def is_sparse(top: Path) -> bool:
    """Whether the repository is checked out in part."""
    return run_program(("git", "config", "--type=bool", "core.sparseCheckout"), top).stdout == b"true\n"


def is_unchanged(entry: IndexEntry) -> bool:
    """Whether a file has the contents of its blob, but for line endings, which git may convert."""
    try:
        if entry.path.is_symlink() or entry.mode == LINK:
            return entry.mode == LINK and compute_blob(os.fsencode(entry.path.readlink()), entry.blob) == entry.blob
        data = entry.path.read_bytes()
    except OSError:
        return False
    return entry.blob in (compute_blob(data, entry.blob), compute_blob(data.replace(b"\r\n", b"\n"), entry.blob))


def compute_blob(data: bytes, like: str) -> str:
    """Returns the name that git gives to a file with these contents, by the hash function of the name `like`."""
    make = hashlib.sha1 if len(like) == 40 else hashlib.sha256
    return make(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
