"""Secrets of the environment are hidden, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_maturity.model.redaction import learn_secrets, redact, redact_arguments
from pytest_maturity.model.text import safe

WORD = "hunter2-and-more"


@pytest.fixture(autouse=True)
def _forget_secrets() -> Iterator[None]:
    yield
    learn_secrets({})


@pytest.mark.parametrize(
    "name",
    ["GITHUB_TOKEN", "token", "DB_PASSWORD", "MYSQL_PASSWD", "CLIENT_SECRET", "AWS_SECRET_ACCESS_KEY", "API_KEY",
     "apikey", "DJANGO_SECRET_KEY", "SSH_PRIVATE_KEY", "NPM_TOKEN_2", "GPG_PASSPHRASE"],
)  # fmt: skip
def test_a_variable_that_is_named_like_a_secret_is_hidden(name: str) -> None:
    learn_secrets({name: WORD})
    assert redact(f"401 for {WORD}!") == "401 for ***!"


@pytest.mark.parametrize(
    "name", ["HOME", "PWD", "PASSWORD_STORE_DIR", "SSH_AUTH_SOCK", "TOKENIZERS_PARALLELISM", "CACHE_KEY", "MONKEY"]
)
def test_another_variable_is_not(name: str) -> None:
    learn_secrets({name: WORD})
    assert redact(WORD) == WORD


@pytest.mark.parametrize("value", ["", "postgres", "changeme", "1234567", "********", "        "])
def test_a_short_value_or_a_plain_word_is_not_hidden(value: str) -> None:
    learn_secrets({"DB_PASSWORD": value})
    assert redact(f"tests/test_{value}.py") == f"tests/test_{value}.py"


def test_a_secret_of_many_lines_is_hidden_line_by_line() -> None:
    learn_secrets({"DEPLOY_PRIVATE_KEY": "-----BEGIN KEY-----\nMIIEow1BAAKC\n-----END KEY-----\n"})
    assert redact("bad line MIIEow1BAAKC in it") == "bad line *** in it"
    assert redact("-----BEGIN KEY-----\nMIIEow1BAAKC\n-----END KEY-----") == "***"


def test_the_longer_of_two_secrets_is_hidden_whole() -> None:
    learn_secrets({"A_TOKEN": "12345678", "B_TOKEN": "12345678-9"})
    assert redact("12345678-9 12345678") == "*** ***"


def test_a_secret_is_hidden_before_a_text_is_cut_and_escaped() -> None:
    learn_secrets({"A_TOKEN": "abc\x1b12345678", "B_TOKEN": "z" * 50 + "1"})
    assert safe("x abc\x1b12345678") == "x ***"
    assert safe("x " + "z" * 50 + "1", 20) == "x ***"


def test_another_environment_replaces_the_first() -> None:
    learn_secrets({"A_TOKEN": WORD})
    learn_secrets({})
    assert redact(WORD) == WORD


def test_a_secret_may_have_eight_characters_and_needs_more_than_letters() -> None:
    learn_secrets({"A_TOKEN": "1234567a", "B_TOKEN": "1234567", "C_TOKEN": "lettersonly", "D_TOKEN": "-_-_-_-_-_"})
    assert redact("1234567a 1234567 lettersonly -_-_-_-_-_") == "*** 1234567 lettersonly -_-_-_-_-_"


def test_a_secret_is_not_a_pattern() -> None:
    learn_secrets({"A_TOKEN": "a.c+12345"})
    assert redact("a.c+12345 abcc12345") == "*** abcc12345"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://shop:s3cret%2Fof%3Atests@db/shop", "postgresql://db/shop?user=u&password=s3cret%2Fof%3Atests",
        "amqp://a:s3cret%2Fof%3Atests@h1,b:other@h2",
    ],
)  # fmt: skip
def test_the_password_in_an_address_is_hidden_also_alone(url: str) -> None:
    learn_secrets({"RECORDS_URL": url, "PLAIN": "https://example.com/user:s3cret"})
    assert redact("s3cret/of:tests or s3cret%2Fof%3Atests but not s3cret") == "*** or *** but not s3cret"
    learn_secrets({})


def test_space_around_a_secret_does_not_belong_to_it() -> None:
    learn_secrets({"A_TOKEN": f"  {WORD}\n"})
    assert redact(f"<{WORD}>") == "<***>"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("redis://:s3cret@cache:6379", "redis://***@cache:6379"),
        ("to https://me:x@a.b/c and amqp://u:p@q", "to https://***@a.b/c and amqp://***@q"),
        ("ssh://git@github.com/x", "ssh://git@github.com/x"),
        ("https://a.b:80/c@d:e", "https://a.b:80/c@d:e"),
        ("mail me@x.y:z", "mail me@x.y:z"),
        ("postgresql://h/d?user=u&password=s3cret&a=b c", "postgresql://h/d?user=u&password=***&a=b c"),
    ],
)
def test_a_login_in_an_address_is_hidden(address: str, shown: str) -> None:
    assert redact(address) == shown


@pytest.mark.parametrize(
    ("arguments", "redacted"),
    [
        (["--api-token=x1", "tests"], ["--api-token=***", "tests"]),
        (["--db-password", "x1", "tests"], ["--db-password", "***", "tests"]),
        (["--db-password", "-v", "tests"], ["--db-password", "-v", "tests"]),
        (["-o", "api_key=x1"], ["-o", "api_key=***"]),
        (["tests/test_token", "tests/secret=1"], ["tests/test_token", "tests/secret=1"]),
        (["--token", "--token", "x1"], ["--token", "--token", "***"]),
        (["--token", "x1", "x2"], ["--token", "***", "x2"]),
        (["token", "x1"], ["token", "x1"]),
        (["--api-key=a=b"], ["--api-key=***"]),
        (["a=b", "--x=token"], ["a=b", "--x=token"]),
        ([], []),
        (["--maturity-target", "dev", "-k", "token"], ["--maturity-target", "dev", "-k", "token"]),
    ],
)
def test_the_value_of_an_option_that_is_named_like_a_secret_is_hidden(
    arguments: list[str], redacted: list[str]
) -> None:
    assert list(redact_arguments(arguments)) == redacted
