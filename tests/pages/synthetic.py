"""Records of many components over many runs, the same ones each time: better and worse, lapses, unknown numbers."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from itertools import takewhile
from pathlib import Path

from pytest_maturity.model.gates import Status
from pytest_maturity.model.history import Decision, RecordedGate, RecordedRequirement, RunRecord
from pytest_maturity.records.sqlite import SqliteStore

NAMES = (
    "orchestration", "invoicing", "search-index", "gateway", "billing", "customer-notification-preferences", "ledger",
    "money", "notifications", "parsing", "scheduler", "users",
)  # fmt: skip
LADDER = ("dev", "staging", "production")
THRESHOLDS: dict[str, tuple[str, str, tuple[int | None, ...]]] = {
    "pass_rate": ("higher", "%", (100, 100, 100)),
    "coverage": ("higher", "%", (50, 70, 80)),
    "lint": ("lower", "", (0, 0, 0)),
    "format": ("lower", "", (None, 0, 0)),
    "types": ("lower", "", (None, 0, 0)),
    "security.critical": ("lower", "", (0, 0, 0)),
    "security.high": ("lower", "", (None, 0, 0)),
    "flaky_rate": ("lower", "%", (None, 2, 0)),
    "skipped_rate": ("lower", "%", (20, 10, 5)),
    "duration": ("lower", "s", (None, 60, 60)),
}
POLICY = f"""
[tool.maturity]
ladder = {list(LADDER)}
stages.dev = {{ pass_rate = 100 }}
stages.staging = {{ coverage = 70 }}
stages.production = {{ coverage = 80 }}
[tool.maturity.records]
trust = ["local"]
"""


class Component:
    """One component, whose numbers change from run to run."""

    def __init__(self, place: int, chance: random.Random) -> None:
        self.name = NAMES[place] if place < len(NAMES) else f"part-{place}"
        self.quality = (0.4, 0.9, 0.95)[place] if place < 3 else chance.choice([0.8, 1.0, 1.1, 1.2])
        self.target = "production" if self.quality > 1 else "staging"
        self.place, self._chance = place, chance
        self._coverage, self._types = 50 + 20 * self.quality, 24
        self.stage: str | None = None

    def measure(self, number: int, runs: int) -> dict[str, Fraction | None]:
        """Returns the numbers of a run."""
        chance = self._chance
        self._coverage = min(97.0, max(40.0, self._coverage + chance.gauss(12 * self.quality / runs, 0.4)))
        self._types = max(0, self._types - (chance.random() < 90 * self.quality / runs) * chance.randint(1, 3))
        if number == runs - 1 and self.place == 0:
            self._types = max(self._types, 3)
        is_last_unknown = self.place == 3 and number == runs - 1
        lapse = chance.randint(5, 40) if chance.random() < 0.03 or (self.place == 1 and number == runs - 1) else 0
        return {
            "pass_rate": Fraction(1000 - lapse, 10),
            "coverage": Fraction(round(self._coverage * 1000), 1000),
            "lint": Fraction(max(0, 8 - number)),
            "format": Fraction(0),
            "types": None if is_last_unknown or chance.random() < 0.01 else Fraction(self._types),
            "security.critical": Fraction(0),
            "security.high": Fraction(int(self.place == 2 and number < runs // 2)),
            "flaky_rate": Fraction(11, 10) if chance.random() < 0.1 else Fraction(0),
            "skipped_rate": Fraction(2),
            "duration": Fraction(round(200 + 100 * chance.random()), 10),
        }


def judge(value: Fraction | None, threshold: int, better: str) -> Status:
    """Returns the status of a requirement."""
    if value is None:
        return Status.UNKNOWN
    is_met = value >= threshold if better == "higher" else value <= threshold
    return Status.PASSED if is_met else Status.FAILED


def make_gates(values: dict[str, Fraction | None]) -> tuple[RecordedGate, ...]:
    """Returns the results of a run, judged for every stage."""
    gates = []
    for name, (better, unit, thresholds) in THRESHOLDS.items():
        stages = {
            stage: RecordedRequirement(threshold=Fraction(one), status=judge(values[name], one, better))
            for stage, one in zip(LADDER, thresholds, strict=True)
            if one is not None
        }
        gates.append(
            RecordedGate(
                name=name, value=values[name], better="higher" if better == "higher" else "lower", unit=unit,
                stages=stages,
            )
        )  # fmt: skip
    return tuple(gates)


def make_run(component: Component, number: int, runs: int, started: str, commit: str) -> RunRecord:
    """Returns the record of a run."""
    values = component.measure(number, runs)
    gates = make_gates(values)
    statuses = {stage: {gate.stages[stage].status for gate in gates if stage in gate.stages} for stage in LADDER}
    met = list(takewhile(lambda stage: statuses[stage] == {Status.PASSED}, LADDER))
    at_target = statuses[component.target]
    verdict = "HOLD" if Status.FAILED in at_target else "INCONCLUSIVE" if Status.UNKNOWN in at_target else "PROMOTE"
    return RunRecord(
        run_id=f"{number:024x}{component.place:08x}",
        component=component.name,
        started=started,
        verdict=verdict,
        target=component.target,
        reached=met[-1] if met else None,
        duration_s=48.9,
        commit=commit,
        dirty=False,
        actor="ci",
        policy_digest="91ab03d7" * 8,
        gates=gates,
        flaky=(f"tests/{component.name}/test_it.py::test_resumes[{number % 2}]",) if values["flaky_rate"] else (),
        steps={"ruff": 0.3, "types": 6.2, "bandit": 2.1, "detect-secrets": 0.7},
    )


def write_project(root: Path, components: int, runs: int, now: datetime | None = None) -> None:
    """Writes a project with a configuration and records whose last run is of the day before `now` (default: today)."""
    now = now or datetime.now(timezone.utc)
    chance = random.Random(7)
    records, decisions = [], []
    (root / ".maturity").mkdir(parents=True)
    (root / "pyproject.toml").write_text(POLICY, "utf-8")
    for place in range(components):
        component = Component(place, chance)
        for number in range(runs):
            started = (now - timedelta(days=1, hours=17 * 120 / runs * (runs - 1 - number))).isoformat(
                timespec="seconds"
            )
            commit = f"{chance.getrandbits(160):040x}"
            record = make_run(component, number, runs, started, commit)
            records.append(record)
            is_higher = record.reached is not None and (
                component.stage is None or LADDER.index(record.reached) > LADDER.index(component.stage)
            )
            if is_higher and (number > runs - 9 or chance.random() < 0.2):
                component.stage = record.reached
                decisions.append(
                    Decision(
                        kind="promotion", component=component.name, stage=record.reached, time=started, actor="ci",
                        commit=commit,
                    )
                )  # fmt: skip
        if place % 4 == 1:
            decisions.append(
                Decision(
                    kind="approval", component=component.name, stage="production", role="qa", actor="reviewer-1",
                    time=(now - timedelta(days=20)).isoformat(timespec="seconds"),
                    expires=(now + timedelta(days=place * 3 - 4)).isoformat(timespec="seconds"),
                )
            )  # fmt: skip
    store = SqliteStore(root / ".maturity/records.db")
    store.write_runs(records)
    store.append(sorted(decisions, key=lambda one: one.time))
