"""The hooks of a project or plugin: gates, reporters, the finished report; and gates that are commands."""

from __future__ import annotations

import sys

import pytest

from tests.acceptance.project import TESTS_ONLY, Project

ONE_STAGE = '[tool.maturity]\nladder = ["one"]\nstages.one = {{ pass_rate = 100, {} }}\n'
GATE = """
    from pytest_maturity import Finding, Gate, Measurement

    def todos(evidence, context):
        {body}

    def pytest_maturity_gates(config):
        return [Gate("todos", todos, better="lower")]
"""


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("return Measurement(0)", 0, "PROMOTE  orchestration is ready for one"),
        ("return Measurement(2, '2 TODOs')", 1, "todos 2 > 1"),
        ("return Measurement(None, 'not measured')", 3, "todos unknown (not measured)"),
        ("return Measurement(float('nan'))", 3, "todos unknown (the gate 'todos' returned something"),
        ("return 0", 3, "todos unknown (the gate 'todos' returned int, not a Measurement)"),
        ("raise KeyError('x')", 3, "todos unknown (the gate 'todos' raised KeyError: 'x'"),
    ],
)
def test_a_gate_of_the_project_is_judged_like_a_built_in_one(
    project: Project, body: str, code: int, message: str
) -> None:
    project.policy(ONE_STAGE.format("todos = 1"))
    project.write({"conftest.py": GATE.format(body=body)})
    ran = project.gate()
    assert ran.code == code
    assert message in ran.last_line


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("[Gate('lint', None)]", "the gate 'lint' is defined twice"),
        ("['lint']", "a hook returned str where a Gate is expected"),
    ],
)
def test_what_a_hook_returns_is_checked(project: Project, returned: str, message: str) -> None:
    project.write({
        "conftest.py": f"from pytest_maturity import Gate\ndef pytest_maturity_gates(config):\n    return {returned}\n"
    })  # fmt: skip
    ran = project.gate()
    assert ran.code == 4
    assert message in ran.errors[0]


COMMAND = """
    [tool.maturity]
    ladder = ["one"]
    stages.one = {{ pass_rate = 100, size = 10 }}
    [tool.maturity.gates.size]
    command = [{python!r}, "-c", {code!r}, "{{component}}", "{{sources}}"]
    pattern = 'size (\\d+)'
"""


@pytest.mark.parametrize(
    ("program", "code", "message"),
    [
        ("import sys; print('size', len(sys.argv[1:]))", 0, "PROMOTE"),
        ("print('size 11')", 1, "size 11 > 10"),
        ("print('nothing')", 3, "size unknown"),
        ("import sys; print('size 1'); sys.exit(9)", 3, "exited with 9"),
    ],
)
def test_a_configured_command_is_a_gate(project: Project, program: str, code: int, message: str) -> None:
    project.policy(COMMAND.format(python=sys.executable, code=program))
    ran = project.gate()
    assert ran.code == code, ran.result.stdout.str()
    assert message in ran.last_line


def test_a_command_that_does_not_exist_is_unknown_not_clean(project: Project) -> None:
    project.policy(COMMAND.format(python="no-such-program", code="x"))
    ran = project.gate()
    assert ran.code == 3
    assert "no-such-program is not installed" in ran.last_line


def test_a_reporter_writes_beside_the_report(project: Project) -> None:
    project.write({
        "conftest.py": """
        from pytest_maturity import Reporter

        def pytest_maturity_reporters(config):
            return [Reporter("text", lambda report: report.verdict.value + "\\n", ".txt")]
        """
    })  # fmt: skip
    assert project.gate().code == 0
    assert not (project.path / ".maturity/orchestration.txt").exists()  # it is asked for by its name
    assert project.gate("--maturity-report=text", "--maturity-report=text:out/page.txt").code == 0
    assert (project.path / "out/page.txt").read_text() == "PROMOTE\n"
    assert not (project.path / ".maturity/orchestration.txt").exists()
    project.policy(TESTS_ONLY.replace("ladder =", 'reports = ["text"]\n    ladder =', 1))
    assert project.gate().code == 0
    assert (project.path / ".maturity/orchestration.txt").read_text() == "PROMOTE\n"


def test_a_reporter_that_raises_prevents_the_promotion(project: Project) -> None:
    project.write({
        "conftest.py": """
        from pytest_maturity import Reporter

        def broken(report):
            raise RuntimeError("no report today")

        def pytest_maturity_reporters(config):
            return [Reporter("text", broken, ".txt")]
        """
    })  # fmt: skip
    ran = project.gate("--maturity-report=text", subprocess=True)
    assert ran.code == 3
    assert ran.last_line.startswith("INCONCLUSIVE")
    assert "no report today" in ran.last_line


def test_the_finished_hook_is_called_once_after_the_reports(project: Project) -> None:
    project.write({
        "conftest.py": """
        def pytest_maturity_finished(config, report):
            written = (config.rootpath / ".maturity/orchestration.json").read_text()
            with open("finished", "a") as file:
                file.write(f"{report.verdict.value} {'PROMOTE' in written}\\n")
        """
    })  # fmt: skip
    project.gate("-n2", subprocess=True)
    assert (project.path / "finished").read_text() == "PROMOTE True\n"


def test_a_missing_tool_is_unknown_with_the_install_command(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.policy(ONE_STAGE.format("lint = 0"))
    project.write({
        "conftest.py": "from pytest_maturity.tools import ruff\nruff.find_program = lambda name: 'absent-' + name\n"
    })  # fmt: skip
    ran = project.gate(subprocess=True)
    assert ran.code == 3
    assert "lint unknown (absent-ruff is not installed)" in ran.last_line
