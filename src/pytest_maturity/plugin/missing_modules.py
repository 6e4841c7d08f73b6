"""Finds the module that is not installed behind a failure, and the command that installs it."""

from __future__ import annotations

import sys

# Distributions with another name than the top-level module that they install.
DISTRIBUTIONS = {
    "attr": "attrs", "bs4": "beautifulsoup4", "cv2": "opencv-python", "dateutil": "python-dateutil",
    "dotenv": "python-dotenv", "google": "google-api-python-client", "grpc": "grpcio", "jwt": "PyJWT",
    "MySQLdb": "mysqlclient", "OpenSSL": "pyOpenSSL", "PIL": "pillow", "serial": "pyserial", "skimage": "scikit-image",
    "sklearn": "scikit-learn", "yaml": "PyYAML", "zmq": "pyzmq",
}  # fmt: skip


def find_missing_module(exception: BaseException | None) -> str | None:
    """Returns the dotted name of the module that is not installed, where that caused the exception; else None.

    The exception itself is examined, then its explicit causes (`raise ... from`).
    """
    visited: set[int] = set()
    while exception is not None and id(exception) not in visited:
        visited.add(id(exception))
        if isinstance(exception, ModuleNotFoundError):
            return exception.name if is_missing(exception.name) else None
        exception = exception.__cause__
    return None


def is_missing(module: object) -> bool:
    """Whether the module's whole top-level package is absent.

    An installed package without this submodule is not missing. A namespace package is: another distribution may add
    the submodule to it.
    """
    if not isinstance(module, str):
        return False
    package = sys.modules.get(module.partition(".")[0])
    return getattr(package, "__file__", None) is None


def install_command(module: str) -> str:
    """Returns the command that installs the distribution of a module."""
    package = module.partition(".")[0]
    return f"pip install {DISTRIBUTIONS.get(package, package)}"
