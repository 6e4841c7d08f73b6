"""Compares the names of components, files and modules, however they are written."""

from __future__ import annotations

import re
from functools import lru_cache

PLACEHOLDER = "{component}"  # a component's name, in the paths of the configuration
# Names of devices on Windows, with any suffix.
_DEVICE = re.compile(r"^(con|prn|aux|nul|(com|lpt)[0-9])(?=\.|$)", re.IGNORECASE)
_CAMEL_CASE_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def component_table(name: str) -> str:
    """Returns the table of a component in pyproject.toml, its name quoted where it has a dot."""
    key = f'"{name}"' if "." in name else name
    return f"tool.maturity.components.{key}"


def file_name(name: str) -> str:
    """Returns the beginning of the name of a component's files: that of a device on Windows gets an underscore."""
    return _DEVICE.sub(r"\g<0>_", name)


@lru_cache(maxsize=10_000)
def normalize(name: str) -> str:
    """Returns the name in lower case with underscores: my-api, MyApi and _my_api all become my_api."""
    words = name if name.islower() else _CAMEL_CASE_BORDER.sub("_", name).lower()
    return words.replace("-", "_").replace(".", "_").replace(" ", "_").strip("_")


def insert_name(pattern: str, name: str) -> str:
    """Returns a path or pattern of the configuration with a component's name in place of `{component}`."""
    return pattern.replace(PLACEHOLDER, name)


def identity(name: str) -> str:
    """Returns the dotted name with each part normalized: equal for two spellings of one component's name.

    auth.api and auth_api are two names.
    """
    return ".".join(map(normalize, name.split(".")))
