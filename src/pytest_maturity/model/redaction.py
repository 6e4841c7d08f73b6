"""Keeps what is secret in this run's environment out of what it tells: tokens, passwords, logins in addresses.

A tool's output, the message of a failed test or a command line may quote them. Which words are secret is
asked of the environment once and again (`learn`), because a conftest may load more of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

HIDDEN = "***"
SHORTEST = 8  # what is shorter, or a mere word, would be found in places that tell no secret
NAME = re.compile(
    r"(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|(SECRET|PRIVATE|ACCESS|API|SIGNING|ENCRYPTION|AUTH)_?KEY)(_?\d+)?$",
    re.IGNORECASE,
)
LOGIN = re.compile(r"(?<=://)[^/ @:]*:[^/ @]+(?=@)")

_secrets: re.Pattern[str] | None = None


def learn_secrets(environment: Mapping[str, str]) -> None:
    """From now on hide the values of those variables whose names end like the name of a secret."""
    global _secrets
    values = {
        form
        for name, value in environment.items()
        if NAME.search(name)
        for form in map(str.strip, (value, *value.splitlines()))  # a key in PEM is quoted line by line
        if len(form) >= SHORTEST and not form.isalpha() and any(map(str.isalnum, form))
    }
    longest_first = sorted(values, key=len, reverse=True)
    _secrets = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def redact(text: str) -> str:
    """`text` without the secrets that are known, and without logins in addresses."""
    if _secrets is not None:
        text = _secrets.sub(HIDDEN, text)
    return LOGIN.sub(HIDDEN, text) if "://" in text else text


def redact_arguments(words: Iterable[str]) -> Iterator[str]:
    """A command line without the values of options that are named like a secret."""
    follows = False
    for word in words:
        option, equals, _ = word.partition("=")
        secret = "/" not in option and NAME.search(option.replace("-", "_")) is not None
        if follows and not word.startswith("-"):
            yield HIDDEN
        else:
            yield f"{option}={HIDDEN}" if secret and equals else word
        follows = secret and not equals and word.startswith("-")
