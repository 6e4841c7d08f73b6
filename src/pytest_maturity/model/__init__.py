"""Frozen dataclasses that every other folder uses; errors; formatting of numbers and foreign text."""
