"""What is transient and what is permanent, from the exception alone."""

from __future__ import annotations

import asyncio
import concurrent.futures
import doctest
import errno
import http.client
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
    ANSWER_AT,
    PERMANENT_NAMES,
    TRANSIENT_NAMES,
    classify,
    install,
    leaves,
    missing_module,
    retry_after,
    together,
)

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup, ExceptionGroup


def foreign(name: str, *bases: type, **attributes: Any) -> BaseException:
    """An exception as a library that is not installed would raise it: of a type with that qualified name."""
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
    return urllib.error.HTTPError("http://x", status, "words", message, None)


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
def test_what_happens_on_the_way_is_transient(exception: BaseException) -> None:
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
def test_what_is_wrong_in_the_code_or_the_set_up_is_permanent(exception: BaseException) -> None:
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
def test_of_everything_else_nobody_knows(exception: BaseException) -> None:
    assert classify(exception) == "unknown"


# ── other libraries, by name ─────────────────────────────────────────────────


@pytest.mark.parametrize("name", sorted(TRANSIENT_NAMES))
def test_transport_errors_of_libraries_are_known_by_name_and_so_are_their_subclasses(name: str) -> None:
    exception = foreign(name)
    assert classify(exception) == "transient"
    assert classify(foreign("project.errors.Own", type(exception))) == "transient"
    assert classify(foreign(name.replace(".", ".not.", 1))) == "unknown"


@pytest.mark.parametrize("name", sorted(PERMANENT_NAMES))
def test_what_a_library_will_always_refuse_is_permanent_even_as_a_connection_error(name: str) -> None:
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
def test_the_families_of_transport_errors(name: str, base: str) -> None:
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
def test_the_black_sheep_of_these_families(name: str, base: str) -> None:
    assert classify(foreign(name, type(foreign(base)))) == "permanent"


def answered(name: str, status: object, headers: object = None) -> BaseException:
    """An exception for an HTTP answer, as each library builds it."""
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


@pytest.mark.parametrize("name", ANSWER_AT)
def test_of_an_http_answer_the_status_decides(name: str) -> None:
    assert classify(answered(name, 503)) == "transient"
    assert classify(answered(name, 404)) == "permanent"
    assert classify(answered(name, None)) == "unknown"
    assert classify(foreign(name)) == "unknown"


def grpc_error(code: str | None) -> BaseException:
    return foreign("grpc.RpcError", code=lambda _: types.SimpleNamespace(name=code))


@pytest.mark.parametrize("code", ["UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED"])
def test_a_remote_call_may_be_repeated_with_some_codes(code: str) -> None:
    assert classify(grpc_error(code)) == "transient"


@pytest.mark.parametrize("code", ["NOT_FOUND", "UNAUTHENTICATED", "INTERNAL", None])
def test_a_remote_call_may_not_be_repeated_with_others(code: str | None) -> None:
    assert classify(grpc_error(code)) == "unknown"
    assert classify(foreign("grpc.RpcError")) == "unknown"


def test_nothing_is_imported_to_recognise_a_type() -> None:
    before = set(sys.modules)
    for name in TRANSIENT_NAMES | PERMANENT_NAMES:
        classify(foreign(name))
    assert set(sys.modules) == before


# ── what the user adds ───────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["LookupError", "builtins.LookupError", "KeyError", "builtins.Exception"])
def test_a_name_that_the_user_adds_wins(name: str) -> None:
    assert classify(KeyError(), [name]) == "transient"
    assert classify(ValueError(), ["KeyError"]) == "unknown"


def test_a_bare_name_is_that_of_a_builtin_only() -> None:
    assert classify(foreign("project.Busy"), ["Busy"]) == "unknown"
    assert classify(foreign("project.Busy"), ["project.Busy"]) == "transient"


# ── causes and groups ────────────────────────────────────────────────────────


def test_only_where_the_outermost_says_nothing_its_explicit_cause_is_asked() -> None:
    assert classify(caused(RuntimeError(), ConnectionError())) == "transient"
    assert classify(caused(RuntimeError(), caused(ValueError(), KeyError()))) == "permanent"
    assert classify(caused(AssertionError(), ConnectionError())) == "permanent"
    assert classify(caused(ConnectionError(), KeyError())) == "transient"


def test_an_exception_that_was_handled_is_no_cause() -> None:
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
def test_of_a_group_every_leaf_must_be_transient(parts: list[Exception], found: str) -> None:
    group = ExceptionGroup("several", parts)
    assert together([classify(leaf) for leaf in leaves(group)]) == found
    assert classify(caused(RuntimeError(), group)) == found


def test_nothing_at_all_is_unknown() -> None:
    assert together([]) == "unknown"


def test_the_leaves_of_groups_and_of_doctests() -> None:
    first, second, third = ValueError(), KeyError(), KeyboardInterrupt()
    group = BaseExceptionGroup("", [first, BaseExceptionGroup("", [second, third])])
    assert list(leaves(group)) == [first, second, third]
    assert list(leaves(first)) == [first]
    unexpected = doctest.UnexpectedException(None, None, (ValueError, first, None))  # type: ignore[arg-type]
    several = foreign("_pytest.doctest.MultipleDoctestFailures", failures=[unexpected, second])
    assert list(leaves(several)) == [first, second]


def test_causes_that_go_round_in_a_circle_end() -> None:
    first, second = RuntimeError(), ValueError()
    caused(first, second)
    caused(second, first)
    assert classify(first) == "unknown"
    assert missing_module(first) is None
    group = ExceptionGroup("", [first])
    assert classify(caused(first, group)) == "unknown"


# ── hostile exceptions ───────────────────────────────────────────────────────


def test_an_exception_whose_methods_raise_is_judged_by_its_type() -> None:
    def broken(self: object) -> str:
        raise RuntimeError("no")

    assert classify(foreign("a.B", ConnectionError, __str__=broken)) == "transient"
    assert classify(foreign("grpc.RpcError", code=broken)) == "unknown"


# ── how long to wait ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ANSWER_AT)
def test_the_header_of_an_answer_says_how_long_to_wait(name: str) -> None:
    key = "retry-after" if "botocore" in name else "Retry-After"
    assert retry_after(answered(name, 503, {key: "7"})) == 7
    assert retry_after(answered(name, 503, {})) is None
    assert retry_after(answered(name, 503)) is None
    assert retry_after(answered(name, 503, types.SimpleNamespace(get=1))) is None


@pytest.mark.parametrize("said", ["Wed, 21 Oct 2015 07:28:00 GMT", "-1", "nan", "inf", "soon", "", "1e999"])
def test_a_header_that_is_no_number_of_seconds_says_nothing(said: str) -> None:
    assert retry_after(http_error(503, {"Retry-After": said})) is None


@pytest.mark.parametrize(("said", "wait"), [(0, 0), (2, 2), (0.5, 0.5), (None, None), (-1, None), (float("nan"), None)])
def test_our_own_exception_says_how_long_to_wait(said: float | None, wait: float | None) -> None:
    assert retry_after(TransientError("x", retry_after=said)) == wait


def test_a_wait_that_is_no_number_is_none() -> None:
    assert retry_after(TransientError("x", retry_after="later")) is None  # type: ignore[arg-type]
    assert retry_after(ConnectionError()) is None


# ── missing modules ──────────────────────────────────────────────────────────


def missing(name: object) -> ModuleNotFoundError:
    return ModuleNotFoundError("No module named x", name=name)  # type: ignore[arg-type]


def test_a_missing_module_is_found_behind_explicit_causes() -> None:
    assert missing_module(missing("yamll")) == "yamll"
    assert missing_module(caused(RuntimeError(), missing("yamll.parts"))) == "yamll.parts"
    assert missing_module(ImportError("cannot import name", name="yamll")) is None
    assert missing_module(None) is None


def test_a_package_that_is_there_is_not_missing() -> None:
    assert missing_module(missing("pytest_maturity.nowhere")) is None


def test_a_namespace_may_lack_a_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shared_namespace", types.ModuleType("shared_namespace"))
    assert missing_module(missing("shared_namespace.part")) == "shared_namespace.part"


@pytest.mark.parametrize("name", [None, 5, b"yaml"])
def test_a_module_without_a_name_is_not_named(name: object) -> None:
    assert missing_module(missing(name)) is None


@pytest.mark.parametrize(
    ("module", "command"),
    [("yaml", "PyYAML"), ("yaml.scanner", "PyYAML"), ("PIL.Image", "pillow"), ("requests", "requests")],
)
def test_what_installs_a_module(module: str, command: str) -> None:
    assert install(module) == f"pip install {command}"
