"""Finds a component's source files and test files by its name."""
