"""The line of the project that raised the exception of a failed test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..model.paths import is_installed, path_from_root


def find_raising_line(longrepr: Any, start: Path, root: Path) -> str:
    """Returns the last line of a traceback that lies in the project, like `src/shop/cart.py:7`; empty without one.

    `longrepr` is that of a report; `start` is the directory from which its relative paths lead. Tracebacks that pytest
    prints as text (`--tb=native`, `--tb=no`) name only where the exception was raised.
    """
    entries = getattr(getattr(longrepr, "reprtraceback", None), "reprentries", ())
    places = [getattr(entry, "reprfileloc", None) for entry in entries] or [None]
    if places[-1] is None:
        places.append(getattr(longrepr, "reprcrash", None))
    for place in reversed(places):
        if place is None:
            continue
        path = Path(start, place.path).resolve()
        if path.is_relative_to(root) and not is_installed(path) and path.is_file():
            return f"{path_from_root(path, root)}:{place.lineno}"
    return ""
