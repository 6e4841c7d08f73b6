"""`--maturity-component affected`: the components that the change against a branch can affect."""

from __future__ import annotations

import pytest

from tests.acceptance.project import ORCHESTRATION, TESTS_ONLY, Project, commit, git

IGNORED = {".gitignore": "__pycache__/\n.maturity/\n.pytest_cache/\n"}
USER = {
    "src/invoice/__init__.py": "from billing import price\n\n\ndef total() -> int:\n    return price()\n",
    "tests/test_invoice.py": "import invoice\n\n\ndef test_total():\n    assert invoice.total() == 1\n",
}


@pytest.fixture
def change(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project in a repository; a branch is checked out that has not changed anything since `main`."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.path.parent))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    project.write(ORCHESTRATION | USER | IGNORED)
    commit(project)
    git(project, "branch", "-M", "main")
    git(project, "switch", "-qc", "topic")
    return project


@pytest.mark.parametrize("more", [(), ("-n2",), ("-q",)])
def test_who_imports_what_changed_is_judged_and_no_one_else(change: Project, more: tuple[str, ...]) -> None:
    change.write({"src/billing/__init__.py": "def price() -> int:\n    return 2\n"})
    commit(change, "two")
    ran = change.gate(*more, component="affected", subprocess=bool(more))
    assert (ran.code, [one["name"] for one in ran.report["components"]]) == (1, ["billing", "invoice"])
    selection = ran.report["affected"]
    assert (selection["branch"], selection["merge_base"]) == ("main", git(change, "rev-parse", "main"))
    assert (selection["unaffected"], selection["changed"]) == (["orchestration"], ["src/billing/__init__.py"])
    assert [one["message"] for one in selection["components"]] == [
        "changed: src/billing/__init__.py",
        "src/invoice/__init__.py imports billing, which changed: src/billing/__init__.py",
    ]


def test_a_change_that_affects_nothing_is_no_proof(change: Project) -> None:
    change.write({"README.md": "Hello.\n"})
    for arguments in ((), ("--maturity-gate=pass_rate",)):
        ran = change.gate(*arguments, component="affected")
        assert (ran.code, ran.report["verdict"], ran.report["components"]) == (5, "INCONCLUSIVE", [])
        base = git(change, "rev-parse", "main")[:12]
        assert ran.last_line == (
            "INCONCLUSIVE  nothing was judged: the change affects no component "
            f"(1 changed file against main (merge base {base}))"
        )


def test_an_affected_component_without_tests_is_not_nothing(change: Project) -> None:
    change.write({"src/empty/__init__.py": "A = 1\n"})
    ran = change.gate(component="affected")
    assert (ran.code, ran.report["verdict"]) == (1, "HOLD")


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"uv.lock": ""}, "uv.lock changed, which is no file of a component"),
        ({"conftest.py": "X = 1\n"}, "conftest.py changed, which every test uses"),
    ],
)
def test_what_cannot_be_attributed_affects_all(change: Project, files: dict[str, str], why: str) -> None:
    change.write(files)
    ran = change.gate(component="affected")
    assert (ran.code, len(ran.report["components"])) == (0, 3)
    assert ran.report["affected"]["everything"] == why
    assert f"all 3 components may be affected: {why}" in ran.report["notes"]


def test_a_change_that_is_not_known_affects_all_and_says_what_to_type(change: Project) -> None:
    ran = change.gate("--maturity-compare-branch=origin/dev", component="affected")
    assert (ran.code, len(ran.report["components"])) == (0, 3)
    assert ran.report["affected"]["everything"] == (
        "the change is not known: git knows no branch 'origin/dev': type git fetch origin dev:refs/remotes/origin/dev"
    )


def test_a_change_does_not_choose_what_it_is_compared_with(change: Project) -> None:
    change.write({"src/billing/__init__.py": "def price() -> int:\n    return 2\n"})
    change.policy(TESTS_ONLY.replace("[tool.maturity]", '[tool.maturity]\n    compare_branch = "HEAD"'))
    commit(change, "two")
    assert change.gate(component="affected").code == 5  # the policy of the working tree says so
    ran = change.gate("--maturity-policy-ref=main", component="affected")
    assert (ran.code, ran.report["affected"]["branch"], len(ran.report["components"])) == (1, "main", 3)
    (loosened,) = ran.report["policy"]["loosened"]
    assert (loosened["setting"], loosened["new"]) == ("compare_branch", "HEAD")


def test_a_command_that_may_read_every_file_affects_all(change: Project) -> None:
    gate = '[tool.maturity.gates.own]\ncommand = ["echo", "{words}"]\npattern = "(\\\\d)"\n'
    required = TESTS_ONLY.replace("pass_rate = 100", "pass_rate = 100\n    own = 0")
    change.policy(required + gate.replace("{words}", "0"))
    commit(change)
    git(change, "branch", "-f", "main")
    change.write({"src/billing/__init__.py": "def price() -> int:\n    return 1  # one\n"})
    ran = change.gate(component="affected")
    assert ran.report["affected"]["everything"] == (
        "the command of the gate own may depend on every file: it names no {sources}"
    )
    change.policy(required + gate.replace("{words}", "0 {component}"))
    commit(change)
    git(change, "branch", "-f", "main")
    change.write({"src/billing/__init__.py": "def price() -> int:\n    return 1\n"})
    assert change.gate(component="affected").report["affected"]["unaffected"] == ["orchestration"]


def test_tests_whose_names_a_hook_decides_affect_all(change: Project) -> None:
    hook = "def pytest_maturity_name_variants(config, name):\n    return []\n"
    change.write({"tests/conftest.py": hook})
    commit(change)
    git(change, "branch", "-f", "main")
    change.write({"src/billing/__init__.py": "def price() -> int:\n    return 1  # one\n"})
    everything = change.gate(component="affected").report["affected"]["everything"]
    assert everything.startswith("tests/conftest.py has the hook pytest_maturity_name_variants")


def test_explain_says_why_each_component_is_affected(change: Project) -> None:
    change.write({"src/billing/rates.py": "RATE = 1\n"})
    ran = change.gate("--maturity-explain", component="affected")
    assert ran.code == 0
    ran.result.stdout.fnmatch_lines(
        [
            "*maturity: billing*",
            "  affected: changed: src/billing/rates.py",
            "*maturity: invoice*",
            "  affected: src/invoice/__init__.py imports billing, which changed: src/billing/rates.py",
        ]
    )
    ran.result.stdout.no_fnmatch_line("*maturity: orchestration*")


def test_the_reports_of_other_components_stay(change: Project) -> None:
    for name in ("orchestration", "billing"):
        assert change.gate(component=name).code == 0
    # Of another size: the byte code of the same second would seem to belong to it.
    change.write({"src/billing/__init__.py": "def price() -> int:\n    return 2_000\n"})
    assert change.gate(component="affected").code == 1
    assert change.read_report("orchestration")["verdict"] == "PROMOTE"
    assert change.read_report("billing")["verdict"] == "INCOMPLETE"
    change.gate("--maturity-target=no-such", component="affected")  # refused, before it knows what to judge
    assert change.read_report("orchestration")["verdict"] == "INCOMPLETE"


def test_shards_of_affected_components_are_merged(change: Project) -> None:
    change.write({"src/billing/rates.py": "RATE = 1\n"})
    for number, path in enumerate(("tests/test_billing.py", "tests/test_invoice.py")):
        change.run("--maturity-component=affected", f"--maturity-evidence=.maturity/{number}.json", path)
    shards = [f"--maturity-merge=.maturity/{number}.json" for number in range(2)]
    ran = change.gate(*shards, component="affected")
    assert (ran.code, [one["name"] for one in ran.report["components"]]) == (0, ["billing", "invoice"])
