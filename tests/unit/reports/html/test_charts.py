"""Charts show what was measured: no line over what is unknown, no lapse lost, the words for whoever sees none."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from pytest_maturity.model.gates import Status
from pytest_maturity.model.history import RecordedGate, RecordedRequirement
from pytest_maturity.reports.html.charts import (
    draw_flaky,
    draw_holes,
    draw_length,
    draw_share,
    draw_trail,
    draw_trend,
    draw_verdicts,
)
from tests.hostile import HOSTILE

DAYS = ("4 Sep", "30 Nov")


def make_gate(
    value: str, better: Literal["higher", "lower"] = "higher", unit: str = "%", **stages: int
) -> RecordedGate:
    required = {
        stage: RecordedRequirement(threshold=Fraction(one), status=Status.FAILED) for stage, one in stages.items()
    }
    return RecordedGate(name="coverage", value=Fraction(value), better=better, unit=unit, stages=required)


def find_line(chart: str) -> str:
    found = re.search(r'class="line" d="([^"]*)"', chart)
    assert found
    return found[1]


def test_a_share_is_a_line_and_a_count_has_steps() -> None:
    share = draw_trend(make_gate("62", staging=70), [41.0, 50.0, 62.0], "staging", DAYS)
    assert re.fullmatch(r"M\S+ \S+(L\S+ \S+){2}", find_line(share))
    count = draw_trend(make_gate("3", "lower", "", staging=0), [8.0, 8.0, 3.0], "staging", DAYS)
    assert re.fullmatch(r"M\S+ \S+H\S+H\S+V\S+", find_line(count))


def test_an_unknown_number_is_a_hole() -> None:
    chart = draw_trend(make_gate("62", staging=70), [41.0, None, 62.0, 63.0], "staging", DAYS)
    assert find_line(chart).count("M") == 2
    assert chart.count('class="hole"') == 1
    assert "unknown in 1" in chart


def test_what_is_mostly_perfect_has_a_bar_for_each_lapse() -> None:
    chart = draw_trend(make_gate("100", staging=100), [100.0, 97.0, 100.0, 98.0, 100.0], "staging", DAYS)
    assert re.fullmatch(r"(M\S+ \S+V\S+){2}", find_line(chart))


def test_the_failing_side_is_hatched() -> None:
    def hatched(chart: str) -> tuple[float, float]:
        found = re.search(r'class="hatched" x="0" y="([\d.]+)" width="182" height="([\d.]+)"', chart)
        assert found
        return float(found[1]), float(found[2])

    y, height = hatched(draw_trend(make_gate("62", staging=70), [62.0, 80.0], "staging", DAYS))
    assert y + height == 96
    y, height = hatched(draw_trend(make_gate("3", "lower", "", staging=2), [3.0, 0.0], "staging", DAYS))
    assert y == 4


def test_the_chart_is_in_words_too() -> None:
    chart = draw_trend(make_gate("62.45", dev=50, staging=70), [41.0, 30.0, 62.45], "staging", DAYS)
    label = (
        'aria-label="coverage over 3 runs, 4 Sep to 30 Nov: first 41\xa0%, lowest 30\xa0%, '
        'highest 62.4\xa0%, now 62.4\xa0%; staging needs ≥ 70"'
    )
    assert label in chart
    assert ">staging ≥ 70</text>" in chart
    assert ">dev 50</text>" in chart


def test_labels_do_not_stand_on_each_other() -> None:
    chart = draw_trend(make_gate("62", dev=69, staging=70, production=71), [0.0, 100.0], "staging", DAYS)
    assert re.findall(r'class="label[^>]*>([^<]*)<', chart) == ["staging ≥ 70"]


def test_flat_numbers_do_not_divide_by_zero() -> None:
    assert "<svg" in draw_trend(make_gate("70", staging=70), [70.0, 70.0], "staging", DAYS)
    assert "<svg" in draw_trend(make_gate("70"), [70.0], "staging", DAYS)


def test_hostile_stages_are_inert() -> None:
    for text in HOSTILE.values():
        gate = replace(make_gate("62", staging=70), stages={text: make_gate("62", staging=70).stages["staging"]})
        chart = draw_trend(gate, [62.0, 80.0], text, DAYS)
        assert "<script" not in chart
        assert not re.search(r"<b[ >]", chart)


def test_a_strip_has_a_mark_for_each_run_and_the_worst_of_several() -> None:
    strip = draw_verdicts(["PROMOTE", "HOLD", "INCONCLUSIVE", "PROMOTE"])
    assert (strip.count("V3"), strip.count("V31"), strip.count("V19")) == (3, 1, 1)  # V3 begins V31
    assert "verdicts of 4 runs, oldest first: 2 PROMOTE, 1 HOLD, 1 INCONCLUSIVE" in strip
    many = draw_verdicts([*["PROMOTE"] * 250, "HOLD", *["PROMOTE"] * 249])
    assert many.count("V31") == 1
    assert many.count("16V3") == 99


def test_the_trail_of_stages_ends_at_the_last_one() -> None:
    trail = draw_trail([0, 1, 1, 2], 3, 3, "reached <x>")
    assert 'cy="9"' in trail
    assert "reached &lt;x&gt;" in trail
    assert 'cy="23"' in draw_trail([0], 0, 3, "x")


def test_bars_never_hide_what_is_there() -> None:
    assert 'width="0.4"' in draw_length(0.0001, 100)
    assert 'width="100"' in draw_length(5, 1)
    assert 'width="0"' in draw_length(1, 0)
    assert 'x="98.5" y="0" width="1.5"' in draw_share(99.9)
    assert 'width="0"' in draw_share(100)
    assert draw_flaky([0, 29], 30).count("V20") == 2


def test_holes_are_where_the_lines_are_in_the_file() -> None:
    assert 'd="M0 0H20V12H0zM50 0H60V12H50z"' in draw_holes([1, 2, 6], 10)
    assert 'd="M99 0H100V12H99z"' in draw_holes([1000], 1000)  # a single line is seen
    assert 'd="M95 0H100V12H95z"' in draw_holes([20], 10)  # the file became shorter
    assert 'd=""' in draw_holes([], 0)
