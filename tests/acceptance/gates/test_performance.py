"""Limits of tests, and benchmarks of pytest-benchmark, in whole runs."""

from __future__ import annotations

import json
import sys

import pytest

from tests.acceptance.project import Project

POLICY = """
    [tool.maturity]
    ladder = ["one"]
    retry.base_delay = 0
    [tool.maturity.stages.one]
    pass_rate = 100
    performance = {requirement}
"""
LIMITED = """
    import time

    import pytest

    @pytest.fixture
    def slow():
        time.sleep(0.3)

    @pytest.mark.maturity_sla(max_ms=200)
    def test_fast(slow):
        pass

    @pytest.mark.maturity_sla(max_ms={limit})
    def test_slow():
        time.sleep(0.1)
    """
EVERY_TEST = """
    import pytest_maturity.plugin.sharding.journal as journal

    journal.INTERVAL = journal.SHARE = 0  # it is written after every test
    """
BENCHMARK = """
    import time

    def test_search(benchmark):
        benchmark.pedantic(time.sleep, args=(0.01,), rounds=20)

    def test_sort(benchmark):
        benchmark.pedantic(time.sleep, args=(0.001,), rounds=5)
    """


@pytest.mark.parametrize("workers", [(), ("-n1",)])
def test_a_test_that_takes_too_long_is_counted(project: Project, workers: tuple[str, ...]) -> None:
    project.policy(POLICY.format(requirement=0))
    project.write({"tests/test_orchestrator.py": LIMITED.format(limit=50)})
    ran = project.gate(*workers, subprocess=True)
    assert (ran.code, ran.gate("performance")["value"]) == (1, 1)
    (finding,) = ran.gate("performance")["findings"]
    assert finding["test"] == "tests/test_orchestrator.py::test_slow"
    assert finding["message"].startswith("test_slow took 1")
    assert finding["message"].endswith(" ms, 50 ms is the most")
    project.write({"tests/test_orchestrator.py": LIMITED.format(limit=5000)})
    assert project.gate(*workers, subprocess=True).code == 0


def test_the_slowest_attempt_counts(project: Project) -> None:
    project.policy(POLICY.format(requirement=0))
    project.write({
        "tests/test_orchestrator.py": """
            import time

            import pytest

            calls = []

            @pytest.mark.maturity_sla(max_ms=100)
            def test_again():
                calls.append(1)
                if len(calls) == 1:
                    time.sleep(0.2)
                    raise ConnectionError("gone")
            """
    })  # fmt: skip
    assert project.gate().gate("performance")["value"] == 1


@pytest.mark.parametrize(
    ("source", "note"),
    [
        ("def test_a():\n    pass\n", "no test has the marker maturity_sla"),
        (
            "import pytest\n\n@pytest.mark.skip\n@pytest.mark.maturity_sla(max_ms=5)\ndef test_a():\n    pass\n"
            "\ndef test_b():\n    pass\n",
            "1 test with a limit did not run: tests/test_orchestrator.py::test_a",
        ),
    ],
)
def test_what_was_not_timed_is_unknown(project: Project, source: str, note: str) -> None:
    project.policy(POLICY.format(requirement=0))
    project.write({"tests/test_orchestrator.py": source})
    run = project.gate()
    assert (run.code, run.gate("performance")["value"], run.gate("performance")["note"]) == (3, None, note)


def test_every_wrong_limit_is_refused(project: Project) -> None:
    project.policy(POLICY.format(requirement=0))
    marks = ("()", "(5)", "(max_ms=0)", "(max_ms='5')", "(max_ms=True)", "(max=5)")
    tests = "".join(
        f"@pytest.mark.maturity_sla{mark}\ndef test_{number}():\n    pass\n" for number, mark in enumerate(marks)
    )
    project.write({"tests/test_orchestrator.py": f"import pytest\n{tests}"})
    result = project.run("--maturity-component=orchestration")
    assert result.ret == 4
    printed = str(result.stderr) + str(result.stdout)
    for number in (0, 1, 5):
        assert f"test_{number}: maturity_sla takes max_ms=..., and nothing else" in printed
    for shown in ("0", "'5'", "True"):
        assert f"maturity_sla: max_ms must be more than 0, not {shown}" in printed


def test_the_slowest_benchmark_is_a_line(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # with it pytest-benchmark measures nothing
    project.plugins = ("benchmark",)
    project.policy(POLICY.format(requirement="{ p95_ms = 1000, mean_ms = 1, ops = 10 }"))
    project.write({"tests/test_orchestrator.py": BENCHMARK})
    run = project.gate(subprocess=True)
    p95, mean, ops = (run.gate(f"performance.{line}") for line in ("p95_ms", "mean_ms", "ops"))
    assert run.code == 1
    assert (
        10 <= min(mean["value"], p95["value"]) <= max(mean["value"], p95["value"]) < 1000
    )  # one slow round is above p95
    assert (p95["status"], mean["status"], ops["status"]) == ("passed", "failed", "passed")
    assert 10 < ops["value"] <= 100
    assert (ops["better"], mean["better"]) == ("higher", "lower")
    assert p95["note"] == "slowest: tests/test_orchestrator.py::test_search"


@pytest.mark.parametrize("options", [("--benchmark-disable",), ("-n1",), ("-p", "no:benchmark")])
def test_a_benchmark_without_a_result_is_unknown(
    project: Project, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    project.plugins = ("benchmark",)
    project.policy(POLICY.format(requirement="{ p95_ms = 1000 }"))
    project.write({"tests/test_orchestrator.py": BENCHMARK})
    run = project.gate(*options, subprocess=True)
    p95 = run.gate("performance.p95_ms")
    assert p95["value"] is None
    assert p95["note"].startswith("2 benchmarks without a result: ")
    assert "pytest-benchmark" in p95["note"]
    assert run.code != 0


@pytest.mark.processes
@pytest.mark.parametrize("way", ["shards", "resume"])
def test_results_of_benchmarks_survive_a_merge_and_a_resumed_run(
    project: Project, way: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))  # of journals
    project.plugins = ("benchmark",)
    project.policy(POLICY.format(requirement="{ p95_ms = { max = 1000 }, ops = 10 }"))
    killed = "import os, pathlib\n\n\ndef test_last():\n    pathlib.Path('on').exists() or os.kill(os.getpid(), 9)\n"
    project.write({
        "conftest.py": EVERY_TEST,
        "tests/test_orchestrator.py": BENCHMARK,
        "tests/test_orchestrator_last.py": killed if way == "resume" else "def test_last():\n    pass\n",
    })  # fmt: skip
    if way == "shards":
        for number, name in enumerate(("tests/test_orchestrator.py", "tests/test_orchestrator_last.py")):
            evidence = f"--maturity-evidence=shard-{number}.json"
            project.run("--maturity-component=orchestration", evidence, name, subprocess=True)
        run = project.gate("--maturity-merge=shard-0.json", "--maturity-merge=shard-1.json", subprocess=True)
    else:
        assert project.gate(subprocess=True).code == -9
        (project.path / "on").touch()
        run = project.gate("--maturity-resume", subprocess=True)
        assert any("passed before" in note for note in run.report["notes"])
    assert run.code == 0, run.result.outlines
    assert 10 <= run.gate("performance.p95_ms")["value"] < 1000
    assert 10 < run.gate("performance.ops")["value"] <= 100


def test_tools_start_after_the_tests(project: Project) -> None:
    command = json.dumps([sys.executable, "-c", "import pathlib, time; print(pathlib.Path('ended').exists() + 0)"])
    gate = f"\n    [tool.maturity.gates.late]\n    command = {command}\n    pattern = '(\\d)'\n    better = 'higher'\n"
    project.write({
        "tests/test_orchestrator.py": """
            import pathlib
            import time

            import pytest

            @pytest.mark.maturity_sla(max_ms=5000)
            def test_a():
                time.sleep(1)
                pathlib.Path("ended").write_text("")
            """
    })  # fmt: skip
    project.policy(POLICY.format(requirement="0\n    late = 1") + gate)
    assert project.gate().code == 0
    (project.path / "ended").unlink()
    project.policy(POLICY.format(requirement="false\n    late = 1") + gate)
    assert project.gate("--maturity-no-cache").code == 1
