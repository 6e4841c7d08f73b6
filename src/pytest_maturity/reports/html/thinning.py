"""Fewer points for a line than there are runs, so that a lapse of a single run stays visible."""

from __future__ import annotations

from collections.abc import Sequence

MOST_POINTS = 120  # of a trend
EACH = 3  # points of a bucket: the lowest, the highest and an unknown one

Point = tuple[int, "float | None"]


def thin(values: Sequence[float | None], most: int = MOST_POINTS) -> list[Point]:
    """Returns at most `most` of the values, each with its place, in their order; None is an unknown one.

    The first and the last one are kept, and of each bucket between them the lowest, the highest and an unknown one.
    """
    points: list[Point] = list(enumerate(values))
    if len(points) <= most:
        return points
    inner, buckets = points[1:-1], (most - 2) // EACH
    kept = [points[0]]
    for number in range(buckets):
        bucket = inner[len(inner) * number // buckets : len(inner) * (number + 1) // buckets]
        known = [(value, -place) for place, value in bucket if value is not None]
        chosen = {-place for _, place in (min(known), max(known))} if known else set()
        chosen.update([place for place, value in bucket if value is None][-1:])
        kept += [point for point in bucket if point[0] in chosen]
    return [*kept, points[-1]]


def size_of_bucket(count: int, most: int = MOST_POINTS) -> int:
    """Returns for how many runs one mark stands where there are `count` runs: 1 where each has its own."""
    return 1 if count <= most else -(-count // most)
