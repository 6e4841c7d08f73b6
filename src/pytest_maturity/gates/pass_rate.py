"""How many of the tests that ran passed, in per cent."""

from __future__ import annotations

import shlex
from fractions import Fraction

from ..model.evidence import Evidence
from ..model.gates import Context, Gate, Measurement, Requirement
from ..model.text import plural, safe


def measure(evidence: Evidence, context: Context) -> Measurement:
    """100 x passed / (passed + failed + error); None where no test passed or failed."""
    counts = evidence.outcomes
    bad = counts.failed + counts.error
    others = [
        (counts.skipped, "skipped"), (counts.xfailed, "xfailed"), (counts.xpassed, "xpassed"), (counts.flaky, "flaky")
    ]  # fmt: skip
    words = ", ".join([plural(counts.passed + bad, "test"), *(f"{count} {what}" for count, what in others if count)])
    if not counts.passed + bad:
        return Measurement(None, "no test passed or failed" if counts.collected else "no test was collected")
    return Measurement(Fraction(100 * counts.passed, counts.passed + bad), words, counts.failures)


def remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> str:
    """Which tests to mend."""
    names = list(dict.fromkeys(finding.message.partition(": ")[0] for finding in measurement.findings))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    first = ", ".join(safe(name, 120) for name in names[:3])
    return f"fix {plural(len(names), 'test')}: {first}{more}; run: pytest {shlex.quote(safe(names[0]))}"


GATE = Gate("pass_rate", measure, better="higher", unit="%", remedy=remedy)
