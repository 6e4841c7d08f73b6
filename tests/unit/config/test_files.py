"""Policy files are read strictly, and every problem names the file and line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.config.files import WorkingTreeFiles, find_policy, read_policy
from pytest_maturity.model.errors import ConfigError


def yaml(tmp_path: Path, text: str) -> Any:
    file = tmp_path / "maturity.yaml"
    file.write_text(text, encoding="utf-8")
    return read_policy(file, WorkingTreeFiles(tmp_path))


def toml(tmp_path: Path, text: str) -> Any:
    file = tmp_path / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    return read_policy(file, WorkingTreeFiles(tmp_path))


def test_without_a_file_there_is_an_empty_table(tmp_path: Path) -> None:
    assert find_policy(tmp_path, WorkingTreeFiles(tmp_path)) == (None, {})


def test_a_pyproject_without_our_table_is_no_policy(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert find_policy(tmp_path, WorkingTreeFiles(tmp_path)) == (None, {})
    (tmp_path / "pyproject.toml").write_text("tool = 5\n")
    assert find_policy(tmp_path, WorkingTreeFiles(tmp_path)) == (None, {})


def test_an_empty_table_is_a_policy(tmp_path: Path) -> None:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text("[tool.maturity]\n")
    assert find_policy(tmp_path, WorkingTreeFiles(tmp_path)) == (pyproject, {})


@pytest.mark.parametrize("name", ["maturity.yaml", "maturity.yml"])
def test_a_yaml_file_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    (tmp_path / name).write_text("target: dev\n")
    assert find_policy(tmp_path, WorkingTreeFiles(tmp_path)) == (tmp_path / name, {"target": "dev"})


@pytest.mark.parametrize(
    "names",
    [("pyproject.toml", "maturity.yaml"), ("pyproject.toml", "maturity.yml"), ("maturity.yaml", "maturity.yml")],
)
def test_two_policies_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    for name in names:
        (tmp_path / name).write_text("[tool.maturity]\n" if name.endswith("toml") else "target: dev\n")
    with pytest.raises(ConfigError, match=r"^both .* configure maturity: keep one of them$") as caught:
        find_policy(tmp_path, WorkingTreeFiles(tmp_path))
    assert f"both {names[0]} and {names[1]} " in str(caught.value)


def test_numbers_keep_every_digit(tmp_path: Path) -> None:
    assert yaml(tmp_path, "a: 69.96\nb: -.5\nc: 5.\nd: 0\ne: -3\n") == {
        "a": Decimal("69.96"), "b": Decimal("-0.5"), "c": Decimal(5), "d": 0, "e": -3
    }  # fmt: skip
    assert toml(tmp_path, "[tool.maturity]\na = 69.96\nb = 1_000.5\n") == {
        "a": Decimal("69.96"),
        "b": Decimal("1000.5"),
    }


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("y", "y"), ("n", "n"),
        ("010", "010"), ("0o10", "0o10"), ("0x1F", "0x1F"), ("1e3", "1e3"), ("1_000", "1_000"), ("+5", "+5"),
        ("12:30:45", "12:30:45"), ("2026-01-01", "2026-01-01"), ("1.2.3", "1.2.3"), ("--", "--"), (".", "."),
        ("--5", "--5"), ("٣", "٣"), ("'5'", "5"), ('"true"', "true"), ("'null'", "null"),
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False),
        ("~", None), ("null", None), ("Null", None), ("NULL", None), ("", None), ("nULL", "nULL"), ("tRUE", "tRUE"),
    ],
)  # fmt: skip
def test_yaml_has_no_surprises(tmp_path: Path, written: str, value: object) -> None:
    found = yaml(tmp_path, f"key: {written}\n")["key"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x [1]\nb: *x\n", "maturity.yaml:2: aliases are not allowed: write the value again"),
        ("a: &x {b: *x}\n", "maturity.yaml:1: aliases are not allowed: write the value again"),
        ("a: !!python/object/apply:os.system [ls]\n", "maturity.yaml:1: tags are not allowed: write the plain value"),
        ("a: !!str 5\n", "maturity.yaml:1: tags are not allowed: write the plain value"),
        ("a: ! 5\n", "maturity.yaml:1: tags are not allowed: write the plain value"),
        ("a: 1\na: 2\n", "maturity.yaml:2: the key 'a' is given twice"),
        ("a: 1\n'a': 2\n", "maturity.yaml:2: the key 'a' is given twice"),
        ("5: 1\n", "maturity.yaml:1: the key 5 is not a string: put it in quotes"),
        ("a: 1\ntrue: 1\n", "maturity.yaml:2: the key true is not a string: put it in quotes"),
        ("~: 1\n", "maturity.yaml:1: the key ~ is not a string: put it in quotes"),
        ("? [a, b]\n: 1\n", "maturity.yaml:1: the key of several values is not a string: put it in quotes"),
        ("- a\n", "maturity.yaml: must be a mapping of keys to values"),
        ("just words\n", "maturity.yaml: must be a mapping of keys to values"),
        ("a: 1\n---\nb: 2\n", "maturity.yaml: is not valid YAML: expected a single document in the stream"),
        ("a: [1\n", "maturity.yaml: is not valid YAML: "),
        ("a: \x00\n", "maturity.yaml: is not valid YAML: "),
        ("a: " + "9" * 5000, "maturity.yaml: is not valid YAML: Exceeds the limit"),
        ("a: " + "[" * 30 + "]" * 30, "maturity.yaml:1: nested more than 20 levels deep"),
        ("a: " + "{b: " * 100_000, "maturity.yaml:1: nested more than 20 levels deep"),
        ("\ufeffa: 1\n", "maturity.yaml: begins with a byte order mark: save it as UTF-8 without one"),
        ("#" * 600_000, "maturity.yaml: is larger than 512 KiB"),
    ],
)
def test_unsafe_yaml_is_refused_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        yaml(tmp_path, text)
    assert str(caught.value).startswith(problem)
    assert len(str(caught.value)) < 500


def test_an_alias_bomb_is_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(ConfigError, match=r"yaml:2: aliases are not allowed: write the value again$"):
        yaml(tmp_path, "\n".join(lines))


def test_an_empty_yaml_file_is_an_empty_policy(tmp_path: Path) -> None:
    assert yaml(tmp_path, "# nothing\n") == {}


def test_a_merge_key_is_a_key_like_any_other(tmp_path: Path) -> None:
    assert yaml(tmp_path, "<<: {a: 1}\n") == {"<<": {"a": 1}}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[tool.maturity\n", "is not valid TOML: "),
        ("[tool.maturity]\na = 1\na = 2\n", "is not valid TOML: "),
        ("[tool.maturity]\na = " + "9" * 5000, "is not valid TOML: "),
        ("[tool.maturity]\na = " + "[" * 100_000, "is not valid TOML: "),
        ("[tool.maturity]\na = 1e99999999999999999999\n", "is not valid TOML: "),
        ("[tool]\nmaturity = 5\n", "tool.maturity must be a table"),
        ("[[tool.maturity]]\n", "tool.maturity must be a table"),
        ("[tool.other]\n", "has no table [tool.maturity]"),
        ("\ufeff[tool.maturity]\n", "begins with a byte order mark: save it as UTF-8 without one"),
    ],
)
def test_bad_toml_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        toml(tmp_path, text)
    assert str(caught.value).startswith(f"pyproject.toml: {problem}")


@pytest.mark.parametrize("name", ["pyproject.toml", "maturity.yaml"])
def test_bytes_that_are_not_utf_8_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"a = '\xff'\n")
    with pytest.raises(ConfigError, match=r"is not UTF-8: invalid start byte at byte 5$"):
        find_policy(tmp_path, WorkingTreeFiles(tmp_path))


@dataclass(frozen=True)
class Branch:
    """Files that are not on disk."""

    files: dict[str, bytes]
    is_required = False

    def has_file(self, path: Path) -> bool:
        return path.name in self.files

    def read_bytes(self, path: Path) -> bytes:
        return self.files[path.name]

    def format_name(self, path: Path) -> str:
        return f"main:{path.name}"


def test_files_need_not_be_on_disk() -> None:
    root = Path("/nowhere")
    assert find_policy(root, Branch({})) == (None, {})
    toml = Branch({"pyproject.toml": b"[tool.maturity]\na = 1\n", "other.yaml": b"a: 2\n", "none.toml": b"[tool]\n"})
    assert find_policy(root, toml) == (root / "pyproject.toml", {"a": 1})
    assert read_policy(root / "other.yaml", toml) == {"a": 2}
    assert read_policy(root / "gone.yaml", toml) is None
    assert read_policy(root / "none.toml", toml) is None


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"pyproject.toml": b"[tool.maturity\n"}, "main:pyproject.toml: is not valid TOML: "),
        ({"pyproject.toml": b"\xff"}, "main:pyproject.toml: is not UTF-8: "),
        ({"maturity.yml": b"a: !x 1\n"}, "main:maturity.yml:1: tags are not allowed: write the plain value"),
        ({"maturity.yml": b"a: [1\n"}, "main:maturity.yml: is not valid YAML: "),
        (
            {"maturity.yml": b"", "maturity.yaml": b""},
            "both main:maturity.yaml and main:maturity.yml configure maturity",
        ),
        ({"maturity.yaml": b"#" * 600_000}, "main:maturity.yaml: is larger than 512 KiB"),
    ],
)
def test_a_problem_names_the_ref_that_the_file_was_read_from(files: dict[str, bytes], problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        find_policy(Path("/nowhere"), Branch(files))
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing.toml", "cannot be read: No such file or directory"),
        ("missing.yaml", "cannot be read: No such file or directory"),
        ("policy.json", "is not a .toml, .yaml or .yml file"),
        ("folder.toml", "cannot be read: Is a directory"),
    ],
)
def test_a_named_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ConfigError) as caught:
        read_policy(tmp_path / name, WorkingTreeFiles(tmp_path))
    assert str(caught.value) == f"{name}: {problem}"


def test_a_file_of_the_largest_size_is_read_and_one_byte_more_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "maturity.yaml"
    file.write_bytes(b"a: 1 #" + b"x" * (512 * 1024 - 6))
    assert read_policy(file, WorkingTreeFiles(tmp_path)) == {"a": 1}
    file.write_bytes(b"a: 1 #" + b"x" * (512 * 1024 - 5))
    with pytest.raises(ConfigError, match=r"is larger than 512 KiB$"):
        read_policy(file, WorkingTreeFiles(tmp_path))


def test_of_a_larger_file_only_the_beginning_is_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x" * 600_000)
    assert len(WorkingTreeFiles(tmp_path).read_bytes(tmp_path / "x")) == 512 * 1024 + 1


@pytest.mark.parametrize("has_libyaml", [True, False])
def test_libyaml_is_used_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_libyaml: bool
) -> None:
    import yaml as library

    used: list[object] = []

    def record(function: Any) -> Any:
        def call(text: str, Loader: object = None) -> Any:  # noqa: N803  # as in PyYAML
            used.append(Loader)
            return function(text, Loader=Loader or library.SafeLoader)

        return call

    monkeypatch.setattr(library, "__with_libyaml__", has_libyaml)
    for name in ("parse", "compose"):
        monkeypatch.setattr(library, name, record(getattr(library, name)))
    assert yaml(tmp_path, "a: 1\n") == {"a": 1}
    assert used == [library.CSafeLoader if has_libyaml else library.SafeLoader] * 2


@pytest.mark.parametrize(("depth", "problem"), [(19, ""), (20, "maturity.yaml:1: nested more than 20 levels deep")])
def test_twenty_levels_of_nesting_are_allowed(tmp_path: Path, depth: int, problem: str) -> None:
    text = "a: " + "[" * depth + "]" * depth + "\n"
    if not problem:
        assert list(yaml(tmp_path, text)) == ["a"]
        return
    with pytest.raises(ConfigError) as caught:
        yaml(tmp_path, text)
    assert str(caught.value) == problem


def test_the_number_of_collections_is_not_limited(tmp_path: Path) -> None:
    text = "".join(f"k{number}: [{{a: 1}}]\n" for number in range(50))
    assert len(yaml(tmp_path, text)) == 50


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a:\n- b:\n    5: 1\n", ":3: the key 5 is not a string: put it in quotes"),
        ("a:\n- b: 1\n  b: 2\n", ":3: the key 'b' is given twice"),
        ("? {5: 1}\n: 1\n", ":1: the key 5 is not a string: put it in quotes"),
        (f"{'1' * 90}: 1\n", f":1: the key {'1' * 77}... is not a string: put it in quotes"),
        (f"{'k' * 90}: 1\n{'k' * 90}: 2\n", f":2: the key '{'k' * 77}...' is given twice"),
    ],
)
def test_a_wrong_key_is_refused_with_its_line_at_every_depth(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        yaml(tmp_path, text)
    assert str(caught.value) == f"maturity.yaml{problem}"


def test_numbers_that_are_not_finite_are_read_as_such(tmp_path: Path) -> None:
    found = yaml(tmp_path, "a: .nan\nb: .inf\nc: -.inf\nd: .NaN\ne: nan\nf: -.nan\n")
    assert str(found["a"]) == "NaN"
    assert {key: found[key] for key in "bcdef"} == {
        "b": Decimal("inf"), "c": Decimal("-inf"), "d": ".NaN", "e": "nan", "f": "-.nan"
    }  # fmt: skip


@pytest.mark.parametrize("name", ["maturty", "Maturity", "maturitty", "pytest-maturity", "pytest_maturity"])
def test_a_misspelled_table_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[tool.{name}]\ntarget = "dev"\n')
    with pytest.raises(ConfigError, match=rf"tool.{name} is no table that is read: did you mean tool.maturity\?"):
        find_policy(tmp_path, WorkingTreeFiles(tmp_path))


@pytest.mark.parametrize("name", ["mutmut", "maturin", "pytest", "security", "majority"])
def test_a_table_of_another_tool_is_none_of_ours(tmp_path: Path, name: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.{name}]\n")
    assert find_policy(tmp_path, WorkingTreeFiles(tmp_path)) == (None, {})
