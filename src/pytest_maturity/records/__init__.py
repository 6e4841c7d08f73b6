"""The records of a project: the history of its runs, and the decisions in an append-only audit log."""
