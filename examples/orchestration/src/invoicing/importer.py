"""Reads the CSV file that the order system exports every night."""

import csv
from datetime import datetime

from .invoice import Invoice

COLUMNS = ["customer", "date", "text", "quantity", "price"]


def parse_price(text: str) -> float:
    """1.234,50 and 1234.50 are both 1234.5"""
    text = text.strip().replace(" ", "")
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    return float(text)


def parse_date(text: str):
    for pattern in ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), pattern).date()
        except ValueError:
            continue
    return None


def read(path, delimiter=";"):
    """One invoice for each customer and day, in the order of the file."""
    invoices = {}
    errors = []
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, delimiter=delimiter)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or [])]
        if missing:
            raise ValueError(f"missing columns: {', '.join(missing)}")
        for row in reader:
            issued = parse_date(row["date"])
            if issued is None:
                errors.append(f"line {reader.line_num}: no date: {row['date']}")
                continue
            key = (row["customer"], issued)
            if key not in invoices:
                invoices[key] = Invoice(row["customer"], issued)
            try:
                invoices[key].add(
                    row["text"],
                    int(row["quantity"]),
                    parse_price(row["price"]),
                    row.get("rate") or "standard",
                )
            except ValueError as error:
                errors.append(f"line {reader.line_num}: {error}")
    return list(invoices.values()), errors
