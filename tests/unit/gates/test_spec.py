"""The gate `spec`: each promise of a specification that the component does not keep is counted."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from pytest_maturity.gates import spec_api
from pytest_maturity.gates.spec import GATE, find_specifications, measure, suggest_remedy
from pytest_maturity.model.evidence import Component, Evidence, Finding
from pytest_maturity.model.gates import Context, Measurement, Requirement

ENGINE = """
class Engine:
    def __init__(self, limit: int = 4) -> None:
        self.limit = limit

    async def run(self, steps, /, name, *, timeout=None):
        return steps

    def stop(self): ...
"""


def component(root: Path, sources: Mapping[str, str | bytes], name: str = "engine", **spellings: str) -> Component:
    files = []
    for path, text in sources.items():
        file = root / "src" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
        files.append(file)
    source = root / "src"
    return Component(
        name=name,
        sources=(source,),
        files=tuple(files),
        found_by="test",
        spellings={name: "name", **spellings},
    )


def specify(root: Path, text: str | bytes, path: str = "specs/engine.md") -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())


Judge = Callable[..., Measurement]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """A function that measures a specification (text, or a Python block) against sources."""

    def judge(
        code: str = "",
        source: str | bytes = ENGINE,
        *,
        text: str | bytes = "",
        sections: Any = (),
        **files: str,
    ) -> Measurement:
        specify(tmp_path, text or f"# Engine\n\n```python\n{dedent(code).strip()}\n```\n")
        modules = {"engine.py": source, **{f"{name}.py": text for name, text in files.items()}}
        context = Context(root=tmp_path, options={"spec": {"sections": sections}})
        return measure(Evidence(component=component(tmp_path, modules)), context)

    return judge


def messages(measurement: Measurement) -> list[str]:
    is_unknown = not measurement.findings and "promises nothing" in measurement.note
    assert measurement.value == (None if is_unknown else len(measurement.findings))
    return [finding.message for finding in measurement.findings]


# -- which file ---------------------------------------------------------------------------------


def test_a_component_without_a_specification_has_a_finding_with_the_expected_path(tmp_path: Path) -> None:
    result = measure(Evidence(component=component(tmp_path, {})), Context(root=tmp_path))
    assert result.value == 1
    assert messages(result) == ["engine has no specification; write specs/engine.md"]


def test_every_path_for_a_missing_specification_is_named(tmp_path: Path) -> None:
    context = Context(root=tmp_path, specs=("specs/{component}.md", "src/{component}/SPEC.md"))
    result = measure(Evidence(component=component(tmp_path, {})), context)
    assert messages(result) == ["engine has no specification; write specs/engine.md or src/engine/SPEC.md"]


def test_no_pattern_at_all_is_a_finding(tmp_path: Path) -> None:
    result = measure(Evidence(component=component(tmp_path, {})), Context(root=tmp_path, specs=()))
    assert messages(result) == ["engine has no specification; write one, and name it in tool.maturity.specs"]


@pytest.mark.parametrize("path", ["specs/Auth-API.md", "specs/auth_api.md", "specs/auth-api.md"])
def test_case_hyphens_and_underscores_do_not_matter(tmp_path: Path, path: str) -> None:
    specify(tmp_path, "text", path)
    assert find_specifications(component(tmp_path, {}, "auth_api"), Context(root=tmp_path)) == [tmp_path / path]


def test_another_spelling_of_the_component_finds_its_specification(tmp_path: Path) -> None:
    specify(tmp_path, "text", "specs/engines.md")
    named = component(tmp_path, {}, engines="plural")
    assert find_specifications(named, Context(root=tmp_path)) == [tmp_path / "specs/engines.md"]


def test_the_components_name_precedes_other_spellings(tmp_path: Path) -> None:
    specify(tmp_path, "text", "specs/engines.md")
    specify(tmp_path, "text", "specs/engine.md")
    named = component(tmp_path, {}, engines="plural")
    assert find_specifications(named, Context(root=tmp_path)) == [tmp_path / "specs/engine.md"]


def test_a_specification_of_another_component_is_not_taken(tmp_path: Path) -> None:
    specify(tmp_path, "text", "specs/engine_room.md")
    assert find_specifications(component(tmp_path, {}), Context(root=tmp_path)) == []


def test_the_name_may_be_a_directory_of_the_pattern(tmp_path: Path) -> None:
    specify(tmp_path, "text", "src/engine/SPEC.md")
    context = Context(root=tmp_path, specs=("./src/{component}/SPEC.md",))
    assert find_specifications(component(tmp_path, {}), context) == [tmp_path / "src/engine/SPEC.md"]


@pytest.mark.parametrize("path", ["docs/engine.md", "docs/parts/engine.md"])
def test_two_stars_stand_for_any_number_of_directories(tmp_path: Path, path: str) -> None:
    specify(tmp_path, "text", path)
    context = Context(root=tmp_path, specs=("docs/**/{component}.md",))
    assert find_specifications(component(tmp_path, {}), context) == [tmp_path / path]


def test_several_specifications_are_a_finding_that_names_them(tmp_path: Path) -> None:
    specify(tmp_path, "text", "specs/engine.md")
    specify(tmp_path, "text", "docs/engine.md")
    context = Context(root=tmp_path, specs=("specs/{component}.md", "docs/{component}.md"))
    result = measure(Evidence(component=component(tmp_path, {})), context)
    assert messages(result) == ["engine has 2 specifications: docs/engine.md, specs/engine.md; keep one of them"]


@pytest.mark.parametrize("pattern", ["../{component}.md", "/{component}.md", ""])
def test_a_pattern_that_leaves_the_root_finds_nothing(tmp_path: Path, pattern: str) -> None:
    specify(tmp_path, "text", "engine.md")
    root = tmp_path / "project"
    root.mkdir()
    assert find_specifications(component(root, {}), Context(root=root, specs=(pattern,))) == []


def test_a_specification_that_is_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    specify(tmp_path, "text", "engine.md")
    (tmp_path / "project" / "specs").mkdir(parents=True)
    (tmp_path / "project" / "specs" / "engine.md").symlink_to(tmp_path / "engine.md")
    root = tmp_path / "project"
    result = measure(Evidence(component=component(root, {})), Context(root=root))
    assert messages(result) == ["the specification lies outside the project"]


def test_a_specification_that_cannot_be_read_is_unknown(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    result = judge(text="text")
    assert result.value is None
    assert "Permission denied" in result.note


def test_markdown_is_read_only_where_a_specification_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys, pytest_maturity.gates; sys.exit('markdown_it' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    monkeypatch.setitem(sys.modules, "pytest_maturity.gates.spec_markdown", None)  # an import of it would raise
    evidence, context = Evidence(component=component(tmp_path, {})), Context(root=tmp_path)
    assert measure(evidence, context).value == 1
    specify(tmp_path, "text")
    with pytest.raises(ModuleNotFoundError):
        measure(evidence, context)


# -- the text -----------------------------------------------------------------------------------


def test_a_specification_that_is_not_utf8_is_a_finding_with_its_line(judge: Judge) -> None:
    result = judge(text=b"# Engine\n\ncaf\xe9\n")
    assert messages(result) == ["the specification is not UTF-8"]
    assert result.findings[0].location == "specs/engine.md:3"


@pytest.mark.parametrize("text", [" \n\n", "# Engine\n\n## API\n", "<!-- later\nmore -->\n", "---\na: 1\n---\n"])
def test_a_specification_without_text_is_empty(judge: Judge, text: str) -> None:
    assert messages(judge(text=text)) == ["the specification is empty"]


@pytest.mark.parametrize("text", ["It runs.", "```python\nlimit = 4\n```", "```python no-spec\ndef run(): ...\n```"])
def test_a_specification_that_promises_nothing_is_unknown(judge: Judge, text: str) -> None:
    result = judge(text=f"\ufeff# Engine\n\n{text}\n")
    advice = "define the component's classes and functions in a Python code block"
    assert (result.value, result.note) == (None, f"specs/engine.md promises nothing: {advice}")


def test_what_is_wrong_with_a_specification_that_promises_nothing_is_counted(judge: Judge) -> None:
    result = judge(text="# Engine\n\nIt runs.\n", sections=["Purpose"])
    assert (result.value, messages(result)) == (1, ["no section 'Purpose'"])


@pytest.mark.parametrize(
    "heading",
    [
        "# Error handling",
        "###### ERROR  handling ##",
        "Error Handling\n===",
        "Error handling\n--",
        "Error\nhandling\n===",
        "## **Error** handling",
    ],
)
def test_a_section_is_found_at_any_level_and_in_any_case(judge: Judge, heading: str) -> None:
    assert messages(judge(text=f"Intro\n\n{heading}\n\nText\n", sections=["Error handling"])) == []


def test_an_absent_section_is_a_finding_with_the_nearest_heading(judge: Judge) -> None:
    result = judge(text="# Engine\n\n## Eror handling\n\nText\n", sections=["Error handling", "Limits"])
    assert messages(result) == [
        "no section 'Error handling' (did you mean 'Eror handling'?)",
        "no section 'Limits'",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "```\n# Limits\n```\n",
        "<!--\n# Limits\nText\n-->\nText\n",
        "    # Limits\n",
        "- Limits\n---\n",
        "> # Limits\n> Text\n",
        "- # Limits\n  Text\n",
    ],
)
def test_a_text_that_only_looks_like_a_heading_is_no_section(judge: Judge, text: str) -> None:
    assert messages(judge(text=f"# Engine\n\n{text}", sections=["Limits"])) == ["no section 'Limits'"]


def test_a_section_without_text_is_a_finding_with_its_line(judge: Judge) -> None:
    result = judge(text="# Engine\nText\n## Limits\n\n---\n## API\nText\n", sections=["Limits"])
    assert messages(result) == ["the section 'Limits' is empty"]
    assert result.findings[0].line == 3


@pytest.mark.parametrize("text", ["<!-- later -->", "***", "[engine]: engine.md", "```\n\n```"])
def test_a_section_needs_text_or_code(judge: Judge, text: str) -> None:
    found = messages(judge(text=f"# Engine\nText\n## Limits\n{text}\n", sections=["Limits"]))
    assert found == ["the section 'Limits' is empty"]


def test_text_below_a_deeper_heading_belongs_to_the_section(judge: Judge) -> None:
    assert messages(judge(text="# API\n\n## Engine\n\nText\n\n# Limits\nText", sections=["API"])) == []


@pytest.mark.parametrize(
    "text",
    [
        "```python\nclass Absent: ...\n```",
        "```py\nclass Absent: ...\n```",
        "``` Python3\nclass Absent: ...\n```",
        '```python title="api.py"\nclass Absent: ...\n```',
        "``` {.python .numbered}\nclass Absent: ...\n```",
        "~~~python\nclass Absent:\n    '''\n```\n'''\n~~~",
        "````python\nclass Absent: ...\n````",
        "```python\nclass Absent: ...",
        "1. text\n\n   ```python\n   class Absent:\n       ...\n   ```",
        "- ```python\n  class Absent: ...\n  ```",
        "- text\n\n\t```python\n\tclass Absent: ...\n\t```",
        "> ```python\n> class Absent: ...\n> ```",
        "```{code-block} python\nclass Absent: ...\n```",
        "```python\n    class Absent: ...\n```",
        "```python\nif TYPE_CHECKING:\n    class Absent: ...\n```",
        "```python\r\nclass Absent: ...\r\n```\r\n",
    ],
)
def test_a_fence_of_python_promises(judge: Judge, text: str) -> None:
    assert messages(judge(text=text)) == ["class Absent is promised but absent"]


@pytest.mark.parametrize(
    "text",
    [
        "```\nclass Absent: ...\n```",
        "```toml\nclass Absent: ...\n```",
        "```pycon\nclass Absent: ...\n```",
        "```python no-spec\nclass Absent: ...\n```",
        "```{.python .no-spec}\nclass Absent: ...\n```",
        "```python\n>>> class Absent: ...\n```",
        "```python\n\n# how it is used\n>>> Absent()\nAbsent()\n```",
        "````markdown\n```python\nclass Absent: ...\n```\n````",
        "<!--\n```python\nclass Absent: ...\n```\n-->\ntext",
        "text ```python class Absent: ...```",
        "\t```python\n\tclass Absent: ...\n\t```",  # an indented block of code, which shows its fences
        "<div>\n```python\nclass Absent: ...\n```\n</div>",  # HTML, up to a blank line
    ],
)
def test_any_other_block_promises_nothing(judge: Judge, text: str) -> None:
    assert messages(judge(text=text)) == []


def test_usage_with_await_at_the_top_level_is_no_promise(judge: Judge) -> None:
    code = """
        engine = Engine(limit=2)
        result = await engine.run([], "nightly")
        async with engine as running:
            print(running)
    """
    assert messages(judge(code)) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# Engine\n\n```python\nx = 1\ndef run(self)\n```\n", 5),
        ("```python\ndef run(self):\n```\n", 2),
        ("- one\n\n  ```python\n  a b\n  ```\n", 4),
    ],
)
def test_a_block_that_does_not_parse_is_a_finding_with_its_line(judge: Judge, text: str, line: int) -> None:
    result = judge(text=text)
    assert result.value == 1
    assert result.findings[0].line == line
    assert result.findings[0].message.startswith("this block is not valid Python: ")
    assert result.findings[0].message.endswith("; mark it no-spec if it promises nothing")


@pytest.mark.parametrize("code", ["(" * 500 + ")" * 500, "-" * 20_000 + "1"])
def test_a_block_that_breaks_the_parser_is_a_finding(judge: Judge, code: str) -> None:
    result = judge(text=f"```python\n{code}\n```\n")
    assert [finding.rule for finding in result.findings] == ["syntax"]


def test_an_odd_escape_in_a_block_is_not_a_warning(judge: Judge) -> None:
    assert messages(judge("x = '\\d'")) == []


# -- the promises -------------------------------------------------------------------------------


def test_a_specification_that_is_kept_has_no_findings(judge: Judge) -> None:
    result = judge(
        """
        class Engine:
            limit: int
            def __init__(self, limit: int = 4) -> None: ...
            async def run(self, steps, /, name, *, timeout=None): ...
            def stop(self): ...
        """
    )
    assert (result.value, result.findings) == (0, ())
    assert result.note == "specs/engine.md: 9 promises"


def test_a_promised_class_that_is_absent_is_a_finding_with_its_line_and_a_suggestion(judge: Judge) -> None:
    result = judge("class Engin: ...")
    assert result.findings == (
        Finding(
            path="specs/engine.md",
            line=4,
            message="class Engin is promised but absent (did you mean 'Engine'?)",
            rule="class",
        ),
    )


def test_a_promised_function_that_is_absent_is_a_finding(judge: Judge) -> None:
    result = judge("def start(): ...", "def stat(): ...")
    assert messages(result) == ["function start is promised but absent (did you mean 'stat'?)"]


def test_a_promised_method_that_is_absent_is_a_finding(judge: Judge) -> None:
    result = judge("class Engine:\n    def stopp(self): ...")
    assert messages(result) == ["method Engine.stopp is promised but absent (did you mean 'stop'?)"]
    assert result.findings[0].line == 5


def test_a_promised_parameter_that_is_absent_is_a_finding(judge: Judge) -> None:
    result = judge(
        """
        class Engine:
            def __init__(
                self,
                limits: int,
            ) -> None: ...
        """
    )
    assert messages(result) == [
        "parameter 'limits' of method Engine.__init__ is promised but absent (did you mean 'limit'?)"
    ]
    assert result.findings[0].line == 7


def test_a_promised_default_or_annotation_is_not_compared(judge: Judge) -> None:
    assert messages(judge("def f(a: int = 3) -> str: ...", "def f(a): ...")) == []


def test_more_than_was_promised_is_not_a_finding(judge: Judge) -> None:
    assert messages(judge("def f(a): ...", "def f(a, b=1, *c, d=2, **e): ...\ndef g(): ...")) == []


@pytest.mark.parametrize(
    ("promised", "actual", "words"),
    [
        ("a, /", "a", "positional-only, but is positional or keyword in"),
        ("a", "a, /", "positional or keyword, but is positional-only in"),
        ("*, a", "a", "keyword-only, but is positional or keyword in"),
        ("a", "*, a", "positional or keyword, but is keyword-only in"),
    ],
)
def test_a_parameter_that_is_passed_in_another_way_is_a_finding(
    judge: Judge, promised: str, actual: str, words: str
) -> None:
    result = judge(f"def f({promised}): ...", f"def f({actual}): ...")
    assert messages(result) == [f"parameter 'a' of function f is promised as {words} src/engine.py:1"]


@pytest.mark.parametrize(
    ("promised", "actual", "absent"),
    [
        ("a", "**kwargs", "'a'"),
        ("a", "*args", "'a'"),
        ("*args", "args", "'*args'"),
        ("**options", "options", "'**options'"),
        ("**options", "*options", "'**options'"),
    ],
)
def test_star_parameters_do_not_stand_for_others(judge: Judge, promised: str, actual: str, absent: str) -> None:
    (message,) = messages(judge(f"def f({promised}): ...", f"def f({actual}): ..."))
    assert message.startswith(f"parameter {absent} of function f is promised but absent")


def test_the_names_of_star_parameters_are_free(judge: Judge) -> None:
    assert messages(judge("def f(*args, **kwargs): ...", "def f(*steps, **options): ...")) == []


def test_promised_parameters_in_another_order_are_a_finding(judge: Judge) -> None:
    result = judge("def move(source, target): ...", "def move(target, source): ...")
    assert messages(result) == [
        "the parameters of function move are promised as (source, target), but are (target, source) in src/engine.py:1"
    ]


def test_keyword_only_parameters_have_no_order(judge: Judge) -> None:
    assert messages(judge("def f(*, a, b): ...", "def f(*, b, a): ...")) == []


@pytest.mark.parametrize(("promised", "actual"), [("async", "sync"), ("sync", "async")])
def test_async_and_sync_are_different_promises(judge: Judge, promised: str, actual: str) -> None:
    word = {"async": "async ", "sync": ""}
    result = judge(f"{word[promised]}def run(): ...", f"{word[actual]}def run(): ...")
    assert messages(result) == [f"function run is promised as {promised}, but src/engine.py:1 is {actual}"]


@pytest.mark.parametrize(
    "source",
    [
        "if TYPE_CHECKING:\n    class Engine:\n        def run(self): ...",
        "try:\n    import fast\nexcept ImportError:\n    class Engine:\n        def run(self): ...",
        "if a:\n    pass\nelif b:\n    class Engine:\n        def run(self): ...",
        "with quiet():\n    class Engine:\n        if b:\n            def run(self): ...",
        "match x:\n    case 1:\n        class Engine:\n            def run(self): ...",
        "class _Engine:\n    def run(self): ...\nEngine = _Engine",
        "class _Engine:\n    def run(self): ...\nEngine: type = _Engine",
        "class Engine:\n    def _run(self): ...\n    run = _run",
        "class Engine:\n    @staticmethod\n    def run(): ...",
        "class Engine:\n    @classmethod\n    def run(cls): ...",
        "class Base:\n    def run(self): ...\nclass Engine(Base[int], metaclass=M): ...",
    ],
)
def test_a_definition_is_found_in_every_block_of_a_module(judge: Judge, source: str) -> None:
    assert messages(judge("class Engine:\n    def run(self): ...", source)) == []
    assert judge("class Engine:\n    def run(self, x): ...", source).value == 1


def test_a_class_inside_a_function_is_not_part_of_the_api(judge: Judge) -> None:
    assert judge("class Engine: ...", "def f():\n    class Engine: ...").value == 1


def test_any_module_of_the_component_may_define_it(judge: Judge) -> None:
    result = judge("class Engine:\n    def run(self): ...", "", core="class Engine:\n    def run(self): ...")
    assert messages(result) == []


def test_a_class_that_is_exported_under_another_name_is_followed(judge: Judge) -> None:
    source = "from .core import _Engine as Engine"
    core = "class _Engine:\n    def run(self): ..."
    assert messages(judge("class Engine:\n    def run(self): ...", source, core=core)) == []
    assert messages(judge("class Engine:\n    def stop(self): ...", source, core=core)) == [
        "method Engine.stop is promised but absent"
    ]


@pytest.mark.parametrize("source", ["from other import Engine", "from other import E as Engine", "Engine = make()"])
def test_an_imported_class_exists_but_its_members_cannot_be_compared(judge: Judge, source: str) -> None:
    assert messages(judge("class Engine: ...", source)) == []
    assert messages(judge("class Engine:\n    def run(self): ...", source)) == [
        "class Engine is promised, but src/engine.py:1 imports or computes it, so it cannot be compared"
    ]


def test_a_computed_function_exists_but_its_parameters_cannot_be_compared(judge: Judge) -> None:
    assert messages(judge("def run(): ...", "run = partial(f)")) == []
    assert messages(judge("def run(a): ...", "run = partial(f)")) == [
        "function run is promised, but src/engine.py:1 imports or computes it, so it cannot be compared"
    ]


def test_an_annotation_alone_defines_nothing_in_a_module(judge: Judge) -> None:
    assert judge("class Engine: ...", "Engine: type").value == 1


def test_a_class_is_no_function_and_a_function_no_class(judge: Judge) -> None:
    assert messages(judge("class Engine: ...", "def Engine(): ...")) == [
        "class Engine is promised, but src/engine.py:1 is a function"
    ]
    assert messages(judge("def Engine(): ...", "class Engine: ...")) == [
        "function Engine is promised, but src/engine.py:1 is a class"
    ]


def test_of_several_definitions_the_best_counts(judge: Judge) -> None:
    source = """
        if a:
            class Engine:
                def run(self): ...
        else:
            class Engine:
                def run(self, steps, name): ...
    """
    assert messages(judge("class Engine:\n    def run(self, steps, name): ...", source)) == []


def test_an_overload_counts_like_its_implementation(judge: Judge) -> None:
    source = "@overload\ndef f(a: int): ...\n@overload\ndef f(a: str, b: int): ...\ndef f(a, b=0): ..."
    assert messages(judge(source, source)) == []


def test_methods_are_found_in_base_classes_of_the_component(judge: Judge) -> None:
    source = "class Engine(base.Base): ...\n"
    core = "class Root:\n    def run(self): ...\nclass Base(Root):\n    def __init__(self):\n        self.speed = 1\n"
    promised = "class Engine:\n    speed: int\n    def run(self): ...\n    def stop(self): ..."
    assert messages(judge(promised, source, core=core)) == ["method Engine.stop is promised but absent"]


def test_the_nearest_definition_of_a_method_counts(judge: Judge) -> None:
    source = "class Base:\n    def run(self, a): ...\nclass Engine(Base):\n    def run(self): ..."
    assert judge("class Engine:\n    def run(self, a): ...", source).value == 1


def test_base_classes_in_a_circle_end(judge: Judge) -> None:
    source = "class A(B): ...\nclass B(A): ..."
    assert judge("class A:\n    def run(self): ...", source).value == 1


def test_assignments_in_a_circle_end(judge: Judge) -> None:
    assert judge("class A:\n    def run(self): ...", "A = B\nB = A").value == 1


def test_methods_of_nested_classes_are_promises_too(judge: Judge) -> None:
    source = "class Engine:\n    class Options:\n        def check(self): ..."
    promised = "class Engine:\n    class Options:\n        def check(self, strict): ...\n    class Result: ..."
    assert messages(judge(promised, source)) == [
        "parameter 'strict' of method Engine.Options.check is promised but absent",
        "class Engine.Result is promised but absent",
    ]


@pytest.mark.parametrize(
    "body",
    [
        "speed: int",
        "speed = 1",
        "def __init__(self):\n        self.speed = 1",
        "def __init__(this):\n        if a:\n            this.speed: int = 1",
        "def start(self):\n        self.limit, self.speed = 1, 2",
        "@property\n    def speed(self): ...",
    ],
)
def test_a_promised_attribute_may_be_set_in_the_class_or_on_self(judge: Judge, body: str) -> None:
    assert messages(judge("class Engine:\n    speed: int", f"class Engine:\n    {body}\n")) == []


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "def f(self):\n        other.speed = 1",
        "def f(self):\n        other.self.speed = 1",
        "def f():\n        g().speed = 1",
        "def f(self):\n        print(self.speed)",
    ],
)
def test_a_promised_attribute_that_is_absent_is_a_finding(judge: Judge, body: str) -> None:
    result = judge("class Engine:\n    speed: int", f"class Engine:\n    {body}\n")
    assert messages(result) == ["attribute Engine.speed is promised but absent"]


def test_the_members_of_an_enumeration_are_promises(judge: Judge) -> None:
    promised = "class Colour(Enum):\n    _ignore_ = []\n    RED = 1\n    BLUE = 2"
    assert messages(judge(promised, "class Colour(Enum):\n    RED = 1")) == [
        "attribute Colour.BLUE is promised but absent"
    ]


def test_a_promised_property_may_be_an_attribute_but_not_a_method(judge: Judge) -> None:
    promised = "class Engine:\n    @property\n    def speed(self): ..."
    assert messages(judge(promised, "class Engine:\n    speed: int")) == []
    assert messages(judge(promised, "class Engine:\n    @lazy\n    def speed(self): ...")) == []
    assert messages(judge(promised, "class Engine:\n    @cached_property\n    def speed(self): ...")) == []
    assert messages(judge(promised, "class Engine:\n    def speed(self): ...")) == [
        "method Engine.speed is promised as a property, but src/engine.py:2 is a method"
    ]


def test_a_promised_method_is_not_a_property(judge: Judge) -> None:
    source = "class Engine:\n    @property\n    def speed(self): ..."
    assert messages(judge("class Engine:\n    def speed(self): ...", source)) == [
        "method Engine.speed is promised as a method, but src/engine.py:3 is a property"
    ]


@pytest.mark.parametrize(
    "source",
    [
        "@dataclass\nclass Step:\n    name: str\n    after: list = field(default_factory=list)",
        "@dataclasses.dataclass(frozen=True)\nclass Step:\n    name: str\n    after: list = ()",
        "class Step(NamedTuple):\n    name: str\n    after: list",
        "@attrs.define\nclass Step:\n    name: str\n    after: list\n    kind: ClassVar[str] = 'step'",
        "@dataclass\nclass Named:\n    name: str\n@dataclass\nclass Step(Named):\n    after: list",
    ],
)
def test_the_fields_of_a_dataclass_are_the_parameters_of_its_init(judge: Judge, source: str) -> None:
    promised = "class Step:\n    def __init__(self, name, after): ...\n    def __eq__(self, other): ..."
    assert messages(judge(promised, source)) == []
    assert messages(judge("class Step:\n    def __init__(self, kind): ...", source)) == [
        "parameter 'kind' of method Step.__init__ is promised but absent"
    ]


@pytest.mark.parametrize(
    "source",
    [
        "@dataclass(kw_only=True)\nclass Step:\n    name: str",
        "@dataclass\nclass Step:\n    _: KW_ONLY\n    name: str",
        "@dataclass\nclass Step:\n    name: str = field(kw_only=True)",
        "class Step(BaseModel):\n    name: str",
    ],
)
def test_keyword_only_fields_are_keyword_only_parameters(judge: Judge, source: str) -> None:
    assert messages(judge("class Step:\n    def __init__(self, *, name): ...", source)) == []
    assert judge("class Step:\n    def __init__(self, name): ...", source).value == 1


@pytest.mark.parametrize(
    "source",
    [
        "@dataclass\nclass Step:\n    name: str = field(init=False)",
        "@dataclass(init=False)\nclass Step:\n    name: str",
        "class Step:\n    name: str",
    ],
)
def test_a_field_outside_the_init_is_no_parameter(judge: Judge, source: str) -> None:
    assert judge("class Step:\n    def __init__(self, name): ...", source).value == 1


def test_a_promised_dataclass_promises_its_parameters(judge: Judge) -> None:
    promised = "@dataclass\nclass Step:\n    name: str\n    after: list\n    kind: str"
    source = "class Step:\n    def __init__(self, name):\n        self.name = name\n        self.after = []"
    result = judge(promised, source)
    assert messages(result) == [
        "attribute Step.kind is promised but absent",
        "parameter 'after' of method Step.__init__ is promised but absent",
    ]
    assert [finding.line for finding in result.findings] == [8, 7]


def test_an_init_without_parameters_need_not_be_written(judge: Judge) -> None:
    assert messages(judge("class Engine:\n    def __init__(self): ...", "class Engine: ...")) == []


def test_every_block_is_compared(judge: Judge) -> None:
    text = "```python\nclass Engine: ...\n```\n\n```python\nclass A: ...\n```\n\n```py\ndef b(): ...\n```\n"
    result = judge(text=text)
    assert [finding.line for finding in result.findings] == [6, 10]


# -- the component ------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["class Engine(:\n", b"class Engine: # \xff\n", "x = '\0'\n"])
def test_a_component_that_does_not_parse_is_unknown_not_clean(judge: Judge, source: str | bytes) -> None:
    result = judge("class Engine: ...", source)
    assert result.value is None
    assert result.note.startswith("specs/engine.md could not be compared: src/engine.py does not parse: ")


def test_findings_in_the_text_are_shown_even_where_the_component_does_not_parse(judge: Judge) -> None:
    result = judge("class Engine: ...", "(", sections=["Limits"])
    assert [finding.message for finding in result.findings] == ["no section 'Limits'"]


def test_a_component_with_a_missing_file_is_unknown(tmp_path: Path) -> None:
    specify(tmp_path, "```python\nclass Engine: ...\n```")
    named = component(tmp_path, {"engine.py": ENGINE})
    named.files[0].unlink()
    assert measure(Evidence(component=named), Context(root=tmp_path)).value is None


def test_a_component_without_files_keeps_no_promise(tmp_path: Path) -> None:
    specify(tmp_path, "```python\nclass Engine: ...\n```")
    assert measure(Evidence(component=component(tmp_path, {})), Context(root=tmp_path)).value == 1


def test_a_declared_encoding_is_respected(judge: Judge) -> None:
    source = "# -*- coding: latin-1 -*-\nclass Engine:\n    name = 'caf\xe9'\n".encode("latin-1")
    assert messages(judge("class Engine:\n    name: str", source)) == []


def test_the_component_is_never_imported(judge: Judge) -> None:
    assert messages(judge("class Engine: ...", "class Engine: ...\nraise SystemExit('imported')")) == []


def test_each_file_is_parsed_once_and_only_for_a_promise(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def counted(source: str | bytes, name: str) -> ast.Module:
        parsed.append(name)
        return ast.parse(source, name)

    monkeypatch.setattr(spec_api, "parse_source", counted)
    judge("x = 1", core="")
    assert parsed == []
    judge("class Engine: ...\nclass Other: ...", core="")
    assert parsed == ["src/engine.py", "src/core.py"]


def test_a_very_long_chain_of_conditions_is_read(judge: Judge) -> None:
    chain = "if a == 0:\n    pass\n" + "".join(f"elif a == {n}:\n    pass\n" for n in range(1, 60))
    assert messages(judge("class Engine: ...", f"{chain}else:\n    class Engine: ...\n")) == []


# -- the remedy --------------------------------------------------------------------------------


def requirement(threshold: int) -> Requirement:
    return Requirement(gate="spec", threshold=Fraction(threshold), source="test")


def test_the_remedy_has_the_number_of_findings(judge: Judge, tmp_path: Path) -> None:
    evidence = Evidence(component=component(tmp_path, {}))
    words = suggest_remedy(evidence, judge("class A: ...\nclass B: ..."), requirement(1))
    assert words.text == "fix 2 findings"


def test_the_gate_is_better_when_lower() -> None:
    assert (GATE.name, GATE.better, GATE.measure, GATE.remedy) == ("spec", "lower", measure, suggest_remedy)
