"""Digests: SHA-256 of plain data, of files and of reports."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from json import dumps  # bound here: a test may patch it
from pathlib import Path
from typing import Any

UNORDERED_KEYS = frozenset({"clean_exit_codes", "exit_codes", "transient"})  # the order of these lists has no meaning


def digest(data: Mapping[str, Any]) -> str:
    """Returns the SHA-256 of a configuration, in hexadecimal digits. It does not depend on the order of keys."""
    return hashlib.sha256(dumps(sort_unordered_lists(data), sort_keys=True).encode()).hexdigest()


def sort_unordered_lists(value: Any) -> Any:
    """Returns the same data with every list under one of UNORDERED_KEYS sorted."""
    if not isinstance(value, Mapping):
        return value
    return {
        key: sorted(item) if key in UNORDERED_KEYS and isinstance(item, list | tuple) else sort_unordered_lists(item)
        for key, item in value.items()
    }


def compute_decision_digest(files: Mapping[str, str], policy_digest: str) -> str:
    """Returns the SHA-256 of a component's files, by their paths and digests, and of the policy without its targets.

    Promotions and approvals are about exactly these; which stage is the target does not matter.
    """
    return digest({"files": dict(files), "policy": policy_digest})


def file_digest(path: Path) -> str:
    """Returns the SHA-256 of a file's content, in hexadecimal digits; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def compute_seal(document: Mapping[str, Any]) -> str:
    """Returns the seal of a report: `sha256:` and the SHA-256 of all keys but `seal`, as compact JSON, keys sorted."""
    rest = {key: value for key, value in document.items() if key != "seal"}
    text = dumps(rest, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
