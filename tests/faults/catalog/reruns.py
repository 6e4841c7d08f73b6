"""Reruns."""

from __future__ import annotations

from tests.faults.fault import Fault

RETRY_POLICY = 'ladder = ["proven"]\nstages.proven = { pass_rate = 100 }\nretry.base_delay = 0\n'
FAILS_ONCE = """
    import pytest

    CALLS = []

    @pytest.mark.parametrize("amount", [1])
    def test_a(amount):
        CALLS.append(amount)
        if len(CALLS) == 1:
            raise ConnectionError("gone")
        assert amount == 2 or {holds}
    """

FAULTS = (
    Fault(
        number=113,
        title="a check that a conftest puts around each test is lost in the second attempt",
        policy=RETRY_POLICY,
        messages=("pass rate 66.6 % < 100",),
        files={
            "tests/test_shop_x.py": FAILS_ONCE.format(holds=True),
            "conftest.py": """
            import functools

            def pytest_itemcollected(item):
                @functools.wraps(item.obj)
                def checked(*values, test=item.obj, **named):
                    test(*values, **named)
                    assert item.name != "test_a[1]", "a check of the project that never passes"
                item.obj = checked
            """,
        },
    ),
    Fault(
        number=113,
        case="parameters",
        title="a test that passes because a hook gives its second attempt another parameter",
        policy=RETRY_POLICY,
        messages=("pass rate 66.6 % < 100",),
        files={
            "tests/test_shop_x.py": FAILS_ONCE.format(holds=False),
            "conftest.py": """
            def pytest_runtest_setup(item):
                item.tries = getattr(item, "tries", 0) + 1
                if item.tries == 2:
                    item.callspec.params["amount"] = 2
            """,
        },
    ),
)
