"""Asks the hooks of retries, and bears with what they answer."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from ...model.retries import Attempt, Classification, FailedPhase, Failure, Rerun
from ...model.text import LONGEST_LINE, describe_error, safe, safe_repr
from ..pytest_internals import watched
from .classify import leaves, retry_after, together

POLICY = "maturity_recovery"  # the plugin that holds the default policy
RAISED = object()  # what a hook answers that raised instead


class MaturityWarning(pytest.PytestWarning):
    """A hook of a project or plugin did something that could not be used."""


class Policy(Protocol):
    """What the mechanism asks of the policy besides its hooks. `said` is why it answered as it did, if it was asked."""

    said: str

    def limit(self, item: pytest.Item) -> int: ...
    def delay(self, item: pytest.Item, attempt: int) -> float: ...
    def note(self, item: pytest.Item) -> None: ...
    def take(self, item: pytest.Item, delay: float) -> tuple[list[Path], str]: ...


class Panel:
    """Everybody who has a say in whether a test is tried again."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def failure(self, item: pytest.Item, raised: Sequence[FailedPhase]) -> Failure:
        """What failed in an attempt, and what all of it together is taken for."""
        parts = [part for phase in raised for part in leaves(phase.exception)]
        asked = [seconds for part in parts if (seconds := retry_after(part)) is not None]
        return Failure(
            phases=tuple(raised),
            classification=together([self._classify(item, part) for part in parts]),
            retry_after=max(asked, default=None),
        )

    def _classify(self, item: pytest.Item, exception: BaseException) -> Classification:
        found = self._hear(item.ihook.pytest_maturity_classify, item, exception=exception)
        if found in ("transient", "permanent", "unknown"):
            answer: Classification = found
            return answer
        if found is not RAISED:
            wanted = "transient, permanent, unknown or None"
            warn(item, f"pytest_maturity_classify returned {safe_repr(found)}; it returns {wanted}")
        return "unknown"

    def ask(self, item: pytest.Item, failure: Failure, attempt: int) -> tuple[Rerun | None, str, str]:
        """What the hook says: the rerun, who said so, and the decision in words."""
        self._policy.said = ""
        hook = item.ihook.pytest_maturity_rerun  # another one whenever it is asked for, where conftests are left out
        with watched(hook) as asked:
            answer = self._hear(hook, item, failure=failure, attempt=attempt)
        by = Path(asked[-1]).name  # a conftest's name is its path
        if answer is RAISED:
            return None, by, "final: the hook raised"
        if answer is True:
            answer = Rerun()
        if isinstance(answer, Rerun):
            return answer, by, f"tried again: {safe(answer.reason, 200)}" if answer.reason else "tried again"
        if answer is not None and answer is not False:
            warn(item, f"pytest_maturity_rerun returned {safe_repr(answer)}; it returns Rerun, True, False or None")
        return None, by, f"final: {self._policy.said or 'the hook refused'}"

    def tell(self, item: pytest.Item, attempt: Attempt) -> None:
        """An attempt is over, and another follows."""
        self._hear(item.ihook.pytest_maturity_attempt, item, attempt=attempt)

    def _hear(self, hook: Any, item: pytest.Item, **arguments: Any) -> Any:
        """What the implementations of one of our hooks answer; RAISED, and a warning, where one raises."""
        try:
            return hook(item=item, **arguments)
        except pytest.exit.Exception:
            raise
        except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:
            warn(item, f"{hook.name} raised {describe_error(error)}")
            return RAISED


def warn(item: pytest.Item, text: str) -> None:
    """Warn, also where a warning is an error: it must neither end the run nor be lost."""
    text = safe(text, LONGEST_LINE)
    try:
        item.warn(MaturityWarning(text))
    except MaturityWarning:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            item.warn(MaturityWarning(text))
