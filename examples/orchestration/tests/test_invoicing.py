from datetime import date

import pytest

from invoicing.importer import parse_date, parse_price, read
from invoicing.invoice import Invoice


@pytest.fixture
def invoice():
    invoice = Invoice("Miller & Sons", date(2024, 3, 1))
    invoice.add("Bolts", 3, 19.99)
    invoice.add("Handbook", 1, 40.00, rate="reduced")
    return invoice


def test_the_net_total_is_the_sum_of_the_lines(invoice):
    assert invoice.net() == 99.97


def test_taxes_are_kept_by_rate(invoice):
    assert invoice.taxes() == {"standard": 11.39, "reduced": 2.8}


def test_the_gross_total_includes_the_taxes(invoice):
    assert invoice.gross() == 114.16


def test_an_unknown_rate_is_refused(invoice):
    with pytest.raises(ValueError, match="no such rate: luxury"):
        invoice.add("Yacht", 1, 1.0, rate="luxury")


def test_an_invoice_is_due_after_thirty_days(invoice):
    assert invoice.due == date(2024, 3, 31)


def test_the_number_has_the_year_and_does_not_change(invoice):
    assert invoice.number.startswith("2024-")
    assert invoice.number == Invoice("Miller & Sons", date(2024, 3, 1)).number
    assert invoice.number != Invoice("Miller & Co", date(2024, 3, 1)).number


@pytest.mark.parametrize(
    ("text", "price"), [("1.234,50", 1234.5), ("1234.50", 1234.5), (" 7 ", 7.0), ("0,99", 0.99)]
)
def test_prices_are_read_in_both_notations(text, price):
    assert parse_price(text) == price


def test_dates_are_read_in_three_notations():
    expected = date(2024, 3, 1)
    assert [parse_date(text) for text in ("01.03.2024", "2024-03-01", "01/03/2024")] == [
        expected
    ] * 3
    assert parse_date("yesterday") is None


def test_the_export_becomes_one_invoice_for_each_customer_and_day(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text(
        "customer;date;text;quantity;price\n"
        "Miller;01.03.2024;Bolts;3;19,99\n"
        "Smith;01.03.2024;Nuts;1;5,00\n"
        "Miller;2024-03-01;Screws;2;1,50\n"
    )
    invoices, errors = read(file)
    assert errors == []
    assert [(invoice.customer, invoice.net()) for invoice in invoices] == [
        ("Miller", 62.97),
        ("Smith", 5.0),
    ]
