"""The requirements of a component at each stage: from the defaults, the file and the component's own table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity import gates
from pytest_maturity.config import requirements, settings
from pytest_maturity.model.errors import ConfigError
from pytest_maturity.model.gates import Gate, Measurement, Requirement

GATES = {gate.name: gate for gate in gates.BUILTIN}
T = "pyproject.toml: tool.maturity"


def ladder(tmp_path: Path, text: str = "", name: str = "auth") -> requirements.RequirementsByStage:
    (tmp_path / "pyproject.toml").write_text(f"[tool.maturity]\n{text}", encoding="utf-8")
    return requirements.compute_requirements(settings.load_config(tmp_path), GATES, [name])[name]


def thresholds(found: requirements.RequirementsByStage, stage: str) -> dict[str, float]:
    return {one.name: float(one.threshold) for one in found[stage]}


def one(found: requirements.RequirementsByStage, stage: str, name: str) -> Requirement:
    return next(one for one in found[stage] if one.name == name)


def problems(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        ladder(tmp_path, text)
    return caught.value.problems


def test_a_stage_includes_those_below_it(tmp_path: Path) -> None:
    found = ladder(tmp_path)
    assert thresholds(found, "dev") == {"pass_rate": 100, "coverage": 50, "lint": 0}
    assert thresholds(found, "production") == {
        "pass_rate": 100, "coverage": 80, "lint": 0, "types": 0,
        "security.critical": 0, "security.high": 0, "security.medium": 5, "skipped_rate": 50, "flaky_rate": 0,
    }  # fmt: skip


def test_a_default_that_blocks_replaces_what_only_warns_below_it(tmp_path: Path) -> None:
    found = ladder(tmp_path, "stages.staging.skipped_rate = { max = 5, mode = 'warn' }\n")
    at_stages = [one(found, stage, "skipped_rate") for stage in ("staging", "production")]
    assert [f"{each.threshold} {each.mode}" for each in at_stages] == ["5 warn", "50 block"]
    found = ladder(tmp_path, "stages.staging.skipped_rate = 5\n")
    assert [float(one(found, stage, "skipped_rate").threshold) for stage in ("staging", "production")] == [5, 5]


def test_retries_add_up_from_all_tests_to_the_components_stage(tmp_path: Path) -> None:
    text = (
        "[tool.maturity]\ntarget = 'staging'\nretry = { max_retries = 1, transient = ['a.A'] }\n"
        "stages.dev.retry.factor = 3\nstages.staging.retry.factor = 4\nstages.production.retry.factor = 5\n"
        "components.auth.retry = { max_retries = 5, transient = ['b.B'] }\n"
        "components.auth.stages.staging.retry.max_retries = 6\n"
    )
    (tmp_path / "pyproject.toml").write_text(text)
    found = settings.load_config(tmp_path)
    own, other = requirements.compute_retry_policy(found, "Auth"), requirements.compute_retry_policy(found, "billing")
    assert (own.max_retries, own.factor, own.transient) == (6, 4, ("a.A", "b.B"))
    assert (other.max_retries, other.factor, other.transient) == (1, 4, ("a.A",))
    assert requirements.compute_retry_policy(replace(found, max_retries=0), "auth").max_retries == 0


def test_no_gate_can_be_called_retry(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no gate can be called 'retry'"):
        requirements.compute_requirements(
            settings.load_config(tmp_path), {**GATES, "retry": GATES["coverage"]}, ["auth"]
        )


def test_the_component_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    text = "stages.dev.coverage = 55\nstages.staging.coverage = 75\ncomponents.auth.stages.staging.coverage = 60\n"
    own, other = ladder(tmp_path, text), ladder(tmp_path, text, "billing")
    assert [float(one(own, stage, "coverage").threshold) for stage in own] == [55, 60, 80]
    assert [float(one(other, stage, "coverage").threshold) for stage in other] == [55, 75, 80]
    assert [one(own, stage, "coverage").source for stage in own] == [
        f"{T}.stages.dev.coverage",
        f"{T}.components.auth.stages.staging.coverage",
        "default.production.coverage",
    ]


def test_false_drops_what_a_lower_stage_set(tmp_path: Path) -> None:
    found = ladder(tmp_path, "stages.staging.lint = false\n")
    assert "lint" in thresholds(found, "dev")
    assert "lint" not in thresholds(found, "staging")
    assert "lint" not in thresholds(found, "production")


def test_false_for_a_gate_drops_its_lines_and_for_a_line_only_that(tmp_path: Path) -> None:
    assert not [
        name for name in thresholds(ladder(tmp_path, "stages.staging.security = false\n"), "staging") if "sec" in name
    ]
    found = thresholds(ladder(tmp_path, "stages.staging.security = { medium = false }\n"), "staging")
    assert [name for name in found if "security" in name] == ["security.critical", "security.high"]


def test_a_dropped_requirement_may_come_back_higher_up(tmp_path: Path) -> None:
    found = ladder(tmp_path, "stages.dev.lint = false\nstages.production.lint = 3\n")
    assert ["lint" in thresholds(found, stage) for stage in found] == [False, False, True]


@pytest.mark.parametrize("where", ["stages.dev", "components.auth.stages.dev"])
def test_a_default_does_not_bring_back_what_the_file_drops_at_a_lower_stage(tmp_path: Path, where: str) -> None:
    found = ladder(tmp_path, f"{where} = {{ lint = false, coverage = false, security = {{ high = false }} }}\n")
    assert thresholds(found, "production") == {
        "pass_rate": 100, "types": 0, "security.critical": 0, "security.medium": 5, "skipped_rate": 50, "flaky_rate": 0,
    }  # fmt: skip


def test_lint_warns_at_dev_and_blocks_from_staging(tmp_path: Path) -> None:
    found = ladder(tmp_path)
    assert [one(found, stage, "lint").mode for stage in found] == ["warn", "block", "block"]


def test_a_mode_alone_keeps_the_threshold(tmp_path: Path) -> None:
    found = ladder(tmp_path, "stages.staging.lint = { mode = 'warn' }\n")
    assert one(found, "dev", "lint").source == "default.dev.lint"
    lint = one(found, "production", "lint")
    assert (float(lint.threshold), lint.mode, lint.source) == (0.0, "warn", f"{T}.stages.staging.lint")


def test_a_mode_alone_is_for_all_lines_of_a_gate(tmp_path: Path) -> None:
    found = ladder(tmp_path, "stages.staging.security = { mode = 'warn' }\n")
    lines = [one for one in found["staging"] if one.gate == "security"]
    assert [(one.line, one.mode) for one in lines] == [("critical", "warn"), ("high", "warn"), ("medium", "warn")]


def test_a_new_threshold_blocks_again(tmp_path: Path) -> None:
    found = ladder(tmp_path, "stages.dev.lint = { max = 9, mode = 'warn' }\nstages.staging.lint = 0\n")
    assert [one(found, stage, "lint").mode for stage in found] == ["warn", "block", "block"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stages.dev.coverge = 5\n", f"{T}.stages.dev.coverge: there is no gate 'coverge' (did you mean 'coverage'?)"),
        (
            "stages.dev.zzz = 5\n",
            f"{T}.stages.dev.zzz: there is no gate 'zzz'; known: {', '.join(GATES)}",
        ),
        ("components.x.stages.dev.zzz = false\n", f"{T}.components.x.stages.dev.zzz: there is no gate 'zzz'; known: "),
        (
            "stages.dev.security = { hihg = 0 }\n",
            f"{T}.stages.dev.security.hihg: the gate 'security' has no line 'hihg' (did you mean 'high'?)",
        ),
        (
            "stages.dev.lint = { errors = 0 }\n",
            f"{T}.stages.dev.lint.errors: the gate 'lint' has no line 'errors'; known: none",
        ),
        (
            "stages.dev.lint = { min = 0 }\n",
            f"{T}.stages.dev.lint: 'lint' is better the lower, so it takes max, not min",
        ),
        (
            "stages.dev.coverage = { max = 9 }\n",
            f"{T}.stages.dev.coverage: 'coverage' is better the higher, so it takes min, not max",
        ),
        (
            "stages.dev.performance = { ops = { max = 9 } }\n",
            f"{T}.stages.dev.performance.ops: 'performance.ops' is better the higher, so it takes min, not max",
        ),
        (
            "stages.dev.performance = { p95_ms = { min = 9 } }\n",
            f"{T}.stages.dev.performance.p95_ms: 'performance' is better the lower, so it takes max, not min",
        ),
        ("stages.dev.coverage = 100.01\n", f"{T}.stages.dev.coverage: must be at most 100, not 100.01"),
        ("stages.dev.skipped_rate = 101\n", f"{T}.stages.dev.skipped_rate: must be at most 100, not 101"),
        (
            "stages.dev.types = { mode = 'warn' }\n",
            f"{T}.stages.dev.types: has no threshold, and no lower stage sets one: add min or max",
        ),
        (
            "stages.dev = { pass_rate = false, coverage = false, lint = false }\n",
            f"{T}.stages.dev: the stage 'dev' requires nothing",
        ),
        (
            "stages.dev = { pass_rate = 0, coverage = 0, lint = false, skipped_rate = 100 }\n",
            f"{T}.stages.dev: nothing that 'dev' requires of 'auth' can fail",
        ),
        ('stages.dev."\\u001b[31m" = 5\n', f"{T}.stages.dev.\\x1b[31m: there is no gate '\\\\x1b[31m'; known: "),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    found = problems(tmp_path, text)
    assert len(found) == 1 or "can fail" in expected
    assert expected in "\n".join(found)


def test_all_mistakes_are_reported_together_and_once(tmp_path: Path) -> None:
    text = (
        "stages.dev = { coverge = 1, lint = { min = 1 }, pass_rate = 101, types = { mode = 'warn' } }\n"
        "components.billing.stages.dev.tpyes = 0\n"
    )
    assert len(problems(tmp_path, text)) == 5


def test_a_threshold_of_100_is_allowed_and_numbers_without_a_scale_may_be_higher(tmp_path: Path) -> None:
    found = thresholds(ladder(tmp_path, "stages.dev = { coverage = 100, lint = 500 }\n"), "dev")
    assert (found["coverage"], found["lint"]) == (100, 500)


@pytest.mark.parametrize("threshold", ["1", "2"])
def test_a_threshold_that_the_gates_numbers_never_exceed_is_refused(tmp_path: Path, threshold: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.maturity]\nstages.dev.layers = {threshold}\n")
    known = {**GATES, "layers": Gate("layers", lambda *_: Measurement(0), better="lower", largest=1)}
    with pytest.raises(ConfigError) as raised:
        requirements.compute_requirements(settings.load_config(tmp_path), known, ["auth"])
    message = f"{T}.stages.dev.layers: cannot fail: 'layers' is never more than 1, so require less, as 0"
    assert raised.value.problems == (message,)


@pytest.mark.parametrize("threshold", ["0", "0.5"])
def test_a_threshold_below_the_largest_number_is_allowed(tmp_path: Path, threshold: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.maturity]\nstages.dev.layers = {threshold}\n")
    known = {**GATES, "layers": Gate("layers", lambda *_: Measurement(0), better="lower", largest=1)}
    assert requirements.compute_requirements(settings.load_config(tmp_path), known, ["auth"])


def test_the_direction_of_a_line_must_be_one_and_the_line_one_of_the_gate(tmp_path: Path) -> None:
    directions: Any = {"pages": "more", "words": "higher"}
    gate = Gate("docs", lambda *_: Measurement(10), better="lower", lines=("pages",), line_better=directions)
    (tmp_path / "pyproject.toml").write_text("[tool.maturity]\nstages.dev.docs = 80\n")
    with pytest.raises(ConfigError) as caught:
        requirements.compute_requirements(settings.load_config(tmp_path), {**GATES, "docs": gate}, ["auth"])
    assert caught.value.problems == (
        "the gate 'docs.pages' is better 'higher' or 'lower', not 'more'",
        "the gate 'docs' has a direction for 'words', which is none of its lines",
    )


@pytest.mark.parametrize("better", ["Higher", "max", "", None])
def test_a_gate_without_a_direction_is_refused(tmp_path: Path, better: str) -> None:
    gate = Gate("docs", lambda *_: Measurement(10), better=better)  # type: ignore[arg-type]  # the point
    (tmp_path / "pyproject.toml").write_text("[tool.maturity]\nstages.dev.docs = 80\n")
    with pytest.raises(ConfigError, match="the gate 'docs' is better 'higher' or 'lower', not "):
        requirements.compute_requirements(settings.load_config(tmp_path), {**GATES, "docs": gate}, ["auth"])


HOOKED = {
    **GATES,
    "up": Gate("up", lambda *_: Measurement(0), better="higher"),
    "down": Gate("down", lambda *_: Measurement(0), better="lower"),
    "share": Gate("share", lambda *_: Measurement(0), better="lower", unit="%"),
}
NOTHING = "[tool.maturity]\nladder = ['new']\n[tool.maturity.stages.new]\n"


@pytest.mark.parametrize(
    "table",
    [
        "pass_rate = 0\n",
        "pass_rate = 0\ncoverage = 0\n",
        "skipped_rate = 100\nflaky_rate = 100\n",
        "lint = 1000000000000000\n",
        "security = { high = 1000000000000000 }\n",
        "up = 0\n",
        "down = 1000000000000000\n",
        "share = 100\n",
        "pass_rate = 0\ncoverage = { min = 50, mode = 'warn' }\n",
        "up = 0\nlint = { max = 0, mode = 'warn' }\n",
    ],
)
def test_a_stage_of_which_nothing_that_blocks_can_fail_is_refused(tmp_path: Path, table: str) -> None:
    (tmp_path / "pyproject.toml").write_text(NOTHING + table)
    with pytest.raises(ConfigError, match=r"stages\.new: nothing that 'new' requires of 'auth' can fail"):
        requirements.compute_requirements(settings.load_config(tmp_path), HOOKED, ["auth"])


@pytest.mark.parametrize("table", ["up = 0.000001\n", "down = 999999999999999\n", "share = 99.999999\n", "lint = 0\n"])
def test_a_stage_of_which_something_can_fail_is_a_policy(tmp_path: Path, table: str) -> None:
    (tmp_path / "pyproject.toml").write_text(NOTHING + "pass_rate = 0\n" + table)
    assert requirements.compute_requirements(settings.load_config(tmp_path), HOOKED, ["auth"])


def test_one_components_table_cannot_make_it_pass_whatever_happens(tmp_path: Path) -> None:
    own = "components.auth.stages.dev = { pass_rate = 0, coverage = 0, lint = { mode = 'warn' } }\n"
    assert problems(tmp_path, own) == (f"{T}.stages.dev: nothing that 'dev' requires of 'auth' can fail",)
    assert ladder(tmp_path, own, "billing")


def test_a_stage_that_only_warns_is_no_mistake(tmp_path: Path) -> None:
    text = "ladder = ['new']\nstages.new.coverage = { min = 50, mode = 'warn' }\n"
    assert [one.mode for one in ladder(tmp_path, text)["new"]] == ["warn"]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("stages.dev.coverage = 75\n", "coverage", [75, 75, 80]),
        ("stages.dev.coverage = 70\n", "coverage", [70, 70, 80]),
        ("stages.dev.coverage = 90\n", "coverage", [90, 90, 90]),
        ("stages.dev.flaky_rate = 1\n", "flaky_rate", [1, 1, 0]),
        ("components.auth.stages.staging.coverage = 85\n", "coverage", [50, 85, 85]),
        ("stages.staging.coverage = 55\n", "coverage", [50, 55, 80]),
        ("stages.production.coverage = 55\n", "coverage", [50, 70, 55]),
        ("ladder = ['production', 'dev']\n", "coverage", [80, 80]),
    ],
)
def test_a_default_never_loosens_what_a_lower_stage_requires(
    tmp_path: Path, text: str, name: str, expected: list[float]
) -> None:
    found = ladder(tmp_path, text)
    assert [float(one(found, stage, name).threshold) for stage in found] == expected


def test_a_default_that_is_as_strict_keeps_its_own_source(tmp_path: Path) -> None:
    found = ladder(tmp_path, "stages.dev.coverage = 70\n")
    assert one(found, "staging", "coverage").source == "default.staging.coverage"


LONG, CUT = "g" * 90, "g" * 77 + "..."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"stages.dev.{LONG} = 1\n", f"there is no gate '{CUT}'; known: "),
        (f"stages.dev.security = {{ {LONG} = 1 }}\n", f"the gate 'security' has no line '{CUT}'; known: "),
    ],
)
def test_a_long_name_is_cut(tmp_path: Path, text: str, expected: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert f": {expected}" in problem


@pytest.mark.parametrize(("better", "shown"), [("x" * 90, "x" * 77 + "..."), (None, "None"), ("\x1b", "\\\\x1b")])
def test_a_gate_without_a_direction_is_named(tmp_path: Path, better: str | None, shown: str) -> None:
    gate = Gate(LONG, lambda *_: Measurement(10), better=better)  # type: ignore[arg-type]  # the point
    with pytest.raises(ConfigError) as caught:
        requirements.compute_requirements(settings.load_config(tmp_path), {**GATES, LONG: gate}, ["auth"])
    assert caught.value.problems == (f"the gate '{CUT}' is better 'higher' or 'lower', not '{shown}'",)


def test_a_default_that_makes_no_sense_is_reported_too(tmp_path: Path) -> None:
    config = replace(
        settings.load_config(tmp_path), default_stages={"dev": (settings.StageEntry(gate="lint", line="", source="s"),)}
    )
    with pytest.raises(ConfigError, match=r"^s: has no threshold, and no lower stage sets one: add min or max"):
        requirements.compute_requirements(config, GATES, ["auth"])


# ── kinds of tests ───────────────────────────────────────────────────────────

KINDS = "kinds = { integration.markers = ['db'], e2e.paths = ['tests/e2e'] }\n"


def kinds(tmp_path: Path, text: str, name: str = "auth") -> dict[str, tuple[str, ...]]:
    (tmp_path / "pyproject.toml").write_text(f"[tool.maturity]\n{KINDS}{text}", encoding="utf-8")
    found = requirements.compute_kinds(settings.load_config(tmp_path), name)
    return {stage: needed.kinds for stage, needed in found.items()}


def test_a_stage_needs_all_kinds_of_tests_until_one_names_some(tmp_path: Path) -> None:
    assert kinds(tmp_path, "") == {"dev": (), "staging": (), "production": ()}
    assert kinds(tmp_path, "stages.staging.kinds = ['unit']\n") == {
        "dev": (), "staging": ("unit",), "production": ("unit",)
    }  # fmt: skip


def test_the_kinds_of_a_higher_stage_and_of_a_component_replace_the_others(tmp_path: Path) -> None:
    text = (
        "stages.dev.kinds = ['unit']\nstages.production.kinds = ['integration', 'e2e']\n"
        "components.own.stages.staging.kinds = ['e2e']\n"
    )
    assert kinds(tmp_path, text) == {"dev": ("unit",), "staging": ("unit",), "production": ("integration", "e2e")}
    assert kinds(tmp_path, text, "own")["staging"] == ("e2e",)
    assert kinds(tmp_path, text, "own")["production"] == ("integration", "e2e")


def test_a_kind_of_tests_is_a_line_of_the_gates_that_measure_tests(tmp_path: Path) -> None:
    text = KINDS + "stages.dev = { coverage = { min = 60, integration = 40 }, skipped_rate = { e2e = 10 } }\n"
    found = thresholds(ladder(tmp_path, text), "dev")
    assert (found["coverage"], found["coverage.integration"], found["skipped_rate.e2e"]) == (60, 40, 10)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stages.dev.coverage = { integratoin = 40 }\n",
         "stages.dev.coverage.integratoin: the gate 'coverage' has no line 'integratoin' "
         "(did you mean 'integration'?)"),
        ("stages.dev.lint = { integration = 40 }\n",
         "stages.dev.lint.integration: the gate 'lint' has no line 'integration'; known: none"),
        ("stages.dev = { kinds = ['unit'], coverage = { integration = 40 } }\n",
         "stages.dev.coverage.integration: 'dev' does not need the tests of kind 'integration': "
         f"add it to {T}.stages.dev.kinds, or drop the line with false"),
        ("stages.dev.pass_rate = { e2e = 90 }\nstages.staging.kinds = ['unit']\nstages.production.kinds = ['e2e']\n",
         "stages.dev.pass_rate.e2e: 'staging' does not need the tests of kind 'e2e': "
         f"add it to {T}.stages.staging.kinds, or drop the line with false"),
    ],
)  # fmt: skip
def test_a_line_is_a_kind_that_exists_and_that_the_stage_needs(tmp_path: Path, text: str, expected: str) -> None:
    assert problems(tmp_path, KINDS + text) == (f"{T}.{expected}",)


def test_no_gate_has_the_name_of_a_key_of_a_stage(tmp_path: Path) -> None:
    known = {**GATES, "kinds": Gate("kinds", lambda *_: Measurement(1))}
    config = settings.load_config(tmp_path)
    with pytest.raises(ConfigError, match="no gate can be called 'kinds'"):
        requirements.compute_requirements(config, known, ["auth"])


# ── ratchets and scopes ──────────────────────────────────────────────────────


def test_a_default_keeps_the_ratchet_of_a_lower_stage(tmp_path: Path) -> None:
    found = ladder(tmp_path, "stages.dev.coverage = { min = 40, ratchet = true, tolerance = 0.5 }\n")
    at_stages = [one(found, stage, "coverage") for stage in ("dev", "staging", "production")]
    assert [(float(each.threshold), each.ratchet, float(each.tolerance)) for each in at_stages] == [
        (40, True, 0.5), (70, True, 0.5), (80, True, 0.5)
    ]  # fmt: skip


def test_a_default_keeps_the_increase_of_a_lower_stage(tmp_path: Path) -> None:
    found = ladder(tmp_path, "stages.dev.coverage = { min = 40, max_increase = 5 }\n")
    at_stages = [one(found, stage, "coverage") for stage in ("dev", "staging", "production")]
    assert [(each.ratchet, int(each.max_increase)) for each in at_stages] == [(True, 5)] * 3


def test_a_table_without_a_threshold_changes_only_what_it_names(tmp_path: Path) -> None:
    text = "stages.dev.lint = { max = 5, mode = 'warn' }\nstages.staging.lint = { ratchet = true }\n"
    found = one(ladder(tmp_path, text + "ladder = ['dev', 'staging']\n"), "staging", "lint")
    assert (int(found.threshold), found.mode, found.ratchet) == (0, "block", True)  # of the default, with a ratchet
    text = "ladder = ['low', 'high']\nstages.low = { pass_rate = 100, lint = { max = 5, mode = 'warn' } }\n"
    found = one(ladder(tmp_path, f"{text}stages.high.lint = {{ ratchet = true }}\n"), "high", "lint")
    assert (int(found.threshold), found.mode, found.ratchet) == (5, "warn", True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stages.dev.coverage = { min = 5, tolerance = 1 }\n",
         f"{T}.stages.dev.coverage: tolerance has no meaning without ratchet = true"),
        ("stages.dev.coverage = { min = 5, ratchet = false, max_increase = 1 }\n",
         f"{T}.stages.dev.coverage: max_increase has no meaning with ratchet = false"),
        ("stages.dev.coverage = { min = 5, max_increase = -1 }\n",
         f"{T}.stages.dev.coverage.max_increase: must be at least 0, not -1"),
        ("stages.dev.coverage = { min = 5, max_increse = 1 }\n", "(did you mean 'max_increase'?)"),
        ("stages.dev.pass_rate = { min = 5, scope = 'new' }\n",
         f'{T}.stages.dev.pass_rate: scope = "new" is for gates that count findings ('),
        ("stages.dev.coverage = { min = 5, scope = 'new' }\n",
         "not 'coverage'; new_code_coverage measures that of new code"),
        ("stages.dev.coverage = { min = 5, ratchet = 'yes' }\n",
         f'{T}.stages.dev.coverage.ratchet: must be true or false, not "yes"'),
        ("stages.dev.coverage = { min = 5, ratchet = true, tolerance = -1 }\n",
         f"{T}.stages.dev.coverage.tolerance: must be at least 0, not -1"),
        ("stages.dev.coverage = { min = 5, scope = 'old' }\n",
         f'{T}.stages.dev.coverage.scope: must be "all" or "new", not "old"'),
    ],
)  # fmt: skip
def test_a_ratchet_or_a_scope_that_makes_no_sense_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    assert any(expected in problem for problem in problems(tmp_path, text))


def test_a_requirement_with_a_ratchet_can_fail_whatever_its_threshold(tmp_path: Path) -> None:
    text = "ladder = ['only']\nstages.only.coverage = { min = 0, ratchet = true }\n"
    assert one(ladder(tmp_path, text), "only", "coverage").ratchet


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (KINDS + "stages.dev.coverage = { e2e = 40 }\n", True),
        (KINDS + "stages.dev.coverage = 40\n", False),
        (KINDS + "stages.dev.skipped_rate = { e2e = 10 }\n", False),
        (KINDS + "stages.dev.coverage = { e2e = false }\n", False),
        (KINDS + "components.auth.stages.dev.coverage = { e2e = 40 }\n", True),
        (KINDS + "components.other.stages.dev.coverage = { e2e = 40 }\n", False),
        ("stages.dev.coverage = { unit = 40 }\n", False),
    ],
)
def test_coverage_by_kind_is_recorded_only_where_it_is_required(tmp_path: Path, text: str, expected: bool) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.maturity]\n{text}", encoding="utf-8")
    config = settings.load_config(tmp_path)
    assert requirements.requires_coverage_of_kinds(config, ["auth"]) is expected
