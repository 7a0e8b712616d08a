"""What is read of a firm by month: each month's row is of what was known before that month."""

from datetime import date, timedelta

import pytest

from features.contract import TABLES
from pipelines.store import Store
from pipelines.watch.watched import current_monitoring, months_of, read_firms

PAID_OUT, DUE, TOLD = date(2025, 3, 1), date(2025, 5, 5), date(2025, 6, 10)
FIRM = {"enterprise_id": "a", "name": "甲厂", "known_at": date(2024, 1, 1)}
ACCOUNT = {"account_id": "a1", "enterprise_id": "a", "holder": "firm", "kind": "basic", "institution": "b",
           "currency": "CNY", "known_at": date(2024, 1, 1)}  # fmt: skip
LOAN = {"loan_id": "L", "enterprise_id": "a", "product": "flow", "repayment": "bullet", "committed": "500000.00",
        "principal": "100000.00", "annual_rate": "0.05", "term_months": 12, "disbursed_on": PAID_OUT,
        "matures_on": date(2026, 3, 1), "known_at": PAID_OUT}  # fmt: skip
PART = {"loan_id": "L", "enterprise_id": "a", "number": 1, "due_on": DUE, "principal_due": "50000.00",
        "interest_due": "0.00", "paid": "0.00", "known_at": PAID_OUT}  # fmt: skip


def line(number, day, direction, amount, name):
    return {"line_id": f"l{number}", "account_id": "a1", "enterprise_id": "a", "booked_at": day, "sequence": number,
            "direction": direction, "amount": amount, "counterparty_name": name, "summary": "转账",
            "known_at": day}  # fmt: skip


@pytest.fixture
def shares(tmp_path, table):
    """Shares of the loan by month: for a house, and of a stranger's money around the repayment."""
    store = Store(tmp_path / "store")

    def of(last, **facts):
        store.commit((name, table(name, rows).cast(TABLES[name].schema)) for name, rows in facts.items())
        rows = read_firms(store, ["a"], months_of(last), current_monitoring())
        told = rows[rows["as_of"] >= "2025-04-01"]
        return [(f"{row.as_of:%m}", row.misused_share, row.bridged_share) for row in told.itertuples()]

    return of


def test_a_month_is_told_of_a_loan_as_it_was_known_before_that_month(shares):
    lines = [
        line(1, PAID_OUT + timedelta(days=5), "out", "60000.00", "城建房地产开发有限公司"),
        line(2, DUE - timedelta(days=2), "in", "40000.00", "乙商贸有限公司"),
        line(3, DUE + timedelta(days=2), "out", "40100.00", "乙商贸有限公司"),
    ]
    then = [("04", 0.6, 0.0), ("05", 0.6, 0.0), ("06", 0.6, 0.8)]
    facts = {"enterprise": [FIRM], "account": [ACCOUNT], "line": lines, "loan": [LOAN], "instalment": [PART]}
    assert shares(date(2025, 6, 1), **facts) == then
    more = {**LOAN, "principal": "400000.00", "known_at": TOLD}  # more was paid out: the house took 0.15 of it
    later = {**PART, "due_on": DUE + timedelta(days=120), "known_at": TOLD}  # and the repayment was put off
    assert shares(date(2025, 7, 1), loan=[more], instalment=[later]) == [*then, ("07", 0.15, 0.0)]
