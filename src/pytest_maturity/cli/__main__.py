"""Makes `python -m pytest_maturity.cli` the same as `pytest-maturity`."""

import sys

from . import main

if __name__ == "__main__":
    sys.exit(main())
