"""Runs in parts: shards and their merge, and resuming a run that was killed."""
