"""Financial statements agree with what was really booked."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Tables = dict[str, pa.Table]


def test_statements_come_within_five_months_of_the_year(world: Tables) -> None:
    for row in world["financial_statement"].to_pylist():
        end = row["period_end"]
        assert (end.month, end.day) == (12, 31)
        assert date(end.year + 1, 3, 1) <= row["known_at"] <= date(end.year + 1, 5, 31)
        assert 1 <= row["months"] <= 12


def test_revenue_is_what_customers_pay_in_the_long_run(world: Tables) -> None:
    """Over all firms, a year's revenue with VAT is near the year's true operating income: terms only shift it."""
    rows = [row for row in world["financial_statement"].to_pylist() if row["period_end"].year == 2024]
    income: dict[str, Decimal] = defaultdict(Decimal)
    for row in world["truth/income"].to_pylist():
        if row["month"].year == 2024:
            income[row["enterprise_id"]] += row["income"]
    revenue, received = sum(row["revenue"] for row in rows), sum(income[row["enterprise_id"]] for row in rows)
    assert len(rows) > 30
    assert 0.80 < float(revenue / received) < 1.10


def test_payables_are_the_goods_that_are_not_paid_yet(world: Tables) -> None:
    """Goods bought by invoice before a year's end and paid after it are at least a good part of the payables."""
    rows = [row for row in world["financial_statement"].to_pylist() if row["period_end"].year == 2024]
    firms = pa.array([row["enterprise_id"] for row in rows])
    lines = world["truth/line"]
    later = pc.and_(
        pc.equal(lines["kind"], "purchase"),
        pc.and_(
            pc.greater(lines["booked_at"], pa.scalar(date(2024, 12, 31))),
            pc.less_equal(lines["booked_at"], pa.scalar(date(2025, 3, 31))),
        ),
    )
    accounts = pc.binary_join_element_wise("E", pc.utf8_slice_codeunits(lines["account_id"], 1, 7), "")
    known = pc.is_in(accounts, firms)
    paid = float(pc.sum(lines.filter(pc.and_(later, known))["amount"]).as_py())
    owed = float(sum(row["payables"] for row in rows))
    assert np.isfinite(paid)
    assert 0.1 * paid < owed < 3 * paid
