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
