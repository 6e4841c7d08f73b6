"""Fixtures of the tests with real servers, which each test starts and stops itself."""

from tests.acceptance.conftest import project

__all__ = ["project"]
