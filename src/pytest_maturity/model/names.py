"""Compares names: of components, files and modules."""

from __future__ import annotations

import re

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def normalize(name: str) -> str:
    """`name` in lower case with underscores: my-api, MyApi and _my_api are all my_api."""
    words = name if name.islower() else _CAMEL.sub("_", name).lower()
    return words.replace("-", "_").replace(".", "_").replace(" ", "_").strip("_")


def identity(name: str) -> str:
    """What two ways to write one component's name have in common; auth.api and auth_api are two names."""
    return ".".join(map(normalize, name.split(".")))
