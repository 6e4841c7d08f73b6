"""Evidence of a run: outcomes of tests and suppressions; from evidence to a verdict by pure functions."""
