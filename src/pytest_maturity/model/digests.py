"""One number for plain data: equal for equal data, in whatever order it was written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from json import dumps  # bound here: a test may patch it
from pathlib import Path
from typing import Any

ANY_ORDER = frozenset({"exit_codes", "transient"})  # lists of which the order says nothing


def digest(data: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(dumps(unordered(data), sort_keys=True).encode()).hexdigest()


def unordered(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {
        key: sorted(item) if key in ANY_ORDER and isinstance(item, list | tuple) else unordered(item)
        for key, item in value.items()
    }


def content(path: Path) -> str:
    """SHA-256 of what is in a file, in hexadecimal digits; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
