"""The settings that one policy loosened compared with another: each a sentence with both values and both sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_maturity import gates
from pytest_maturity.config import requirements, schema, settings
from pytest_maturity.config.comparison import ResolvedPolicy, find_loosened, list_path_settings
from pytest_maturity.config.files import WorkingTreeFiles
from pytest_maturity.model.report import PolicyChange
from pytest_maturity.reports.messages import change_text

T = "pyproject.toml: tool.maturity"
OWN = "[tool.maturity.gates.cost]\ncommand = ['cost']\npattern = '(.*)'\n"


class Main(WorkingTreeFiles):
    """Files with the names of those of a branch."""

    def format_name(self, path: Path) -> str:
        return f"main:{path.name}"


def resolve(tmp_path: Path, text: str, files: WorkingTreeFiles, names: tuple[str, ...]) -> ResolvedPolicy:
    (tmp_path / "pyproject.toml").write_text(f"[tool.maturity]\n{text}", encoding="utf-8")
    found = settings.load_config(tmp_path, files=files)
    known = {gate.name: gate for gate in (*gates.BUILTIN, *gates.make_configured_gates(*found.gate_tables))}
    return ResolvedPolicy(
        config=found, gates=known, requirements=requirements.compute_requirements(found, known, names)
    )


def sentences(old: ResolvedPolicy, new: ResolvedPolicy) -> list[str]:
    return [change_text(change) for change in find_loosened(old, new)]


def compare(tmp_path: Path, old: str, new: str, *names: str) -> list[str]:
    """Returns the sentences, with short sources: [n] for the table in the new file, [m] for that of main."""
    judged = names or ("auth",)
    pair = resolve(tmp_path, old, Main(tmp_path), judged), resolve(tmp_path, new, WorkingTreeFiles(tmp_path), judged)
    return [one.replace(f"main:{T}", "[m]").replace(T, "[n]") for one in sentences(*pair)]


def test_a_sentence_has_both_values_and_both_sources(tmp_path: Path) -> None:
    pair = [
        resolve(tmp_path, f"stages.staging.coverage = {number}\n", files, ("orchestration",))
        for number, files in (("70.5", Main(tmp_path)), ("60", WorkingTreeFiles(tmp_path)))
    ]
    assert sentences(pair[0], pair[1]) == [
        "coverage of orchestration at staging: 60 instead of 70.5 "
        "(pyproject.toml: tool.maturity.stages.staging.coverage; "
        "main:pyproject.toml: tool.maturity.stages.staging.coverage)",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("stages.production.coverage = 69.961\n", "stages.production.coverage = 69.96\n",
         "coverage of auth at production: 69.96 instead of 69.961 "
         "([n].stages.production.coverage; [m].stages.production.coverage)"),
        ("stages.dev.unhandled = 0\n", "stages.dev.unhandled = 3\n",
         "unhandled of auth at dev, staging, production: 3 instead of 0 "
         "([n].stages.dev.unhandled; [m].stages.dev.unhandled)"),
        ("", "stages.staging.security.high = 1\n",
         "security.high of auth at staging, production: 1 instead of 0 "
         "([n].stages.staging.security.high; default.staging.security.high)"),
        ("", "stages.staging.lint = false\n",
         "lint of auth at staging, production: dropped instead of 0 ([n].stages.staging.lint; default.staging.lint)"),
        ("", "stages.staging.security = false\nstages.production.security = { critical = 0, high = 0 }\n",
         "security.critical of auth at staging: dropped instead of 0 "
         "([n].stages.staging.security; default.staging.security.critical)"),
        ("", "components.auth.stages.dev.pass_rate = false\n",
         "pass_rate of auth at dev, staging, production: dropped instead of 100 "
         "([n].components.auth.stages.dev.pass_rate; default.dev.pass_rate)"),
        ("", "stages.staging.lint = false\nstages.production.lint = false\n",
         "lint of auth at staging: dropped instead of 0 ([n].stages.staging.lint; default.staging.lint)"),
        ("", "stages.dev.pass_rate = false\nstages.staging.coverage = 75\n",
         "pass_rate of auth at dev, staging, production: dropped instead of 100 "
         "([n].stages.dev.pass_rate; default.dev.pass_rate)"),
        ("", "stages.dev.pass_rate = false\nstages.staging.security = { medium = false }\n",
         "pass_rate of auth at dev, staging, production: dropped instead of 100 "
         "([n].stages.dev.pass_rate; default.dev.pass_rate)"),
        ("stages.dev.unhandled = 5\n", "",
         "unhandled of auth at dev, staging, production: dropped instead of 5 ([n]; [m].stages.dev.unhandled)"),
        ("", "stages.staging.types = { mode = 'warn' }\n",
         "types of auth at staging, production: warns instead of blocks "
         "([n].stages.staging.types; default.staging.types)"),
        ("", "components.Auth.stages.dev.coverage = 40\n",
         "coverage of auth at dev: 40 instead of 50 "
         "([n].components.Auth.stages.dev.coverage; default.dev.coverage)"),
        ("components.auth.stages.dev.coverage = 60\n", "",
         "coverage of auth at dev: 50 instead of 60 (default.dev.coverage; [m].components.auth.stages.dev.coverage)"),
        ("target = 'staging'\n", "", "target: dev instead of staging ([n]; [m])"),
        ("components.auth.target = 'production'\n", "components.auth.target = 'staging'\n",
         "components.auth.target: staging instead of production ([n]; [m])"),
        ("components.auth.target = 'production'\n", "",
         "components.auth.target: dev instead of production ([n]; [m])"),
        ("target = 'staging'\n", "target = 'staging'\ncomponents.auth.target = 'dev'\n",
         "components.auth.target: dev instead of staging ([n]; [m])"),
        ("", "target = 'gold'\nladder = ['dev', 'staging', 'production', 'gold']\nstages.gold.spec = 0\n",
         "target: gold instead of dev ([n]; [m])"),
        ("", "ladder = ['dev', 'production']\n",
         "ladder: dev, production instead of dev, staging, production ([n]; [m])"),
        ("", "ladder = ['dev', 'production', 'staging']\n",
         "ladder: dev, production, staging instead of dev, staging, production ([n]; [m])"),
        ("", "retry.max_retries = 5\n",
         "max_retries of auth at dev, staging, production: 5 instead of 2 ([n]; [m])"),
        ("", "stages.production.retry.max_retries = 3\n",
         "max_retries of auth at production: 3 instead of 2 ([n]; [m])"),
        ("", "components.auth.retry.time_budget = 300.5\n",
         "time_budget of auth at dev, staging, production: 300.5 instead of 300 ([n]; [m])"),
        ("retry.budget = 0\n", "",
         "budget of auth at dev, staging, production: in proportion to the tests instead of 0 "
         "([n]; [m])"),
        ("", "retry.budget = 11\n", "budget of auth at dev, staging, production: 11 instead of in proportion to the "
         "tests ([n]; [m])"),
        ("retry.breaker = 10000\n", "", "breaker of auth at dev, staging, production: in proportion to the tests "
         "instead of 10000 ([n]; [m])"),
        ("retry.breaker = 5\n", "retry.breaker = 6\n",
         "breaker of auth at dev, staging, production: 6 instead of 5 ([n]; [m])"),
        ("retry.transient = ['a.A']\n", "retry.transient = ['b.B']\n",
         "transient of auth at dev, staging, production: b.B instead of a.A ([n]; [m])"),
        ("", "gates.types.tool = 'pyrefly'\n", "gates.types.tool: pyrefly instead of nothing ([n]; [m])"),
        ("gates.lint.timeout = 5\n", "", "gates.lint.timeout: nothing instead of 5 ([n]; [m])"),
        ("gates.spec.sections = ['Purpose', 'Use']\n", "gates.spec.sections = ['Purpose']\n",
         "gates.spec.sections: Purpose instead of Purpose, Use ([n]; [m])"),
        (OWN, OWN.replace("cost'", "true'"), "gates.cost.command: true instead of cost ([n]; [m])"),
        (OWN, OWN.replace("(.*)", "(0)"), "gates.cost.pattern: (0) instead of (.*) ([n]; [m])"),
        (OWN, OWN + "exit_codes = [0, 1]\n", "gates.cost.exit_codes: 0, 1 instead of nothing ([n]; [m])"),
        (OWN, OWN + "better = 'higher'\n", "gates.cost.better: higher instead of nothing ([n]; [m])"),
        ("", "sources = ['lib']\n", "sources: lib instead of nothing ([n]; [m])"),
        ("", "specs = ['x/{component}.md']\n", "specs: x/{component}.md instead of specs/{component}.md ([n]; [m])"),
        ("components.auth.tests = ['a', 'b']\n", "components.Auth.tests = ['a']\n",
         "components.auth.tests: a instead of a, b ([n]; [m])"),
        ("components.auth.aliases = ['a']\n", "", "components.auth.aliases: nothing instead of a ([n]; [m])"),
        ("components.auth.tests_also = 'imports'\n", "",
         "components.auth.tests_also: nothing instead of imports ([n]; [m])"),
        ("", "components.other.sources = ['src/auth/x.py']\n",
         "components.other.sources: src/auth/x.py instead of nothing ([n]; [m])"),
    ],
)  # fmt: skip
def test_a_looser_setting_is_found(tmp_path: Path, old: str, new: str, expected: str) -> None:
    found = compare(tmp_path, old, new)
    assert found[0] == expected
    more_follows = ("ladder", "security = ", "stages.production.lint = false")
    assert len(found) == 1 or any(text in new for text in more_follows)


def test_requirements_of_a_removed_stage_are_dropped_above_it(tmp_path: Path) -> None:
    found = compare(tmp_path, "", "ladder = ['dev', 'production']\n")
    assert "types of auth at production: dropped instead of 0 ([n]; default.staging.types)" in found


def test_a_removed_command_gate_is_found_with_its_requirement(tmp_path: Path) -> None:
    found = compare(tmp_path, "stages.dev.cost = 5\n" + OWN, "")
    assert found == [
        "gates.cost.command: nothing instead of cost ([n]; [m])",
        "gates.cost.pattern: nothing instead of (.*) ([n]; [m])",
        "cost of auth at dev, staging, production: dropped instead of 5 ([n]; [m].stages.dev.cost)",
    ]


def test_a_new_exclusion_loosens_and_a_removed_one_does_not(tmp_path: Path) -> None:
    old, new = "exclude = ['a']\n", "exclude = ['a', 'b_*']\n"
    assert compare(tmp_path, old, new) == ["exclude: a, b_* instead of a ([n]; [m])"]
    assert compare(tmp_path, new, old) == []
    assert compare(tmp_path, "", "untested = 'ignore'\n") == ["untested: ignore instead of hold ([n]; [m])"]
    assert compare(tmp_path, "untested = 'ignore'\n", "untested = 'hold'\n") == []


def test_other_records_and_more_trusted_stores_loosen(tmp_path: Path) -> None:
    assert compare(tmp_path, "", "records.path = 'mine.db'\n") == [
        "records.path: mine.db instead of .maturity/records.db ([n]; [m])"
    ]
    server = "records.url = 'env:SHOP'\n"
    assert compare(tmp_path, "", server) == ["records.url: env:SHOP instead of nothing ([n]; [m])"]
    assert compare(tmp_path, server, "records.url = 'postgresql://h/d'\n") == [
        "records.url: postgresql://h/d instead of env:SHOP ([n]; [m])"
    ]
    both, one = "records.trust = ['local', 'ref']\n", "records.trust = ['ref']\n"
    assert compare(tmp_path, one, both) == ["records.trust: local, ref instead of ref ([n]; [m])"]
    assert compare(tmp_path, both, one) == []
    assert compare(tmp_path, "", "records = { retention = 7, stage_file = '{component}.md' }\n") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("stages.dev.coverage = 60\n", "stages.dev.coverage = 60.0\n"),
        ("stages.dev.coverage = 60\n", "stages.dev.coverage = 61\n"),
        ("stages.dev.lint = 5\n", "stages.dev.lint = 4\n"),
        ("", "stages.dev.types = 0\n"),
        ("stages.dev.lint = { max = 0, mode = 'warn' }\n", "stages.dev.lint = 0\n"),
        ("stages.dev.lint = false\n", ""),
        ("", "target = 'production'\n"),
        ("", "components.auth.target = 'production'\n"),
        ("components.auth.target = 'staging'\n", "target = 'staging'\n"),
        ("components.other.target = 'staging'\n", ""),
        ("", "ladder = ['dev', 'new', 'staging', 'production']\nstages.new.spec = 0\n"),
        ("retry.max_retries = 3\n", "retry = { max_retries = 2, budget = 10, time_budget = 5, breaker = 10 }\n"),
        ("", "retry = { budget = 10, breaker = 10 }\n"),
        ("retry = { budget = 20, breaker = 20 }\n", "retry = { budget = 20, breaker = 20 }\n"),
        ("retry.transient = ['a.A', 'b.B']\n", "retry.transient = ['b.B']\n"),
        ("", "retry.base_delay = 0.1\n"),
        ("", "stages.dev.cost = 5\n" + OWN),
        ("components.auth.tests = ['a']\n", "components.Auth.tests = ['a']\n"),
        ("", "junit_flaky_failures = true\n"),
        ("", 'reports = ["ctrf"]\n'),
    ],
)
def test_equal_stricter_and_new_settings_are_left_out(tmp_path: Path, old: str, new: str) -> None:
    assert compare(tmp_path, old, new) == []


def test_the_same_change_of_several_components_is_one_sentence(tmp_path: Path) -> None:
    new = "stages.staging.lint = 5\ncomponents.b.stages.production.lint = 0\n"
    assert compare(tmp_path, "", new, "a", "b", "c") == [
        "lint of a, c at staging, production: 5 instead of 0 ([n].stages.staging.lint; default.staging.lint)",
        "lint of b at staging: 5 instead of 0 ([n].stages.staging.lint; default.staging.lint)",
    ]
    assert compare(tmp_path, "", "stages.staging.lint = 5\n", *"abcdef") == [
        "lint of a, b, c, d, e, f at staging, production: 5 instead of 0 "
        "([n].stages.staging.lint; default.staging.lint)"
    ]
    assert compare(tmp_path, "", "stages.staging.lint = 5\n", *"abcdefg") == [
        "lint of 7 components at staging, production: 5 instead of 0 ([n].stages.staging.lint; default.staging.lint)"
    ]


def test_a_looser_threshold_that_only_warns_is_two_sentences(tmp_path: Path) -> None:
    found = compare(tmp_path, "", "stages.production.coverage = { min = 10, mode = 'warn' }\n")
    assert [one.partition(" (")[0] for one in found] == [
        "coverage of auth at production: 10 instead of 80",
        "coverage of auth at production: warns instead of blocks",
    ]


def test_a_long_value_is_cut_and_control_characters_are_escaped(tmp_path: Path) -> None:
    paths = ", ".join(f"'tests/test_{number}.py'" for number in range(500))
    (long,) = compare(tmp_path, "", f"components.x.tests = [{paths}]\n")
    assert len(long) < 400
    for length, shown in ((300, "x" * 300), (301, "x" * 297 + "...")):
        (text,) = compare(tmp_path, "", f"components.x.tests = ['{'x' * length}']\n")
        assert text == f"components.x.tests: {shown} instead of nothing ([n]; [m])"
    (escaped,) = compare(tmp_path, "", 'components.x.tests = ["a\\u202eb"]\n')
    assert escaped == "components.x.tests: a\\u202eb instead of nothing ([n]; [m])"


def test_a_change_is_data_with_its_components_and_stages(tmp_path: Path) -> None:
    pair = (
        resolve(tmp_path, "", Main(tmp_path), ("a", "b")),
        resolve(tmp_path, "sources = ['lib']\nstages.staging.lint = 1\n", WorkingTreeFiles(tmp_path), ("a", "b")),
    )
    assert find_loosened(*pair) == (
        PolicyChange(setting="sources", new="lib", old="nothing", new_source=T, old_source=f"main:{T}"),
        PolicyChange(
            setting="lint",
            new="1",
            old="0",
            new_source=f"{T}.stages.staging.lint",
            old_source="default.staging.lint",
            components=("a", "b"),
            stages=("staging", "production"),
        ),
    )


def test_every_change_of_a_stage_is_found(tmp_path: Path) -> None:
    new = "stages.dev = { pass_rate = false, coverage = 40, unhandled = { max = 1, mode = 'warn' } }\n"
    assert [one.partition(" of ")[0] + ":" + one.partition(":")[2].partition(" (")[0] for one in compare(
        tmp_path, "stages.dev.unhandled = 0\n", new
    )] == ["pass_rate: dropped instead of 100", "coverage: 40 instead of 50", "unhandled: 1 instead of 0",
           "unhandled: warns instead of blocks"]  # fmt: skip


def test_retries_of_the_command_line_hide_no_change(tmp_path: Path) -> None:
    old, new = (
        resolve(tmp_path, "", Main(tmp_path), ("a",)),
        resolve(tmp_path, "retry.max_retries = 3\n", WorkingTreeFiles(tmp_path), ("a",)),
    )
    old = replace(old, config=replace(old.config, max_retries=9))
    assert [change.setting for change in find_loosened(old, new)] == ["max_retries"]


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        (f"gates.{'g' * 90} = {{ command = ['x'], pattern = 'x' }}\n", f"gates.{'g' * 77}....pattern: "),
        (f"components.{'c' * 90}.tests = ['x']\n", f"components.{'c' * 77}....tests: "),
    ],
)
def test_a_long_name_is_cut(tmp_path: Path, text: str, beginning: str) -> None:
    assert [one for one in compare(tmp_path, text, "") if one.startswith(beginning)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("approvals.identity = 'ci'\n", "", ["approvals.identity: claimed instead of ci ([n]; [m])"]),
        ("", "approvals.identity = 'ci'\n", ["approvals.identity: ci instead of claimed ([n]; [m])"]),
        ("", "approvals.automatic = ['unchanged']\n", ["approvals.automatic: unchanged instead of nothing ([n]; [m])"]),
        ("approvals.stages = ['dev']\n", "approvals.stages = ['dev', 'staging']\n",
         ["approvals.stages: dev, staging instead of dev ([n]; [m])"]),
        ("approvals.stages = ['dev']\n", "", []),
        ("approvals.roles.qa.members = ['ann']\n", "approvals.roles.qa.members = ['ann', 'bob']\n",
         ["approvals.roles.qa.members: ann, bob instead of ann ([n]; [m])"]),
        ("stages.production.approvals = 2\n", "stages.production.approvals = 1\n",
         ["approvals.production of auth at production: 1 instead of 2 "
          "([n].stages.production.approvals; [m].stages.production.approvals)"]),
        ("stages.production.approvals = 1\n", "stages.production.approvals = 2\n", []),
        ("stages.production.approvals = { roles = ['qa'] }\n", "stages.production.approvals = { roles = ['dev'] }\n",
         ["approvals.production of auth at production: roles dev instead of roles qa "
          "([n].stages.production.approvals; [m].stages.production.approvals)"]),
        ("stages.production.approvals = { roles = ['qa'] }\n", "stages.production.approvals = 1\n",
         ["approvals.production of auth at production: any role instead of roles qa "
          "([n].stages.production.approvals; [m].stages.production.approvals)"]),
    ],
)  # fmt: skip
def test_weaker_approvals_loosen(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert compare_approvals(tmp_path, old, new) == expected


def compare_approvals(tmp_path: Path, old: str, new: str) -> list[str]:
    """Returns the sentences of `compare`, with the gates of records."""
    found = []
    for text, files in ((old, Main(tmp_path)), (new, WorkingTreeFiles(tmp_path))):
        (tmp_path / "pyproject.toml").write_text(f"[tool.maturity]\n{text}", encoding="utf-8")
        config = settings.load_config(tmp_path, files=files)
        known = {gate.name: gate for gate in (*gates.BUILTIN, *gates.make_record_gates(config.ladder))}
        resolved = requirements.compute_requirements(config, known, ("auth",))
        found.append(ResolvedPolicy(config=config, gates=known, requirements=resolved))
    return [one.replace(f"main:{T}", "[m]").replace(T, "[n]") for one in sentences(found[0], found[1])]


def test_every_key_of_the_configuration_is_compared_or_cannot_loosen_it() -> None:
    harmless = {"schema", "junit_flaky_failures", "reports"}
    compared = {
        "target", "ladder", "stages", "components", "gates", "retry", "kinds", "exclude", "untested", "compare_branch",
        "records", "approvals", "attestations",
        *list_path_settings(settings.load_config(Path("/no"))), *list_path_settings(settings.ComponentConfig()),
    }  # fmt: skip
    properties = schema.load_schema("config")["properties"]
    of_components = properties["components"]["additionalProperties"]["properties"]
    assert {*properties, *of_components} - compared == harmless


# ── kinds of tests ───────────────────────────────────────────────────────────

KINDS = "kinds.it.markers = ['db']\nkinds.e2e.paths = ['tests/e2e']\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("", "stages.staging.kinds = ['unit']\n",
         ["kinds of auth at staging, production: unit instead of all ([n].stages.staging.kinds; default)"]),
        ("stages.dev.kinds = ['unit', 'it']\n", "stages.dev.kinds = ['it', 'e2e', 'unit']\n", []),
        ("stages.dev.kinds = ['unit', 'it']\n", "", []),
        ("", "stages.dev.kinds = ['it', 'e2e', 'unit']\n", []),
        ("stages.dev.kinds = ['unit', 'it']\n", "stages.dev.kinds = ['unit']\n",
         ["kinds of auth at dev, staging, production: unit instead of unit, it "
          "([n].stages.dev.kinds; [m].stages.dev.kinds)"]),
        ("", "kinds.slow.markers = ['slow']\n", ["kinds.slow: markers slow instead of nothing ([n]; [m])"]),
    ],
)  # fmt: skip
def test_a_stage_that_needs_fewer_kinds_of_tests_is_loosened(
    tmp_path: Path, old: str, new: str, expected: list[str]
) -> None:
    assert compare(tmp_path, KINDS + old, KINDS + new) == expected


def test_another_rule_or_order_of_kinds_of_tests_may_loosen(tmp_path: Path) -> None:
    other = "kinds.e2e.paths = ['tests/e2e']\nkinds.it = { markers = ['db', 'net'], paths = ['tests/it'] }\n"
    assert compare(tmp_path, KINDS, other) == [
        "kinds.it: markers db, net; paths tests/it instead of markers db ([n]; [m])",
        "kinds: e2e, it instead of it, e2e ([n]; [m])",
    ]


def test_another_branch_to_compare_with_may_loosen(tmp_path: Path) -> None:
    assert compare(tmp_path, "compare_branch = 'main'\n", "compare_branch = 'mine'\n") == [
        "compare_branch: mine instead of main ([n]; [m])"
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{ max = 0, ratchet = true }", "0", "no ratchet instead of a ratchet"),
        ("0", "{ max = 0, ratchet = true }", "a ratchet, whose baseline may excuse it instead of no ratchet"),
        ("{ max = 0, ratchet = true }", "{ max = 0, ratchet = true, tolerance = 0.5 }",
         "tolerance 0.5 instead of tolerance 0"),
        ("{ max = 0, max_increase = 5 }", "{ max = 0, max_increase = 10 }",
         "max_increase 10 instead of max_increase 5"),
        ("{ max = 0, ratchet = true, tolerance = 5 }", "{ max = 0, max_increase = 10 }",
         "max_increase 10 instead of max_increase 0"),
        ("{ max = 0, max_increase = 5 }", "0", "no ratchet instead of a ratchet"),
        ("0", "{ max = 0, scope = 'new' }", "new code instead of all code"),
    ],
)  # fmt: skip
def test_a_removed_ratchet_a_tolerance_and_a_scope_loosen(
    tmp_path: Path, old: str, new: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_maturity.config.requirements.check_refinements", lambda *_: ())
    found = compare(tmp_path, f"stages.dev.types = {old}\n", f"stages.dev.types = {new}\n")
    assert [one.partition(": ")[2].partition(" (")[0] for one in found if " dev" in one] == [expected]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{ max = 0, ratchet = true, tolerance = 1 }", "{ max = 0, ratchet = true }"),
        ("{ max = 0, max_increase = 5 }", "{ max = 0, max_increase = 4 }"),
        ("{ max = 0, mode = 'block' }", "{ max = 0, scope = 'all', ratchet = false }"),
    ],
)
def test_a_smaller_tolerance_loosens_nothing(tmp_path: Path, old: str, new: str) -> None:
    assert compare(tmp_path, f"stages.dev.types = {old}\n", f"stages.dev.types = {new}\n") == []
