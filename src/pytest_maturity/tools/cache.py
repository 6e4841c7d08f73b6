"""Answers of tools that need not be asked again, because nothing that decides them has changed.

An answer is kept under one digest of all that decides it: the arguments, the content of every file that the tool
reads, Python, and the packages installed beside it, the tool and its plugins among them. It is kept for the user,
outside of the repository: what lies in a repository can be part of a change that somebody proposes, and such a
change must not bring the answer that it wants. Shards bring their answers along, under the same digest.
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
from .processes import own

FORMAT = 1  # of an entry, and of what its digest is made of
LARGEST = 8 * 1024 * 1024  # bytes of an entry
MOST = 200  # entries
MOST_READ = 64 * 1024 * 1024  # bytes: above that the tool is asked
METADATA = (".dist-info", ".egg-info")  # an installed distribution's, by name and version


def user_directory() -> Path | None:
    """Where this user's programs keep what can be made again (XDG Base Directory; LOCALAPPDATA on Windows)."""
    named = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", "")
    try:
        base = Path(named) if Path(named).is_absolute() else Path.home() / ".cache"
    except RuntimeError:  # there is no home
        return None
    return base / "pytest-maturity"


def outside(root: Path, name: str) -> Path | None:
    """A place in the user's directory; None where it lies in `root`: a change of the repository could fill it."""
    base = user_directory()
    directory = base and base / name
    if directory is None or directory.resolve().is_relative_to(root.resolve()):
        return None
    return directory


class Cache:
    """The answers in a directory, and those that others `told`, by their keys; without a directory, none.

    What cannot be read or written is not kept, and no error.
    """

    def __init__(self, directory: Path | None, told: Mapping[str, ToolResult] = MappingProxyType({})) -> None:
        self._directory = directory
        self._told = told
        self._keys: dict[Command, str] = {}

    def get(self, command: Command, root: Path) -> ToolResult | None:
        """What the tool would say, None where it must be asked."""
        if self._directory is None or (key := digest(command, root)) is None:
            return None
        self._keys[command] = key
        found = self._read(self._directory / f"{key}.json") or self._told.get(key)
        return found and replace(found, argv=command.argv, cached=True, key=key)

    def _read(self, path: Path) -> ToolResult | None:
        try:
            kept = loads(path.read_text("ascii"))
            os.utime(path)
            return ToolResult(**{**kept, "argv": ()})
        except (OSError, ValueError, TypeError):
            return None

    def put(self, command: Command, root: Path, result: ToolResult) -> ToolResult:
        """Keep an answer that can be trusted, if what decides it is still what it was when the tool began; returns it
        with its key."""
        key = self._keys.get(command)
        if key is None or result.problem or digest(command, root) != key:
            return result
        with contextlib.suppress(Exception):  # nothing depends on it, and a test may have broken what it uses
            text = dumps(asdict(replace(result, argv=())))
            if len(text) <= LARGEST:
                self._write(key, text)
        return replace(result, key=key)

    def _write(self, key: str, text: str) -> None:
        """Raises OSError. What was not asked for the longest time is forgotten."""
        assert self._directory is not None
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(self._directory / f"{key}.json", text, private=True, durable=False)
        remove_oldest(self._directory, keep=MOST)


def digest(command: Command, root: Path) -> str | None:
    """SHA-256 of all that decides what the tool says; None where that is not known, or too much to read."""
    if command.reads is None or not own(command.argv[0]):
        return None
    try:
        decisive = [FORMAT, sys.version, sys.platform, command.argv, command.documented, *installed()]
        whole = hashlib.sha256(dumps(decisive).encode())
        budget = MOST_READ
        for file in (file for path in command.reads for file in files(root / path)):
            text = content(file)
            budget -= len(text)
            if budget < 0:
                return None
            whole.update(dumps([os.path.relpath(file, root), hashlib.sha256(text).hexdigest()]).encode())
    except OSError:
        return None
    return whole.hexdigest()


def installed() -> list[str]:
    """Whence the tools of this interpreter's environment import. Raises OSError."""
    return [os.environ.get("PYTHONPATH", ""), *distributions()]


def distributions() -> list[str]:
    """The distributions that are installed, with their versions, by their places. Raises OSError."""
    places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()}
    if site.ENABLE_USER_SITE:
        places.add(site.getusersitepackages())
    found = [str(path) for place in places if Path(place).is_dir() for path in Path(place).iterdir()]
    return sorted(name for name in found if name.endswith(METADATA))


def files(path: Path) -> Iterator[Path]:
    """The file, or every file below the directory in a fixed order, without Python's own byte code."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path, onerror=refuse):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(folder, name) for name in sorted(names))


def refuse(error: OSError) -> None:
    raise error


def content(path: Path) -> bytes:
    """What is in a file, for one that is not there something else than for an empty one. Raises OSError."""
    try:
        with path.open("rb") as file:
            return b"is " + file.read(MOST_READ)
    except FileNotFoundError:
        return b"is not"
