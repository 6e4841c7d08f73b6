"""Checks of `[tool.maturity.attestations]` that a JSON Schema cannot express."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..gates import BUILTIN
from ..model.attestations import ATTEST, SOURCES, find_source
from ..model.durations import parse_duration
from ..model.text import safe

NAME = re.compile(r"[A-Za-z]\w*(-\w+)*", re.ASCII)
# The keys that mean something with each source, besides that of the source itself and those of every source.
KEYS: Mapping[str, tuple[str, ...]] = {
    ATTEST: ("binds_to",),
    "file": ("pointer", "timestamp"),
    "command": ("pointer", "timestamp", "timeout"),
    "prometheus": ("url", "url_variable", "token_variable", "timeout", "retries"),
}
NEEDS_AGE = {
    ATTEST: "what was attested counts for some time only",
    "file": "a file is as old as its timestamp or its commit",
}


def check_attestations(policy: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yields the problems of the attestations in a policy's table; what a schema finds must not break this."""
    tables = policy.get("attestations")
    others = policy.get("gates")
    taken = {gate.name: "a built-in gate" for gate in BUILTIN}
    taken |= dict.fromkeys(others if isinstance(others, dict) else {}, f"a gate in {where}.gates")
    for name, table in (tables if isinstance(tables, dict) else {}).items():
        path = f"{where}.attestations.{safe(str(name), 80)}"
        if NAME.fullmatch(str(name)) is None:
            yield f"{path}: is no name of a gate: use letters, digits, - and _"
        elif name in taken:
            yield f"{path}: is the name of {taken[name]}: choose another one"
        if isinstance(table, dict):
            yield from check_table(table, path)


def check_table(table: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yields the problems of one attestation: several sources, keys without a meaning, and what is missing."""
    named = [key for key in SOURCES if key in table]
    if len(named) > 1:
        yield f"{path}: has {' and '.join(named)}: an attestation has one source, keep one"
        return
    source = find_source(table)
    known = {one for keys in KEYS.values() for one in keys}
    for key in table:
        if key in known and key not in KEYS[source]:
            instead = f"with {source}" if named else "without file, command or prometheus"
            yield f"{path}.{key}: has no meaning {instead}: remove it"
    if (
        source == "file"
        and isinstance(file := table["file"], str)
        and (file.startswith("/") or ".." in file.split("/"))
    ):
        yield f"{path}.file: must be a path from the root of the project, not {safe(file, 80)!r}"
    if source in NEEDS_AGE and "max_age" not in table:
        yield f'{path}: needs max_age, like "30d": {NEEDS_AGE[source]}'
    if source == "command" and ("max_age" in table) != ("timestamp" in table):
        yield f"{path}: max_age and timestamp belong together: without them, what a command prints is of now"
    if source == "prometheus":
        yield from check_server(table, path)
    if isinstance(max_age := table.get("max_age"), str):
        try:
            parse_duration(max_age)
        except ValueError:
            yield f'{path}.max_age: must be days, hours or minutes, like "30d", "12h" or "45m"'


def check_server(table: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yields what is wrong with the address of a server. A credential stands in no configuration."""
    if ("url" in table) == ("url_variable" in table):
        yield f"{path}: needs either url, or url_variable, the name of an environment variable that holds it"
    url = table.get("url")
    if not isinstance(url, str):
        return
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid:
        yield f"{path}.url: must be an http:// or https:// URL"
    elif "@" in parts.netloc:
        yield f"{path}.url: must have no login: name an environment variable in url_variable or token_variable"
    elif parts.query or parts.fragment:
        yield f"{path}.url: must be the address of the server, without ? and #"
