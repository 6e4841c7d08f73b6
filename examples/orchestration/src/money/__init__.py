"""Exact amounts of money: no float ever touches them."""

from .allocation import allocate, split
from .amount import CurrencyMismatch, Money

__all__ = ["CurrencyMismatch", "Money", "allocate", "split"]
