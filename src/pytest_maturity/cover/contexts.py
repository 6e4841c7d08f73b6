"""Which component a line was executed for, as the name of a coverage context.

A context is switched only between groups of tests, never for each test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

GROUP = "pytest-maturity:"
IMPORT_TIME = ""  # what coverage.py calls everything before the first switch


def context_of(components: Iterable[str]) -> str:
    """The context for tests that belong to all of `components`."""
    return GROUP + ",".join(sorted(components))


def patterns_of(component: str, contexts: Iterable[str]) -> list[str]:
    """Regular expressions for the contexts that count for a component; none where nobody switched.

    What was executed at import time counts for all, and so do contexts that
    somebody else named.
    """
    present = list(contexts)
    if not any(one.startswith(GROUP) for one in present):
        return []
    own = [one for one in present if not one.startswith(GROUP) or component in one.removeprefix(GROUP).split(",")]
    return [f"^{re.escape(one)}$" for one in own] or [f"^{IMPORT_TIME}$"]
