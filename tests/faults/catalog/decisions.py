"""Faults 37 and 38: approvals and attestations that are about something else, or arrive with the change itself."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from pytest_maturity.model.digests import compute_decision_digest
from pytest_maturity.model.history import Decision
from pytest_maturity.records.approval_files import write_file
from pytest_maturity.records.sqlite import SqliteStore
from pytest_maturity.tools.repository import identify_repository
from tests.faults.fault import NO_POLICY, Fault, Preparation
from tests.faults.runner import TEMPLATE, TIMEOUT, git, start_run

LADDER = 'ladder = ["known", "proven"]\nstages.known.pass_rate = 100\n'
APPROVED = f"{LADDER}stages.proven.approvals = 1\n"
ATTESTED = f"{LADDER}stages.proven.reviewed = 1\nattestations.reviewed = {{ max_age = '30d', binds_to = 'files' }}\n"
IN_DATABASE = "records.trust = ['local']\n"
IN_REF = "records.trust = ['ref']\n"
UNTRUSTED = "records = {}\n"
TARGET = "--maturity-target=proven"
NOW = datetime.now(timezone.utc)


def days(number: float) -> str:
    """Returns the time in so many days."""
    return (NOW + timedelta(days=number)).isoformat(timespec="milliseconds")


def judge(project: Path) -> dict[str, Any]:
    """Commits everything and runs the gate; returns what a decision about exactly this says."""
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "what is decided about", "--author=Joe <joe@example.org>")
    process = start_run(project, TEMPLATE, ("--maturity-component=shop", TARGET), plugins=())
    process.communicate(timeout=TIMEOUT)
    report = json.loads((project / ".maturity/shop.json").read_text("utf-8"))
    policy_digest = report["policy"]["digest"]
    return {
        "component": "shop",
        "time": days(-1),
        "actor": "ann",
        "project": identify_repository(project),
        "commit": report["run"]["commit"],
        "digest": compute_decision_digest(report["components"][0]["files"], policy_digest),
        "policy_digest": policy_digest,
        "expires": days(20),
    }


APPROVAL = {"kind": "approval", "stage": "proven", "identity": "claimed"}
ATTESTATION = {"kind": "attestation", "stage": None, "values": {"reviewed": "1"}, "source": "https://wiki.example/1"}


def decide(own: Mapping[str, Any], changed: Mapping[str, Any]) -> Preparation:
    """Returns a preparation that appends to the database what would count, but for what is `changed`."""

    @contextlib.contextmanager
    def prepare(project: Path) -> Iterator[None]:
        decision = Decision(**{**judge(project), **own, **changed})
        SqliteStore(project / ".maturity/records.db").append([decision])
        yield

    return prepare


def decide_and(own: Mapping[str, Any], work: Callable[[Path, Decision], None]) -> Preparation:
    """Returns a preparation that appends what counts, and does something to the project after that."""

    @contextlib.contextmanager
    def prepare(project: Path) -> Iterator[None]:
        decision = Decision(**{**judge(project), **own})
        SqliteStore(project / ".maturity/records.db").append([decision])
        work(project, decision)
        yield

    return prepare


def revoke(project: Path, decision: Decision) -> None:
    revocation = Decision(
        kind="revocation", component="shop", stage=None, time=days(0), actor="eve", revokes=decision.id
    )
    SqliteStore(project / ".maturity/records.db").append([revocation])


def change_a_file(project: Path, _: Decision) -> None:
    path = project / "tests/test_shop.py"
    path.write_text(path.read_text("utf-8") + "\n\ndef test_one_more():\n    pass\n", "utf-8")
    git(project, "commit", "--quiet", "--all", "--message", "one more", "--author=Joe <joe@example.org>")


def change_the_policy(project: Path, _: Decision) -> None:
    path = project / "pyproject.toml"
    path.write_text(path.read_text("utf-8").replace("known.pass_rate = 100", "known.pass_rate = 50"), "utf-8")
    git(project, "commit", "--quiet", "--all", "--message", "less", "--author=Joe <joe@example.org>")


@contextlib.contextmanager
def approve_in_the_change(project: Path) -> Iterator[None]:
    """The change has a file that approves it; the base branch has none."""
    about = judge(project)
    git(project, "branch", "base")
    write_file(project, Decision(**{**about, **APPROVAL}))
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "approve")
    yield


@contextlib.contextmanager
def attest_in_the_change(project: Path) -> Iterator[None]:
    """The base branch states 0; the change states 1."""
    path = project / "ops/shop.json"
    path.parent.mkdir()
    path.write_text('{"reviewed": 0}\n', "utf-8")
    judge(project)
    git(project, "branch", "base")
    path.write_text('{"reviewed": 1}\n', "utf-8")
    git(project, "commit", "--quiet", "--all", "--message", "attest")
    yield


def approval_fault(case: str, title: str, preparation: Preparation, message: str, **more: Any) -> Fault:
    """Returns a fault of an approval that does not count."""
    return Fault(
        number=more.pop("number", 37),
        case=f"approval {case}",
        title=title,
        policy=APPROVED + more.pop("records", IN_DATABASE),
        gate_arguments=(TARGET, *more.pop("arguments", ())),
        preparation=preparation,
        messages=(message, more.pop("reason", "approvals.proven 0 < 1")),
        not_compared=NO_POLICY,
        **more,
    )


def attestation_fault(case: str, title: str, preparation: Preparation, message: str, **more: Any) -> Fault:
    """Returns a fault of an attestation that does not count."""
    return Fault(
        number=37,
        case=f"attestation {case}",
        title=title,
        policy=ATTESTED + more.pop("records", IN_DATABASE),
        gate_arguments=(TARGET,),
        preparation=preparation,
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=(message, "reviewed unknown"),
        not_compared=NO_POLICY,
        **more,
    )


WRONG_IN_BOTH = (
    ("expired", "has expired", {"time": days(-9), "expires": days(-2)}, "expired on"),
    ("end", "has no end", {"expires": ""}, ("it has no valid time at which it expires", "has no end")),
    (
        "component",
        "is for another component",
        {"component": "other"},
        ("approvals of other components do not count: ann for other", "it is attested for other, and not for shop"),
    ),
    ("stage", "is for another stage", {"stage": "known"}, ("it is for known, not for proven", "for the stage known")),
    (
        "repository",
        "comes from another repository",
        {"project": "4b825dc642cb6eb9a060e54bf8d69288fbee4904:"},
        ("it was given in another repository", "is from another repository"),
    ),
    (
        "author",
        "is by the author of the change",
        {"actor": "Joe"},
        ("Joe is an author of the change", "is by an author of the change"),
    ),
)


# A log with a time that cannot be says nothing at all.
ALL_UNKNOWN = {"exit_code": 3, "verdict": "INCONCLUSIVE", "reason": "approvals.proven unknown"}


def list_faults() -> Iterator[Fault]:
    """Yields the faults that approvals and attestations have in common."""
    for make, name, own, index in (
        (approval_fault, "an approval", APPROVAL, 0),
        (attestation_fault, "an attestation", ATTESTATION, 1),
    ):
        for case, title, changed, words in WRONG_IN_BOTH:
            message = words if isinstance(words, str) else words[index]
            yield make(case, f"{name} {title}", decide(own, changed), message)
        other_files = ("it is about other files or another policy", "is about other files")[index]
        other_policy = ("it is about other files or another policy", "is about another policy")[index]
        no_trust = ("its store is not trusted here", "it is attested in a store that")[index]
        in_ci: Mapping[str, Any] = {"records": UNTRUSTED, "environment": {"CI": "true"}}
        revoked = ("eve revoked it on", "was revoked: attest it again")[index]
        yield make("files", f"a file is changed after {name}", decide_and(own, change_a_file), other_files)
        yield make("policy", f"the policy is changed after {name}", decide_and(own, change_the_policy), other_policy)
        yield make("revoked", f"{name} was revoked", decide_and(own, revoke), revoked)
        yield make(
            "time",
            f"{name} is of tomorrow, by a wrong clock",
            decide(own, {"time": days(1)}),
            "has an impossible time",
            **ALL_UNKNOWN if index == 0 else {},
        )
        yield make("untrusted", f"{name} is in a store that is not trusted in CI", decide(own, {}), no_trust, **in_ci)


FAULTS = (
    *list_faults(),
    approval_fault(
        "change",
        "a change brings the approval of itself",
        approve_in_the_change,
        "it counts when it is in base",
        number=38,
        records=IN_REF,
        arguments=("--maturity-policy-ref=base",),
    ),
    Fault(
        number=38,
        case="attestation change",
        title="a change brings the file that attests it",
        policy=f"{LADDER}stages.proven.reviewed = 1\n"
        "attestations.reviewed = { file = 'ops/{component}.json', pointer = '/reviewed', max_age = '30d' }\n",
        gate_arguments=(TARGET, "--maturity-policy-ref=base"),
        preparation=attest_in_the_change,
        messages=("reviewed 0 < 1",),
        not_compared=NO_POLICY,
    ),
)
