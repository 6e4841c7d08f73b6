"""The files that a change takes away from a component: tests and sources that were its own in the git ref.

The component is found in a copy of the ref's Python files, by the policy that is enforced and by pytest's settings in
the ref. Only tests have their contents there: sources count by their names. A test that changes its kind, by a marker,
may be missing at a stage, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from ..config.git_ref import GitRefFiles
from ..discovery.imports import find_marked_components, list_marks
from ..discovery.project import PACKAGE
from ..model.evidence import Component
from ..model.names import identity
from ..model.report import PolicyChange
from ..model.text import first_few
from ..tools import git
from ..tools.tree_copy import copy_tree

SOURCE = "working tree"
BEFORE = "judged"
FindComponent = Callable[[Path, str], Component | None]


def find_taken_away(
    root: Path,
    ref_files: GitRefFiles,
    components: Sequence[Component],
    is_test_file: Callable[[str], bool],
    find_in_copy: FindComponent,
    kind_markers: Mapping[str, str],
) -> Iterator[PolicyChange]:
    """Yields the tests and sources of the components that they have in the ref and not in the working tree.

    `find_in_copy` finds a component of a name in another directory. `kind_markers` are the markers that make a test one
    of a kind, each with that kind. Where git cannot read the ref, the one change says
    so.
    """
    try:
        yield from compare_all(root, ref_files, components, is_test_file, find_in_copy, kind_markers)
    except git.GitError as error:
        yield PolicyChange(
            setting="tests and sources", new=f"unknown: {error}", old="compared", new_source=SOURCE,
            old_source=ref_files.ref,
        )  # fmt: skip


def compare_all(
    root: Path,
    ref_files: GitRefFiles,
    components: Sequence[Component],
    is_test_file: Callable[[str], bool],
    find_in_copy: FindComponent,
    kind_markers: Mapping[str, str],
) -> Iterator[PolicyChange]:
    """Yields what `find_taken_away` does. Raises GitError where the ref cannot be read."""

    def is_read(path: PurePosixPath) -> bool:
        return is_test_file(str(root / path)) or path.name == PACKAGE

    with copy_tree(root, ref_files.commit, ref_files.prefix, is_python_file, is_read) as copy:
        for component in components:
            before = find_in_copy(copy, component.name)
            if before is not None:
                for reason, paths in compare(component, root, before, copy, kind_markers).items():
                    yield PolicyChange(
                        setting=first_few(sorted(paths)),
                        new=reason,
                        old=BEFORE,
                        new_source=SOURCE,
                        old_source=ref_files.ref,
                        components=(component.name,),
                    )


def compare(
    component: Component, root: Path, before: Component, copy: Path, kind_markers: Mapping[str, str]
) -> Mapping[str, list[str]]:
    """Returns the paths from the root that a component has lost, by the reason."""
    lost: dict[str, list[str]] = {}
    kinds = {
        "sources": (before.files, component.files),
        "tests": ([claim.path for claim in before.tests], [claim.path for claim in component.tests]),
    }
    for kind, (old, new) in kinds.items():
        now = set(new)
        for path in old:
            place = root / path.relative_to(copy)
            name = place.relative_to(root).as_posix()
            if place not in now:
                reason = f"not among its {kind}" if place.exists() else "does not exist"
                lost.setdefault(reason, []).append(name)
            elif kind == "tests" and (others := find_new_owners(place, path, component.name)):
                lost.setdefault(f"marked for {first_few(others)}", []).append(name)
            elif kind == "tests":
                for reason, test in find_other_kinds(place, path, kind_markers):
                    lost.setdefault(reason, []).append(f"{name}::{test}" if test else name)
    return lost


def find_other_kinds(now: Path, before: Path, kind_markers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yields each test or class of a file with another marker of a kind than before, with the difference.

    An empty name is the file. A test that is new in the file has taken nothing away.
    """
    new, old = (list_marks(path, kind_markers) if kind_markers else {} for path in (now, before))
    for test, marks in new.items():
        for marker in sorted(marks ^ old.get(test, marks)):
            words = "marked" if marker in marks else "no longer marked"
            yield f"{words} {marker}, of the kind {kind_markers[marker]}", test.replace(".", "::")


def is_python_file(path: PurePosixPath) -> bool:
    return path.suffix == ".py"


def find_new_owners(now: Path, before: Path, name: str) -> list[str]:
    """Returns the other components that markers in a test file name, and did not name before."""
    new = find_marked_components(now) - find_marked_components(before)
    return sorted(other for other in new if identity(other) != identity(name))
