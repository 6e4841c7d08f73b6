"""A separate program that asks a Prometheus server one question and prints what it answered, as one line of JSON.

It needs the standard library alone. It follows no redirect, reads no more than LARGEST_ANSWER, and prints neither the
address that a variable holds nor a credential. It tries again where the server cannot be reached, takes too long, or
answers with a status that another attempt may not have; never after a status like 400, which says that the query is
wrong.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from typing import Any, TypedDict

LARGEST_ANSWER = 4 * 1024 * 1024  # bytes
BLOCK = 64 * 1024
DELAY = 0.5  # seconds before the second attempt; each further one waits twice as long
LONGEST_DELAY = 8.0
REDIRECTS = range(300, 400)
PASSING = (408, 425, 429, *range(500, 600))  # statuses that another attempt may not have
STATUS_OF_A_QUERY = (400, 422)  # with which Prometheus says what is wrong with a query


class Answer(TypedDict):
    """The body of an answer, or why there is none."""

    body: str
    problem: str


class QueryError(Exception):
    """The server gave no answer; the message says why. `is_passing`: another attempt may get one."""

    def __init__(self, message: str, *, is_passing: bool = False) -> None:
        super().__init__(message)
        self.is_passing = is_passing


class KeepAddress(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the answer is to come from the server that the configuration names."""

    def redirect_request(self, *_: Any) -> None:
        """Returns no request, so that the redirect is an error."""


def compute_delays(retries: int) -> list[float]:
    """Returns the seconds before each further attempt."""
    return [min(DELAY * 2**number, LONGEST_DELAY) for number in range(retries)]


def ask(url: str, token: str, query: str, timeout: float, retries: int) -> Answer:
    """Returns the answer to a query, after at most `retries` further attempts of `timeout` seconds."""
    delays = compute_delays(retries)
    for attempt in range(retries + 1):
        try:
            return Answer(body=ask_once(url, token, query, timeout), problem="")
        except QueryError as error:
            if not error.is_passing or attempt == retries:
                tried = f" ({attempt + 1} attempts)" if attempt else ""
                return Answer(body="", problem=f"{error}{tried}")
        time.sleep(delays[attempt])
    raise AssertionError("the last attempt returns")


def ask_once(url: str, token: str, query: str, timeout: float) -> str:
    """Returns the body of the answer to one request. Raises QueryError."""
    request = make_request(url, token, query, timeout)
    deadline = time.monotonic() + timeout
    try:
        with urllib.request.build_opener(KeepAddress).open(request, timeout=timeout) as response:
            return read_body(response, deadline, timeout)
    except urllib.error.HTTPError as error:
        raise describe_status(error, deadline, timeout) from None
    except TimeoutError:
        raise QueryError(f"did not answer within {timeout:g} s", is_passing=True) from None
    except urllib.error.URLError as error:
        raise describe_connection(error.reason, timeout) from None
    except (OSError, http.client.HTTPException) as error:
        raise describe_connection(error, timeout) from None
    except ValueError:  # the message may quote the address
        raise QueryError("cannot be asked: its address or its token is not valid") from None


def make_request(url: str, token: str, query: str, timeout: float) -> urllib.request.Request:
    """Returns the request of a query; a login in the address becomes a header. Raises QueryError."""
    try:
        parts = urllib.parse.urlsplit(url)
        login, _, host = parts.netloc.rpartition("@")
    except ValueError:
        raise QueryError("cannot be asked: its address is not valid") from None
    if parts.scheme not in ("http", "https") or not host:
        raise QueryError("cannot be asked: its address is no http:// or https:// URL")
    path = f"{parts.path.rstrip('/')}/api/v1/query"
    data = urllib.parse.urlencode({"query": query, "timeout": f"{max(1, round(timeout))}s"})
    address = urllib.parse.urlunsplit((parts.scheme, host, path, data, ""))
    headers = {"Accept": "application/json", "User-Agent": "pytest-maturity"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    elif login:
        encoded = base64.b64encode(urllib.parse.unquote(login).encode()).decode()
        headers["Authorization"] = f"Basic {encoded}"
    try:
        return urllib.request.Request(address, headers=headers)
    except ValueError:
        raise QueryError("cannot be asked: its address is not valid") from None


def read_body(response: Any, deadline: float, timeout: float) -> str:
    """Returns the text of a response, however slowly it comes. Raises QueryError at the deadline and for too much."""
    blocks, size = [], 0
    while block := response.read1(BLOCK):
        blocks.append(block)
        size += len(block)
        if size > LARGEST_ANSWER:
            raise QueryError(f"answered with more than {LARGEST_ANSWER // 2**20} MiB")
        if time.monotonic() > deadline:
            raise QueryError(f"did not answer within {timeout:g} s", is_passing=True)
    return b"".join(blocks).decode("utf-8", "replace")


def describe_status(error: urllib.error.HTTPError, deadline: float, timeout: float) -> QueryError:
    """Returns the error for a status that is none of success; for a wrong query with the words of the server."""
    with error:
        if error.code in REDIRECTS:
            return QueryError(f"answered with a redirect ({error.code}), and none is followed")
        words = ""
        if error.code in STATUS_OF_A_QUERY:
            try:
                found = json.loads(read_body(error, deadline, timeout))
                words = f": {found['errorType']}: {found['error']}"
            except (QueryError, OSError, http.client.HTTPException, ValueError, TypeError, KeyError, RecursionError):
                words = ""
        return QueryError(f"answered with the status {error.code}{words}", is_passing=error.code in PASSING)


def describe_connection(reason: object, timeout: float) -> QueryError:
    """Returns the error for a server that cannot be reached, or that ends the connection."""
    if isinstance(reason, TimeoutError):
        return QueryError(f"did not answer within {timeout:g} s", is_passing=True)
    if isinstance(reason, http.client.InvalidURL):
        return QueryError("cannot be asked: its address is not valid")
    words = (reason.strerror if isinstance(reason, OSError) else "") or type(reason).__name__
    return QueryError(f"cannot be reached: {words}", is_passing=True)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Returns the arguments of this program."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--url", default="")
    parser.add_argument("--url-variable", default="")
    parser.add_argument("--token-variable", default="")
    parser.add_argument("--timeout", type=float, required=True)
    parser.add_argument("--retries", type=int, required=True)
    parser.add_argument("--query", required=True)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Asks the server; prints the answer and returns 0 also where there is none."""
    options = parse_arguments(arguments)
    unset = [name for name in (options.url_variable, options.token_variable) if name and not os.environ.get(name)]
    if unset:
        answer = Answer(body="", problem=f"cannot be asked: the variable {unset[0]} is not set")
    else:
        url = os.environ[options.url_variable] if options.url_variable else options.url
        token = os.environ[options.token_variable].strip() if options.token_variable else ""
        answer = ask(url, token, options.query, options.timeout, options.retries)
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
