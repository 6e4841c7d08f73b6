"""Compares the byte code that Python would load for source files with the sources.

Python runs the byte code in `__pycache__` without a look at the source where its header says so, or where the source
has the time and the size that the header names (https://peps.python.org/pep-0552). Then the tests may have run other
code than the source that the tools analysed.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path
from types import CodeType

from ..model.syntax import UNPARSABLE, compile_source

HEADER = 16  # bytes: the magic number, the flags, then a hash of the source, or its time and size
LEVELS = {"": 0, "1": 1, "2": 2}  # the name of an optimization in the name of the file, and its level
HASH_BASED, CHECKED = 1, 2  # flags


def list_byte_code(source: Path) -> Iterator[tuple[Path, int]]:
    """Yields the existing files of a source's byte code for this Python, each with its level of optimization."""
    for name, level in LEVELS.items():
        try:
            path = Path(cache_from_source(source, optimization=name))
        except NotImplementedError:  # a Python that writes no byte code
            return
        if path.is_file():
            yield path, level


def digest_byte_code(sources: Iterable[Path]) -> dict[Path, bytes]:
    """Returns a digest of all byte code that Python would load for these sources now, by its path."""
    found = {}
    for source in sources:
        for path, _ in list_byte_code(source):
            code = read_accepted_code(path, source)
            if code is not None:
                found[path] = sha256(code).digest()
    return found


def find_foreign_byte_code(sources: Iterable[Path], before: Mapping[Path, bytes]) -> list[Path]:
    """Returns the sources with byte code that is not theirs, now or in `before`, which `digest_byte_code` returned.

    Of byte code that was replaced meanwhile, nobody knows any more whether it was the source's.
    """
    return [source for source in sources if has_foreign_byte_code(source, before)]


def has_foreign_byte_code(source: Path, before: Mapping[Path, bytes]) -> bool:
    """Whether a source has byte code that Python would load, or would have loaded before, and that is not its own."""
    names = [Path(cache_from_source(source, optimization=name)) for name in LEVELS] if before else []
    remaining = {path for path in names if path in before}
    for path, level in list_byte_code(source):
        code = read_accepted_code(path, source)
        if code is None:
            continue
        if path in remaining and sha256(code).digest() == before[path]:
            remaining.discard(path)
        if not is_code_of(code, source, level):
            return True
    return bool(remaining)


def read_accepted_code(path: Path, source: Path) -> bytes | None:
    """Returns the marshalled code of a file if Python would load it for the source, else None."""
    try:
        content = path.read_bytes()
        if len(content) < HEADER or content[:4] != MAGIC_NUMBER:
            return None
        flags, check = int.from_bytes(content[4:8], "little"), content[8:HEADER]
        if flags & HASH_BASED:
            is_accepted = not flags & CHECKED or check == source_hash(source.read_bytes())
        else:
            stat = source.stat()
            numbers = (int(stat.st_mtime), stat.st_size)
            is_accepted = check == b"".join((one & 0xFFFFFFFF).to_bytes(4, "little") for one in numbers)
    except OSError:
        return None
    return content[HEADER:] if is_accepted else None


def is_code_of(code: bytes, source: Path, level: int) -> bool:
    """Whether marshalled code is what a source compiles to; False where it cannot be compared."""
    try:
        found = marshal.loads(code)
        expected = compile_source(source.read_bytes(), str(source), level)
    except (OSError, EOFError, TypeError, *UNPARSABLE):
        return False
    return isinstance(found, CodeType) and found == expected and list_lines(found) == list_lines(expected)


def list_lines(code: CodeType) -> list[object]:
    """Returns the lines of a code object and of those in it: before Python 3.12 they are no part of its equality."""
    inner = [list_lines(one) for one in code.co_consts if isinstance(one, CodeType)]
    return [[line for _, _, line in code.co_lines()], *inner]
