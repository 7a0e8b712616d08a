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


def round_loans(rng, firm, account, rounds=9):
    """Lines of ``firm``: loans repaid over a bridge or nearly, and payments of them that come back.

    Each is known late now and then, and a few are corrected away later.
    """
    lines = []
    for number in range(rounds):
        first = date(2023, 1, 20) + timedelta(days=90 * number)
        bank, who = "bank", f"{firm}{number}"
        for step, (days, amount, party, said) in enumerate([
            (0, 60_000, f"s{who}", "往来款"), (int(rng.integers(4, 12)), -110_000, bank, "归还贷款本金"),
            (12, 120_000, bank, "贷款发放"), (int(rng.integers(12, 42)), -61_000, f"s{who}", "往来款"),
            (20, -100_500, f"p{who}", "货款"), (int(rng.integers(35, 53)), 100_000, f"p{who}", "货款"),
        ]):  # fmt: skip
            day = first + timedelta(days=days)
            known = day + timedelta(days=int(rng.choice([0, 0, 3, 50])))
            row = {"line_id": f"loan{who}{step}", "account_id": account, "enterprise_id": firm, "booked_at": day,
                   "sequence": 5000 + 10 * number + step, "direction": "in" if amount > 0 else "out",
                   "amount": f"{abs(amount)}.00", "counterparty_id": party, "summary": said,
                   "known_at": known}  # fmt: skip
            lines.append(row)
            if rng.random() < 0.2:
                lines.append(row | {"amount": "7.00", "known_at": known + timedelta(days=int(rng.integers(1, 90)))})
    return lines


def in_the_end(flow, what):
    """The rule or nature of each line that holds in the end, in the order of the lines."""
    held = {int(row["line_id"].removeprefix("line")): row[what] for row in flow if row["known_until"] is None}
    return [held[number] for number in sorted(held)]


def plain(value):
    """A cell as it is written by hand: money as a number, a time as its date."""
    if isinstance(value, Decimal):
        return float(value)
    return value.date() if isinstance(value, pd.Timestamp) else value
