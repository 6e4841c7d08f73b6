"""The configuration is read exactly, every value knows its source, and all mistakes are reported together."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_maturity.config import settings
from pytest_maturity.config.settings import ComponentConfig, Config, RecordSettings, StageEntry
from pytest_maturity.model.errors import ConfigError
from pytest_maturity.model.kinds import KindRule, NeededKinds

T = "pyproject.toml: tool.maturity"

NO_NUMBER = "needs either pattern or pointer, to find the number in what the command prints, or count"


def load(tmp_path: Path, text: str = "") -> Config:
    (tmp_path / "pyproject.toml").write_text(f"[tool.maturity]\n{text}", encoding="utf-8")
    return settings.load_config(tmp_path)


def problems(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    return caught.value.problems


def entries(config: Config, stage: str) -> dict[str, StageEntry]:
    return {entry.name: entry for entry in config.stages[stage]}


def test_an_empty_table_changes_nothing(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert found == Config(ladder=found.ladder, target="dev", default_stages=found.default_stages, stages={}, source=T)
    assert (found.specs, found.max_retries, found.junit_flaky_failures) == (("specs/{component}.md",), None, False)


def test_the_whole_table_is_read(tmp_path: Path) -> None:
    text = (
        "sources = ['lib', 'apps']\ntests = ['checks', 'more']\nspecs = ['{component}.md']\n"
        "junit_flaky_failures = true\nreports = ['x.json', 'ctrf']\n"
        'exclude = ["legacy", "*_demo"]\n'
        'untested = "ignore"\n'
        "records = { path = 'r.db', trust = ['local'], retention = 30, stage_file = '{component}/M.md' }\n"
        "[tool.maturity.components.auth]\nsources = ['a']\ntests = ['t', 'u']\naliases = ['x', 'y']\n"
    )
    found = load(tmp_path, text)
    assert (found.sources, found.tests, found.specs) == (("lib", "apps"), ("checks", "more"), ("{component}.md",))
    assert (found.junit_flaky_failures, found.reports) == (True, ("x.json", "ctrf"))
    assert (found.exclude, found.untested) == (("legacy", "*_demo"), "ignore")
    assert found.records == RecordSettings(
        path="r.db", trust=("local",), retention=30, stage_file="{component}/M.md", is_configured=True
    )
    assert load(tmp_path, "records = { url = 'env:SHOP', trust = ['server'] }\n").records == RecordSettings(
        url="env:SHOP", trust=("server",), is_configured=True
    )
    assert found.find_component("auth") == ComponentConfig(sources=("a",), tests=("t", "u"), aliases=("x", "y"))


@pytest.mark.parametrize(
    ("records", "problem"),
    [
        ("{ trust = ['server'] }", 'trust: the records are not on a server: "local" names them'),
        ("{ trust = ['local'], url = 'env:SHOP' }", 'trust: the records are on a server: "server" names them'),
        ("{ path = 'r.db', url = 'env:SHOP' }", "url: the records are in one place: keep url or path"),
        ("{ url = 'env:' }", 'url: must name an environment variable, like "env:MATURITY_RECORDS_URL"'),
        ("{ url = 'env:1A' }", 'url: must name an environment variable, like "env:MATURITY_RECORDS_URL"'),
        *(
            (
                f"{{ url = '{url}' }}",
                'url: must be "env:" and the name of an environment variable that holds the URL, or '
                "postgresql://USER@HOST/DATABASE",
            )
            for url in ("mysql://h/d", "postgresql:h", "host=h password=hunter2", "SHOP")
        ),
        *(
            (
                f"{{ url = 'postgresql://{rest}' }}",
                "url: holds a password, which everybody could read here: put the URL into an environment variable and "
                'name that, like "env:MATURITY_RECORDS_URL"',
            )
            for rest in (
                "u:hunter2@h/d",
                "u:@h/d",
                ":hunter2@h/d",
                "u:hunt?er2@h/d",
                "h/d?user=u&password=hunter2",
                "h/d?p%61ssword=hunter2",
                "h/d?sslpassword=hunter2",
                "u:hunt/er2@h/d",
            )
        ),
        ("{ trust = ['lokal'] }", 'trust[0]: must be "local", "ref" or "server", not "lokal"'),
        ("{ trust = [] }", "trust: must not be empty"),
        ("{ retention = 0 }", "retention: must be at least 1, not 0"),
        ("{ stage_file = 'specs/{component}.md' }", "stage_file: is the path of the specifications, too"),
        ("{ pat = 'x' }", "pat: unknown key (did you mean 'path'?)"),
        (
            "{ stage_file = '../{component}.md' }",
            "stage_file: must be a path from the root of the project",
        ),
        (
            "{ stage_file = 'src/{component}/core.py' }",
            "stage_file: must be a Markdown file from the root with {component}",
        ),
        (
            "{ stage_file = 'STAGES.md' }",
            "stage_file: must be a Markdown file from the root with {component}",
        ),
    ],
)
def test_records_that_make_no_sense_are_refused(tmp_path: Path, records: str, problem: str) -> None:
    (found,) = problems(tmp_path, f"records = {records}\n")
    assert found.startswith(f"{T}.records.{problem}")


def test_the_records_that_count_are_in_the_digest_and_their_place_is_not(tmp_path: Path) -> None:
    plain = load(tmp_path).digest
    assert load(tmp_path, "records = { path = 'r.db', retention = 7 }\n").digest == plain
    assert load(tmp_path, "records = { url = 'env:SHOP' }\n").digest == plain
    assert load(tmp_path, "records = { trust = ['local'] }\n").digest != plain


def test_what_needs_records_is_a_line_of_a_stage(tmp_path: Path) -> None:
    text = "stages.production = { soak = { stage = 'staging', days = 7.5, mode = 'warn' }, depends_on_stage = true }\n"
    found = load(tmp_path, text)
    source = f"{T}.stages.production"
    assert entries(found, "production") == {
        "soak.staging": StageEntry(
            gate="soak", line="staging", source=f"{source}.soak", threshold=Fraction(15, 2), bound="min", mode="warn"
        ),
        "depends_on_stage.production": StageEntry(
            gate="depends_on_stage", line="production", source=f"{source}.depends_on_stage", threshold=Fraction(0)
        ),
    }
    assert (found.requires_records, found.requires_dependencies) == (True, True)
    dropped = load(tmp_path, "stages.production = { soak = false, depends_on_stage = false }\n")
    assert all(entry.is_dropped for entry in dropped.stages["production"])
    assert (dropped.requires_records, dropped.requires_dependencies) == (True, False)
    assert not load(tmp_path).requires_records


@pytest.mark.parametrize(
    ("soak", "problem"),
    [
        ("7", ".soak: must be a table or false, not 7"),
        ("{ days = 7 }", ".soak: the key 'stage' is missing"),
        ("{ stage = 'dev', days = 0 }", ".soak.days: must be more than 0, not 0"),
        ("{ stage = 'dev', day = 1, days = 1 }", ".soak.day: unknown key (did you mean 'days'?)"),
        ("{ stage = 'production', days = 7 }", ".soak.stage: must be a stage below production, not production"),
        ("{ stage = 'stagin', days = 7 }", ".soak.stage: 'stagin' is not a stage of the ladder"),
    ],
)
def test_a_soak_that_makes_no_sense_is_refused(tmp_path: Path, soak: str, problem: str) -> None:
    (found,) = problems(tmp_path, f"stages.production.soak = {soak}\n")
    assert found.startswith(f"{T}.stages.production{problem}")


def test_every_value_knows_its_source(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        "stages.dev.coverage = 69.96\nstages.dev.security = { high = { max = 1, mode = 'warn' } }\n"
        "components.auth.stages.dev.lint = false\n",
    )
    assert entries(found, "dev") == {
        "coverage": StageEntry(
            gate="coverage", line="", source=f"{T}.stages.dev.coverage", threshold=Fraction(6996, 100)
        ),
        "security.high": StageEntry(
            gate="security", line="high", source=f"{T}.stages.dev.security.high", threshold=Fraction(1), bound="max",
            mode="warn",
        ),
    }  # fmt: skip
    (lint,) = found.find_component("Auth").stages["dev"]
    assert lint == StageEntry(
        gate="lint", line="", source=f"{T}.components.auth.stages.dev.lint", threshold=None, is_dropped=True, bound=""
    )


def test_a_mode_next_to_lines_is_the_mode_of_those_lines(tmp_path: Path) -> None:
    table = "{ mode = 'warn', high = 0, low = { max = 9, mode = 'block' }, medium = { max = 2 } }"
    found = entries(load(tmp_path, f"stages.dev.security = {table}\n"), "dev")
    assert {name: entry.mode for name, entry in found.items()} == {
        "security.high": "warn", "security.low": "block", "security.medium": "warn"
    }  # fmt: skip


def test_a_table_may_hold_a_threshold_and_lines(tmp_path: Path) -> None:
    found = entries(load(tmp_path, "stages.dev.security = { max = 5, high = 0 }\n"), "dev")
    assert {name: entry.threshold for name, entry in found.items()} == {"security": 5, "security.high": 0}


def test_a_table_with_a_mode_alone_sets_no_threshold(tmp_path: Path) -> None:
    found = entries(load(tmp_path, "stages.dev.coverage = { mode = 'warn' }\n"), "dev")
    assert found["coverage"] == StageEntry(
        gate="coverage",
        line="",
        source=f"{T}.stages.dev.coverage",
        threshold=None,
        is_dropped=False,
        bound="",
        mode="warn",
    )


@pytest.mark.parametrize("bound", ["min", "max"])
def test_a_table_names_the_direction_of_its_threshold(tmp_path: Path, bound: str) -> None:
    found = entries(load(tmp_path, f"stages.dev.coverage = {{ {bound} = 70 }}\n"), "dev")
    assert found["coverage"] == StageEntry(
        gate="coverage", line="", source=f"{T}.stages.dev.coverage", threshold=Fraction(70), bound=bound
    )


def test_lines_are_refined_like_their_gate_unless_their_table_says_otherwise(tmp_path: Path) -> None:
    table = "{ high = 0, low = { max = 9, ratchet = false, tolerance = 1.5 }, ratchet = true, scope = 'new' }"
    found = entries(load(tmp_path, f"stages.dev.security = {table}\n"), "dev")
    assert {name: entry.refinements for name, entry in found.items()} == {
        "security.high": {"ratchet": True, "scope": "new"},
        "security.low": {"ratchet": False, "tolerance": Fraction("1.5"), "scope": "new"},
    }


def test_an_increase_is_a_ratchet_and_is_in_the_digest(tmp_path: Path) -> None:
    table = "{ p95_ms = 50, mean_ms = { max = 9, ratchet = false }, max_increase = 10.5 }"
    loaded = load(tmp_path, f"stages.dev.performance = {table}\n")
    assert {name: entry.refinements for name, entry in entries(loaded, "dev").items()} == {
        "performance.p95_ms": {"ratchet": True, "max_increase": Fraction("10.5")},
        "performance.mean_ms": {"ratchet": False, "max_increase": Fraction("10.5")},
    }
    assert load(tmp_path, f"stages.dev.performance = {table.replace('10.5', '11')}\n").digest != loaded.digest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ladder = []\n", [f"{T}.ladder: must not be empty"]),
        ("ladder = ['dev', 'dev']\n", [f'{T}.ladder: "dev" is given twice']),
        (
            "ladder = ['dev', 'gold']\n",
            [f"{T}.ladder: the stage 'gold' has no requirements: add {T}.stages.gold"],
        ),
        ("[tool.maturity.stages.dev]\n", [f"{T}.ladder: the stage 'dev' has no requirements: add {T}.stages.dev"]),
        (
            "stages.stagin.coverage = 5\n",
            [
                f"{T}.stages: 'stagin' is not a stage of the ladder dev, staging, production "
                "(did you mean 'staging'?)"
            ],
        ),
        (
            "components.auth.stages.prduction.coverage = 5\n",
            [
                f"{T}.components.auth.stages: 'prduction' is not a stage of the ladder dev, staging, production "
                "(did you mean 'production'?)"
            ],
        ),
        (
            "target = 'gold'\n",
            [f"{T}.target: 'gold' is not a stage of the ladder dev, staging, production"],
        ),
        (
            "components.my-api = {}\ncomponents.MyApi = {}\n",
            [f"{T}.components.MyApi: is the same component as 'my-api': keep one of them"],
        ),
        (
            "stages.dev.coverage = { min = 1, max = 2 }\nstages.dev.security.high = { min = 1, max = 2 }\n",
            [
                f"{T}.stages.dev.coverage: has both min and max: a gate has one direction, keep one",
                f"{T}.stages.dev.security.high: has both min and max: a gate has one direction, keep one",
            ],
        ),
        (
            "gates.format.tool = 'blak'\ngates.dependencies.tool = 'deptry'\n"
            "gates.vulnerabilities = { service = 'osw', requirement = ['a.txt'] }\n",
            [
                f"{T}.gates.format.tool: must be \"ruff\" or \"black\", not \"blak\" (did you mean 'black'?)",
                f"{T}.gates.dependencies.tool: unknown key; known: timeout",
                f"{T}.gates.vulnerabilities.service: must be \"pypi\" or \"osv\", not \"osw\" (did you mean 'osv'?)",
                f"{T}.gates.vulnerabilities.requirement: unknown key (did you mean 'requirements'?)",
            ],
        ),
        (
            "gates.own.command = ['x']\n",
            [f"{T}.gates.own: {NO_NUMBER}"],
        ),
        (
            "[tool.maturity.gates.own]\ncommand = ['x']\npattern = '1'\npointer = ''\n",
            [f"{T}.gates.own: {NO_NUMBER}"],
        ),
        (
            "gates.own = { command = ['x'], count = 'exit', pattern = '1', default = 0, better = 'higher' }\n",
            [
                f'{T}.gates.own.pattern: has no meaning with count = "exit": remove it',
                f'{T}.gates.own.default: has no meaning with count = "exit": remove it',
                f'{T}.gates.own.better: must be "lower" with count = "exit": the number is 0 where the command passed',
            ],
        ),
        (
            "gates.own = { command = ['x'], count = 'lines', pointer = '' }\n",
            [f'{T}.gates.own.pointer: has no meaning with count = "lines": remove it'],
        ),
        (
            "gates.own = { command = ['x'], count = 'line' }\n",
            [f'{T}.gates.own.count: must be "exit" or "lines", not "line" (did you mean \'lines\'?)'],
        ),
        (
            "gates.own = { command = ['x'], pattern = '1', default = 0 }\n",
            [f"{T}.gates.own.default: needs clean_exit_codes: the exit codes that say that the command found nothing"],
        ),
        (
            "gates.own = { command = ['x'], pattern = '1', clean_exit_codes = [1] }\n",
            [f"{T}.gates.own.clean_exit_codes: has no meaning without count or default: use exit_codes"],
        ),
        (
            "[tool.maturity.gates.own]\ncommand = ['x']\npattern = '('\n",
            [
                f"{T}.gates.own.pattern: is not a regular expression: "
                "missing ), unterminated subpattern at position 0"
            ],
        ),
        (
            "retry.transient = ['OSError', 'TimeotError']\nstages.dev.retry.transient = ['Overloaded']\n"
            "components.a.retry.transient = ['int']\ncomponents.a.stages.dev.retry.transient = ['x.X', 'Exit']\n",
            [
                f"{T}.retry.transient[1]: there is no builtin exception 'TimeotError' (did you mean 'TimeoutError'?); "
                'write any other with its module, like "module.TimeotError"',
                f"{T}.components.a.retry.transient[0]: there is no builtin exception 'int'; "
                'write any other with its module, like "module.int"',
                f"{T}.stages.dev.retry.transient[0]: there is no builtin exception 'Overloaded' "
                "(did you mean 'OverflowError'?); "
                'write any other with its module, like "module.Overloaded"',
                f"{T}.components.a.stages.dev.retry.transient[1]: there is no builtin exception 'Exit'; "
                'write any other with its module, like "module.Exit"',
            ],
        ),
        (
            "retry.transient = ['a b']\n",
            [
                f"{T}.retry.transient[0]: must be the name of an exception, like \"requests.exceptions.Timeout\", "
                'not "a b"'
            ],
        ),
        ("schema = 2\n", [f"{T}.schema: must be 1, not 2"]),
        ("stages.dev.coverage = nan\n", [f"{T}.stages.dev.coverage: must be a finite number, not nan"]),
        ("stages.dev.coverage = -inf\n", [f"{T}.stages.dev.coverage: must be a finite number, not -inf"]),
        ("stages.dev.coverage = -0.5\n", [f"{T}.stages.dev.coverage: must be at least 0, not -0.5"]),
        ("stages.dev.lint = 2026-01-01\n", [
            f"{T}.stages.dev.lint: must be a number, false or a table, not 2026-01-01"
        ]),
        ('sources = ["a\\u0000b"]\n', [f'{T}.sources[0]: must be text without control characters, not "a\\x00b"']),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_path(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert list(problems(tmp_path, text)) == expected


LONG, SHORT60, SHORT80 = "x" * 99, "x" * 57 + "...", "x" * 77 + "..."


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        (f"target = '{LONG}'\n", f"{T}.target: '{SHORT60}' is not a stage"),
        (
            f"ladder = ['{LONG}']\n",
            f"{T}.ladder: the stage '{SHORT60}' has no requirements: add {T}.stages.{SHORT60}",
        ),
        (f"gates.{LONG}.command = ['x']\n", f"{T}.gates.{SHORT80}: needs either"),
        (f"components.{LONG}.stages.gold.lint = 0\n", f"{T}.components.{SHORT80}.stages: 'gold' is not a stage"),
        (f"stages.{LONG}.lint = {{ min = 1, max = 2 }}\n", f"{T}.stages.{SHORT80}.lint: has both"),
        (f"stages.dev.{LONG} = {{ min = 1, max = 2 }}\n", f"{T}.stages.dev.{SHORT80}: has both"),
        (
            f"retry.transient = ['{LONG}']\n",
            f"{T}.retry.transient[0]: there is no builtin exception '{SHORT60}'; "
            f'write any other with its module, like "module.{SHORT60}"',
        ),
        (
            f"components.{LONG} = {{}}\ncomponents.{LONG.title()} = {{}}\n",
            f"{T}.components.X{SHORT80[1:]}: is the same component as '{SHORT80}': keep one of them",
        ),
    ],
)  # fmt: skip
def test_a_long_name_is_cut_and_its_problem_is_not(tmp_path: Path, text: str, beginning: str) -> None:
    found = problems(tmp_path, text)
    assert [one for one in found if one.startswith(beginning)], found


def test_all_kinds_of_mistakes_are_reported_together(tmp_path: Path) -> None:
    text = (
        "coverge = 5\ntarget = 'stagng'\nstages.dev.lint = true\nstages.gold.lint = 0\n"
        "stages.staging.coverage = { min = 1, max = 2 }\ncomponents.a_b = {}\ncomponents.a-b = {}\nsources = 5\n"
    )
    found = problems(tmp_path, text)
    for part in (
        ".coverge: unknown key",
        ".sources: must be a list",
        ".stages.dev.lint: must be",
        "'gold' is not a stage",
        ".target: 'stagng' is not a stage",
        "has both min and max",
        "is the same component as 'a_b'",
    ):
        assert len([one for one in found if part in one]) == 1, part
    assert len(found) == 7


@pytest.mark.parametrize(
    "text",
    ["ladder = 5\n", "stages = 5\n", "components = 5\n", "components.a = 5\n", "components.a.stages = 5\n",
     "stages.dev = 5\n", "ladder = [[]]\n", "target = 5\n"],
)  # fmt: skip
def test_a_wrong_type_is_one_problem_and_no_traceback(tmp_path: Path, text: str) -> None:
    assert len(problems(tmp_path, text)) == 1


def test_problems_of_a_yaml_file_name_it(tmp_path: Path) -> None:
    (tmp_path / "maturity.yaml").write_text("stages:\n  dev:\n    lint: no\n")
    with pytest.raises(ConfigError) as caught:
        settings.load_config(tmp_path)
    assert str(caught.value) == (
        'maturity.yaml: maturity.stages.dev.lint: must be a number, false or a table, not "no"'
    )


def test_yaml_and_toml_are_equivalent(tmp_path: Path) -> None:
    written = tmp_path / "maturity.yaml"
    written.write_text("stages:\n  dev:\n    coverage: 69.96\n    lint: false\nretry: {factor: 2.0}\n")
    from_yaml = settings.load_config(tmp_path)
    written.unlink()
    from_toml = load(tmp_path, "stages.dev.lint = false\nstages.dev.coverage = 69.96\nretry.factor = 2.0\n")
    assert entries(from_yaml, "dev")["coverage"].threshold == entries(from_toml, "dev")["coverage"].threshold
    assert from_yaml.digest == from_toml.digest


def test_a_named_file_replaces_the_projects_own(tmp_path: Path) -> None:
    load(tmp_path, "target = 'staging'\n")
    other = tmp_path / "strict.yaml"
    other.write_text("target: production\n")
    found = settings.load_config(tmp_path, other)
    assert (found.target, found.source) == ("production", "strict.yaml: maturity")


def test_a_file_outside_of_the_project_is_named_in_full(tmp_path: Path) -> None:
    root = tmp_path / "project"
    other = tmp_path / "shared.toml"
    other.write_text("[tool.maturity]\n")
    assert settings.load_config(root, other).source == f"{other}: tool.maturity"


def test_the_lowest_stage_is_the_target_unless_one_is_named(tmp_path: Path) -> None:
    assert load(tmp_path, "ladder = ['production', 'dev']\n").target == "production"
    assert load(tmp_path, "target = 'staging'\n").target == "staging"


def test_a_target_of_a_component_goes_before_that_of_all_and_one_stage_for_all_before_both(tmp_path: Path) -> None:
    found = load(tmp_path, "target = 'staging'\ncomponents.pay.target = 'production'\ncomponents.log.aliases = ['l']\n")
    assert [found.find_target(name) for name in ("Pay", "log", "other")] == ["production", "staging", "staging"]
    every = found.with_target("dev")
    assert [every.find_target(name) for name in ("pay", "log", "other")] == ["dev", "dev", "dev"]
    assert len({found.digest, every.digest, load(tmp_path, "target = 'staging'\n").digest}) == 3


def test_a_target_of_a_component_is_a_stage_of_the_ladder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "target = 'produktion'\ncomponents.pay.target = 'stagng'\n")
    ladder = "is not a stage of the ladder dev, staging, production"
    assert caught.value.problems == (
        f"{T}.target: 'produktion' {ladder} (did you mean 'production'?)",
        f"{T}.components.pay.target: 'stagng' {ladder} (did you mean 'staging'?)",
    )


def test_a_component_is_found_however_its_name_is_written(tmp_path: Path) -> None:
    found = load(tmp_path, "components.my-api.aliases = ['api']\ncomponents.auth_api.aliases = ['x']\n")
    assert found.find_component("MyApi").aliases == ("api",)
    assert found.find_component("auth_api").aliases == ("x",)
    assert found.find_component("auth.api").aliases == ()


def test_options_of_gates_are_int_and_float(tmp_path: Path) -> None:
    text = "gates.lint.timeout = 1.5\n[tool.maturity.gates.own]\ncommand = ['x']\npointer = ''\nexit_codes = [0, 1.0]\n"
    gates = load(tmp_path, text).gates
    assert gates == {"lint": {"timeout": 1.5}, "own": {"command": ["x"], "pointer": "", "exit_codes": [0, 1]}}
    assert type(gates["lint"]["timeout"]) is float
    assert [type(code) for code in gates["own"]["exit_codes"]] == [int, int]


def test_equal_policies_have_equal_digests_whatever_their_order(tmp_path: Path) -> None:
    first = load(
        tmp_path,
        "[tool.maturity.stages.dev]\nlint = 0\ncoverage = 70\nsecurity = { high = 0, low = 1 }\n"
        "[tool.maturity.components]\na = { aliases = ['x'] }\nb = {}\n",
    )
    second = load(
        tmp_path,
        "[tool.maturity.components]\nb = {}\na = { aliases = ['x'] }\n"
        "[tool.maturity.stages.dev]\nsecurity = { low = 1, high = { max = 0 } }\ncoverage = 70.0\nlint = 0\n",
    )
    assert first.digest == second.digest
    assert len(first.digest) == 64


@pytest.mark.parametrize(
    "text",
    [
        "stages.dev.coverage = 69.96\n",
        "stages.dev.coverage = 69.97\n",
        "stages.dev.coverage = false\n",
        "stages.dev.coverage = { mode = 'warn' }\n",
        "stages.dev.coverage = { min = 69.96, mode = 'warn' }\n",
        "stages.staging.coverage = 69.96\n",
        "components.a.stages.dev.coverage = 69.96\n",
        "components.b.stages.dev.coverage = 69.96\n",
        "components.a.sources = ['x']\n",
        "components.a.tests = ['x']\n",
        "sources = ['src']\n",
        "target = 'staging'\n",
        "ladder = ['dev', 'staging']\n",
        "ladder = ['staging', 'dev']\n",
        "gates.types.tool = 'mypy'\n",
        "gates.types.timeout = 5\n",
        "gates.spec.sections = ['x']\n",
        "specs = ['x']\n",
        "tests = ['x']\n",
        "components.a.aliases = ['x']\n",
        "components.a.retry.budget = 1\n",
        "components.a.stages.dev.retry.budget = 1\n",
        "stages.dev.security.high = { max = 0, mode = 'warn' }\n",
        "stages.dev.security = { max = 0, mode = 'warn' }\n",
        *(f"retry.{key} = 1\n" for key in ("max_retries", "base_delay", "factor", "max_delay", "budget", "breaker")),
        "retry.time_budget = 1\nstages.dev.lint = 0\n",
        "retry.jitter = false\n",
        "retry.transient = ['x.X']\n",
        "stages.dev.retry.factor = 3\n",
    ],
)
def test_different_policies_have_different_digests(tmp_path: Path, text: str) -> None:
    digests = [load(tmp_path).digest, load(tmp_path, "stages.dev.coverage = 69.961\n").digest]
    assert load(tmp_path, text).digest not in digests


def test_dropping_and_keeping_a_requirement_have_different_digests(tmp_path: Path) -> None:
    kept = load(tmp_path, "stages.dev.coverage = { mode = 'block' }\n").digest
    assert load(tmp_path, "stages.dev.coverage = false\n").digest != kept


@pytest.mark.parametrize(
    "extra",
    [
        "command = ['b']",
        "pattern = 'y'",
        "better = 'higher'",
        "unit = '%'",
        "exit_codes = [1]",
        "timeout = 5",
        "default = 1",
        "clean_exit_codes = [1]",
    ],
)
def test_every_option_of_a_command_gate_is_in_the_digest(tmp_path: Path, extra: str) -> None:
    options = {"command": "['a']", "pattern": "'x'", "default": "0", "clean_exit_codes": "[0]"}
    digests = []
    for key, _, value in ("timeout = 600".partition(" = "), extra.partition(" = ")):
        table = {**options, key: value}
        text = "".join(f"{name} = {written}\n" for name, written in table.items())
        digests.append(load(tmp_path, f"[tool.maturity.gates.own]\n{text}").digest)
    assert digests[0] != digests[1]


def test_targets_alone_are_not_in_the_digest_without_them(tmp_path: Path) -> None:
    one = load(tmp_path, "target = 'staging'\n[tool.maturity.components.shop]\ntarget = 'dev'\naliases = ['s']\n")
    other = load(tmp_path, "[tool.maturity.components.shop]\naliases = ['s']\n")
    assert one.digest != other.digest
    assert one.digest_without_target == other.digest_without_target
    assert one.digest_without_target == one.with_target("production").digest_without_target
    stricter = load(tmp_path, "stages.dev.coverage = 99\n[tool.maturity.components.shop]\naliases = ['s']\n")
    assert stricter.digest_without_target != other.digest_without_target


def test_the_target_is_in_the_digest(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert replace(found, target="production").digest != found.digest


def test_the_retries_of_the_command_line_are_in_the_digest(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert len({found.digest, *(replace(found, max_retries=number).digest for number in (0, 1))}) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", "schema = 1\n"),
        ("", "junit_flaky_failures = true\n"),
        ("", "reports = ['ctrf']\n"),
        ("", "ladder = ['dev', 'staging', 'production']\ntarget = 'dev'\n"),
        ("stages.dev = { lint = 0, spec = 1 }\n", "stages.dev = { spec = { max = 1.0 }, lint = { max = 0 } }\n"),
        ("components.my-api.tests = ['x']\n", "components.MyApi.tests = ['x']\n"),
        ("retry.transient = ['a.A', 'b.B']\n", "retry.transient = ['b.B', 'a.A']\n"),
        ("retry.factor = 2\n", "retry.factor = 2.0\n"),
        (
            "gates.own = { command = ['x', 'y'], pattern = 'x', exit_codes = [0, 3] }\n",
            "gates.own = { exit_codes = [3, 0], pattern = 'x', command = ['x', 'y'] }\n",
        ),
        ("stages.dev.lint = 0\n", "stages = { dev = { lint = 0 }, staging = { retry = {} } }\nretry = {}\n"),
    ],
)
def test_settings_without_influence_are_not_in_the_digest(tmp_path: Path, one: str, other: str) -> None:
    assert load(tmp_path, one).digest == load(tmp_path, other).digest


def test_the_order_of_arguments_and_paths_is_in_the_digest(tmp_path: Path) -> None:
    own = "gates.own = {{ command = [{}], pattern = 'x' }}\n"
    for text in ("sources = [{}]\n", own):
        assert load(tmp_path, text.format("'a', 'b'")).digest != load(tmp_path, text.format("'b', 'a'")).digest


def test_the_file_that_holds_the_policy_is_not_in_the_digest(tmp_path: Path) -> None:
    digests = {load(tmp_path, "stages.dev.coverage = 69.96\n").digest}
    for name, text in (
        ("other.toml", "[tool.maturity.stages.dev]\ncoverage = 69.96\n"),
        ("x.yml", "stages: {dev: {coverage: 69.96}}"),
    ):
        (tmp_path / name).write_text(text)
        digests.add(settings.load_config(tmp_path, tmp_path / name).digest)
    assert len(digests) == 1


def test_a_gate_with_a_dot_in_its_name_and_a_line_have_different_digests(tmp_path: Path) -> None:
    texts = ('"security.high" = 1\n', "security = { high = 1 }\n", '"security.high" = 1\nsecurity = { high = 2 }\n',
             '"security.high" = 2\nsecurity = { high = 1 }\n')  # fmt: skip
    assert len({load(tmp_path, f"[tool.maturity.stages.dev]\n{text}").digest for text in texts}) == 4


def test_retries_are_configured_for_all_for_a_stage_and_for_a_component(tmp_path: Path) -> None:
    text = (
        "[tool.maturity]\nretry.max_retries = 1\nstages.staging.retry.factor = 3\n"
        "components.auth.retry.base_delay = 2.5\ncomponents.auth.stages.production.retry.budget = 7\n"
    )
    (tmp_path / "pyproject.toml").write_text(text)
    found = settings.load_config(tmp_path)
    assert found.retry == {"": {"max_retries": 1}, "staging": {"factor": 3}}
    assert found.find_component("Auth").retry == {"": {"base_delay": 2.5}, "production": {"budget": 7}}
    assert "staging" not in found.stages or not found.stages["staging"]


# ── kinds of tests ───────────────────────────────────────────────────────────

KINDS = "kinds.integration = { markers = ['db', 'redis'], paths = ['tests/it'] }\nkinds.e2e.paths = ['tests/e2e']\n"


def test_kinds_of_tests_are_read_in_their_order(tmp_path: Path) -> None:
    found = load(tmp_path, KINDS + "stages.dev.kinds = ['unit']\ncomponents.a.stages.dev.kinds = ['unit', 'e2e']\n")
    assert found.kinds == (
        KindRule(kind="integration", markers=("db", "redis"), paths=("tests/it",)),
        KindRule(kind="e2e", paths=("tests/e2e",)),
    )
    assert found.kind_names == ("integration", "e2e", "unit")
    assert found.stage_kinds == {"dev": NeededKinds(kinds=("unit",), source=f"{T}.stages.dev.kinds")}
    assert found.find_component("a").stage_kinds["dev"].kinds == ("unit", "e2e")
    assert found.stages["dev"] == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kinds = {}\n", ["kinds: must not be empty"]),
        ("kinds.e2e = {}\n", ["kinds.e2e: must not be empty"]),
        ("kinds.e2e.path = ['x']\n", ["kinds.e2e.path: unknown key (did you mean 'paths'?)"]),
        ("kinds.e2e.markers = 'x'\n", ['kinds.e2e.markers: must be a list, not "x"']),
        ("kinds.e2e.markers = ['x', 'x']\n", ['kinds.e2e.markers: "x" is given twice']),
        ("kinds.e2e.paths = ['/x', 'a/../../b']\n",
         ["kinds.e2e.paths[0]: must be a path from the root of the project, not '/x'",
          "kinds.e2e.paths[1]: must be a path from the root of the project, not 'a/../../b'"]),
        ("kinds.'a b'.paths = ['x']\n", ["kinds.a b: is no name of a kind: use letters, digits, - and _"]),
        ("kinds.min.paths = ['x']\n",
         ["kinds.min: is no name of a kind: use letters, digits, - and _, and not min, max, mode, ratchet, tolerance, "
          "max_increase, scope"]),
        ("kinds.E2E.paths = ['x']\nkinds.e2e.paths = ['y']\n",
         ["kinds.e2e: is the same kind as 'E2E': keep one of them"]),
        ("stages.dev.kinds = []\n", ["stages.dev.kinds: must not be empty"]),
        ("stages.dev.kinds = 'unit'\n", ['stages.dev.kinds: must be a list, not "unit"']),
        ("stages.dev.kinds = ['unit', 'unit']\n", ['stages.dev.kinds: "unit" is given twice']),
        (KINDS + "stages.dev.kinds = ['integratoin']\n",
         ["stages.dev.kinds[0]: there is no kind of tests 'integratoin' (did you mean 'integration'?)"]),
        (KINDS + "components.a.stages.dev.kinds = ['unit', 'zzz']\n",
         ["components.a.stages.dev.kinds[1]: there is no kind of tests 'zzz'; known: integration, e2e, unit"]),
    ],
)  # fmt: skip
def test_mistakes_in_kinds_of_tests_are_reported(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert [one.removeprefix(f"{T}.") for one in problems(tmp_path, text)] == expected


@pytest.mark.parametrize(
    ("text", "is_same"),
    [
        ("stages.dev.kinds = ['e2e', 'unit']\n" + KINDS, True),
        ("stages.dev.kinds = ['unit']\n" + KINDS, False),
        ("stages.staging.kinds = ['unit', 'e2e']\n" + KINDS, False),
        ("stages.dev.kinds = ['unit', 'e2e']\n" + "".join(reversed(KINDS.splitlines(True))), False),
        ("stages.dev.kinds = ['unit', 'e2e']\ncomponents.a.stages.dev.kinds = ['unit']\n" + KINDS, False),
    ],
)
def test_kinds_of_tests_are_in_the_digest(tmp_path: Path, text: str, is_same: bool) -> None:
    digest = load(tmp_path, KINDS + "stages.dev.kinds = ['unit', 'e2e']\n").digest
    assert (load(tmp_path, text).digest == digest) is is_same


@pytest.mark.parametrize("branch", ["--output=x", "a..b", "a b"])
def test_a_branch_that_git_could_take_for_an_option_is_refused(tmp_path: Path, branch: str) -> None:
    with pytest.raises(ConfigError, match=r"maturity.compare_branch: .* cannot be a git ref"):
        load(tmp_path, f"compare_branch = '{branch}'\n")


# ── approvals ────────────────────────────────────────────────────────────────

ED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDyvwY4IcRzHDKkdBvdKbvvBsYkfIqMRXVBQ8rPCDVvS"


def test_approvals_are_a_number_of_people_or_a_table_with_roles(tmp_path: Path) -> None:
    text = (
        "stages.dev.approvals = 1\nstages.staging.approvals = { roles = ['qa', 'ops'] }\n"
        "stages.production.approvals = { min = 3, roles = ['qa', 'ops'], mode = 'warn' }\n"
    )
    config = load(tmp_path, text)
    dev, staging, production = (entries(config, stage)["approvals"] for stage in ("dev", "staging", "production"))
    assert [one.threshold for one in (dev, staging, production)] == [1, 2, 3]
    assert [one.roles for one in (dev, staging, production)] == [(), ("qa", "ops"), ("qa", "ops")]
    assert (production.mode, config.requires_approvals, config.requires_records) == ("warn", True, True)


def test_signatures_are_needed_where_a_role_lists_keys(tmp_path: Path) -> None:
    assert load(tmp_path, "").approvals.identity == "claimed"
    assert load(tmp_path, "approvals.roles.qa.members = ['ann']\n").approvals.identity == "claimed"
    assert load(tmp_path, f"approvals.roles.qa.keys = ['ann {ED}']\n").approvals.identity == "signed"
    text = f"approvals.identity = 'claimed'\napprovals.roles.qa.keys = ['ann {ED} laptop']\n"
    assert load(tmp_path, text).approvals.identity == "claimed"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("stages.dev.approvals = 0\n", "stages.dev.approvals: must be at least 1, not 0"),
        ("stages.dev.approvals = true\n", "stages.dev.approvals: must be a whole number, a table or false, not true"),
        ("stages.dev.approvals = { min = 1, roles = ['a', 'b'] }\n",
         "stages.dev.approvals.min: must be at least 2: each of the roles needs a person of its own"),
        ("stages.dev.approvals.roles = ['qq']\napprovals.roles.qa.members = ['ann']\n",
         "stages.dev.approvals.roles[0]: there is no role 'qq'; known: qa"),
        ("approvals.identity = 'signed'\n", 'approvals.identity: "signed" needs keys in pyproject.toml: '
         "tool.maturity.approvals.roles"),
        ("approvals.identity = 'signed'\napprovals.roles.qa.members = ['ann']\n",
         'approvals.roles.qa: nobody can approve in this role: identity = "signed" needs keys'),
        ("approvals.identity = 'sealed'\n",
         'approvals.identity: must be "claimed", "signed" or "ci", not "sealed"'),
        ("approvals.automatic = ['always']\n", 'approvals.automatic[0]: must be "unchanged", not "always"'),
        ("approvals.stages = ['prod']\n",
         "approvals.stages: 'prod' is not a stage of the ladder dev, staging, production"),
        ("approvals.roles.qa.keys = ['ann']\n",
         "approvals.roles.qa.keys[0]: must be a name, a space, and an SSH public key or a fingerprint"),
        (f"approvals.roles = {{ qa = {{ keys = ['ann {ED}'] }}, ops = {{ keys = ['bob {ED} laptop'] }} }}\n",
         "approvals.roles.ops.keys[0]: is the key of ann, too: a key has one owner"),
        (f"approvals.roles.qa.keys = ['ann {'A' * 40}', 'bob {'a' * 40}']\n",
         "approvals.roles.qa.keys[1]: is the key of ann, too: a key has one owner"),
    ],
)  # fmt: skip
def test_wrong_approvals_are_named(tmp_path: Path, text: str, problem: str) -> None:
    (found,) = problems(tmp_path, text)
    assert found.startswith(f"{T}.{problem}")


def test_some_components_are_judged_for_a_stage_of_their_own(tmp_path: Path) -> None:
    found = load(tmp_path, "target = 'staging'\ncomponents.my-api = { target = 'dev', aliases = ['a'] }\n")
    changed = found.with_targets({"MyApi": "production", "shop": "dev"})
    assert [changed.find_target(name) for name in ("my-api", "shop", "other")] == ["production", "dev", "staging"]
    assert list(changed.components) == ["my-api", "shop"]
    assert changed.find_component("my-api").aliases == ("a",)
    assert found.find_target("my-api") == "dev"


@pytest.mark.parametrize("table", ["stages", "components.shop.stages"])
def test_a_ratchet_and_new_code_are_found_in_every_table_of_stages(tmp_path: Path, table: str) -> None:
    plain = load(tmp_path, f"{table}.dev.lint = 0\n")
    assert (plain.has_ratchet, plain.judges_new_code) == (False, False)
    assert load(tmp_path, f"{table}.dev.lint = {{ max = 0, ratchet = true }}\n").has_ratchet
    assert load(tmp_path, f"{table}.dev.lint = {{ max = 0, scope = 'new' }}\n").judges_new_code
    assert load(tmp_path, f"{table}.dev.new_code_coverage = 80\n").judges_new_code


def test_only_a_requirement_of_other_components_needs_dependencies(tmp_path: Path) -> None:
    assert not load(tmp_path, "stages.dev.lint = 0\n").requires_dependencies
    assert load(tmp_path, "components.shop.stages.dev.depends_on_stage = true\n").requires_dependencies


@pytest.mark.parametrize(("count", "key", "value"), [("exit", "pointer", "''"), ("lines", "default", "0")])
def test_a_key_that_the_count_does_not_read_is_refused(tmp_path: Path, count: str, key: str, value: str) -> None:
    found = problems(tmp_path, f"gates.own = {{ command = ['x'], count = '{count}', {key} = {value} }}\n")
    assert found == (f'{T}.gates.own.{key}: has no meaning with count = "{count}": remove it',)
