"""Run asynchronous steps that depend on each other, as many at once as is allowed."""

from .checkpoint import Checkpoint, CheckpointError
from .config import Config, ConfigError
from .orchestrator import Event, EventKind, Orchestrator
from .plan import Plan, PlanError, Step
from .result import RunFailed, RunResult, Status, StepResult

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "Config",
    "ConfigError",
    "Event",
    "EventKind",
    "Orchestrator",
    "Plan",
    "PlanError",
    "RunFailed",
    "RunResult",
    "Status",
    "Step",
    "StepResult",
]
