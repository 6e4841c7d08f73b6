"""Pages for people: one of a run, and the dashboard over the records. Each is one file that requests nothing."""
