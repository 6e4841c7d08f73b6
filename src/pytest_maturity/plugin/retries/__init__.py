"""Reruns tests that failed with a transient error."""
