from decimal import Decimal

import pytest

from money import CurrencyMismatch, Money, allocate, split


def eur(units: int) -> Money:
    return Money(units, "EUR")


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("10.50 EUR", eur(1050)),
        ("-0.01 EUR", eur(-1)),
        (" 3 EUR ", eur(300)),
        ("1200 JPY", Money(1200, "JPY")),
        ("1.234 KWD", Money(1234, "KWD")),
    ],
)
def test_an_amount_is_read_in_the_digits_of_its_currency(text: str, money: Money) -> None:
    assert Money.parse(text) == money


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (eur(1050), "10.50 EUR"),
        (eur(-5), "-0.05 EUR"),
        (Money(7, "JPY"), "7 JPY"),
        (eur(0), "0.00 EUR"),
    ],
)
def test_an_amount_is_written_with_the_digits_of_its_currency(money: Money, text: str) -> None:
    assert str(money) == text


@pytest.mark.parametrize("text", ["0.005 EUR", "1.5 JPY", "NaN EUR", "Infinity EUR"])
def test_what_cannot_be_paid_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be paid in"):
        Money.parse(text)


@pytest.mark.parametrize("text", ["ten EUR", "EUR", "1,50 EUR"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount like '10.50 EUR'"):
        Money.parse(text)


@pytest.mark.parametrize("currency", ["eur", "EURO", "", "ÀÉÎ", "E1R "])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(ValueError, match="is not a currency code like 'EUR'"):
        Money(1, currency)


def test_amounts_are_added_subtracted_and_negated() -> None:
    assert eur(10) + eur(5) == eur(15)
    assert eur(10) - eur(15) == eur(-5)
    assert -eur(10) == eur(-10)


def test_amounts_are_ordered() -> None:
    assert eur(1) < eur(2)
    assert not eur(2) < eur(2)
    assert max(eur(3), eur(7), eur(5)) == eur(7)


def test_different_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch, match=r"0\.01 EUR and 1 JPY are in different currencies"):
        eur(1) + Money(1, "JPY")
    with pytest.raises(CurrencyMismatch):
        eur(1) - Money(1, "USD")
    with pytest.raises(CurrencyMismatch):
        assert eur(1) < Money(2, "USD")


@pytest.mark.parametrize(
    ("units", "factor", "expected"),
    [(100, 3, 300), (25, "0.1", 2), (35, "0.1", 4), (-25, "0.1", -2), (199, "0.19", 38)],
)
def test_a_product_is_rounded_to_the_nearest_unit_with_ties_to_even(
    units: int, factor: str, expected: int
) -> None:
    assert eur(units).times(Decimal(factor)) == eur(expected)


@pytest.mark.parametrize(
    ("units", "ratios", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (5, [3, 7], [2, 3]),
        (10, [1, 0, 2], [3, 0, 7]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (1, [1, 2, 1], [0, 1, 0]),
        (0, [1, 1], [0, 0]),
    ],
)
def test_an_amount_is_allocated_to_the_last_unit(
    units: int, ratios: list[int], shares: list[int]
) -> None:
    assert allocate(eur(units), ratios) == [eur(share) for share in shares]


@pytest.mark.parametrize("units", range(-7, 60, 11))
def test_no_unit_is_lost_or_invented(units: int) -> None:
    shares = allocate(Money(units, "JPY"), [5, 3, 0, 9, 1])
    assert sum(share.units for share in shares) == units
    assert {share.currency for share in shares} == {"JPY"}


@pytest.mark.parametrize("ratios", [[], [0, 0], [2, -1]])
def test_ratios_that_mean_nothing_are_refused(ratios: list[int]) -> None:
    with pytest.raises(ValueError, match="ratios must not be negative"):
        allocate(eur(100), ratios)


def test_equal_parts_differ_by_one_unit_at_most() -> None:
    assert split(eur(1001), 4) == [eur(251), eur(250), eur(250), eur(250)]


@pytest.mark.parametrize("parts", [0, -1])
def test_an_amount_has_at_least_one_part(parts: int) -> None:
    with pytest.raises(ValueError, match=f"cannot be split into {parts} parts"):
        split(eur(100), parts)
