"""An amount in a currency, kept in the currency's smallest unit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

DIGITS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}
USUAL_DIGITS = 2


class CurrencyMismatch(ValueError):
    """Two amounts in different currencies were added or compared."""


@dataclass(frozen=True)
class Money:
    """`units` of a currency's smallest unit: Money(1050, "EUR") is 10.50 EUR."""

    units: int
    currency: str

    def __post_init__(self) -> None:
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise ValueError(f"{self.currency!r} is not a currency code like 'EUR'")

    @classmethod
    def parse(cls, text: str) -> Money:
        """The amount written as `10.50 EUR`. Raises ValueError if it has too many digits."""
        number, _, currency = text.strip().rpartition(" ")
        zero = cls(0, currency)
        try:
            exact = Decimal(number).scaleb(zero.digits)
        except InvalidOperation:
            raise ValueError(f"{text!r} is not an amount like '10.50 EUR'") from None
        if not exact.is_finite() or exact != exact.to_integral_value():
            raise ValueError(f"{text!r} cannot be paid in {currency}")
        return cls(int(exact), currency)

    @property
    def digits(self) -> int:
        """How many decimal places the currency has."""
        return DIGITS.get(self.currency, USUAL_DIGITS)

    def times(self, factor: Decimal | int) -> Money:
        """The product, rounded to the nearest unit, ties to even."""
        exact = (self.units * Decimal(factor)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        return Money(int(exact), self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.units + self._comparable(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.units - self._comparable(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.units, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.units < self._comparable(other)

    def __str__(self) -> str:
        return f"{Decimal(self.units).scaleb(-self.digits):f} {self.currency}"

    def _comparable(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self} and {other} are in different currencies")
        return other.units
