"""The spellings of a component's name: every rule has a row, and unrelated words are not derived."""

from __future__ import annotations

import pytest

from pytest_maturity.discovery.naming_rules import EXACT, JOINED, NAMING_RULES, find_spellings
from pytest_maturity.model.names import identity, normalize

ATION = "-ation, -ator, -ate"
IZE = "-ization, -izer, -ize"
PAIRS = [  # the rule that derives the second word from the first, and back
    ("plural", "user", "users"),
    ("plural", "policy", "policies"),
    ("plural", "class", "classes"),
    ("plural", "address", "addresses"),
    ("plural", "box", "boxes"),
    ("plural", "batch", "batches"),
    ("plural", "cache", "caches"),
    ("plural", "database", "databases"),
    ("plural", "status", "statuses"),
    ("plural", "alias", "aliases"),
    ("plural", "api", "apis"),
    ("plural", "gpu", "gpus"),
    ("plural", "cookie", "cookies"),
    ("plural", "key", "keys"),
    ("plural", "size", "sizes"),
    ("plural", "bus", "buses"),
    (ATION, "orchestration", "orchestrator"),
    (ATION, "orchestration", "orchestrate"),
    (ATION, "validation", "validator"),
    (ATION, "order_validation", "order_validator"),
    (IZE, "serialization", "serializer"),
    (IZE, "serialization", "serialize"),
    (IZE, "normalizing", "normalization"),
    ("-isation, -iser, -ise", "tokenisation", "tokeniser"),
    ("-ification, -ifier, -ify", "notification", "notifier"),
    ("-ification, -ifier, -ify", "classify", "classification"),
    ("-ution, -utor, -ute", "execution", "executor"),
    ("-ution, -utor, -ute", "execution", "execute"),
    ("-ction, -ctor, -ct", "connection", "connector"),
    ("-ction, -ctor, -ct", "extraction", "extract"),
    ("-ption, -ptor, -pt", "encryption", "encryptor"),
    ("-ption, -ptor, -pt", "encryption", "encrypt"),
    ("-ssion, -ssor, -ss", "compression", "compressor"),
    ("-ssion, -ssor, -ss", "compression", "compress"),
    ("-ing, -er", "parsing", "parser"),
    ("-ing, -er", "parsing", "parse"),
    ("-ing, -er", "parser", "parse"),
    ("-ing, -er", "scheduling", "scheduler"),
    ("-ing, -er", "scheduling", "schedule"),
    ("-ing, -er", "routing", "router"),
    ("-ing, -er", "routing", "route"),
    ("-ing, -er", "planning", "planner"),
    ("-ing, -er", "planning", "plan"),
    ("-ing, -er", "caching", "cache"),
    ("-ing, -er", "logging", "logger"),
    ("-ing, -er", "filtering", "filter"),
    ("-ing, -er", "ordering", "order"),
    ("-ing, -er", "mapping", "mapper"),
    ("-ment", "deploy", "deployment"),
]


@pytest.mark.parametrize(("rule", "one", "other"), PAIRS)
def test_a_rule_leads_from_one_form_to_the_other_and_back(rule: str, one: str, other: str) -> None:
    assert find_spellings(one)[other] == rule
    assert one in find_spellings(other)


def test_every_rule_has_a_row() -> None:
    assert {rule.name for rule in NAMING_RULES} == {rule for rule, _, _ in PAIRS}


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("management", ["manager", "manage", "managing", "managers"]),
        ("manager", ["management", "manage", "managing"]),
        ("order_processing", ["order_processor", "order_process", "orderprocessor", "order_processors"]),
        ("notifications", ["notifier", "notifiers", "notify"]),
        ("parsers", ["parsing", "parse"]),
        ("log", ["logging", "logger", "logs"]),
        ("data_access", ["data_accessor", "dataaccess"]),
    ],
)
def test_word_forms_go_through_several_steps(name: str, others: list[str]) -> None:
    found = find_spellings(name)
    assert [other for other in others if other not in found] == []


@pytest.mark.parametrize("name", ["my-api", "my_api", "MyApi", "MyAPI", "_my_api", "my api", "My-Api", "pkg.my_api"])
def test_separators_and_case_do_not_matter(name: str) -> None:
    found = find_spellings(name)
    assert found["my_api"] == EXACT
    assert found["myapi"] == JOINED


@pytest.mark.parametrize(
    ("written", "normalized"),
    [("HTTPServer", "http_server"), ("v1.2", "v1_2"), ("a", "a"), ("", ""), ("___", ""), ("S3Client", "s3_client")],
)
def test_a_name_is_normalized(written: str, normalized: str) -> None:
    assert normalize(written) == normalized


@pytest.mark.parametrize(
    ("name", "unrelated"),
    [
        ("user", ["use", "using", "us"]),
        ("use", ["user"]),
        ("string", ["str", "stre", "strer"]),
        ("str", ["string"]),
        ("paper", ["pap", "pape"]),
        ("number", ["numb", "numbing"]),
        ("numb", ["number"]),
        ("water", ["wat", "wate"]),
        ("order", ["ord", "orde"]),
        ("component", ["compon"]),
        ("document", ["docu"]),
        ("comment", ["comm"]),
        ("state", ["station"]),
        ("station", ["state", "stator"]),
        ("section", ["sector", "sect"]),
        ("option", ["opt", "op"]),
        ("auth", ["author", "auth_api", "authentication"]),
        ("author", ["auth"]),
        ("logger", ["log"]),
        ("status", ["stat", "state"]),
        ("process", ["proces"]),
        ("ab", ["a", "b", "abing"]),
    ],
)
def test_unrelated_words_are_not_derived(name: str, unrelated: list[str]) -> None:
    found = find_spellings(name)
    assert [word for word in unrelated if word in found] == []


def test_only_the_last_word_has_other_forms() -> None:
    assert "orders_processing" not in find_spellings("order_processing")
    assert "order" not in find_spellings("order_processing")


def test_the_most_literal_spellings_come_first_and_keep_their_rule() -> None:
    found = find_spellings("users", aliases=["people", "user"], extra=["accounts", "people"])
    assert list(found)[:4] == ["users", "people", "user", "accounts"]
    assert [found[one] for one in ("users", "people", "user", "accounts")] == [
        "name",
        "alias",
        "alias",
        "pytest_maturity_name_variants",
    ]


def test_an_alias_without_letters_is_no_spelling() -> None:
    assert "" not in find_spellings("users", aliases=["-", "_"])


def test_a_dotted_name_is_another_name_than_one_with_an_underscore() -> None:
    assert identity("auth.api") != identity("auth_api")
    assert identity("Auth.My-Api") == identity("auth.my_api")
