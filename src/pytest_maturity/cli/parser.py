"""An argument parser that exits with 4 for wrong usage."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from ..model.exit_codes import WRONG_USAGE
from ..model.text import safe


class Parser(argparse.ArgumentParser):
    """An argument parser that exits with 4 for wrong usage, as pytest does: argparse's 2 is pytest's "interrupted"."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(WRONG_USAGE, f"ERROR: {safe(message)}\n")
