"""Counts the suppressions of a component: comments in its sources, skips in its tests, and omissions from coverage."""
