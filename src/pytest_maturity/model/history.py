"""Records: what is kept of a run and of a decision, as plain data that survives JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, field
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

from .digests import digest
from .gates import Better, Mode, Status
from .light_dataclass import light_dataclass
from .people import IDENTITIES, Identity

DecisionKind = Literal["promotion", "demotion", "approval", "attestation", "revocation"]
STAGE_KINDS = ("promotion", "demotion")  # the decisions that say at which stage a component is
REVOCABLE_KINDS = ("approval", "attestation")
KINDS = (*STAGE_KINDS, *REVOCABLE_KINDS, "revocation")


@light_dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequirement:
    """A stage's threshold for a gate, and whether it was met. `waived` is what waivers excuse, who, and until when."""

    threshold: Fraction
    status: Status
    mode: Mode = "block"
    waived: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Returns the requirement as plain data; without waivers as it was before there were any."""
        data = {"threshold": str(self.threshold), "status": self.status.value, "mode": self.mode}
        return {**data, "waived": list(self.waived)} if self.waived else data


# The same few numbers and requirements stand in every run, and it is them that reading 200 runs takes its time for.


@lru_cache(maxsize=4096)
def read_number(text: str) -> Fraction:
    """Returns the number that a text stands for. Raises TypeError or ValueError."""
    return Fraction(text)


@lru_cache(maxsize=4096)
def read_float(text: str) -> float:
    """Returns the float that is nearest to a number. Raises TypeError or ValueError."""
    return float(Fraction(text))


@lru_cache(maxsize=4096)
def read_requirement(threshold: str, status: str, mode: str, waived: tuple[str, ...]) -> RecordedRequirement:
    """Returns a requirement from plain data. Raises TypeError or ValueError."""
    return RecordedRequirement(
        threshold=read_number(threshold), status=Status(status), mode=one_of(mode, ("block", "warn")), waived=waived
    )


def make_key(name: str, kinds: Sequence[str]) -> str:
    """Returns the name of a result, with the kinds of tests that it is about."""
    return f"{name} ({', '.join(kinds)})" if kinds else name


@light_dataclass(frozen=True, slots=True, kw_only=True)
class RecordedGate:
    """The number of a gate, or of one line of it, with the requirement of each stage.

    `value` is None where it was unknown. It is that of the report: rounded toward failure, to at most six decimal
    places. `kinds` are the kinds of tests that it is about, empty for all. `tools` are the versions, by name, of the
    tools that measured it. `baseline` is that of a ratchet, where the number is worse: within the tolerance, or at a
    stage that does not require it.
    """

    name: str
    value: Fraction | None
    better: Better = "higher"
    unit: str = ""
    kinds: tuple[str, ...] = ()
    stages: Mapping[str, RecordedRequirement] = field(default_factory=dict)
    tools: Mapping[str, str] = field(default_factory=dict)
    baseline: Fraction | None = None

    def list_waived(self, stage: str | None) -> list[str]:
        """Returns what waivers excused of it at a stage."""
        return list(self.stages[stage].waived) if stage is not None and stage in self.stages else []

    @property
    def key(self) -> str:
        """The name that differs from those of all other results of a run: with the kinds of tests."""
        return make_key(self.name, self.kinds)

    def to_dict(self) -> dict[str, Any]:
        """Returns the gate as plain data; numbers are text, so that they stay exact."""
        tools = {"tools": dict(self.tools)} if self.tools else {}
        baseline = {"baseline": str(self.baseline)} if self.baseline is not None else {}
        return {
            **tools,
            **baseline,
            "name": self.name,
            "value": None if self.value is None else str(self.value),
            "better": self.better,
            "unit": self.unit,
            "kinds": list(self.kinds),
            "stages": {stage: one.to_dict() for stage, one in self.stages.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RecordedGate:
        """Returns the gate that `to_dict` wrote. Raises KeyError, TypeError or ValueError."""
        return cls(
            name=str(data["name"]),
            value=None if data["value"] is None else read_number(data["value"]),
            better=one_of(data["better"], ("higher", "lower")),
            unit=str(data["unit"]),
            kinds=tuple(map(str, data["kinds"])),
            stages={
                str(stage): read_requirement(
                    one["threshold"], one["status"], one["mode"], tuple(map(str, one.get("waived", ())))
                )
                for stage, one in data["stages"].items()
            },
            tools={str(name): str(version) for name, version in data.get("tools", {}).items()},
            baseline=read_number(data["baseline"]) if "baseline" in data else None,
        )


@light_dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One judged run of one component.

    `started` is ISO 8601 in UTC. A run that has not ended, or was killed, has the verdict INCOMPLETE. `digest` is that
    of the component's files and of the policy. `steps` are the seconds of each tool, `tools` the versions of the
    tools by distribution. `gaps` are messages. `flaky` are node ids.
    """

    run_id: str
    component: str
    started: str
    verdict: str
    target: str = ""
    reached: str | None = None
    duration_s: float = 0.0
    commit: str | None = None
    dirty: bool | None = None
    actor: str = ""
    digest: str = ""
    policy_digest: str = ""
    gates: tuple[RecordedGate, ...] = ()
    gaps: tuple[str, ...] = ()
    outcomes: Mapping[str, int] = field(default_factory=dict)
    retries: int = 0
    flaky: tuple[str, ...] = ()
    steps: Mapping[str, float] = field(default_factory=dict)
    tools: Mapping[str, str] = field(default_factory=dict)
    python: str = ""

    def find_gates(self, name: str) -> Iterator[RecordedGate]:
        """Yields the results of one name: several where stages need other kinds of tests."""
        return (gate for gate in self.gates if gate.name == name)

    def to_dict(self) -> dict[str, Any]:
        """Returns the record as plain data."""
        return {**to_plain(self), "gates": [gate.to_dict() for gate in self.gates]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RunRecord:
        """Returns the record that `to_dict` wrote. Raises KeyError, TypeError or ValueError."""
        return cls(
            **{
                **data,
                "gates": tuple(map(RecordedGate.from_dict, data["gates"])),
                "gaps": tuple(map(str, data["gaps"])),
                "flaky": tuple(map(str, data["flaky"])),
            }
        )


@light_dataclass(frozen=True, slots=True, kw_only=True)
class RunPoint:
    """A run as a line over many runs needs it.

    `numbers` are the values of its gates by their keys, None where one was unknown. They are floats, which are fast to
    compare; a value on record has so few digits that `exact` returns it from its float.
    """

    started: str
    verdict: str
    target: str
    reached: str | None
    flaky: tuple[str, ...]
    numbers: Mapping[str, float | None]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RunPoint:
        """Returns the point of the record that `RunRecord.to_dict` wrote. Raises KeyError, TypeError or ValueError."""
        return cls(
            started=str(data["started"]),
            verdict=str(data["verdict"]),
            target=str(data["target"]),
            reached=data["reached"],
            flaky=tuple(map(str, data["flaky"])),
            numbers={
                make_key(gate["name"], gate["kinds"]): None if gate["value"] is None else read_float(gate["value"])
                for gate in data["gates"]
            },
        )


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision about a component.

    * A promotion or a demotion, with the numbers that it followed from. `stage` is the stage that the component is at
      from then on; None after a demotion to no stage. `tests` is the number of tests that were collected. `rests_on`
      are other decisions that the promotion needed, in words.
    * An approval: a person's consent to the promotion to `stage`, given in a `role`, empty for none.
    * An attestation: `values` that a person or a system states, each a number as text by the name of its gate;
      `source` says where they come from.
    * A revocation of the approval or attestation whose `id` is `revokes`.

    `time` is ISO 8601 in UTC, and so is `expires`, after which an approval or attestation counts no more. `digest` is
    that of the component's files and of the policy: a promotion and an approval are about exactly these. `identity` is
    how it is known who `actor` is: typed (`claimed`), by a signature, or by the CI service. `project` is the identity
    of the repository, see `identify_repository`: what comes from another one does not count.

    The hashes of the audit log cover `to_dict`: a field that is added later must be left out of it where it is unset.
    """

    kind: DecisionKind
    component: str
    stage: str | None
    time: str
    actor: str = ""
    reason: str = ""
    run_id: str = ""
    commit: str | None = None
    dirty: bool | None = None
    digest: str = ""
    policy_digest: str = ""
    gates: tuple[RecordedGate, ...] = ()
    tools: Mapping[str, str] = field(default_factory=dict)
    tests: int | None = None
    project: str = ""
    role: str = ""
    identity: Identity = ""
    expires: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    revokes: str = ""
    rests_on: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """SHA-256 of the content: the same in every log, and the name by which it is revoked."""
        return digest(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Returns the decision as plain data."""
        data = {**to_plain(self), "gates": [gate.to_dict() for gate in self.gates]}
        return {key: value for key, value in data.items() if value or key not in LATER_FIELDS}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Decision:
        """Returns the decision that `to_dict` wrote. Raises KeyError, TypeError or ValueError."""
        found = cls(
            **{
                **data,
                "kind": one_of(data["kind"], KINDS),
                "gates": tuple(map(RecordedGate.from_dict, data["gates"])),
                "identity": one_of(data.get("identity", ""), IDENTITIES),
                "values": dict(data.get("values", {})),
                "rests_on": tuple(data.get("rests_on", ())),
            }
        )
        texts = (
            *(getattr(found, name) for name in TEXT_FIELDS),
            *found.values, *found.values.values(), *found.rests_on,
        )  # fmt: skip
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a text of the decision is none")
        return found


LATER_FIELDS = frozenset({"project", "role", "identity", "expires", "values", "source", "revokes", "rests_on"})
TEXT_FIELDS = ("component", "time", "actor", "reason", "digest", "project", "role", "expires", "source", "revokes")


def to_plain(record: RunRecord | Decision) -> dict[str, Any]:
    """Returns the fields of a record without its gates; tuples become lists."""
    fields = asdict(record)
    del fields["gates"]
    return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}


def one_of(value: Any, allowed: tuple[str, ...]) -> Any:
    """Returns the value. Raises ValueError where it is none of those that are allowed."""
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return value


def read_gate(data: Mapping[str, Any]) -> RecordedGate:
    """Returns one row of a report's gates."""
    return RecordedGate(
        name=data["gate"] + (" (new code)" if data["scope"] == "new" else ""),
        value=None if data["value"] is None else exact(data["value"]),
        better=data["better"],
        unit=data["unit"],
        kinds=tuple(data["kinds"]),
        stages={
            stage: RecordedRequirement(threshold=exact(one["required"]), status=Status(one["status"]), mode=one["mode"])
            for stage, one in data["stages"].items()
        },
        tools=data["tools"],
    )


def exact(number: float) -> Fraction:
    """Returns a number of a report as it is written there: 62.4 and not the nearest binary fraction."""
    return Fraction(str(number))
