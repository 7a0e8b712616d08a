from datetime import date

import pandas as pd
import pytest

AS_OF = date(2024, 7, 15)
BEFORE, ON, AFTER = date(2024, 7, 14), AS_OF, date(2024, 7, 16)


@pytest.fixture(scope="module")
def stocks_of(world_of, features_of):
    """Features of firm ``a`` on AS_OF from rows by table."""

    def of(**rows):
        return features_of(world_of(**rows), pd.DataFrame({"enterprise_id": ["a"], "as_of": [AS_OF]})).iloc[0]

    return of


def test_the_firm_is_told_by_its_last_version_known_before_the_date(stocks_of):
    firm = {"founded_on": date(2020, 1, 31), "sole_proprietor": True, "employees": 7}
    row = stocks_of(enterprise=[firm, firm | {"employees": 9, "known_at": BEFORE}, {"employees": 1, "known_at": ON}])
    assert (row["firm_age_months"], row["sole_proprietor"], row["employees"]) == (54.0, 1.0, 9.0)


def test_what_is_not_told_of_the_firm_is_unknown(stocks_of):
    row = stocks_of(enterprise=[{}])
    assert row[["firm_age_months", "sole_proprietor", "employees", "tax_grade"]].isna().all()


def test_the_grade_is_of_the_latest_year_known(stocks_of):
    grades = [
        {"year": 2022, "grade": "A", "known_at": date(2023, 5, 1)},
        {"year": 2023, "grade": "M", "known_at": date(2024, 5, 1)},
        {"year": 2022, "grade": "D", "known_at": date(2024, 6, 1)},
        {"year": 2024, "grade": "D", "known_at": ON},
    ]
    assert stocks_of(tax_grade=grades)["tax_grade"] == 3.0


def test_our_exposure_is_the_committed_limits_of_loans_that_are_open(stocks_of):
    paid_out = date(2024, 1, 5)
    loans = [
        {"committed": 100, "disbursed_on": paid_out},
        {"committed": 20, "disbursed_on": paid_out, "closed_on": date(2024, 5, 1)},
        {"committed": 3, "disbursed_on": paid_out, "written_off_on": date(2024, 5, 1)},
        {"committed": 40000, "disbursed_on": ON, "known_at": BEFORE},  # agreed, paid out on the date itself
        {"committed": 500000, "disbursed_on": paid_out, "known_at": ON},
        {"committed": 7, "disbursed_on": paid_out, "loan_id": "later"},
        {"committed": 7, "disbursed_on": paid_out, "loan_id": "later", "closed_on": ON, "known_at": ON},
    ]
    row = stocks_of(loan=loans)
    assert (row["exposure_ours"], row["exposure_all"]) == (107.0, 107.0)


def test_other_lenders_count_while_their_limits_are_open(stocks_of):
    since = {"opened_on": date(2024, 1, 5)}
    lines = [
        since | {"committed": 100, "overdue": 5, "institution": "x"},
        since | {"committed": 50, "overdue": 0, "institution": "x"},
        since | {"committed": 30, "overdue": 1, "institution": "y", "closed_on": AFTER},
        since | {"committed": 9000, "overdue": 9, "institution": "z", "closed_on": BEFORE},
        since | {"committed": 80000, "overdue": 9, "institution": "w", "known_at": ON},
    ]
    loan = {"committed": 1000, "disbursed_on": date(2024, 1, 5)}
    row = stocks_of(credit_line=lines, loan=[loan])
    assert (row["overdue"], row["lenders"]) == (6.0, 2.0)
    assert (row["exposure_ours"], row["exposure_all"]) == (1000.0, 1180.0)


def test_the_group_is_what_other_firms_of_the_same_group_have_of_us(stocks_of):
    paid_out = date(2024, 1, 5)
    ours = {"committed": 100, "disbursed_on": paid_out, "group_id": "g", "loan_id": "own"}
    others = {"enterprise_id": "b", "disbursed_on": paid_out, "group_id": "g"}
    loans = [
        ours,
        others | {"committed": 40, "loan_id": "open"},
        others | {"committed": 3, "loan_id": "closed"},
        others | {"committed": 3, "loan_id": "closed", "closed_on": date(2024, 5, 1), "known_at": date(2024, 5, 2)},
        others | {"committed": 500, "loan_id": "later", "known_at": ON},
        others | {"committed": 7000, "loan_id": "elsewhere", "group_id": "h"},
    ]
    row = stocks_of(loan=loans)
    assert (row["exposure_group"], row["exposure_ours"]) == (40.0, 100.0)
    assert stocks_of(loan=[others])["exposure_group"] == 0.0


STATEMENT = {"revenue": 3600, "cost": 1800, "net_profit": 360, "inventory": 300, "receivables": 500, "payables": 100,
             "prepayments": 50, "advances": 20, "equity": 1, "months": 12, "period_end": date(2023, 12, 31),
             "known_at": date(2024, 3, 1)}  # fmt: skip
YEAR_BEFORE = STATEMENT | {
    "revenue": 1,
    "cost": 1,
    "net_profit": -9,
    "inventory": 100,
    "period_end": date(2022, 12, 31),
}


def test_days_are_balances_of_two_period_ends_over_the_last_year(stocks_of):
    row = stocks_of(financial_statement=[STATEMENT, YEAR_BEFORE, STATEMENT | {"inventory": 9000, "known_at": ON}])
    # inventory (300 + 100) / 2 of 1,800 a year at cost: 40 days; receivables 500 of 3,600: 50; margin 360 / 3,600
    assert row["inventory_days"] == pytest.approx(40.0, rel=1e-12)
    assert row["receivables_days"] == pytest.approx(50.0, rel=1e-12)
    assert row["payables_days"] == pytest.approx(20.0, rel=1e-12)
    assert row["prepayments_days"] == pytest.approx(10.0, rel=1e-12)
    assert row["advances_days"] == pytest.approx(2.0, rel=1e-12)
    assert row["statement_margin"] == pytest.approx(0.1, rel=1e-12)


def test_half_a_year_counts_twice_and_an_old_statement_not_at_all(stocks_of):
    half = STATEMENT | {"months": 6, "period_end": date(2024, 6, 30), "known_at": BEFORE}
    assert stocks_of(financial_statement=[half])["receivables_days"] == pytest.approx(25.0, rel=1e-12)
    old = STATEMENT | {"period_end": date(2022, 6, 30)}
    assert pd.isna(stocks_of(financial_statement=[old])["receivables_days"])
    assert pd.isna(stocks_of(financial_statement=[STATEMENT | {"revenue": 0}])["receivables_days"])


def test_section_and_size_are_numbers_in_their_order(stocks_of):
    row = stocks_of(enterprise=[{"industry": "C13", "size_class": "medium"}])
    assert (row["industry_section"], row["size_class"]) == (3.0, 3.0)
    assert stocks_of(enterprise=[{}])[["industry_section", "size_class"]].isna().all()


def test_queries_for_applications_in_the_six_months_before(stocks_of):
    days = [date(2024, 7, 1), date(2024, 6, 30), date(2024, 1, 1), date(2023, 12, 31)]
    queries = [{"queried_on": day} for day in days]
    queries += [{"queried_on": date(2024, 5, 1), "reason": reason} for reason in ("own", "post_loan")]
    assert stocks_of(credit_query=queries)["queries_6m"] == 2.0


def test_court_events_against_the_firm_in_the_year_before(stocks_of):
    days = [date(2024, 7, 1), date(2024, 6, 30), date(2023, 7, 1), date(2023, 6, 30)]
    events = [{"happened_on": day} for day in days]
    events += [{"happened_on": date(2024, 5, 1), "kind": "lawsuit_plaintiff"}]
    events += [{"happened_on": date(2024, 5, 1), "known_at": ON}]
    assert stocks_of(court_event=events)["court_events_12m"] == 2.0


def test_none_known_is_zero_and_not_unknown(stocks_of):
    row = stocks_of()
    names = ["exposure_ours", "exposure_all", "overdue", "lenders", "queries_6m", "court_events_12m"]
    assert (row[names].astype(float) == 0.0).all()


def test_accounts_in_another_currency_than_the_first_are_counted(stocks_of):
    first = {"account_id": "a1", "currency": "CNY", "known_at": date(2023, 1, 1)}
    others = [
        {"account_id": "a2", "currency": "USD", "known_at": date(2023, 2, 1)},
        {"account_id": "a3", "currency": "CNY", "known_at": date(2023, 2, 1)},
        {"account_id": "a4", "currency": "EUR", "known_at": ON},
    ]
    assert stocks_of(account=[first, *others])["foreign_accounts"] == 1.0
    assert stocks_of(account=[first])["foreign_accounts"] == 0.0


def test_a_bill_due_and_unpaid_on_the_date_is_unpaid_whatever_came_later(stocks_of):
    due = {"amount": 40, "due_on": date(2024, 6, 20), "known_at": date(2024, 6, 1)}
    filing = {"period_start": date(2024, 5, 1), "period_end": date(2024, 5, 31), "base": 0}
    row = stocks_of(
        utility_bill=[
            due | {"bill_id": "late"},
            due | {"bill_id": "late", "paid_on": date(2024, 6, 25), "known_at": ON},  # told on the date itself
            due | {"bill_id": "paid", "paid_on": date(2024, 6, 25), "known_at": BEFORE},
            due | {"bill_id": "not due yet", "due_on": ON},
        ],
        tax_filing=[
            filing | {"amount_due": 7, "due_on": date(2024, 7, 10), "known_at": BEFORE},
            filing | {"amount_due": None, "due_on": date(2024, 5, 10), "known_at": BEFORE},
        ],
    )
    assert (row["unpaid_dues"], row["unpaid_dues_days"]) == (47.0, 25.0)
    assert stocks_of(utility_bill=[due | {"due_on": ON}])[["unpaid_dues", "unpaid_dues_days"]].isna().all()


def test_an_instalment_is_late_by_its_day_of_payment_or_to_the_date(stocks_of):
    known = {"loan_id": "l", "known_at": BEFORE}
    row = stocks_of(
        instalment=[
            known | {"number": 1, "due_on": date(2024, 4, 1), "paid_on": date(2024, 4, 1)},
            known | {"number": 2, "due_on": date(2024, 5, 1), "paid_on": date(2024, 5, 6)},
            known | {"number": 3, "due_on": date(2024, 6, 25)},  # open for 20 days on the date
            known | {"number": 4, "due_on": date(2023, 6, 1), "paid_on": date(2023, 9, 1)},  # before the window
            known | {"number": 5, "due_on": date(2024, 7, 10)},  # in the month of the date
        ]
    )
    assert (row["late_instalments_12m"], row["days_past_due_max_12m"]) == (2.0, 20.0)


def test_how_other_lenders_are_used_and_who_is_new(stocks_of):
    row = stocks_of(
        credit_line=[
            {"institution": "x", "committed": 100, "balance": 25, "opened_on": date(2023, 1, 5)},
            {"institution": "y", "kind": "non_bank", "committed": 100, "balance": 75, "opened_on": date(2024, 6, 5)},
            {"institution": "z", "committed": 9, "balance": 9, "opened_on": date(2023, 6, 5), "closed_on": BEFORE,
             "known_at": BEFORE},
        ]
    )  # fmt: skip
    assert (row["used_share"], row["balance_others"]) == (0.5, 100.0)
    assert (row["lenders"], row["lenders_non_bank"], row["new_lenders_6m"]) == (2.0, 1.0, 1.0)


def test_guarantees_that_were_given_count_while_they_run(stocks_of):
    given = {"side": "given", "party_id": "p", "starts_on": date(2024, 1, 5), "known_at": BEFORE}
    row = stocks_of(
        guarantee=[
            given | {"amount": 30},
            given | {"amount": 5, "ends_on": ON},
            given | {"amount": 700, "ends_on": BEFORE},
            given | {"amount": 9000, "side": "received"},
        ]
    )
    assert row["guaranteed"] == 35.0


def test_queries_and_cases_by_window(stocks_of):
    def asked(year, month):
        return {"queried_on": date(year, month, 3)}

    row = stocks_of(
        credit_query=[asked(2024, 7), asked(2024, 6), asked(2024, 2), asked(2023, 7), asked(2023, 6)],
        court_event=[{"happened_on": date(2024, 1, 3)}, {"happened_on": date(2021, 7, 3)}],
    )
    assert row[["queries_3m", "queries_6m", "queries_12m"]].tolist() == [1.0, 2.0, 3.0]
    assert row[["court_events_12m", "court_events_36m"]].tolist() == [1.0, 2.0]
