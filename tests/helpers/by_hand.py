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
            row = {"line_id": f"loan{who}{step}", "account_id": account, "enterprise_id": firm,
                   "booked_at": first + timedelta(days=days), "sequence": 5000 + 10 * number + step,
                   "counterparty_id": party, "summary": said}  # fmt: skip
            lines += _in_time(rng, row, amount)
    return lines


def withdrawals(rng, firm, wallet, account, rounds=24):
    """Lines of ``firm``: sales at a payment platform, withdrawn from ``wallet``, most of which arrive in ``account``.

    Each is known late now and then, and a few are corrected away later.
    """
    lines = []
    for number in range(rounds):
        first, sale = date(2023, 1, 25) + timedelta(days=30 * number), 5_000 + 100 * number
        for step, (days, amount, on_account, said, name) in enumerate([
            (0, sale, wallet, "扫码收款", None), (1, -sale, wallet, "提现", None),
            (int(rng.integers(0, 6)), sale - int(rng.choice([0, 10, 60])), account, "商户结算", "财付通公司"),
        ]):  # fmt: skip
            row = {"line_id": f"wallet{firm}{number}{step}", "account_id": on_account, "enterprise_id": firm,
                   "booked_at": first + timedelta(days=days), "sequence": 6000 + 10 * number + step,
                   "counterparty_name": name, "summary": said}  # fmt: skip
            lines += _in_time(rng, row, amount)
    return lines


def wallet_of(firm, account):
    """The account at a payment platform."""
    return {"account_id": account, "enterprise_id": firm, "holder": "firm", "kind": "third_party_payment",
            "institution": "platform", "currency": "CNY", "known_at": date(2023, 1, 1)}  # fmt: skip


def _in_time(rng, row, amount):
    """The row of an amount, paid where it is below nothing, when it was known, and now and then its correction."""
    known = row["booked_at"] + timedelta(days=int(rng.choice([0, 0, 3, 50])))
    row = row | {"direction": "in" if amount > 0 else "out", "amount": f"{abs(amount)}.00", "known_at": known}
    if rng.random() < 0.2:
        return [row, row | {"amount": "7.00", "known_at": known + timedelta(days=int(rng.integers(1, 90)))}]
    return [row]


def in_the_end(flow, what):
    """The rule or nature of each line that holds in the end, in the order of the lines."""
    held = {int(row["line_id"].removeprefix("line")): row[what] for row in flow if row["known_until"] is None}
    return [held[number] for number in sorted(held)]


def plain(value):
    """A cell as it is written by hand: money as a number, a time as its date."""
    if isinstance(value, Decimal):
        return float(value)
    return value.date() if isinstance(value, pd.Timestamp) else value
