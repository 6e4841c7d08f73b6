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
    return hashlib.sha256(dumps(sort_unordered_lists(data), sort_keys=True).encode()).hexdigest()


def sort_unordered_lists(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {
        key: sorted(item) if key in ANY_ORDER and isinstance(item, list | tuple) else sort_unordered_lists(item)
        for key, item in value.items()
    }


def file_digest(path: Path) -> str:
    """SHA-256 of what is in a file, in hexadecimal digits; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def compute_seal(document: Mapping[str, Any]) -> str:
    """What a report carries under `seal`: SHA-256 of everything else in it, as compact JSON with sorted keys."""
    rest = {key: value for key, value in document.items() if key != "seal"}
    text = dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
