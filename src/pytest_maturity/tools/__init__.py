"""Runs linters, type checkers, security scanners and git beside the tests, and parses what they print."""
