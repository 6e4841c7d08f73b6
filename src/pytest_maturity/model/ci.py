"""Whether this is a machine of a CI service."""

from __future__ import annotations

import os

FALSE_VALUES = ("", "0", "false", "no", "off")


def is_ci() -> bool:
    """Whether this is a machine of a CI service: all of them set the variable CI."""
    return os.environ.get("CI", "").strip().lower() not in FALSE_VALUES
