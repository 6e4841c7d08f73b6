"""Timings of single tests: their limits, and the results of benchmarks."""

from __future__ import annotations

from typing import Any

from .light_dataclass import light_dataclass


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The times of a test that has a limit or is a benchmark, in milliseconds; None where there is none.

    `limit_ms` is that of the marker `maturity_sla`, `call_ms` how long the test function took, in the slowest attempt.
    `mean_ms` and `p95_ms` are of the rounds of a benchmark. `test` is a node id.
    """

    test: str
    is_benchmark: bool = False
    limit_ms: float | None = None
    call_ms: float | None = None
    mean_ms: float | None = None
    p95_ms: float | None = None

    def join(self, other: Timing) -> Timing:
        """Returns the timing of the same test in two attempts or processes: the worse number of each."""
        limits = [one for one in (self.limit_ms, other.limit_ms) if one is not None]
        return Timing(
            test=self.test,
            is_benchmark=self.is_benchmark or other.is_benchmark,
            limit_ms=min(limits, default=None),
            call_ms=find_worse(self.call_ms, other.call_ms),
            mean_ms=find_worse(self.mean_ms, other.mean_ms),
            p95_ms=find_worse(self.p95_ms, other.p95_ms),
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Timing:
        """Returns the timing of plain data. Raises TypeError or ValueError."""
        numbers = {key: value for key, value in data.items() if key.endswith("_ms")}
        if not all(value is None or 0 <= float(value) < float("inf") for value in numbers.values()):
            raise ValueError("a time of a test is no number of milliseconds")
        return cls(**{**data, "test": str(data["test"]), "is_benchmark": data["is_benchmark"] is True})


def find_worse(one: float | None, other: float | None) -> float | None:
    """Returns the larger of two numbers, of which each may be None."""
    return max((number for number in (one, other) if number is not None), default=None)
