"""Taxes, bills and instalments follow their calendars."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulation.book import ANNUITY, BULLET, EQUAL, INTEREST_ONLY, LOAN
from simulation.calendar import is_working, months_until, next_working, number_of
from simulation.loans import instalments

Tables = dict[str, pa.Table]


def test_spring_festival_and_weekends_are_no_working_days() -> None:
    days = np.array([number_of(date(2025, 1, 29)), number_of(date(2025, 2, 8)), number_of(date(2025, 2, 10))])
    assert is_working(days).tolist() == [False, False, True]
    assert next_working(days).tolist() == [number_of(date(2025, 2, 5)), days[2], days[2]]


def test_months_end_with_the_last_day_and_count_burn_in_below_zero() -> None:
    months = months_until(date(2025, 12, 31), 3, 2)
    assert (months[0].index, months[0].year, months[0].number) == (-2, 2025, 8)
    assert months[-1].last == number_of(date(2025, 12, 31))


def test_vat_is_due_in_the_middle_of_the_month_after(world: Tables) -> None:
    filings = world["tax_filing"].to_pylist()
    assert {row["kind"] for row in filings} == {"vat", "surcharge", "income_tax"}
    for row in filings:
        months = (row["due_on"].year - row["period_end"].year) * 12 + row["due_on"].month - row["period_end"].month
        assert months == 1
        assert row["due_on"].day >= 15
        assert row["filed_on"] is not None


def test_income_tax_is_filed_by_quarter(world: Tables) -> None:
    rows = [row for row in world["tax_filing"].to_pylist() if row["kind"] == "income_tax"]
    assert rows
    assert {row["period_end"].month % 3 for row in rows} == {0}
    assert all((row["period_end"].month - row["period_start"].month) == 2 for row in rows)


def test_a_bill_is_known_before_it_is_paid_and_keeps_its_amount(world: Tables) -> None:
    bills: dict[str, list[dict[str, object]]] = {}
    for row in world["utility_bill"].to_pylist():
        bills.setdefault(row["bill_id"], []).append(row)
    twice = [sorted(rows, key=lambda row: row["known_at"]) for rows in bills.values() if len(rows) > 1]  # type: ignore[arg-type, return-value]
    assert len(twice) > 500
    for first, *_, last in twice:
        assert first["paid_on"] is None
        assert last["paid_on"] is not None
        assert first["amount"] == last["amount"]


def test_a_tax_that_is_paid_stands_in_the_account(world: Tables) -> None:
    lines = world["truth/line"]
    paid = pc.sum(lines.filter(pc.equal(lines["kind"], "vat"))["amount"]).as_py()
    filings = world["tax_filing"].filter(pc.equal(world["tax_filing"]["kind"], "vat"))
    told = pc.sum(filings["amount_paid"]).as_py()
    # Payments of the last days are not known yet, and those of the first month may settle unseen periods.
    assert 0.9 * float(paid) < float(told) <= float(paid)


def _loan(repayment: int) -> np.void:
    loan = np.zeros(1, dtype=LOAN)
    loan["principal"], loan["rate"], loan["term"], loan["repayment"] = 12_000_000, 0.06, 12, repayment
    loan["day"] = number_of(date(2025, 1, 31))
    return loan[0]  # type: ignore[no-any-return]


def test_principal_of_every_plan_adds_up_to_the_loan() -> None:
    for repayment in (ANNUITY, EQUAL, INTEREST_ONLY, BULLET):
        assert instalments(_loan(repayment), 0)["principal"].sum() == 12_000_000


def test_plans_worked_by_hand() -> None:
    """120,000 yuan at 6 % a year over a year: 600 yuan of interest in the first month."""
    interest_only, bullet = instalments(_loan(INTEREST_ONLY), 0), instalments(_loan(BULLET), 0)
    assert interest_only["interest"].tolist() == [60_000] * 12
    assert interest_only["principal"].tolist() == [0] * 11 + [12_000_000]
    assert bullet["interest"].tolist() == [720_000]
    equal = instalments(_loan(EQUAL), 0)
    assert equal["interest"].tolist()[:2] == [60_000, 55_000]
    annuity = instalments(_loan(ANNUITY), 0)
    total = annuity["principal"] + annuity["interest"]
    assert total.max() - total.min() <= 20
    assert abs(int(total[0]) - 1_032_797) <= 2


def test_instalments_are_paid_out_of_the_account(world: Tables) -> None:
    """What instalments say was paid is what left the accounts for them."""
    lines = world["truth/line"]
    kinds = pa.array(["loan_principal", "loan_interest"])
    out = pc.sum(lines.filter(pc.is_in(lines["kind"], kinds))["amount"]).as_py()
    best: dict[tuple[str, int], object] = {}
    for row in sorted(world["instalment"].to_pylist(), key=lambda row: row["known_at"]):
        best[row["loan_id"], row["number"]] = row["paid"]
    assert sum(best.values()) == out  # type: ignore[call-overload]
