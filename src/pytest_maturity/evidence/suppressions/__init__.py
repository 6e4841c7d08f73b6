"""Counts what a component tells its tools and its tests to overlook: comments in the sources, skips in the tests."""
