"""Takes back the reports of runs that do not count any more."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from ..config import schema
from ..config.files import WorkingTreeFiles, find_policy
from ..model.digests import compute_seal
from ..model.errors import MaturityError
from ..model.names import identity, normalize
from ..model.report import Verdict
from ..tools.files import DIRECTORY
from . import files, verify

SEVERAL = files.default_path(Path(), ("several", "components")).name  # the report on more than one component
UNREADABLE = (OSError, ValueError, MaturityError)  # ValueError: a name that no file can have


def revoke_reports(
    root: Path, names: Sequence[str], requests: Iterable[str], here: Path, note: str, *, until: float | None = None
) -> list[Path]:
    """Takes back the reports of these components where a run is refused before it finds them; returns which it was.

    `requests` are the values of --maturity-report, whose paths are relative to `here`. A report of a run that began
    after `until`, in seconds of the epoch, stays.
    """
    policy = read_table(root)
    of_policy = policy.get("reports")
    asked = [files.Request(str(one), root, "") for one in of_policy] if isinstance(of_policy, list) else []
    asked += [files.Request(one, here, "") for one in requests]
    own = files.Requests(asked, files.default_path(root, names)).json_paths
    paths = dict.fromkeys((*own, *find_earlier_reports(root, [*names, *find_aliased(policy, names)])))
    return [path for path in paths if (until is None or has_begun_before(path, until)) and revoke_report(path, note)]


def read_table(root: Path) -> Mapping[str, Any]:
    """Returns the table of the configuration; an empty one of a broken configuration."""
    with contextlib.suppress(MaturityError):
        return find_policy(root, WorkingTreeFiles(root))[1]
    return {}


def find_aliased(policy: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Returns the components of the configuration that have one of these names as an alias."""
    wanted = set(map(identity, names))
    with contextlib.suppress(AttributeError, TypeError):
        components = policy.get("components", {})
        return [name for name, one in components.items() if wanted.intersection(map(identity, one.get("aliases", ())))]
    return []


def revoke_report(path: Path, note: str) -> bool:
    """Makes the report of an earlier run INCOMPLETE, where this run does not replace it; `note` says why.

    On a full disk, removes the file instead. Where nothing may be changed the file stays: then only the exit code and
    the run id show that it is old. Leaves files alone that are no report. Returns whether it changed something.
    """
    with contextlib.suppress(*UNREADABLE):
        document = verify.read_document(path)
        if schema.find_problems(document, schema.load_schema("report"), "report"):
            return False
        if document["verdict"] == Verdict.INCOMPLETE.value:
            return False
        document |= {"verdict": Verdict.INCOMPLETE.value, "components": [], "notes": [note]}
        text = json.dumps({**document, "seal": compute_seal(document)}, indent=2, ensure_ascii=False)
        try:
            files.write_file(path, f"{text}\n")
        except OSError:
            path.unlink()
        return True
    return False


def find_written_files(path: Path, root: Path) -> list[Path]:
    """Returns the files in the project that a report names as written by its run; none where it is no whole report."""
    with contextlib.suppress(*UNREADABLE, LookupError, TypeError):
        document = verify.read_document(path)
        if document["seal"] == compute_seal(document):
            paths = [Path(os.path.normpath(root / one["path"])) for one in document["reports"]]
            return [path for path in paths if path.is_relative_to(root) and path.is_file() and not path.is_symlink()]
    return []


def has_begun_before(path: Path, time: float) -> bool:
    """Whether the run of a report began before a time in seconds of the epoch; True where it does not say when."""
    with contextlib.suppress(*UNREADABLE, LookupError, TypeError):
        return datetime.fromisoformat(verify.read_document(path)["run"]["started"]).timestamp() < time
    return True


def find_earlier_reports(
    root: Path, names: Sequence[str], sources: Iterable[list[str]] | None = None
) -> Iterator[Path]:
    """Yields the reports in the default directory that judge one of these components, in any spelling; `all`, and
    `affected` where those are not known: each.

    `sources` are the paths of each component's sources, as a report gives them: a report on the same sources judges the
    same component, whatever its name is. Where they are not known, a name that is the end of such a path counts.
    """
    wanted = set(map(identity, names))
    takes_all = not {"all", "affected"}.isdisjoint(names)
    same_sources = None if sources is None else list(sources)
    ends = [split_name(name) for name in names] if same_sources is None else []
    for path in sorted((root / DIRECTORY).glob("*.json")):
        if takes_all or (path.name != SEVERAL and identity(path.stem) in wanted):
            yield path
            continue
        for name, judged in read_judged(path, same_sources):
            is_same = judged in same_sources if same_sources is not None else is_end_of_any(ends, judged)
            if identity(name) in wanted or is_same:
                yield path
                break


def read_judged(path: Path, sources: list[list[str]] | None) -> list[tuple[str, list[str]]]:
    """Returns the name and the sources of each component that a report judges; nothing of a file that is no report.

    With `sources`, passes over a report that does not mention any of them: parsing many large ones would take time.
    """
    with contextlib.suppress(*UNREADABLE, LookupError, TypeError):
        if sources is not None and path.name != SEVERAL:
            text = path.read_bytes()
            if not any(source.encode() in text for one in sources for source in one):
                return []
        components: list[dict[str, Any]] = verify.read_document(path)["components"]
        return [(str(one["name"]), [str(source) for source in one["sources"]]) for one in components]
    return []


def is_end_of_any(ends: Iterable[list[str]], sources: Iterable[str]) -> bool:
    """Whether the path of one of the sources ends with the parts of one of the names."""
    paths = [[normalize(part) for part in PurePosixPath(source).with_suffix("").parts] for source in sources]
    return any(path[-len(end) :] == end for path in paths for end in ends if end)


def split_name(name: str) -> list[str]:
    """Returns the normalized parts of a dotted name, or of a path that was given in place of a name."""
    parts = name.replace("\\", "/").removesuffix(".py").replace(".", "/").split("/")
    return [normalize(part) for part in parts if part]
