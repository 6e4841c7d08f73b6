"""Calls the retry hooks and checks their answers; an exception or a wrong answer becomes a warning."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ...model.retries import Attempt, Classification, FailedPhase, Failure, Rerun
from ...model.text import LONGEST_LINE, describe_error, safe, safe_repr
from ..pytest_internals import record_called_plugins
from .classify import combine_classifications, find_leaf_exceptions, read_retry_after
from .policy import PLUGIN_NAME, DefaultPolicy

RAISED = object()  # the answer of a hook that raised


class MaturityWarning(pytest.PytestWarning):
    """A hook of a project or plugin raised, or returned something that cannot be used."""


class RetryHooks:
    """The hooks by which a project and plugins take part in the decision whether a test is rerun."""

    def __init__(self, policy: DefaultPolicy) -> None:
        self._policy = policy

    def build_failure(self, item: pytest.Item, failed_phases: Sequence[FailedPhase]) -> Failure:
        """Returns the failure of an attempt, classified; the longest wait that an exception requests counts."""
        exceptions = [leaf for phase in failed_phases for leaf in find_leaf_exceptions(phase.exception)]
        waits = [seconds for one in exceptions if (seconds := read_retry_after(one)) is not None]
        return Failure(
            phases=tuple(failed_phases),
            classification=combine_classifications([self._classify(item, one) for one in exceptions]),
            retry_after=max(waits, default=None),
        )

    def _classify(self, item: pytest.Item, exception: BaseException) -> Classification:
        answer = self._call(item.ihook.pytest_maturity_classify, item, exception=exception)
        if answer in ("transient", "permanent", "unknown"):
            found: Classification = answer
            return found
        if answer is not RAISED:
            expected = "transient, permanent, unknown or None"
            warn(item, f"pytest_maturity_classify returned {safe_repr(answer)}; expected {expected}")
        return "unknown"

    def decide(self, item: pytest.Item, failure: Failure, attempt: int) -> tuple[Rerun | None, str, str]:
        """Returns the rerun, or None where the attempt is final; the plugin that decided; the decision in words."""
        hook = item.ihook.pytest_maturity_rerun  # read once: where conftests do not apply, each access is a new caller
        with record_called_plugins(hook) as called:
            answer = self._call(hook, item, failure=failure, attempt=attempt)
        by = Path(called[-1]).name  # a conftest's plugin name is its path
        if answer is RAISED:
            return None, by, "final: the hook raised"
        if answer is True:
            answer = Rerun()
        if isinstance(answer, Rerun):
            return answer, by, f"rerun: {safe(answer.reason, 200)}" if answer.reason else "rerun"
        if answer is not None and answer is not False:
            warn(item, f"pytest_maturity_rerun returned {safe_repr(answer)}; expected Rerun, True, False or None")
        declined = self._policy.decline_reason if PLUGIN_NAME in called else ""
        return None, by, f"final: {declined or 'the hook refused'}"

    def notify_attempt(self, item: pytest.Item, attempt: Attempt) -> None:
        """Calls `pytest_maturity_attempt` for a failed attempt that another one follows."""
        self._call(item.ihook.pytest_maturity_attempt, item, attempt=attempt)

    def _call(self, hook: Any, item: pytest.Item, **arguments: Any) -> Any:
        """Calls one of the hooks; returns RAISED, after a warning, where an implementation raises."""
        try:
            return hook(item=item, **arguments)
        except pytest.exit.Exception:
            raise
        except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:
            warn(item, f"{hook.name} raised {describe_error(error)}")
            return RAISED


def warn(item: pytest.Item, message: str) -> None:
    """Issues a MaturityWarning, which is only shown where the user's filters turn warnings into errors.

    Raised from here, it would end the run.
    """
    message = safe(message, LONGEST_LINE)
    try:
        item.warn(MaturityWarning(message))
    except MaturityWarning:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            item.warn(MaturityWarning(message))
