"""The class of an exception, by its type and attributes, and the wait that it requests."""

from __future__ import annotations

import asyncio
import concurrent.futures
import doctest
import errno
import http.client
import io
import socket
import ssl
import sys
import types
import urllib.error
from email.message import Message
from typing import Any

import pytest

from pytest_maturity import TransientError
from pytest_maturity.plugin.retries.classify import (
    PERMANENT_NAMES,
    RESPONSE_ATTRIBUTES,
    TRANSIENT_NAMES,
    classify,
    combine_classifications,
    find_leaf_exceptions,
    read_retry_after,
)

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup, ExceptionGroup


def foreign(name: str, *bases: type, **attributes: Any) -> BaseException:
    """Returns an exception with this qualified type name, as a library that is not installed would raise it."""
    module, _, qualname = name.rpartition(".")
    kind = type(qualname, bases or (Exception,), {"__module__": module, "__qualname__": qualname, **attributes})
    found = kind("it happened")
    assert isinstance(found, BaseException)
    return found


def caused(outer: BaseException, cause: BaseException) -> BaseException:
    outer.__cause__ = cause
    return outer


def http_error(status: int, headers: dict[str, str] | None = None) -> urllib.error.HTTPError:
    message = Message()
    for name, value in (headers or {}).items():
        message[name] = value
    return urllib.error.HTTPError("http://x", status, "words", message, io.BytesIO())


# ── the standard library ─────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "exception",
    [
        ConnectionError(),
        ConnectionRefusedError(),
        ConnectionResetError(),
        ConnectionAbortedError(),
        BrokenPipeError(),
        http.client.RemoteDisconnected(""),
        http.client.IncompleteRead(b"", 1),
        TimeoutError(),
        asyncio.TimeoutError(),
        concurrent.futures.TimeoutError(),
        *(OSError(getattr(errno, name), "x") for name in (
            "ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "ENETDOWN", "ENETUNREACH", "ENETRESET", "EHOSTUNREACH",
            "EHOSTDOWN", "ETIMEDOUT",
        )),
        socket.gaierror(socket.EAI_AGAIN, "x"),
        urllib.error.URLError(ConnectionRefusedError()),
        urllib.error.URLError(socket.gaierror(socket.EAI_AGAIN, "x")),
        *map(http_error, (408, 425, 429, 502, 503, 504)),
        TransientError("x"),
        type("Own", (TransientError, AssertionError), {})("x"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_failed_connection_is_transient(exception: BaseException) -> None:
    assert classify(exception) == "transient"


@pytest.mark.parametrize(
    "exception",
    [
        ImportError(),
        ModuleNotFoundError(),
        SyntaxError(),
        IndentationError(),
        NameError(),
        UnboundLocalError(),
        AttributeError(),
        TypeError(),
        LookupError(),
        KeyError(),
        IndexError(),
        AssertionError(),
        NotImplementedError(),
        FileNotFoundError(),
        PermissionError(),
        pytest.fail.Exception("x"),
        doctest.DocTestFailure(None, None, ""),  # type: ignore[arg-type]
        ssl.SSLCertVerificationError(1, "x"),
        urllib.error.URLError(ssl.SSLCertVerificationError(1, "x")),
        ConnectionError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate"),
        ConnectionError("SSL error: certificate verify failed"),
        ConnectionError("OPENSSL_internal:CERTIFICATE_VERIFY_FAILED"),
        *map(http_error, (400, 401, 403, 404, 409, 500, 501)),
    ],
    ids=repr,
)
def test_an_error_in_the_code_or_its_configuration_is_permanent(exception: BaseException) -> None:
    assert classify(exception) == "permanent"


@pytest.mark.parametrize(
    "exception",
    [
        Exception(),
        RuntimeError("connection refused"),
        ValueError(),
        ZeroDivisionError(),
        MemoryError(),
        RecursionError(),
        OSError(),
        OSError(errno.ENOSPC, "x"),
        IsADirectoryError(),
        FileExistsError(),
        ssl.SSLError(1, "x"),
        socket.gaierror(socket.EAI_NONAME, "x"),
        socket.gaierror(errno.ECONNREFUSED, "its numbers are others"),
        socket.herror(1, "x"),
        urllib.error.URLError("a reason in words"),
        urllib.error.URLError(ValueError()),
        asyncio.CancelledError(),
        SystemExit(1),
    ],
    ids=repr,
)
def test_every_other_exception_is_unknown(exception: BaseException) -> None:
    assert classify(exception) == "unknown"


# ── other libraries, by name ─────────────────────────────────────────────────


@pytest.mark.parametrize("name", sorted(TRANSIENT_NAMES))
def test_transport_errors_of_libraries_and_their_subclasses_are_recognised_by_name(name: str) -> None:
    exception = foreign(name)
    assert classify(exception) == "transient"
    assert classify(foreign("project.errors.Own", type(exception))) == "transient"
    assert classify(foreign(name.replace(".", ".not.", 1))) == "unknown"


@pytest.mark.parametrize("name", sorted(PERMANENT_NAMES))
def test_a_permanent_error_of_a_library_is_permanent_also_as_a_connection_error(name: str) -> None:
    assert classify(foreign(name)) == "permanent"
    assert classify(foreign(name, ConnectionError)) == "permanent"


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("requests.exceptions.ConnectTimeout", "requests.exceptions.ConnectionError"),
        ("httpx.ReadTimeout", "httpx.TransportError"),
        ("aiohttp.client_exceptions.ServerDisconnectedError", "aiohttp.client_exceptions.ClientConnectionError"),
        ("redis.exceptions.BusyLoadingError", "redis.exceptions.ConnectionError"),
        ("psycopg.errors.AdminShutdown", "psycopg.OperationalError"),
        ("urllib3.exceptions.NameResolutionError", "urllib3.exceptions.NewConnectionError"),
        ("botocore.exceptions.EndpointConnectionError", "botocore.exceptions.ConnectionError"),
    ],
)
def test_subclasses_of_a_transport_error_are_transient(name: str, base: str) -> None:
    assert classify(foreign(name, type(foreign(base)))) == "transient"


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("requests.exceptions.SSLError", "requests.exceptions.ConnectionError"),
        ("httpx.UnsupportedProtocol", "httpx.TransportError"),
        ("redis.exceptions.AuthenticationError", "redis.exceptions.ConnectionError"),
        ("psycopg.errors.InvalidPassword", "psycopg.OperationalError"),
        ("psycopg2.errors.InvalidPassword", "psycopg2.OperationalError"),
        ("botocore.exceptions.SSLError", "botocore.exceptions.ConnectionError"),
        (
            "aiohttp.client_exceptions.ClientConnectorCertificateError",
            "aiohttp.client_exceptions.ClientConnectionError",
        ),
    ],
)
def test_some_subclasses_of_a_transport_error_are_permanent(name: str, base: str) -> None:
    assert classify(foreign(name, type(foreign(base)))) == "permanent"


def with_response(name: str, status: object, headers: object = None) -> BaseException:
    """Returns an exception that holds an HTTP response, as the library of this name builds it."""
    exception: Any = foreign(name)
    response = types.SimpleNamespace(status_code=status, headers=headers)
    if name.startswith("botocore"):
        exception.response = {"ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers}}
    elif "Response" in name:
        exception.status, exception.headers = status, headers
    elif "urllib" in name:
        exception.code, exception.headers = status, headers
    else:
        exception.response = response
    assert isinstance(exception, BaseException)
    return exception


@pytest.mark.parametrize("name", RESPONSE_ATTRIBUTES)
def test_the_status_of_an_http_response_decides(name: str) -> None:
    assert classify(with_response(name, 503)) == "transient"
    assert classify(with_response(name, 404)) == "permanent"
    assert classify(with_response(name, None)) == "unknown"
    assert classify(foreign(name)) == "unknown"


def grpc_error(code: str | None) -> BaseException:
    return foreign("grpc.RpcError", code=lambda _: types.SimpleNamespace(name=code))


@pytest.mark.parametrize("code", ["UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED"])
def test_some_codes_of_a_remote_call_are_transient(code: str) -> None:
    assert classify(grpc_error(code)) == "transient"


@pytest.mark.parametrize("code", ["NOT_FOUND", "UNAUTHENTICATED", "INTERNAL", None])
def test_other_codes_of_a_remote_call_are_unknown(code: str | None) -> None:
    assert classify(grpc_error(code)) == "unknown"
    assert classify(foreign("grpc.RpcError")) == "unknown"


def test_nothing_is_imported_to_recognise_a_type() -> None:
    before = set(sys.modules)
    for name in TRANSIENT_NAMES | PERMANENT_NAMES:
        classify(foreign(name))
    assert set(sys.modules) == before


# ── the user's names ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["LookupError", "builtins.LookupError", "KeyError", "builtins.Exception"])
def test_a_name_that_the_user_adds_wins(name: str) -> None:
    assert classify(KeyError(), [name]) == "transient"
    assert classify(ValueError(), ["KeyError"]) == "unknown"


def test_only_a_builtin_is_recognised_without_its_module() -> None:
    assert classify(foreign("project.Busy"), ["Busy"]) == "unknown"
    assert classify(foreign("project.Busy"), ["project.Busy"]) == "transient"


# ── causes and groups ────────────────────────────────────────────────────────


def test_the_explicit_cause_of_an_unknown_exception_decides() -> None:
    assert classify(caused(RuntimeError(), ConnectionError())) == "transient"
    assert classify(caused(RuntimeError(), caused(ValueError(), KeyError()))) == "permanent"
    assert classify(caused(AssertionError(), ConnectionError())) == "permanent"
    assert classify(caused(ConnectionError(), KeyError())) == "transient"


def test_an_exception_that_was_being_handled_does_not_decide() -> None:
    outer = RuntimeError()
    outer.__context__ = ConnectionError()
    assert classify(outer) == "unknown"


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([ConnectionError(), TimeoutError()], "transient"),
        ([ConnectionError()], "transient"),
        ([ConnectionError(), KeyError()], "permanent"),
        ([ConnectionError(), ValueError()], "unknown"),
        ([ValueError(), KeyError()], "permanent"),
        ([ExceptionGroup("", [ConnectionError()]), TimeoutError()], "transient"),
    ],
)
def test_a_group_is_transient_where_all_its_exceptions_are(parts: list[Exception], found: str) -> None:
    group = ExceptionGroup("several", parts)
    assert combine_classifications([classify(leaf) for leaf in find_leaf_exceptions(group)]) == found
    assert classify(caused(RuntimeError(), group)) == found


def test_no_exception_at_all_is_unknown() -> None:
    assert combine_classifications([]) == "unknown"


def test_the_leaf_exceptions_of_groups_and_doctests() -> None:
    first, second, third = ValueError(), KeyError(), KeyboardInterrupt()
    group = BaseExceptionGroup("", [first, BaseExceptionGroup("", [second, third])])
    assert list(find_leaf_exceptions(group)) == [first, second, third]
    assert list(find_leaf_exceptions(first)) == [first]
    unexpected = doctest.UnexpectedException(None, None, (ValueError, first, None))  # type: ignore[arg-type]
    several = foreign("_pytest.doctest.MultipleDoctestFailures", failures=[unexpected, second])
    assert list(find_leaf_exceptions(several)) == [first, second]


def test_causes_that_form_a_circle_are_visited_once() -> None:
    first, second = RuntimeError(), ValueError()
    caused(first, second)
    caused(second, first)
    assert classify(first) == "unknown"
    group = ExceptionGroup("", [first])
    assert classify(caused(first, group)) == "unknown"


# ── hostile exceptions ───────────────────────────────────────────────────────


def test_an_exception_whose_methods_raise_is_classified_by_its_type() -> None:
    def broken(self: object) -> str:
        raise RuntimeError("no")

    assert classify(foreign("a.B", ConnectionError, __str__=broken)) == "transient"
    assert classify(foreign("grpc.RpcError", code=broken)) == "unknown"


# ── the requested wait ───────────────────────────────────────────────────────


@pytest.mark.parametrize("name", RESPONSE_ATTRIBUTES)
def test_a_header_of_the_response_requests_a_wait(name: str) -> None:
    key = "retry-after" if "botocore" in name else "Retry-After"
    assert read_retry_after(with_response(name, 503, {key: "7"})) == 7
    assert read_retry_after(with_response(name, 503, {})) is None
    assert read_retry_after(with_response(name, 503)) is None
    assert read_retry_after(with_response(name, 503, types.SimpleNamespace(get=1))) is None


@pytest.mark.parametrize("header", ["Wed, 21 Oct 2015 07:28:00 GMT", "-1", "nan", "inf", "soon", "", "1e999"])
def test_a_header_that_is_no_number_of_seconds_is_ignored(header: str) -> None:
    with http_error(503, {"Retry-After": header}) as error:  # closed: Python 3.14 warns of a response that is not
        assert read_retry_after(error) is None


@pytest.mark.parametrize(
    ("given", "wait"), [(0, 0), (2, 2), (0.5, 0.5), (None, None), (-1, None), (float("nan"), None)]
)
def test_a_transient_error_requests_a_wait(given: float | None, wait: float | None) -> None:
    assert read_retry_after(TransientError("x", retry_after=given)) == wait


def test_a_wait_that_is_no_number_is_ignored() -> None:
    assert read_retry_after(TransientError("x", retry_after="later")) is None  # type: ignore[arg-type]
    assert read_retry_after(ConnectionError()) is None
