"""Reruns of asynchronous tests: the event loop of each attempt."""

from __future__ import annotations

import pytest

from tests.acceptance.project import Project
from tests.acceptance.retries.flaky_project import FlakyProject, everywhere, outcomes_by_test


@pytest.fixture
def flaky_project(project: Project) -> FlakyProject:
    return FlakyProject(project, "asyncio", "anyio")


LOOPS = """
    import asyncio
    import pytest, pytest_asyncio
    from journal import fail, write

    @pytest_asyncio.fixture(scope="module", loop_scope="module")
    async def server():
        write("+ server")
        yield asyncio.get_running_loop()
        write("- server")

    @pytest_asyncio.fixture
    async def client():
        write("+ client")
        loop = asyncio.get_running_loop()
        yield loop
        assert loop is asyncio.get_running_loop()
        write("- client")
    """


@everywhere
def test_each_attempt_of_a_coroutine_has_a_new_event_loop(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run(
        LOOPS
        + """
    LOOPS = []

    @pytest.mark.asyncio
    async def test_it(client):
        assert client is asyncio.get_running_loop()
        LOOPS.append(client)
        assert all(one.is_closed() for one in LOOPS[:-1])
        await asyncio.sleep(0)
        fail("it", times=2)
        assert len(set(map(id, LOOPS))) == 3
    """,
        *flags,
    )
    assert outcomes_by_test(ran) == {"test_it": ["failed", "failed", "passed"]}
    assert flaky_project.journal == ["+ client", "- client"] * 3


def test_all_attempts_of_a_coroutine_share_the_loop_of_its_module(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
        LOOPS
        + """
    @pytest.mark.asyncio(loop_scope="module")
    async def test_first(server):
        assert server is asyncio.get_running_loop()
        fail("first", times=2)

    @pytest.mark.asyncio(loop_scope="module")
    async def test_second(server):
        assert server is asyncio.get_running_loop()
        fail("second")
    """
    )
    assert outcomes_by_test(ran) == {"test_first": ["failed", "failed", "passed"], "test_second": ["failed", "passed"]}
    assert flaky_project.journal == ["+ server", "- server"]


def test_an_async_module_fixture_that_failed_is_executed_again(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
        LOOPS
        + """
    @pytest_asyncio.fixture(scope="module", loop_scope="module")
    async def broken(server):
        write("broken")
        await asyncio.sleep(0)
        fail("broken", times=2)
        yield

    @pytest.mark.asyncio(loop_scope="module")
    async def test_it(broken):
        pass
    """
    )
    assert outcomes_by_test(ran) == {"test_it": ["error", "error", "passed"]}
    assert flaky_project.journal == ["+ server", "broken", "broken", "broken", "- server"]


@everywhere
def test_an_anyio_test_is_rerun(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run(
        """
        import anyio
        import pytest
        from journal import fail, write

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.fixture
        async def client():
            write("+ client")
            await anyio.sleep(0)
            yield
            write("- client")

        @pytest.mark.anyio
        async def test_it(client):
            async with anyio.create_task_group() as group:
                group.start_soon(anyio.sleep, 0)
                fail("it", times=2)
        """,
        *flags,
    )
    assert outcomes_by_test(ran) == {"test_it": ["failed", "failed", "passed"]}
    assert flaky_project.journal == ["+ client", "- client"] * 3


def test_an_isolated_asyncio_test_case_is_rerun(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
        """
        import unittest
        from journal import fail, write

        class TestIt(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                write("+")

            async def asyncTearDown(self):
                write("-")

            async def test_it(self):
                fail("it", times=2)
        """
    )
    assert outcomes_by_test(ran) == {"TestIt::test_it": ["failed", "failed", "passed"]}
    assert flaky_project.journal == ["+", "-"] * 3
