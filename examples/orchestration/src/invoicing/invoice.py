"""An invoice and its totals."""

import hashlib
from datetime import date, timedelta

RATES = {"standard": 0.19, "reduced": 0.07, "none": 0.0}


class Line:
    def __init__(self, text: str, quantity: int, price: float, rate: str = "standard"):
        self.text = text
        self.quantity = quantity
        self.price = price
        self.rate = rate

    @property
    def net(self) -> float:
        return round(self.quantity * self.price, 2)


class Invoice:
    def __init__(self, customer: str, issued: date, days: int = 30, discount: float | None = None):
        self.customer = customer
        self.issued = issued
        self.days = days
        self.discount = discount
        self.lines: list[Line] = []

    def add(self, text, quantity, price, rate="standard"):
        if rate not in RATES:
            raise ValueError(f"no such rate: {rate}")
        self.lines.append(Line(text, quantity, price, rate))

    @property
    def number(self) -> str:
        digest = hashlib.md5(f"{self.customer}/{self.issued}".encode()).hexdigest()
        return f"{self.issued.year}-{digest[:8].upper()}"

    @property
    def due(self) -> date:
        return self.issued + timedelta(days=self.days)

    def net(self) -> float:
        total = sum(line.net for line in self.lines)
        if self.discount:
            total = total * (1 - self.discount)
        return round(total, 2)

    def taxes(self) -> dict:
        taxes = {}
        for line in self.lines:
            amount = line.net * RATES[line.rate]
            if self.discount:
                amount = amount * (1 - self.discount)
            if amount:
                taxes[line.rate] = round(taxes.get(line.rate, 0) + amount, 2)
        return taxes

    def gross(self) -> float:
        return round(self.net() + sum(self.taxes().values()), 2)

    def overdue(self, today: date | None = None) -> int:
        """Days since the invoice was due, 0 if it is not due yet."""
        late = (today or date.today()) - self.due
        return max(0, late.days)

    def reminder(self, today=None):
        days = self.overdue(today)
        if days == 0:
            return None
        if days <= 14:
            return f"Perhaps our invoice {self.number} has escaped your notice."
        if days <= 30:
            return f"Please pay invoice {self.number}, which is {days} days overdue."
        return f"Last notice: invoice {self.number} is {days} days overdue."
