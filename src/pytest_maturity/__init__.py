"""A pytest plugin that turns a test session into a maturity gate for one component.

The public names are loaded when they are first used: an installed plugin that is
not switched on costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model.evidence import Command, Component, Coverage, Evidence, Finding, Gap, Outcomes, ToolResult
    from .model.gates import Context, Gate, Measurement, Remedy, Requirement, Status
    from .model.report import Report, Reporter, Verdict
    from .model.retries import Attempt, Failure, Rerun, TransientError

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
    "Remedy",
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
        from .model import evidence, gates, report, retries

        return getattr(next(one for one in (retries, evidence, gates, report) if hasattr(one, name)), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
