"""Code that ignores warnings, and code that only resembles it."""

from __future__ import annotations

import pytest

from pytest_maturity.evidence.suppressions.source import Source
from pytest_maturity.evidence.suppressions.warning_filters import find_warning_filters


def lines_in(text: str) -> list[int | None]:
    return [one.line for one in find_warning_filters(Source(text, "a.py"))]


@pytest.mark.parametrize(
    "text",
    [
        "import warnings\nwarnings.simplefilter('ignore')\n",
        "import warnings\nwarnings.simplefilter('ignore', DeprecationWarning)\n",
        "import warnings as w\nw.filterwarnings(action='ignore')\n",
        "from warnings import filterwarnings\nfilterwarnings('ignore', module='shop')\n",
        "from warnings import *\nsimplefilter('ignore')\n",
        "from warnings import catch_warnings as quiet\nwith quiet(action='ignore'): pass\n",
        "import pytest\n@pytest.mark.filterwarnings('ignore:old:DeprecationWarning')\ndef test_a(): ...\n",
        "from pytest import mark\npytestmark = mark.filterwarnings('ignore')\n",
    ],
)
def test_a_call_that_ignores_warnings_counts(text: str) -> None:
    assert lines_in(text) == [2]


@pytest.mark.parametrize(
    "text",
    [
        "import warnings\nwarnings.simplefilter('error')  # not to ignore them\n",
        "import warnings\nwarnings.filterwarnings('error', 'ignore')\n",
        "import warnings\nwith warnings.catch_warnings(record=True): 'ignore'\n",
        "def simplefilter(action): ...\nsimplefilter('ignore')\n",
        "from .warnings import simplefilter\nsimplefilter('ignore')\n",
        "import pytest\n@pytest.mark.filterwarnings('error:ignore')\ndef test_a(): ...\n",
        "import pytest\npytest.mark.skip('ignore simplefilter')\n",
        "text = 'warnings.simplefilter(ignore)'\n",
        "import warnings\nwarnings.simplefilter()  # ignore\n",
    ],
)
def test_other_code_does_not_count(text: str) -> None:
    assert lines_in(text) == []


def test_the_text_is_the_call() -> None:
    (found,) = find_warning_filters(Source("import warnings\nwarnings.simplefilter(\n    'ignore')\n", "a.py"))
    assert (found.kind, found.path, found.text) == ("warning_filter", "a.py", "warnings.simplefilter('ignore')")
