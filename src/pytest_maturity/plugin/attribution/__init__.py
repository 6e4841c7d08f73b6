"""Assigns executed code to components when several share one session."""
