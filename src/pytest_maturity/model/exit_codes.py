"""The exit codes of a pytest run with a verdict, and of `pytest-maturity`.

None is above 5: pytest and its plugins keep claiming those. 2 (interrupted) and 5 (no tests collected) stay pytest's.
"""

from __future__ import annotations

from .report import Verdict

PROMOTED = 0  # every judged component
HELD = 1  # some requirement failed
INCONCLUSIVE = 3  # some requirement is unknown, or there are gaps; also where the plugin itself broke
WRONG_USAGE = 4

OF_A_VERDICT = frozenset({PROMOTED, HELD, INCONCLUSIVE})


def exit_code_of(verdict: Verdict) -> int:
    """Returns the exit code that stands for a verdict; an INCOMPLETE report is as good as none: 3."""
    return {Verdict.PROMOTE: PROMOTED, Verdict.HOLD: HELD}.get(verdict, INCONCLUSIVE)
