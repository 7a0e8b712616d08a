"""Days from invoice to payment, of small worlds by hand; all months are whole, the year before 2025-07-01."""

from datetime import date

import pytest

AS_OF = date(2025, 7, 1)
KNOWN = {"counterparty_id": "C1", "counterparty_name": "甲客户", "summary": "货款"}
YEAR = [(2024 + (m > 12), (m - 1) % 12 + 1) for m in range(7, 19)]  # July 2024 to June 2025


def sold(day, gross, party="C1", way="in", **more):
    return {"issued_on": day, "gross": gross, "counterparty_id": party, "direction": way, **more}


def received(day, amount, party="C1", way="in", **more):
    return {**KNOWN, "booked_at": day, "amount": amount, "counterparty_id": party, "direction": way, **more}


def monthly(make, amount, months, day=10, **more):
    return [make(date(year, month, day), amount, **more) for year, month in months]


LATER = [(2024, m) for m in range(8, 13)] + [(2025, m) for m in range(1, 7)]  # paid a month later
BOTH = {
    "invoice": monthly(sold, "120.00", YEAR) + monthly(sold, "60.00", YEAR, party="S1", way="out"),
    "line": monthly(received, "120.00", LATER) + monthly(received, "60.00", YEAR, party="S1", way="out", day=20),
}


@pytest.mark.worlds(both=BOTH)
def test_a_month_to_be_paid_is_thirty_days_and_the_same_month_none(found):
    """120 stands open at each of twelve month ends: 12 x 120 / 12 of 12 x 120 a year is a twelfth of 360 days."""
    row = found["both"]
    assert row["receivables_days_paid_12m"] == pytest.approx(30.0, rel=1e-12)
    assert row["payables_days_paid_12m"] == 0.0


@pytest.mark.worlds(
    parts={"invoice": [sold(date(2024, 7, 5), "900.00"), sold(date(2025, 1, 5), "300.00")],
           "line": [received(date(2024, 9, 3), "600.00"), received(date(2025, 2, 3), "600.00")]},
    ahead={"invoice": [sold(date(2024, 7, 5), "900.00"), sold(date(2025, 1, 5), "300.00")],
           "line": [received(date(2024, 6, 3), "500.00"), received(date(2024, 9, 3), "900.00"),
                    received(date(2025, 3, 3), "300.00")]},
)  # fmt: skip
def test_receipts_settle_the_oldest_first_and_what_is_paid_ahead_settles_nothing_later(found):
    # 900 open in July and August, 300 from September to December, 600 in January, nothing from February on:
    # 900 x 2 + 300 x 4 + 600 = 3,600 over 12 ends, of 1,200 a year, is 90 days
    assert found["parts"]["receivables_days_paid_12m"] == pytest.approx(90.0, rel=1e-12)
    # what came in June 2024 was for an invoice that nobody knows: 900 x 2 + 300 x 2 = 2,400
    assert found["ahead"]["receivables_days_paid_12m"] == pytest.approx(60.0, rel=1e-12)


@pytest.mark.worlds(
    red={"invoice": [sold(date(2024, 7, 5), "900.00"), sold(date(2024, 8, 5), "-300.00")],
         "line": [received(date(2024, 9, 3), "600.00")]},
    bill={"invoice": [sold(date(2024, 7, 5), "900.00")],
          "bill": [{"direction": "in", "kind": "bank_acceptance", "amount": "900.00", "counterparty_id": "C1",
                    "ground": "sale", "received_on": date(2024, 8, 20), "matures_on": date(2025, 2, 20),
                    "known_at": date(2024, 8, 21)}]},
)  # fmt: skip
def test_a_red_letter_takes_its_invoice_back_and_an_acceptance_settles(found):
    assert found["red"]["receivables_days_paid_12m"] == pytest.approx((900 + 600) / 12 / 600 * 360, rel=1e-12)
    assert found["bill"]["receivables_days_paid_12m"] == pytest.approx(900 / 12 / 900 * 360, rel=1e-12)


ELSEWHERE = monthly(sold, "100.00", YEAR, party="C2")  # pays on an account that is not shown


@pytest.mark.worlds(
    few={**BOTH, "invoice": BOTH["invoice"] + ELSEWHERE},
    most={**BOTH, "invoice": BOTH["invoice"] + ELSEWHERE + monthly(sold, "30.00", YEAR, party="C3")},
    young={"invoice": monthly(sold, "120.00", YEAR[1:]), "line": monthly(received, "120.00", LATER[1:])},
    none={"invoice": BOTH["invoice"]},
    ledger={**BOTH, "account": [{}, {"account_id": "a2", "kind": "invoice_ledger"}]},
)
def test_who_pays_where_nobody_looks_does_not_count_and_too_few_are_unknown(found):
    assert found["few"]["receivables_days_paid_12m"] == pytest.approx(30.0, rel=1e-12)  # 120 of 220 count
    assert found["few"]["payables_days_paid_12m"] == 0.0
    for unknown in ("most", "young", "none", "ledger"):
        assert found[unknown].isna()["receivables_days_paid_12m"]


@pytest.mark.worlds(
    told={**BOTH, "invoice": BOTH["invoice"] + [sold(date(2025, 5, 3), "999.00", known_at=date(2025, 7, 1))],
          "line": BOTH["line"] + [received(date(2025, 6, 20), "50.00", known_at=date(2025, 7, 2))]},
    before={**BOTH, "as_of": date(2025, 6, 30),
            "invoice": BOTH["invoice"] + monthly(sold, "120.00", [(2024, 6)]),
            "line": BOTH["line"] + monthly(received, "120.00", [(2024, 7)])},
)  # fmt: skip
def test_only_what_was_known_before_the_date_and_whole_months_before_it_count(found):
    assert found["told"]["receivables_days_paid_12m"] == pytest.approx(30.0, rel=1e-12)
    assert found["before"]["receivables_days_paid_12m"] == pytest.approx(30.0, rel=1e-12)  # June 2024 to May 2025
