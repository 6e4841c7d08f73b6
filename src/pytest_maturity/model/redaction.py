"""Hides secrets in everything that is printed or reported: tokens, passwords, logins in addresses.

A tool's output, the message of a failed test or a command line may quote them. Secrets are the values of variables of
this process's environment that are named like one, and the passwords in addresses of others. They are read more than
once (`learn_secrets`), because a conftest may set further variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

HIDDEN = "***"
SHORTEST = 8  # characters of a secret. A shorter value, or a plain word, would be found in harmless places
SECRET_NAME = re.compile(
    r"(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|(SECRET|PRIVATE|ACCESS|API|SIGNING|ENCRYPTION|AUTH)_?KEY)(_?\d+)?$",
    re.IGNORECASE,
)
LOGIN = re.compile(r"(?<=://)[^/ @:]*:[^/ @]+(?=@)|(?<=[?&]password=)[^&\s]+")
PASSWORD = re.compile(r"://[^/ @:]*:([^/ @]+)@|[?&](?:ssl)?password=([^&\s]+)")  # in an address

_secrets: re.Pattern[str] | None = None


def learn_secrets(environment: Mapping[str, str]) -> None:
    """Hides from now on the secrets of these variables, and no longer any others."""
    global _secrets
    values = {
        form
        for name, value in environment.items()
        for form in list_secrets(name, value)
        if len(form) >= SHORTEST and not form.isalpha() and any(map(str.isalnum, form))
    }
    longest_first = sorted(values, key=len, reverse=True)
    _secrets = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def list_secrets(name: str, value: str) -> Iterator[str]:
    """Yields what is secret in a variable: its value where it is named so, else the password of an address in it."""
    if SECRET_NAME.search(name):
        yield from map(str.strip, (value, *value.splitlines()))  # tools quote a key in PEM format line by line
    elif "://" in value:
        for password in filter(None, (group for found in PASSWORD.findall(value) for group in found)):
            yield password
            if "%" in password:
                from urllib.parse import unquote  # here: few need it, and it takes milliseconds

                yield unquote(password)


def redact(text: str) -> str:
    """Returns the text with `***` for each known secret and for each login in an address."""
    if _secrets is not None:
        text = _secrets.sub(HIDDEN, text)
    return LOGIN.sub(HIDDEN, text) if "://" in text else text


def redact_arguments(arguments: Iterable[str]) -> Iterator[str]:
    """Returns a command line with `***` for the value of each option that is named like a secret."""
    is_value_secret = False
    for argument in arguments:
        option, equals, _ = argument.partition("=")
        is_secret = "/" not in option and SECRET_NAME.search(option.replace("-", "_")) is not None
        if is_value_secret and not argument.startswith("-"):
            yield HIDDEN
        else:
            yield f"{option}={HIDDEN}" if is_secret and equals else argument
        is_value_secret = is_secret and not equals and argument.startswith("-")
