"""The store that the configuration names: the SQLite database in the project, or a server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..config.settings import RecordSettings
from .sqlite import SqliteStore
from .store import Store


def choose_store(settings: RecordSettings, root: Path, environ: Mapping[str, str]) -> Store:
    """Returns the store of the project at `root`, whether it exists or not.

    What `url` says about the server is read from the environment now: a later change of it redirects nothing.
    """
    if not settings.url:
        return SqliteStore(root / settings.path, settings.path)
    from .postgresql import PostgresStore  # here: few projects have a server

    return PostgresStore(settings.url, environ)
