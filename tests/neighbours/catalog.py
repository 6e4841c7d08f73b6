"""The plugins, each with the options that make it active and tests that use it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A plugin that is installed beside the gate.

    `name` is its distribution's, `more` are others that it needs. `options` are given on the command line, `ini` is
    added to pytest's settings, `files` to the project, `untracked` to it after the commit. `outcomes` are those of the
    tests in `files`, as the plugin's own documentation has them: (passed, failed, skipped). `gap` is part of the
    message with which a run is not promoted, where the plugin leaves tests out or hides what they executed.
    """

    name: str
    more: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    ini: str = ""
    files: dict[str, str] = field(default_factory=dict)
    untracked: dict[str, str] = field(default_factory=dict)
    outcomes: tuple[int, int, int] = (0, 0, 0)
    gap: str = ""
    in_ci: bool = False


def tests(text: str) -> dict[str, str]:
    """Returns the files with one test file of the component that uses a plugin."""
    return {"tests/test_shop_neighbour.py": text}


NEIGHBOURS = (
    Neighbour(
        name="pytest-asyncio",
        ini="asyncio_mode = auto",
        files=tests("async def test_it():\n    assert True\n"),
        outcomes=(1, 0, 0),
    ),
    Neighbour(
        name="pytest-django",
        more=("django",),
        ini="DJANGO_SETTINGS_MODULE = settings",
        files={
            "settings.py": "SECRET_KEY = 'x'\nUSE_TZ = True\nINSTALLED_APPS = ['django.contrib.contenttypes']\n"
            "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}\n",
            **tests(
                "import pytest\n\n@pytest.mark.django_db\ndef test_rows():\n"
                "    from django.contrib.contenttypes.models import ContentType\n"
                "    assert ContentType.objects.count() >= 0\n"
                "def test_settings(settings):\n    assert settings.SECRET_KEY == 'x'\n"
            ),
        },
        outcomes=(2, 0, 0),
        in_ci=True,
    ),
    Neighbour(
        name="pytest-bdd",
        files={
            "tests/shop.feature": "Feature: shop\n  Scenario: total\n    Given a price of 2\n    Then the total is 2\n",
            **tests(
                "from pytest_bdd import given, parsers, scenarios, then\n\nscenarios('shop.feature')\n\n"
                "@given(parsers.parse('a price of {price:d}'), target_fixture='price')\ndef price(price):\n"
                "    return price\n\n@then(parsers.parse('the total is {total:d}'))\ndef check(price, total):\n"
                "    assert price == total\n"
            ),
        },
        outcomes=(1, 0, 0),
        in_ci=True,
    ),
    Neighbour(name="pytest-randomly", options=("-p", "randomly"), in_ci=True),
    Neighbour(
        name="pytest-order",
        files=tests(
            "import pytest\nseen = []\n\n@pytest.mark.order(2)\ndef test_b():\n    assert seen == ['a']\n\n"
            "@pytest.mark.order(1)\ndef test_a():\n    seen.append('a')\n"
        ),
        outcomes=(2, 0, 0),
    ),
    Neighbour(
        name="pytest-dependency",
        files=tests(
            "import pytest\n\n@pytest.mark.dependency()\n@pytest.mark.xfail(strict=True)\ndef test_a():\n"
            "    assert 0\n\n@pytest.mark.dependency(depends=['test_a'])\ndef test_b():\n    pass\n"
        ),
        outcomes=(0, 0, 1),
    ),
    Neighbour(
        name="pytest-benchmark",
        options=("--benchmark-disable-gc",),
        files=tests("def test_speed(benchmark):\n    assert benchmark(lambda: 1) == 1\n"),
        outcomes=(1, 0, 0),
    ),
    Neighbour(
        name="pytest-mock",
        files=tests("def test_it(mocker):\n    assert mocker.Mock(return_value=1)() == 1\n"),
        outcomes=(1, 0, 0),
    ),
    Neighbour(
        name="pytest-socket",
        options=("--disable-socket", "--allow-unix-socket"),
        files=tests(
            "import pytest, socket\nfrom pytest_socket import SocketBlockedError\n\ndef test_it():\n"
            "    with pytest.raises(SocketBlockedError):\n        socket.socket()\n"
        ),
        outcomes=(1, 0, 0),
    ),
    Neighbour(
        name="pytest-env",
        ini="env =\n    SHOP_CURRENCY=EUR",
        files=tests("import os\n\ndef test_it():\n    assert os.environ['SHOP_CURRENCY'] == 'EUR'\n"),
        outcomes=(1, 0, 0),
    ),
    Neighbour(
        name="pytest-subtests",
        files=tests(
            "def test_it(subtests):\n    for number in range(3):\n        with subtests.test(number=number):\n"
            "            assert number < 3\n"
        ),
        outcomes=(1, 0, 0),
    ),
    Neighbour(name="pytest-sugar", options=("--force-sugar",)),
    Neighbour(name="pytest-instafail", options=("--instafail",)),
    Neighbour(
        name="pytest-timeout",
        options=("--timeout=60",),
        files=tests("import pytest\n\n@pytest.mark.timeout(30)\ndef test_it():\n    pass\n"),
        outcomes=(1, 0, 0),
    ),
    Neighbour(
        name="allure-pytest",
        options=("--alluredir=allure-results",),
        files=tests("import allure\n\n@allure.title('a title')\ndef test_it():\n    pass\n"),
        outcomes=(1, 0, 0),
    ),
    Neighbour(name="pytest-json-report", options=("--json-report",)),
    Neighbour(name="pytest-html", options=("--html=report.html", "--self-contained-html")),
    Neighbour(name="pytest-testmon", options=("--testmon",), gap="coverage"),
    Neighbour(
        name="pytest-picked",
        options=("--picked",),
        untracked={"tests/test_shop_new.py": "def test_new():\n    pass\n"},
        gap="--picked may leave tests out",
    ),
)
