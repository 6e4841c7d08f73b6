"""`python -m pytest_maturity.cli` is `pytest-maturity`."""

import sys

from . import main

if __name__ == "__main__":
    sys.exit(main())
