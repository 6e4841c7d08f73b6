"""`python -m pytest_maturity.cli` is `pytest-maturity`."""

import sys

from . import main

sys.exit(main())
