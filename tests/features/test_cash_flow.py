from datetime import date

import ibis
import pandas as pd
import pytest

from features.cash_flow import coming_cash_flow

AS_OF = date(2024, 3, 15)


def entry(month: date, amount: float, direction: str = "in", nature: str = "operating", known_on: date | None = None):
    return {"enterprise_id": "a", "month": month, "direction": direction, "nature": nature, "amount": amount,
            "known_on": known_on or month.replace(day=28)}  # fmt: skip


@pytest.fixture
def year_after():
    def of(*entries):
        flow = ibis.memtable(pd.DataFrame(entries))
        flow = flow.mutate(amount=flow.amount.cast("decimal(18,2)"), month=flow.month.cast("date"))
        flow = flow.mutate(known_on=flow.known_on.cast("date"))
        asked = ibis.memtable(pd.DataFrame({"row": [0], "enterprise_id": ["a"], "as_of": [AS_OF]}))
        return coming_cash_flow(flow, asked.mutate(as_of=asked.as_of.cast("date"))).to_pandas().iloc[0]

    return of


def test_the_twelve_months_from_that_of_the_date_and_no_other(year_after):
    row = year_after(
        entry(date(2024, 2, 1), 5_000),  # the month before: features have it
        entry(date(2024, 3, 1), 100),
        entry(date(2025, 2, 1), 20),
        entry(date(2025, 3, 1), 70_000),
    )
    assert (row["net_operating"], row["drawings"]) == (120.0, 0.0)
    assert row["known_before"].date() == date(2025, 3, 1)


def test_tax_and_costs_come_off_debt_service_does_not_and_drawings_are_told_beside(year_after):
    month = date(2024, 6, 1)
    row = year_after(
        entry(month, 1_000),
        entry(month, 300, "out"),
        entry(month, 50, "out", "tax"),
        entry(month, 400, "out", "financing"),
        entry(month, 80, "out", "owner"),
        entry(month, 30, "in", "owner"),
    )
    assert (row["net_operating"], row["drawings"]) == (650.0, 50.0)


def test_what_is_learned_after_the_year_is_left_out_and_no_flow_is_nothing(year_after):
    late = entry(date(2024, 6, 1), 10, known_on=date(2025, 3, 1))
    row = year_after(entry(date(2024, 6, 1), 1), late, entry(date(2024, 6, 1), 2, known_on=date(2025, 2, 28)))
    assert row["net_operating"] == 3.0
    assert year_after(entry(date(2020, 1, 1), 9))["net_operating"] == 0.0
