"""Skips and expected failures of pytest and unittest, and what only looks like them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from pytest_maturity.evidence.suppressions.marks import find_marks
from pytest_maturity.evidence.suppressions.source import Source


def marks_in(code: str) -> list[tuple[int | None, str]]:
    found = sorted(find_marks(Source(dedent(code).lstrip("\n"), "t.py")), key=lambda one: one.sort_key)
    return [(one.line, one.kind) for one in found]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import pytest\n@pytest.mark.skip\ndef test_a(): ...", [(2, "skip")]),
        ("import pytest\n@pytest.mark.skip(reason='later')\ndef test_a(): ...", [(2, "skip")]),
        ("import pytest\n@pytest.mark.skipif(True, reason='x')\nclass TestA: ...", [(2, "skip")]),
        ("import pytest\n@pytest.mark.xfail(strict=True)\nasync def test_a(): ...", [(2, "xfail")]),
        ("import pytest\npytestmark = pytest.mark.skip", [(2, "skip")]),
        ("import pytest\npytestmark = [pytest.mark.xfail, pytest.mark.skipif('x')]", [(2, "skip"), (2, "xfail")]),
        ("import pytest\nCASES = [\n  pytest.param(1, marks=pytest.mark.xfail),\n  2]", [(3, "xfail")]),
        ("import pytest\nCASES = [pytest.param(1, marks=[pytest.mark.skip('x')])]", [(2, "skip")]),
        ("import pytest\ndef test_a():\n    pytest.skip('x')", [(3, "skip")]),
        ("import pytest\ndef test_a():\n    raise pytest.skip('x')", [(3, "skip")]),
        ("import pytest\ndef test_a():\n    pytest.xfail('x')", [(3, "xfail")]),
        ("import pytest\nnumpy = pytest.importorskip('numpy')", [(2, "skip")]),
        ("import pytest\nnumpy = pytest.importorskip('numpy')\nnumpy()", [(2, "skip")]),
        ("import pytest\nraise pytest.skip.Exception('x', allow_module_level=True)", [(2, "skip")]),
        ("import pytest as pt\n@pt.mark.skip\ndef test_a(): ...", [(2, "skip")]),
        ("from pytest import mark\n@mark.xfail\ndef test_a(): ...", [(2, "xfail")]),
        ("from pytest import mark as m, skip as leave\n@m.skip\ndef a(): leave()", [(2, "skip"), (3, "skip")]),
        ("from pytest import *\nskip('x', allow_module_level=True)\nmark.xfail", [(2, "skip"), (3, "xfail")]),
        ("from _pytest.outcomes import skip\nskip('x')", [(2, "skip")]),
        ("import _pytest.outcomes\n_pytest.outcomes.xfail('x')", [(2, "xfail")]),
        ("def test_a():\n    import pytest\n    pytest.skip()", [(3, "skip")]),
        ("def pytest_collection_modifyitems(items):\n    items[0].add_marker('skip')  # pytest", [(2, "skip")]),
        ("import pytest\ndef test_a(request):\n    request.applymarker(pytest.mark.xfail)", [(3, "xfail")]),
        ("import unittest\n@unittest.skip('x')\nclass A(unittest.TestCase): ...", [(2, "skip")]),
        ("import unittest\n@unittest.skipIf(1, 'x')\nclass A: ...", [(2, "skip")]),
        ("import unittest as u\n@u.skipUnless(0, 'x')\nclass A: ...", [(2, "skip")]),
        ("from unittest import expectedFailure\n@expectedFailure\ndef test_a(): ...", [(2, "xfail")]),
        ("from unittest.case import SkipTest\nraise SkipTest", [(2, "skip")]),
        ("import unittest.case\nraise unittest.case.SkipTest('x')", [(2, "skip")]),
        ("import unittest\nraise unittest.SkipTest('x')", [(2, "skip")]),
        ("from django.test import TestCase\nclass A(TestCase):\n  def a(self):\n    self.skipTest('')", [(4, "skip")]),
        ("import pytest\nraise pytest.xfail.Exception('x')", [(2, "xfail")]),
        ("from unittest import *\nraise SkipTest('x')", [(2, "skip")]),
        ("def a(request):\n    request.applymarker('skip')", [(2, "skip")]),
        ("import pytest\nslow = pytest.mark.skipif(1)\n@slow\ndef test_a(): ...", [(2, "skip"), (3, "skip")]),
        ("import pytest\nmark = pytest.mark\n@mark.skip\ndef test_a(): ...", [(3, "skip")]),
    ],
)  # fmt: skip
def test_a_test_that_may_not_run_or_may_fail_counts(code: str, expected: list[tuple[int, str]]) -> None:
    assert marks_in(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "import pytest\nTEXT = 'pytest.skip() and @pytest.mark.skip'",
        "import pytest\n# @pytest.mark.skip",
        "import pytest\n'''\n@pytest.mark.xfail\n'''",
        "import pytest\ndef skip(): ...\nskip()",
        "import pytest\nreader.skip(1)\nself.mark.skip",
        "from mine import pytest, skip, mark\n@mark.skip\ndef a(): skip(); pytest.skip()",
        "from . import pytest\nfrom .unittest import skip\nskip()",
        "import pytest\n@pytest.mark.skipped\n@pytest.mark.slow\ndef test_skip(): ...",
        "import pytest\ntry:\n    run()\nexcept pytest.skip.Exception:\n    pass",
        "import pytest, unittest\nwith pytest.raises(unittest.SkipTest):\n    run()",
        "import pytest\nwith pytest.raises(pytest.skip.Exception):\n    run()",
        "import pytest\nskip = pytest.raises(ValueError)\nskip",
        "import pytest\nitem.add_marker('slow')\nitem.add_marker(skip)\nitem.add_marker()",
        "import pytest\nmark.skip = 3\npytest.mark.skip = 3",
        "# noqa pytest skip",
    ],
)
def test_what_only_looks_like_a_skip_does_not_count(code: str) -> None:
    assert marks_in(code) == []


def test_the_text_of_a_mark_is_one_line() -> None:
    code = "import pytest\n@pytest.mark.skip(\n    reason='later',\n)\ndef test_a(): ...\n"
    assert [one.text for one in find_marks(Source(code, "t.py"))] == ["pytest.mark.skip(reason='later')"]
    (long,) = find_marks(Source(f"import pytest\npytest.skip('{'x' * 999}')", "t.py"))
    assert len(long.text) == 200


def test_a_source_without_the_words_is_not_parsed() -> None:
    assert list(find_marks(Source("def (:", "t.py"))) == []
    assert list(find_marks(Source("pytest (:", "t.py"))) == []
    assert list(find_marks(Source("skip (:", "t.py"))) == []


def test_a_source_that_cannot_be_parsed_is_an_error_with_its_path() -> None:
    with pytest.raises(SyntaxError) as raised:
        list(find_marks(Source("import pytest\npytest.skip(", "t.py")))
    assert raised.value.filename == "t.py"
