"""Assigns executed code to components when tests of several components share one session.

Each component's coverage is to be what its tests would give if they ran alone. So the recorder is switched to another
scope (coverage.Scope) whenever code runs for other components than before: for each test, for a fixture that tests of
several components share, for a conftest.py and its hooks, and for a module that is imported, because every component
whose tests would import it counts that code. What happens in a shared fixture is an outcome of all who share it.

Code that cannot be assigned exactly counts for fewer components than it should; docs/discovery.md lists the rest.
"""
