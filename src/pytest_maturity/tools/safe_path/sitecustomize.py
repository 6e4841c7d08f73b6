"""Keeps the directory in which a Python process starts off its module path, for Python 3.10.

Python puts that directory first for `-c` and `-m`, and the directory of a script for a script. From 3.11 on,
PYTHONSAFEPATH prevents it. On 3.10 the environment of tools has this file's folder on PYTHONPATH: a tool, and each
Python process that it starts (multiprocessing's spawned workers, for example), then imports this file at its start, by
its name. It imports nothing but the standard library.
"""

from __future__ import annotations

import importlib
import os
import sys


class FirstImport:
    """An importer that finds nothing. At the first import, it removes the entry that Python puts first on the path."""

    def __init__(self) -> None:
        self._first = sys.path[0]

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:  # noqa: ARG002 - as importers
        """Returns None. Called before all other importers, at last for the first import of the program itself."""
        if sys.path[0] != self._first:
            sys.meta_path.remove(self)
            if sys.path[1] == self._first:
                del sys.path[0]


def start() -> None:
    """Installs the importer, and imports the module of this name that Python would have imported."""
    here = os.path.dirname(__file__)  # noqa: PTH120 - pathlib would slow down each start
    sys.path[:] = [one for one in sys.path if one != here]
    sys.meta_path.insert(0, FirstImport())
    own = sys.modules.pop(__name__)
    try:
        importlib.import_module(__name__)
    except ModuleNotFoundError as error:
        if error.name != __name__:
            raise
    finally:
        sys.modules.setdefault(__name__, own)


if __name__ == "sitecustomize":
    start()
