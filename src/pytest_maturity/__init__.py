"""A pytest plugin that turns a test session into a maturity gate for one component.

The public names are loaded when they are first used: an installed plugin that is
not switched on costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import (
        Command,
        Component,
        Context,
        Coverage,
        Evidence,
        Finding,
        Gap,
        Gate,
        Measurement,
        Outcomes,
        Requirement,
        Status,
        ToolResult,
    )
    from .report import Report, Reporter, Verdict
    from .retry import Attempt, Failure, Rerun, TransientError

__all__ = [
    "Attempt",
    "Command",
    "Component",
    "Context",
    "Coverage",
    "Evidence",
    "Failure",
    "Finding",
    "Gap",
    "Gate",
    "Measurement",
    "Outcomes",
    "Report",
    "Reporter",
    "Requirement",
    "Rerun",
    "Status",
    "ToolResult",
    "TransientError",
    "Verdict",
]


def __getattr__(name: str) -> object:
    if name in __all__:
        from . import model, report, retry

        return getattr(next(one for one in (retry, model, report) if hasattr(one, name)), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
