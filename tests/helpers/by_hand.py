"""Lines and invoices worked by hand, by the number of their day, and what is said of them in the end."""

from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

START = date(2024, 1, 1)


def on(number):
    return START + timedelta(days=number)


def moved(number, amount, party, known=None, **more):
    """A payment from ``party``, or to it when the amount is negative."""
    return {
        "booked_at": on(number),
        "known_at": on(number if known is None else known),
        "direction": "in" if amount > 0 else "out",
        "amount": str(abs(amount)),
        "counterparty_id": party,
        **more,
    }


def billed(number, gross, party, direction="in", known=None):
    """An invoice to ``party``, or of it where the direction is out."""
    return {
        "direction": direction,
        "issued_on": on(number),
        "counterparty_id": party,
        "gross": str(gross),
        "known_at": on(number if known is None else known),
    }


def in_the_end(flow, what):
    """The rule or nature of each line that holds in the end, in the order of the lines."""
    held = {int(row["line_id"].removeprefix("line")): row[what] for row in flow if row["known_until"] is None}
    return [held[number] for number in sorted(held)]


def plain(value):
    """A cell as it is written by hand: money as a number, a time as its date."""
    if isinstance(value, Decimal):
        return float(value)
    return value.date() if isinstance(value, pd.Timestamp) else value
