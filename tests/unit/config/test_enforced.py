"""The policy that is enforced, and the notes and problems that name its git ref."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity import gates
from pytest_maturity.config import enforced, git_ref
from pytest_maturity.config.enforced import Policies
from pytest_maturity.config.git_ref import GitRefFiles
from pytest_maturity.model.errors import ConfigError
from pytest_maturity.model.gates import Gate, Measurement
from pytest_maturity.model.report import EnforcedPolicy, PolicyChange

T = "pyproject.toml: tool.maturity"
GATES = {gate.name: gate for gate in gates.BUILTIN}
CHANGE = PolicyChange(setting="lint", new="1", old="0", new_source="new", old_source="old")
COST = "[tool.maturity.gates.cost]\ncommand = ['x']\npattern = 'x'\n"


def both(tmp_path: Path, ref: str | None, tree: str, named: Path | None = None) -> Policies:
    """Returns the policies where that of `main` is enforced and compared with the working tree's."""
    (tmp_path / "pyproject.toml").write_text(tree)
    files = {} if ref is None else {"pyproject.toml": ref.encode()}
    received = {"ref": "main", "commit": "c" * 40, "prefix": "api/", "files": files}
    found = enforced.read_policies(tmp_path, named, "main", received)
    own = enforced.read_policies(tmp_path, None, None, None).enforced
    return Policies(enforced=found.enforced, working_tree=own, ref_files=found.ref_files, named_file=named)


def test_without_a_ref_the_working_tree_is_enforced(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.maturity]\ntarget = 'staging'\n")
    found = enforced.read_policies(tmp_path, None, None, None)
    assert (found.enforced.target, found.working_tree) == ("staging", None)
    assert found.working_tree_with_other_paths is None
    assert found.add_ref(["x: wrong"]) == ["x: wrong"]
    assert found.list_notes() == []
    assert found.resolve_working_tree(GATES, ["auth"]) is None
    assert found.summarize(()) == EnforcedPolicy(digest=found.enforced.digest_without_target)


def test_a_worker_enforces_what_it_received_and_reads_no_working_tree(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("nonsense")
    files = {"pyproject.toml": b"[tool.maturity]\ntarget = 'staging'\n"}
    received = {"ref": "main", "commit": "c" * 40, "prefix": "", "files": files}
    found = enforced.read_policies(tmp_path, None, "main", received)
    assert (found.enforced.target, found.enforced.source, found.working_tree) == ("staging", f"main:{T}", None)


def test_every_requirement_names_the_ref(tmp_path: Path) -> None:
    found = both(tmp_path, "[tool.maturity.stages.dev]\nlint = 1\n", "")
    assert found.enforced.source == f"main:api/{T}"
    assert found.enforced.stages["dev"][0].source == f"main:api/{T}.stages.dev.lint"
    digest = found.enforced.digest_without_target
    assert found.summarize([CHANGE]) == EnforcedPolicy(digest=digest, ref="main", commit="c" * 40, loosened=(CHANGE,))
    assert found.add_ref(["x: wrong"]) == ["x: wrong (by the policy of main)"]


@pytest.mark.parametrize(
    ("ref", "named", "notes"),
    [
        ("[tool.maturity]\n", None, []),
        (None, None, ["main has no policy: the defaults are enforced"]),
        ("[tool.other]\n", None, ["main has no policy: the defaults are enforced"]),
        (None, "ci/strict.toml", ["there is no main:api/ci/strict.toml: the defaults are enforced"]),
        ("[tool.maturity]\n", "ci/strict.toml", [f"there is no main:api/ci/strict.toml: main:api/{T} is enforced"]),
    ],
)
def test_a_ref_without_a_policy_is_noted(tmp_path: Path, ref: str | None, named: str | None, notes: list[str]) -> None:
    assert both(tmp_path, ref, "", tmp_path / named if named else None).list_notes() == notes


def test_command_gates_of_the_working_tree_replace_those_of_the_ref(tmp_path: Path) -> None:
    found = both(tmp_path, COST, COST + "better = 'higher'\n[tool.maturity.stages.dev]\ncost = { min = 5 }\n")
    known = {**GATES, **{gate.name: gate for gate in gates.make_configured_gates(*found.enforced.gate_tables)}}
    resolved = found.resolve_working_tree(known, ["auth"])
    assert resolved is not None
    assert (known["cost"].better, resolved.gates["cost"].better) == ("lower", "higher")
    assert [float(one.threshold) for one in resolved.requirements["auth"]["dev"] if one.gate == "cost"] == [5]


def test_a_requirement_of_a_gate_that_only_the_ref_defines_is_a_mistake_of_the_working_tree(tmp_path: Path) -> None:
    found = both(tmp_path, COST, "[tool.maturity.stages.dev]\ncost = 5\n")
    known = {**GATES, **{gate.name: gate for gate in gates.make_configured_gates(*found.enforced.gate_tables)}}
    with pytest.raises(
        ConfigError, match=r"^pyproject\.toml: tool\.maturity\.stages\.dev\.cost: there is no gate 'cost'"
    ):
        found.resolve_working_tree(known, ["auth"])


def test_a_command_gate_of_the_working_tree_cannot_have_the_name_of_a_plugins_gate(tmp_path: Path) -> None:
    found = both(tmp_path, "[tool.maturity]\n", COST)
    with pytest.raises(
        ConfigError, match=r"^pyproject\.toml: tool\.maturity\.gates: the gate 'cost' is defined twice$"
    ):
        found.resolve_working_tree({**GATES, "cost": Gate("cost", lambda *_: Measurement(1))}, ["auth"])


@pytest.mark.parametrize(
    ("ref", "tree", "is_searched"),
    [
        ("[tool.maturity.stages.dev]\nlint = 1\n", "", False),
        ("[tool.maturity]\n", "[tool.maturity]\nsources = ['x']\n", True),
        ("[tool.maturity]\n", "[tool.maturity.components.a]\ntests = ['x']\n", True),
    ],
)
def test_only_a_policy_with_other_paths_is_searched_again(
    tmp_path: Path, ref: str, tree: str, is_searched: bool
) -> None:
    assert (both(tmp_path, ref, tree).working_tree_with_other_paths is not None) is is_searched


def from_ref(root: Path, text: str) -> GitRefFiles:
    files = {"pyproject.toml": text.encode(), "ci.toml": b"[tool.maturity]\ntarget = 'production'\n"}
    return GitRefFiles(root=root, ref="main", commit="c" * 40, prefix="", files=files)


def test_the_ref_and_the_working_tree_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.maturity]\ntarget = 'dev'\n")
    (tmp_path / "ci.toml").write_text("[tool.maturity]\ntarget = 'staging'\n")
    files = from_ref(tmp_path, "[tool.maturity]\ntarget = 'staging'\n")
    calls = []

    def read_ref(*arguments: object) -> GitRefFiles:
        calls.append(arguments)
        return files

    monkeypatch.setattr(git_ref, "read_ref", read_ref)
    found = enforced.read_policies(tmp_path, None, "main", None)
    assert found.working_tree is not None
    assert (found.enforced.target, found.working_tree.target) == ("staging", "dev")
    assert (found.ref_files, found.named_file) == (files, None)
    named = tmp_path / "ci.toml"
    found = enforced.read_policies(tmp_path, named, "main", None)
    assert found.working_tree is not None
    assert (found.enforced.target, found.working_tree.target, found.named_file) == ("production", "staging", named)
    assert found.enforced.source == "main:ci.toml: tool.maturity"
    assert calls == [(tmp_path, "main", None), (tmp_path, "main", named)]


def test_without_a_ref_the_named_file_is_enforced(tmp_path: Path) -> None:
    named = tmp_path / "ci.toml"
    named.write_text("[tool.maturity]\ntarget = 'staging'\n")
    found = enforced.read_policies(tmp_path, named, None, None)
    assert (found.enforced.target, found.enforced.source) == ("staging", "ci.toml: tool.maturity")
    assert (found.named_file, found.working_tree, found.ref_files) == (named, None, None)


@pytest.mark.parametrize(
    ("tree", "ref", "problems"),
    [
        ("", "[tool.maturity]\ntarget = 5\n", (f"main:{T}.target: must be a string, not 5",)),
        ("[tool.maturity]\ntarget = 5\n", "", (f"{T}.target: must be a string, not 5",)),
        (
            "[tool.maturity]\ntarget = 6\n",
            "[tool.maturity]\ntarget = 5\n",
            (f"{T}.target: must be a string, not 6", f"main:{T}.target: must be a string, not 5"),
        ),
        ("[tool.maturity]\ntarget = 6\n", None, (f"{T}.target: must be a string, not 6", "no git")),
        ("", None, ("no git",)),
    ],
)
def test_the_mistakes_of_both_policies_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tree: str, ref: str | None, problems: tuple[str, ...]
) -> None:
    def read_ref(*_: object) -> GitRefFiles:
        if ref is None:
            raise ConfigError("no git")
        return from_ref(tmp_path, ref)

    (tmp_path / "pyproject.toml").write_text(tree)
    monkeypatch.setattr(git_ref, "read_ref", read_ref)
    with pytest.raises(ConfigError) as caught:
        enforced.read_policies(tmp_path, None, "main", None)
    assert caught.value.problems == problems


def test_a_worker_reports_a_mistake_of_what_it_received(tmp_path: Path) -> None:
    received = from_ref(tmp_path, "[tool.maturity]\ntarget = 5\n").to_dict()
    with pytest.raises(ConfigError) as caught:
        enforced.read_policies(tmp_path, None, "main", received)
    assert caught.value.problems == (f"main:{T}.target: must be a string, not 5",)


def test_the_working_trees_policy_is_part_of_what_it_requires(tmp_path: Path) -> None:
    found = both(tmp_path, "[tool.maturity]\n", "[tool.maturity]\ntarget = 'staging'\n")
    resolved = found.resolve_working_tree(GATES, ["a", "b"])
    assert resolved is not None
    assert resolved.config is found.working_tree
    assert resolved.gates == GATES
    assert list(resolved.requirements) == ["a", "b"]
