"""A line with fewer points shows what the whole one shows."""

from __future__ import annotations

import random

import pytest

from pytest_maturity.reports.html.thinning import MOST_POINTS, size_of_bucket, thin


@pytest.mark.parametrize("count", [0, 1, 2, 119, 120, 121, 500, 5000])
def test_a_thinned_line_keeps_its_ends_and_extremes(count: int) -> None:
    chance = random.Random(count)
    values: list[float | None] = [chance.random() for _ in range(count)]
    points = thin(values)
    assert len(points) <= MOST_POINTS
    assert points == sorted(points)
    assert all(values[place] == value for place, value in points)
    if values:
        assert points[0] == (0, values[0])
        assert points[-1] == (count - 1, values[-1])
        shown = [value for _, value in points if value is not None]
        known = [value for value in values if value is not None]
        assert (min(shown), max(shown)) == (min(known), max(known))


@pytest.mark.parametrize("place", [1, 7, 250, 498])
@pytest.mark.parametrize("lapse", [None, 3.0])
def test_a_lapse_of_one_run_stays(place: int, lapse: float | None) -> None:
    values: list[float | None] = [100.0] * 500
    values[place] = lapse
    assert (place, lapse) in thin(values)


def test_runs_that_are_all_unknown_stay_unknown() -> None:
    assert {value for _, value in thin([None] * 500)} == {None}


def test_the_size_of_a_bucket() -> None:
    assert [size_of_bucket(count) for count in (1, 120, 121, 500)] == [1, 1, 2, 5]
