"""Tables of `[tool.maturity.attestations]` that are refused, all at once, and those that are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.config import schema
from pytest_maturity.config.attestations import check_attestations, check_table
from pytest_maturity.config.settings import load_config
from pytest_maturity.model.errors import ConfigError

SERVER = {"prometheus": "up", "url": "https://p.example/prom"}


def check(**table: Any) -> list[str]:
    return list(check_table(table, "here"))


@pytest.mark.parametrize(
    "table",
    [
        {"max_age": "30d"},
        {"max_age": "30d", "binds_to": "files", "better": "lower", "unit": "%"},
        {"file": "ops/{component}.json", "pointer": "/a", "timestamp": "/t", "max_age": "12h"},
        {"command": ["uptime"]},
        {"command": ["uptime"], "pointer": "/a", "timeout": 3, "timestamp": "/t", "max_age": "45m"},
        SERVER,
        {"prometheus": "up", "url_variable": "P", "token_variable": "T", "timeout": 3, "retries": 0, "max_age": "1h"},
    ],
)
def test_each_source_has_its_keys(table: dict[str, Any]) -> None:
    assert check(**table) == []


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (
            {"file": "a", "command": ["b"], "prometheus": "c"},
            "here: has file and command and prometheus: an attestation has one source, keep one",
        ),
        ({}, 'here: needs max_age, like "30d": what was attested counts for some time only'),
        ({"file": "a"}, 'here: needs max_age, like "30d": a file is as old as its timestamp or its commit'),
        (
            {"max_age": "1d", "pointer": "/a"},
            "here.pointer: has no meaning without file, command or prometheus: remove it",
        ),
        *(
            ({"command": ["a"], key: "x"}, f"here.{key}: has no meaning with command: remove it")
            for key in ("retries", "url", "url_variable", "token_variable")
        ),
        ({**SERVER, "binds_to": "files"}, "here.binds_to: has no meaning with prometheus: remove it"),
        (
            {"command": ["a"], "max_age": "1d"},
            "here: max_age and timestamp belong together: without them, what a command prints is of now",
        ),
        (
            {"command": ["a"], "timestamp": "/t"},
            "here: max_age and timestamp belong together: without them, what a command prints is of now",
        ),
        ({"max_age": "3"}, 'here.max_age: must be days, hours or minutes, like "30d", "12h" or "45m"'),
        (
            {"file": "../a.json", "max_age": "1d"},
            "here.file: must be a path from the root of the project, not '../a.json'",
        ),
        ({"file": "/a", "max_age": "1d"}, "here.file: must be a path from the root of the project, not '/a'"),
        (
            {"prometheus": "up"},
            "here: needs either url, or url_variable, the name of an environment variable that holds it",
        ),
        (
            {**SERVER, "url_variable": "P"},
            "here: needs either url, or url_variable, the name of an environment variable that holds it",
        ),
        (
            {"prometheus": "up", "url": "https://ann:secret@p"},
            "here.url: must have no login: name an environment variable in url_variable or token_variable",
        ),
        (
            {"prometheus": "up", "url": "http://p/?token=x"},
            "here.url: must be the address of the server, without ? and #",
        ),
        ({"prometheus": "up", "url": "http://p/#x"}, "here.url: must be the address of the server, without ? and #"),
        *(
            ({"prometheus": "up", "url": url}, "here.url: must be an http:// or https:// URL")
            for url in ("p:9090", "file:///etc/passwd", "http://", "http://[p", "http://p:0", "http://p:x")
        ),
    ],
)
def test_what_makes_no_sense_is_named(table: dict[str, Any], problem: str) -> None:
    assert check(**table) == [problem]


def test_a_name_is_that_of_no_other_gate() -> None:
    table = {"max_age": "1d"}
    policy = {
        "gates": {"size": {"command": ["x"]}},
        "attestations": {"lint": table, "size": table, "a b": table, "fine-1": table},
    }
    assert list(check_attestations(policy, "here")) == [
        "here.attestations.lint: is the name of a built-in gate: choose another one",
        "here.attestations.size: is the name of a gate in here.gates: choose another one",
        "here.attestations.a b: is no name of a gate: use letters, digits, - and _",
    ]


@pytest.mark.parametrize("broken", [3, [], {"a": 3}, {"a": {"file": 3, "max_age": 3}}, {"a": {**SERVER, "url": 3}}])
def test_a_wrong_type_is_left_to_the_schema(broken: Any) -> None:
    assert list(check_attestations({"attestations": broken, "gates": 3}, "here")) == []
    assert schema.find_problems({"attestations": broken}, schema.load_schema("config"), "here")


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.maturity.attestations]\na = { max_aeg = "30d" }\nb = { max_age = "30" }\n', "utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)
    where = "pyproject.toml: tool.maturity.attestations"
    assert caught.value.problems == (
        f"{where}.a.max_aeg: unknown key (did you mean 'max_age'?)",
        f'{where}.a: needs max_age, like "30d": what was attested counts for some time only',
        f'{where}.b.max_age: must be days, hours or minutes, like "30d", "12h" or "45m"',
    )


def test_only_attestations_that_a_stage_names_need_records(tmp_path: Path) -> None:
    def load(stage: str) -> tuple[bool, list[str], list[str]]:
        (tmp_path / "pyproject.toml").write_text(
            f'[tool.maturity.stages.dev]\n{stage}\n[tool.maturity.attestations]\nreviewed = {{ max_age = "30d" }}\n'
            'watched = { file = "a.json", max_age = "30d" }\n',
            "utf-8",
        )
        config = load_config(tmp_path)
        return config.requires_records, config.list_attestations("attest"), config.list_attestations("file")

    assert load("pass_rate = 100") == (False, [], [])
    assert load("watched = 1") == (False, [], ["watched"])
    assert load("reviewed = 1") == (True, ["reviewed"], [])
