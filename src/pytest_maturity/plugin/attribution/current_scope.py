"""The scope of the code that is running: the components that count it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ...coverage import Recorder, Scope
from ..plan import Plan


class CurrentScope:
    """Keeps the current scope, and switches the recorder when it changes; None: the code counts for all components."""

    def __init__(self, plan: Plan, recorder: Recorder | None) -> None:
        """`recorder`: None where all code counts for one component, whatever the scope."""
        self.scope: Scope | None = None
        self._plan = plan
        self._recorder = recorder
        self._record(None)

    def _record(self, scope: Scope | None) -> None:
        if self._recorder is not None:
            self._recorder.switch(scope)

    def switch(self, scope: Scope | None) -> None:
        """Assigns the code that runs from now on to a scope."""
        if scope != self.scope:
            self.scope = scope
            self._record(scope)

    @contextmanager
    def within(self, scope: Scope | None) -> Iterator[None]:
        """Assigns the code that runs in the `with` block to a scope."""
        previous = self.scope
        self.switch(scope)
        try:
            yield
        finally:
            self.switch(previous)

    def add_users(self, key: str, users: Iterable[str]) -> None:
        """Adds components and kinds of tests to the scope of a shared fixture with this key: their tests request it."""
        if self._recorder is not None:
            self._recorder.add_requesters(key, users)

    def find_components(self, scope: Scope) -> frozenset[str]:
        """Returns the names of the components that count a scope's code; of a shared fixture's, so far."""
        root, requesters = self._plan.root, self._recorder.requesters if self._recorder is not None else {}
        return frozenset(one.name for one in self._plan.components if scope.is_for(one, root, requesters))
