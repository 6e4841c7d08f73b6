"""The version of this package, which `pyproject.toml` takes from here.

A run would have to search and parse the metadata of the installed distribution, 10 ms each time.
"""

VERSION = "0.1.0"
