"""Each person counts once, each role needs a person of its own, and what is not known is never enough."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from pytest_maturity.model.approvals import Approval, StageApprovals, select_people


def approval(name: str, role: str = "") -> Approval:
    return Approval(id=name, name=name, role=role)


@pytest.mark.parametrize(
    ("required", "roles", "counted", "number", "missing"),
    [
        (1, (), (), 0, ()),
        (1, (), (approval("ann"),), 1, ()),
        (2, (), (approval("ann"),), 1, ()),
        (1, ("qa",), (), 0, ("qa",)),
        (2, ("qa",), (approval("ann", "qa"), approval("bob", "qa")), 2, ()),
        (2, ("qa", "security"), (approval("ann", "qa"), approval("bob", "qa")), 1, ("security",)),
        (2, ("qa", "security"), (approval("ann", "qa"), approval("bob", "security")), 2, ()),
        (3, ("qa", "security"), (approval("ann", "qa"), approval("bob", "security")), 2, ()),
    ],
)
def test_the_number_of_people_keeps_a_place_for_each_role(
    required: int, roles: tuple[str, ...], counted: tuple[Approval, ...], number: int, missing: tuple[str, ...]
) -> None:
    found = StageApprovals(required=required, roles=roles, counted=counted)
    assert (found.number, found.missing_roles, found.is_met) == (number, missing, number >= required)


def test_what_is_not_known_is_not_met() -> None:
    found = StageApprovals(required=1, counted=(approval("ann"),), problem="damaged")
    assert (found.number, found.is_met, found.to_dict()["problem"]) == (None, False, "damaged")


def test_an_automatic_stage_needs_nobody() -> None:
    found = StageApprovals(required=2, roles=("qa",), is_automatic=True)
    assert (found.number, found.missing_roles, found.is_met) == (2, (), True)


def test_a_person_counts_once_in_whatever_spelling() -> None:
    people = [approval("Ann.Lee"), approval("bob"), approval("ann lee", "qa"), approval("bob@example.org")]
    assert [one.name for one in select_people(people)] == ["Ann.Lee", "bob"]


def test_people_who_approve_in_several_roles_fill_as_many_as_possible() -> None:
    given = [approval("ann", "ops"), approval("ann", "qa"), approval("bob", "ops")]
    chosen = select_people(given, ("ops", "qa"))
    assert [(one.name, one.role) for one in chosen] == [("ann", "qa"), ("bob", "ops")]
    assert StageApprovals(required=2, roles=("qa", "ops"), counted=chosen).is_met
    given += [approval("cleo", "qa"), approval("cleo", "dev")]
    assert {one.role for one in select_people(given, ("dev", "ops", "qa"))} == {"dev", "ops", "qa"}


def test_approvals_are_written_as_plain_data() -> None:
    found = StageApprovals(
        required=2, roles=("qa", "security"), counted=(approval("ann", "qa"),), refused=("bob: the author",)
    )
    (counted,) = found.counted
    assert found.to_dict() == {
        "required": 2,
        "roles": ["qa", "security"],
        "approved": 1,
        "missing_roles": ["security"],
        "automatic": False,
        "counted": [asdict(counted)],
        "refused": ["bob: the author"],
        "problem": None,
    }
