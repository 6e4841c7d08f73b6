"""Classifies an exception as transient, permanent or unknown, and finds the wait that it requests.

Types of other libraries are recognised by their qualified names (`type.__module__` and `type.__qualname__` of the
documented classes), so that none of these libraries is imported.
"""

from __future__ import annotations

import errno
import math
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from ...model.retries import Classification, TransientError

PERMANENT = (
    ImportError, SyntaxError, NameError, AttributeError, TypeError, LookupError, AssertionError, NotImplementedError,
    FileNotFoundError, PermissionError,
)  # fmt: skip
PERMANENT_NAMES = frozenset({
    "builtins.Failed",  # pytest.fail
    "doctest.DocTestFailure",
    "ssl.SSLCertVerificationError",
    "requests.exceptions.SSLError",
    "urllib3.exceptions.SSLError",
    "aiohttp.client_exceptions.ClientConnectorCertificateError",
    "aiohttp.client_exceptions.ClientSSLError",
    "aiohttp.client_exceptions.ServerFingerprintMismatch",
    "botocore.exceptions.SSLError",
    "httpx.UnsupportedProtocol",
    "httpx.LocalProtocolError",
    "redis.exceptions.AuthenticationError", "redis.exceptions.AuthorizationError",
    "psycopg.errors.InvalidPassword", "psycopg.errors.InvalidAuthorizationSpecification",
    "psycopg2.errors.InvalidPassword", "psycopg2.errors.InvalidAuthorizationSpecification",
})  # fmt: skip
TRANSIENT = (ConnectionError, TimeoutError)
TRANSIENT_NAMES = frozenset({
    "asyncio.exceptions.TimeoutError", "concurrent.futures._base.TimeoutError",  # TimeoutError itself since 3.11
    "http.client.IncompleteRead",
    "requests.exceptions.ConnectionError", "requests.exceptions.Timeout", "requests.exceptions.ChunkedEncodingError",
    "urllib3.exceptions.MaxRetryError", "urllib3.exceptions.NewConnectionError", "urllib3.exceptions.ProtocolError",
    "urllib3.exceptions.TimeoutError", "urllib3.exceptions.ProxyError",
    "httpx.TransportError",
    "aiohttp.client_exceptions.ClientConnectionError", "aiohttp.client_exceptions.ClientPayloadError",
    "botocore.exceptions.ConnectionError", "botocore.exceptions.ReadTimeoutError",
    "botocore.exceptions.ConnectionClosedError", "botocore.exceptions.ResponseStreamingError",
    "redis.exceptions.ConnectionError", "redis.exceptions.TimeoutError",
    "psycopg.OperationalError", "psycopg2.OperationalError",
})  # fmt: skip
TRANSIENT_ERRNOS = frozenset({
    errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED, errno.ENETDOWN, errno.ENETUNREACH, errno.ENETRESET,
    errno.EHOSTUNREACH, errno.ETIMEDOUT, getattr(errno, "EHOSTDOWN", errno.EHOSTUNREACH),
})  # fmt: skip
# OpenSSL's message: some libraries' connection errors keep nothing else of a refused certificate.
REFUSED_CERTIFICATE = "certificate verify failed"
TRANSIENT_HTTP_STATUS = frozenset({408, 425, 429, 502, 503, 504})
# The attributes of HTTP clients' exceptions that hold the response's status code and its headers.
RESPONSE_ATTRIBUTES = {
    "urllib.error.HTTPError": ("code", "headers"),
    "requests.exceptions.HTTPError": ("response.status_code", "response.headers"),
    "httpx.HTTPStatusError": ("response.status_code", "response.headers"),
    "aiohttp.client_exceptions.ClientResponseError": ("status", "headers"),
    "botocore.exceptions.ClientError": (
        "response.ResponseMetadata.HTTPStatusCode", "response.ResponseMetadata.HTTPHeaders",
    ),
}  # fmt: skip
# The codes after which a client may call again: https://grpc.io/docs/guides/status-codes
TRANSIENT_GRPC_CODES = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED"})


def classify(
    exception: BaseException, transient: Sequence[str] = (), visited: frozenset[int] = frozenset()
) -> Classification:
    """Returns the class of one exception; `transient` are qualified names of types that the user adds, and they win.

    The outermost type decides. Where it is unknown, the explicit cause (`raise ... from`) does, unless its id is in
    `visited`.
    """
    found, cause = classify_type(exception, transient), exception.__cause__
    if found != "unknown" or cause is None or id(cause) in visited:
        return found
    visited |= {id(exception), id(cause)}
    return combine_classifications([classify(part, transient, visited) for part in find_leaf_exceptions(cause)])


def combine_classifications(classifications: Sequence[Classification]) -> Classification:
    """Returns the class of several failures together: transient only where each of them is."""
    if "permanent" in classifications:
        return "permanent"
    return "transient" if classifications and set(classifications) == {"transient"} else "unknown"


def classify_type(exception: BaseException, transient: Sequence[str]) -> Classification:
    """Returns the class by the exception's own type and attributes, without its cause."""
    names = list_type_names(exception)
    if isinstance(exception, TransientError) or not names.isdisjoint(transient):
        return "transient"
    if isinstance(exception, PERMANENT) or not names.isdisjoint(PERMANENT_NAMES):
        return "permanent"
    if (response := read_http_response(exception, names)) is not None:
        return classify_http_status(response[0])
    if "urllib.error.URLError" in names:
        reason = getattr(exception, "reason", None)
        return classify_type(reason, transient) if isinstance(reason, BaseException) else "unknown"
    if not is_transport_error(exception, names):
        return "unknown"
    return "permanent" if REFUSED_CERTIFICATE in normalise_message(exception) else "transient"


def classify_http_status(status: Any) -> Classification:
    """Returns the class of an HTTP error by its status code."""
    if not isinstance(status, int):
        return "unknown"
    return "transient" if status in TRANSIENT_HTTP_STATUS else "permanent"


def is_transport_error(exception: BaseException, names: frozenset[str]) -> bool:
    """Whether the connection failed, rather than the request that was sent over it."""
    if isinstance(exception, TRANSIENT) or not names.isdisjoint(TRANSIENT_NAMES):
        return True
    if isinstance(exception, OSError) and is_network_error(exception, names):
        return True
    return "grpc.RpcError" in names and read_grpc_code(exception) in TRANSIENT_GRPC_CODES


def normalise_message(exception: BaseException) -> str:
    """Returns the exception's message in lower case, with blanks for the underscores that OpenSSL writes."""
    try:
        return str(exception).replace("_", " ").lower()
    except Exception:  # a foreign method
        return ""


def list_type_names(exception: BaseException) -> frozenset[str]:
    """Returns the qualified names of the exception's type and of all its bases; of builtins their bare names, too."""
    types = type(exception).__mro__
    bare = {one.__qualname__ for one in types if one.__module__ == "builtins"}
    return frozenset(f"{one.__module__}.{one.__qualname__}" for one in types) | bare


def read_http_response(exception: BaseException, names: frozenset[str]) -> tuple[Any, Any] | None:
    """Returns status and headers of the HTTP response that an exception holds; None where its type holds none."""
    paths = next((paths for name, paths in RESPONSE_ATTRIBUTES.items() if name in names), None)
    return None if paths is None else (resolve_path(exception, paths[0]), resolve_path(exception, paths[1]))


def resolve_path(value: Any, path: str) -> Any:
    """Returns the value at a dotted path of attributes and dictionary keys, None where the path ends early."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return value


def is_network_error(error: OSError, names: frozenset[str]) -> bool:
    """Whether an OSError's number says that the network failed."""
    if "socket.gaierror" in names:  # its numbers are not those of errno
        return error.errno == getattr(sys.modules.get("socket"), "EAI_AGAIN", None)
    return error.errno in TRANSIENT_ERRNOS


def read_grpc_code(exception: BaseException) -> str:
    """Returns the name of the status code of a gRPC call, empty where there is none."""
    try:
        return str(exception.code().name)  # type: ignore[attr-defined]  # grpc.Call has it
    except Exception:  # a foreign method
        return ""


def find_leaf_exceptions(exception: BaseException) -> Iterator[BaseException]:
    """Yields the exceptions in an exception group, or in doctest's own wrapper; else the exception itself."""
    names = list_type_names(exception)
    if names & {"builtins.BaseExceptionGroup", "exceptiongroup.BaseExceptionGroup"}:
        parts: Sequence[Any] = exception.exceptions  # type: ignore[attr-defined]  # an exception group has them
    elif "_pytest.doctest.MultipleDoctestFailures" in names:
        parts = exception.failures  # type: ignore[attr-defined]  # that class has them
    elif "doctest.UnexpectedException" in names:
        parts = [exception.exc_info[1]]  # type: ignore[attr-defined]  # that class has it
    else:
        yield exception
        return
    for part in parts:
        yield from find_leaf_exceptions(part)


def read_retry_after(exception: BaseException) -> float | None:
    """Returns the seconds to wait that the exception, or its HTTP response, requests; None where it requests none."""
    try:
        seconds = float(find_requested_wait(exception))
    except Exception:  # nothing, a date, foreign objects
        return None
    return seconds if seconds >= 0 and math.isfinite(seconds) else None


def find_requested_wait(exception: BaseException) -> Any:
    """Returns the requested wait as it was given: a number, a header's text, or None."""
    if isinstance(exception, TransientError):
        return exception.retry_after
    response = read_http_response(exception, list_type_names(exception))
    headers = response[1] if response is not None else {}
    return headers.get("Retry-After") or headers.get("retry-after")  # botocore's are a plain dictionary
