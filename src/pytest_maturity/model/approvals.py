"""Approvals of a promotion: what a stage requires, who approved, and why other approvals do not count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .light_dataclass import light_dataclass
from .people import Identity, is_same_person


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A component as it is to be promoted.

    `digest` is that of its files and of the policy, `paths` are those of its files, `uncommitted` those of the files
    that no commit has as they are.
    """

    component: str
    digest: str
    paths: tuple[str, ...] = ()
    uncommitted: tuple[str, ...] = ()


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An approval that counts. `is_automatic`: it has expired, and counts because nothing has changed since."""

    id: str
    name: str
    role: str = ""
    identity: Identity = "claimed"
    expires: str = ""
    is_automatic: bool = False


@light_dataclass(frozen=True, slots=True, kw_only=True)
class StageApprovals:
    """The approvals of the promotion of a component to a stage.

    `required` people must approve; where `roles` are named, only approvals in them count, and each needs a person of
    its own. `counted` are the approvals that count, `refused` the others with the reasons. `is_automatic`: the policy
    requires no person for this stage. `problem` says why nothing is known; empty where it is.
    """

    required: int
    roles: tuple[str, ...] = ()
    counted: tuple[Approval, ...] = ()
    refused: tuple[str, ...] = ()
    is_automatic: bool = False
    problem: str = ""

    @property
    def missing_roles(self) -> tuple[str, ...]:
        """The roles in which nobody has approved."""
        given = {one.role for one in self.counted}
        return () if self.is_automatic else tuple(role for role in self.roles if role not in given)

    @property
    def number(self) -> int | None:
        """The number of people who have approved; None where it is unknown.

        A place is kept for each role in which nobody has.
        """
        if self.problem:
            return None
        if self.is_automatic:
            return max(self.required, len(self.counted))
        missing = len(self.missing_roles)
        return min(len(self.counted), self.required - missing) if missing else len(self.counted)

    @property
    def is_met(self) -> bool:
        """Whether as many people have approved as the stage requires."""
        return self.number is not None and self.number >= self.required

    def to_dict(self) -> dict[str, Any]:
        """Returns the approvals as plain data."""
        return {
            "required": self.required,
            "roles": list(self.roles),
            "approved": self.number,
            "missing_roles": list(self.missing_roles),
            "automatic": self.is_automatic,
            "counted": [asdict(one) for one in self.counted],
            "refused": list(self.refused),
            "problem": self.problem or None,
        }


def select_people(approvals: Sequence[Approval], roles: Sequence[str] = ()) -> tuple[Approval, ...]:
    """Returns one approval of each person, so that as many roles as possible have one; else the person's first one."""
    people: list[list[Approval]] = []
    for one in approvals:
        own = next((known for known in people if any(is_same_person(one.name, other.name) for other in known)), None)
        if own is None:
            people.append([one])
        else:
            own.append(one)
    chosen: dict[str, int] = {}  # the number of the person who approves in a role
    for role in roles:
        assign_role(role, people, chosen, set())
    role_of = {person: role for role, person in chosen.items()}
    return tuple(
        next((one for one in own if one.role == role_of.get(number)), own[0]) for number, own in enumerate(people)
    )


def assign_role(role: str, people: Sequence[Sequence[Approval]], chosen: dict[str, int], tried: set[int]) -> bool:
    """Whether somebody can take a role; who has another one gives it to somebody else where that is possible."""
    for number, own in enumerate(people):
        if number in tried or all(one.role != role for one in own):
            continue
        tried.add(number)
        other = next((known for known, person in chosen.items() if person == number), None)
        if other is None or assign_role(other, people, chosen, tried):
            chosen[role] = number
            return True
    return False
