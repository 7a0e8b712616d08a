"""What falls due after the date, by hand; the date is 15 July 2024."""

from datetime import date

import pandas as pd
import pytest

AS_OF = date(2024, 7, 15)
BEFORE, PAID_OUT = date(2024, 7, 14), date(2024, 1, 5)
PLAN = {"loan_id": "l", "known_at": PAID_OUT, "paid": 0}


@pytest.fixture(scope="module")
def owed(world_of, features_of):
    """Features of firm ``a`` on the date from rows by table."""

    def of(**rows):
        return features_of(world_of(**rows), pd.DataFrame({"enterprise_id": ["a"], "as_of": [AS_OF]})).iloc[0]

    return of


def loan(number, matures_on, **more):
    return {"loan_id": number, "committed": 100, "disbursed_on": PAID_OUT, "matures_on": matures_on} | more


def test_ours_that_ends_from_the_date_on_within_31_days_is_told_apart(owed):
    row = owed(
        loan=[
            loan("on the date", AS_OF, committed=1),
            loan("last day", date(2024, 8, 15), committed=20),
            loan("a day later", date(2024, 8, 16), committed=300),
            loan("past due", BEFORE, committed=4000),
            loan("settled", AS_OF, committed=50000, closed_on=BEFORE),
        ]
    )
    assert (row["exposure_due"], row["exposure_ours"]) == (21.0, 4321.0)


def test_what_falls_due_in_twelve_months_and_what_is_overdue_is_a_twelfth_of_it_a_month(owed):
    plan = [
        PLAN | {"number": 1, "due_on": date(2024, 5, 1), "principal_due": 100, "interest_due": 20, "paid": 60},  # 60
        PLAN | {"number": 2, "due_on": AS_OF, "principal_due": 100, "interest_due": 8},  # 108
        PLAN | {"number": 3, "due_on": date(2025, 7, 14), "principal_due": 500, "interest_due": 4},  # 504
        PLAN | {"number": 4, "due_on": date(2025, 7, 15), "principal_due": 9000, "interest_due": 4},  # later
        PLAN | {"number": 5, "due_on": date(2024, 6, 1), "principal_due": 9000, "interest_due": 4},
        PLAN | {"number": 5, "due_on": date(2024, 6, 1), "principal_due": 9000, "interest_due": 4, "paid": 9004,
                "paid_on": date(2024, 6, 1), "known_at": BEFORE},
    ]  # fmt: skip
    assert owed(loan=[loan("l", date(2026, 1, 5))], instalment=plan)["service_due"] == pytest.approx(672 / 12)
    assert owed(loan=[loan("l", date(2024, 8, 5))], instalment=plan)["service_due"] == 0.0  # to be renewed or repaid
    late = [row | {"known_at": AS_OF} for row in plan]
    assert owed(loan=[loan("l", date(2026, 1, 5))], instalment=late)["service_due"] == 0.0


def test_other_lenders_count_by_their_reports_and_by_a_twelfth_of_the_balance_without_a_payment(owed):
    since = {"opened_on": PAID_OUT, "institution": "x", "committed": 900}
    row = owed(
        credit_line=[
            since | {"balance": 500, "monthly_service": 40},
            since | {"balance": 600, "monthly_service": None},
            since | {"balance": 0, "monthly_service": 70, "closed_on": BEFORE},
        ]
    )
    assert row["service_due"] == pytest.approx(40 + 600 / 12)


def test_without_any_debt_known_nothing_is_due(owed):
    assert owed()[["exposure_due", "service_due"]].astype(float).tolist() == [0.0, 0.0]
