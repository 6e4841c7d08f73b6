"""Does a failure pass by? Decided from the exception alone; nothing is imported to recognise its type.

The names of other libraries' exceptions are those of their documented classes, as `type.__module__` and
`type.__qualname__` spell them.
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
ERRNOS = frozenset({
    errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED, errno.ENETDOWN, errno.ENETUNREACH, errno.ENETRESET,
    errno.EHOSTUNREACH, errno.ETIMEDOUT, getattr(errno, "EHOSTDOWN", errno.EHOSTUNREACH),
})  # fmt: skip
# OpenSSL's words: of a refused certificate, some libraries' connection errors keep nothing else.
REFUSED_CERTIFICATE = "certificate verify failed"
HTTP_STATUS = frozenset({408, 425, 429, 502, 503, 504})
# Where the exceptions of HTTP clients keep the status of the answer, and its headers.
ANSWER_AT = {
    "urllib.error.HTTPError": ("code", "headers"),
    "requests.exceptions.HTTPError": ("response.status_code", "response.headers"),
    "httpx.HTTPStatusError": ("response.status_code", "response.headers"),
    "aiohttp.client_exceptions.ClientResponseError": ("status", "headers"),
    "botocore.exceptions.ClientError": (
        "response.ResponseMetadata.HTTPStatusCode", "response.ResponseMetadata.HTTPHeaders",
    ),
}  # fmt: skip
# https://grpc.io/docs/guides/status-codes: what a client may try again.
GRPC_CODES = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED"})
# Top-level modules whose distribution is called otherwise.
DISTRIBUTIONS = {
    "attr": "attrs", "bs4": "beautifulsoup4", "cv2": "opencv-python", "dateutil": "python-dateutil",
    "dotenv": "python-dotenv", "google": "google-api-python-client", "grpc": "grpcio", "jwt": "PyJWT",
    "MySQLdb": "mysqlclient", "OpenSSL": "pyOpenSSL", "PIL": "pillow", "serial": "pyserial", "skimage": "scikit-image",
    "sklearn": "scikit-learn", "yaml": "PyYAML", "zmq": "pyzmq",
}  # fmt: skip


def classify(
    exception: BaseException, transient: Sequence[str] = (), seen: frozenset[int] = frozenset()
) -> Classification:
    """What one exception is taken for; `transient` are names that the user adds, and they win.

    The outermost type decides. Only where it says nothing, the explicit cause (`raise ... from`) is asked,
    unless it is one of `seen`.
    """
    found, cause = own_class(exception, transient), exception.__cause__
    if found != "unknown" or cause is None or id(cause) in seen:
        return found
    seen |= {id(exception), id(cause)}
    return together([classify(part, transient, seen) for part in leaves(cause)])


def together(found: Sequence[Classification]) -> Classification:
    """What several failures are taken for: transient only where every one is."""
    if "permanent" in found:
        return "permanent"
    return "transient" if found and set(found) == {"transient"} else "unknown"


def own_class(exception: BaseException, transient: Sequence[str]) -> Classification:
    """What the exception's own type and attributes say, its cause left aside."""
    names = names_of(exception)
    if isinstance(exception, TransientError) or not names.isdisjoint(transient):
        return "transient"
    if isinstance(exception, PERMANENT) or not names.isdisjoint(PERMANENT_NAMES):
        return "permanent"
    if (answer := answer_of(exception, names)) is not None:
        return http_class(answer[0])
    if "urllib.error.URLError" in names:
        reason = getattr(exception, "reason", None)
        return own_class(reason, transient) if isinstance(reason, BaseException) else "unknown"
    if not is_transport(exception, names):
        return "unknown"
    return "permanent" if REFUSED_CERTIFICATE in words_of(exception) else "transient"


def http_class(status: Any) -> Classification:
    if not isinstance(status, int):
        return "unknown"
    return "transient" if status in HTTP_STATUS else "permanent"


def is_transport(exception: BaseException, names: frozenset[str]) -> bool:
    """Did something on the way fail, rather than what was asked for?"""
    if isinstance(exception, TRANSIENT) or not names.isdisjoint(TRANSIENT_NAMES):
        return True
    if isinstance(exception, OSError) and is_network(exception, names):
        return True
    return "grpc.RpcError" in names and grpc_code(exception) in GRPC_CODES


def words_of(exception: BaseException) -> str:
    """What the exception says, without OpenSSL's underlines."""
    try:
        return str(exception).replace("_", " ").lower()
    except Exception:  # a foreign method
        return ""


def names_of(exception: BaseException) -> frozenset[str]:
    """The qualified names of the exception's type and of all its bases; builtins also go by their bare names."""
    kinds = type(exception).__mro__
    bare = {one.__qualname__ for one in kinds if one.__module__ == "builtins"}
    return frozenset(f"{one.__module__}.{one.__qualname__}" for one in kinds) | bare


def answer_of(exception: BaseException, names: frozenset[str]) -> tuple[Any, Any] | None:
    """Status and headers of the HTTP answer that an exception stands for; None where it stands for none."""
    paths = next((paths for name, paths in ANSWER_AT.items() if name in names), None)
    return None if paths is None else (at(exception, paths[0]), at(exception, paths[1]))


def at(found: Any, path: str) -> Any:
    """What lies at a path of attributes or keys, None where it ends early."""
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else getattr(found, name, None)
    return found


def is_network(error: OSError, names: frozenset[str]) -> bool:
    if "socket.gaierror" in names:  # its numbers are not those of errno
        return error.errno == getattr(sys.modules.get("socket"), "EAI_AGAIN", None)
    return error.errno in ERRNOS


def grpc_code(exception: BaseException) -> str:
    try:
        return str(exception.code().name)  # type: ignore[attr-defined]  # grpc.Call has it
    except Exception:  # a foreign method
        return ""


def leaves(exception: BaseException) -> Iterator[BaseException]:
    """The exceptions that a group, or doctest's own wrapper, holds; else the exception itself."""
    names = names_of(exception)
    if names & {"builtins.BaseExceptionGroup", "exceptiongroup.BaseExceptionGroup"}:
        parts: Sequence[Any] = exception.exceptions  # type: ignore[attr-defined]
    elif "_pytest.doctest.MultipleDoctestFailures" in names:
        parts = exception.failures  # type: ignore[attr-defined]
    elif "doctest.UnexpectedException" in names:
        parts = [exception.exc_info[1]]  # type: ignore[attr-defined]
    else:
        yield exception
        return
    for part in parts:
        yield from leaves(part)


def retry_after(exception: BaseException) -> float | None:
    """The seconds that the exception, or the answer in it, asks to wait; None where it asks for none."""
    try:
        seconds = float(asked(exception))
    except Exception:  # nothing, a date, foreign objects
        return None
    return seconds if seconds >= 0 and math.isfinite(seconds) else None


def asked(exception: BaseException) -> Any:
    if isinstance(exception, TransientError):
        return exception.retry_after
    answer = answer_of(exception, names_of(exception))
    headers = answer[1] if answer is not None else {}
    return headers.get("Retry-After") or headers.get("retry-after")  # botocore's are a plain dictionary


def missing_module(exception: BaseException | None) -> str | None:
    """The module that is not installed, where that is why something failed."""
    seen: set[int] = set()
    while exception is not None and id(exception) not in seen:
        seen.add(id(exception))
        if isinstance(exception, ModuleNotFoundError):
            return exception.name if is_missing(exception.name) else None
        exception = exception.__cause__
    return None


def is_missing(module: object) -> bool:
    """Is nothing of it there? A package that lacks a module is there, unless others may add to it."""
    if not isinstance(module, str):
        return False
    package = sys.modules.get(module.partition(".")[0])
    return getattr(package, "__file__", None) is None


def install(module: str) -> str:
    """What to type to get a missing module."""
    top = module.partition(".")[0]
    return f"pip install {DISTRIBUTIONS.get(top, top)}"
