"""Results of tools that need not run again, because none of their inputs has changed.

A result is stored under its fingerprint, a digest of all its inputs: the arguments, the content of every file that the
tool reads, Python, and the installed distributions, the tool and its plugins among them. It is stored in the user's
cache directory, outside of the repository: a proposed change can contain any file of a repository, and must not contain
the result that it wants. Shards bring their results along, under the same fingerprints.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import site
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from json import dumps, loads  # bound here: a test may patch them
from pathlib import Path
from types import MappingProxyType

from ..model.evidence import Command, ToolResult
from .files import remove_oldest, replace_file
from .processes import is_own_program, isolate_environment

FORMAT = 2  # of an entry, and of what its fingerprint is computed from
MAX_ENTRIES = 200
MAX_OWN_CACHES = 20  # of all projects: mypy's takes up to 100 MB
LARGEST_ENTRY = 8 * 1024 * 1024  # characters
LARGEST_INPUT = 64 * 1024 * 1024  # bytes of all files that a tool reads; with more the tool runs
READ_VARIABLES = ("LANG", "LC_", "PYTHON")  # by every tool that is written in Python
METADATA = (".dist-info", ".egg-info")  # endings of an installed distribution's directory, NAME-VERSION.dist-info


def find_user_directory() -> Path | None:
    """Returns the plugin's directory among this user's caches (XDG Base Directory; LOCALAPPDATA on Windows)."""
    configured = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", "")
    try:
        base = Path(configured) if Path(configured).is_absolute() else Path.home() / ".cache"
    except RuntimeError:  # there is no home
        return None
    return base / "pytest-maturity"


def choose_cache_directory(root: Path, name: str) -> Path | None:
    """Returns a subdirectory of the user's directory; None where it lies in `root`: a proposed change could fill it."""
    base = find_user_directory()
    directory = base and base / name
    if directory is None or directory.resolve().is_relative_to(root.resolve()):
        return None
    return directory


def make_own_cache(directory: Path, owner: str) -> Path | None:
    """Returns the directory below `directory` in which a tool keeps its own cache for `owner`; None without one."""
    own = directory / hashlib.sha256(os.fsencode(owner)).hexdigest()[:32]
    try:
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.utime(own)  # those that were used last are kept
    except OSError:
        return None
    remove_oldest(directory, keep=MAX_OWN_CACHES)
    return own if os.access(own, os.W_OK) else None


class Cache:
    """The stored results in a directory and those of shards, by fingerprint; without a directory it has none.

    A result that cannot be read or written is not cached, without an error.
    """

    def __init__(self, directory: Path | None, from_shards: Mapping[str, ToolResult] = MappingProxyType({})) -> None:
        self._directory = directory
        self._from_shards = from_shards
        self._fingerprints: dict[Command, str] = {}

    def get(self, command: Command, root: Path) -> ToolResult | None:
        """Returns the result of a tool; None where it must run."""
        if self._directory is None or (fingerprint := compute_fingerprint(command, root)) is None:
            return None
        self._fingerprints[command] = fingerprint
        found = self._read(self._directory / f"{fingerprint}.json") or self._from_shards.get(fingerprint)
        return found and replace(
            found, argv=command.argv, directory=command.directory, cached=True, fingerprint=fingerprint
        )

    def _read(self, path: Path) -> ToolResult | None:
        try:
            stored = loads(path.read_text("ascii"))
            os.utime(path)  # the entries that were used last are kept
            return ToolResult.from_dict(stored)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def put(self, command: Command, root: Path, result: ToolResult) -> ToolResult:
        """Stores a result and returns it with its fingerprint.

        Not so a result with a problem, or one whose inputs changed while the tool ran.
        """
        fingerprint = self._fingerprints.get(command)
        if fingerprint is None or result.problem or compute_fingerprint(command, root) != fingerprint:
            return result
        with contextlib.suppress(Exception):  # nothing depends on it, and a test may have broken what it uses
            text = dumps(asdict(replace(result, argv=(), withheld=())))
            if len(text) <= LARGEST_ENTRY:
                self._write(fingerprint, text)
        return replace(result, fingerprint=fingerprint)

    def _write(self, fingerprint: str, text: str) -> None:
        assert self._directory is not None
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(self._directory / f"{fingerprint}.json", text, private=True, durable=False)
        remove_oldest(self._directory, keep=MAX_ENTRIES)


def compute_fingerprint(command: Command, root: Path) -> str | None:
    """Returns the SHA-256 of all inputs of a result; None where not all are known, or they are too much to read."""
    if command.inputs is None or not is_own_program(command.argv[0]):
        return None
    try:
        environment = isolate_environment(root)[0] if command.isolated else os.environ
        variables = sorted(item for item in environment.items() if item[0].startswith(READ_VARIABLES))
        python = [sys.version, sys.platform, *variables, *list_distributions()]
        how = [command.argv, command.directory, command.variables, command.exit_codes]
        whole = hashlib.sha256(dumps([FORMAT, how, python]).encode())
        start, budget = root / command.directory, LARGEST_INPUT
        for file in (file for path in command.inputs for file in walk_directory(start / path)):
            content = read_content(file)
            budget -= len(content)
            if budget < 0:
                return None
            whole.update(dumps([os.path.relpath(file, root), hashlib.sha256(content).hexdigest()]).encode())
    except OSError:
        return None
    return whole.hexdigest()


def list_distributions() -> list[str]:
    """Returns the paths of the installed distributions' metadata, which name their versions. Raises OSError."""
    places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()}
    if site.ENABLE_USER_SITE:
        places.add(site.getusersitepackages())
    found = [str(path) for place in places if Path(place).is_dir() for path in Path(place).iterdir()]
    return sorted(name for name in found if name.endswith(METADATA))


def walk_directory(path: Path) -> Iterator[Path]:
    """Yields the file, or every file below the directory in a fixed order, without byte code. Raises OSError."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path, onerror=raise_error):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(folder, name) for name in sorted(names))


def raise_error(error: OSError) -> None:
    """Raises an error that `os.walk` would ignore."""
    raise error


def read_content(path: Path) -> bytes:
    """Returns the content of a file behind a mark, which is another one for a missing file. Raises OSError."""
    try:
        with path.open("rb") as file:
            return b"is " + file.read(LARGEST_INPUT)
    except FileNotFoundError:
        return b"is not"
