from datetime import date

import pandas as pd
import pytest

AS_OF = date(2024, 7, 15)
BEFORE, ON, AFTER = date(2024, 7, 14), AS_OF, date(2024, 7, 16)


FIRM = {"founded_on": date(2020, 1, 31), "sole_proprietor": True, "employees": 7}
VERSIONS = [FIRM, FIRM | {"employees": 9, "known_at": BEFORE}, {"employees": 1, "known_at": ON}]


@pytest.mark.worlds(told={"enterprise": VERSIONS})
def test_the_firm_is_told_by_its_last_version_known_before_the_date(found):
    row = found["told"]
    assert (row["firm_age_months"], row["sole_proprietor"], row["employees"]) == (54.0, 1.0, 9.0)


@pytest.mark.worlds(untold={"enterprise": [{}]})
def test_what_is_not_told_of_the_firm_is_unknown(found):
    row = found["untold"]
    assert row[["firm_age_months", "sole_proprietor", "employees", "tax_grade"]].isna().all()


GRADES = [
    {"year": 2022, "grade": "A", "known_at": date(2023, 5, 1)},
    {"year": 2023, "grade": "M", "known_at": date(2024, 5, 1)},
    {"year": 2022, "grade": "D", "known_at": date(2024, 6, 1)},
    {"year": 2024, "grade": "D", "known_at": ON},
]


@pytest.mark.worlds(graded={"tax_grade": GRADES})
def test_the_grade_is_of_the_latest_year_known(found):
    assert found["graded"]["tax_grade"] == 3.0


PAID_OUT = date(2024, 1, 5)
LOANS = [
    {"committed": 100, "disbursed_on": PAID_OUT},
    {"committed": 20, "disbursed_on": PAID_OUT, "closed_on": date(2024, 5, 1)},
    {"committed": 3, "disbursed_on": PAID_OUT, "written_off_on": date(2024, 5, 1)},
    {"committed": 40000, "disbursed_on": ON, "known_at": BEFORE},  # agreed, paid out on the date itself
    {"committed": 500000, "disbursed_on": PAID_OUT, "known_at": ON},
    {"committed": 7, "disbursed_on": PAID_OUT, "loan_id": "later"},
    {"committed": 7, "disbursed_on": PAID_OUT, "loan_id": "later", "closed_on": ON, "known_at": ON},
]


@pytest.mark.worlds(lent={"loan": LOANS})
def test_our_exposure_is_the_committed_limits_of_loans_that_are_open(found):
    row = found["lent"]
    assert (row["exposure_ours"], row["exposure_all"]) == (107.0, 107.0)


SINCE = {"opened_on": date(2024, 1, 5)}
LINES = [
    SINCE | {"committed": 100, "overdue": 5, "institution": "x"},
    SINCE | {"committed": 50, "overdue": 0, "institution": "x"},
    SINCE | {"committed": 30, "overdue": 1, "institution": "y", "closed_on": AFTER},
    SINCE | {"committed": 9000, "overdue": 9, "institution": "z", "closed_on": BEFORE},
    SINCE | {"committed": 80000, "overdue": 9, "institution": "w", "known_at": ON},
]


@pytest.mark.worlds(lent={"credit_line": LINES, "loan": [{"committed": 1000, "disbursed_on": PAID_OUT}]})
def test_other_lenders_count_while_their_limits_are_open(found):
    row = found["lent"]
    assert (row["overdue"], row["lenders"]) == (6.0, 2.0)
    assert (row["exposure_ours"], row["exposure_all"]) == (1000.0, 1180.0)


OURS = {"committed": 100, "disbursed_on": PAID_OUT, "group_id": "g", "loan_id": "own"}
THEIRS = {"enterprise_id": "b", "disbursed_on": PAID_OUT, "group_id": "g"}
GROUP = [
    OURS,
    THEIRS | {"committed": 40, "loan_id": "open"},
    THEIRS | {"committed": 3, "loan_id": "closed"},
    THEIRS | {"committed": 3, "loan_id": "closed", "closed_on": date(2024, 5, 1), "known_at": date(2024, 5, 2)},
    THEIRS | {"committed": 500, "loan_id": "later", "known_at": ON},
    THEIRS | {"committed": 7000, "loan_id": "elsewhere", "group_id": "h"},
]


@pytest.mark.worlds(both={"loan": GROUP}, theirs={"loan": [THEIRS]})
def test_the_group_is_what_other_firms_of_the_same_group_have_of_us(found):
    row = found["both"]
    assert (row["exposure_group"], row["exposure_ours"]) == (40.0, 100.0)
    assert found["theirs"]["exposure_group"] == 0.0


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


@pytest.mark.worlds(
    two={"financial_statement": [STATEMENT, YEAR_BEFORE, STATEMENT | {"inventory": 9000, "known_at": ON}]}
)
def test_days_are_balances_of_two_period_ends_over_the_last_year(found):
    row = found["two"]
    # inventory (300 + 100) / 2 of 1,800 a year at cost: 40 days; receivables 500 of 3,600: 50; margin 360 / 3,600
    assert row["inventory_days"] == pytest.approx(40.0, rel=1e-12)
    assert row["receivables_days"] == pytest.approx(50.0, rel=1e-12)
    assert row["payables_days"] == pytest.approx(20.0, rel=1e-12)
    assert row["prepayments_days"] == pytest.approx(10.0, rel=1e-12)
    assert row["advances_days"] == pytest.approx(2.0, rel=1e-12)
    assert row["statement_margin"] == pytest.approx(0.1, rel=1e-12)


HALF = STATEMENT | {"months": 6, "period_end": date(2024, 6, 30), "known_at": BEFORE}


@pytest.mark.worlds(
    half={"financial_statement": [HALF]},
    old={"financial_statement": [STATEMENT | {"period_end": date(2022, 6, 30)}]},
    no_revenue={"financial_statement": [STATEMENT | {"revenue": 0}]},
)
def test_half_a_year_counts_twice_and_an_old_statement_not_at_all(found):
    assert found["half"]["receivables_days"] == pytest.approx(25.0, rel=1e-12)
    assert pd.isna(found["old"]["receivables_days"])
    assert pd.isna(found["no_revenue"]["receivables_days"])


@pytest.mark.worlds(told={"enterprise": [{"industry": "C13", "size_class": "medium"}]}, untold={"enterprise": [{}]})
def test_section_and_size_are_numbers_in_their_order(found):
    assert tuple(found["told"][["industry_section", "size_class"]]) == (3.0, 3.0)
    assert found["untold"][["industry_section", "size_class"]].isna().all()


QUERIED = [date(2024, 7, 1), date(2024, 6, 30), date(2024, 1, 1), date(2023, 12, 31)]
QUERIES = [{"queried_on": day} for day in QUERIED]
QUERIES += [{"queried_on": date(2024, 5, 1), "reason": reason} for reason in ("own", "post_loan")]


@pytest.mark.worlds(asked={"credit_query": QUERIES})
def test_queries_for_applications_in_the_six_months_before(found):
    assert found["asked"]["queries_6m"] == 2.0


EVENTS = [{"happened_on": d} for d in (date(2024, 7, 1), date(2024, 6, 30), date(2023, 7, 1), date(2023, 6, 30))]
EVENTS += [{"happened_on": date(2024, 5, 1), "kind": "lawsuit_plaintiff"}]
EVENTS += [{"happened_on": date(2024, 5, 1), "known_at": ON}]


@pytest.mark.worlds(sued={"court_event": EVENTS})
def test_court_events_against_the_firm_in_the_year_before(found):
    assert found["sued"]["court_events_12m"] == 2.0


@pytest.mark.worlds(none={})
def test_none_known_is_zero_and_not_unknown(found):
    names = ["exposure_ours", "exposure_all", "overdue", "lenders", "queries_6m", "court_events_12m"]
    assert (found["none"][names] == 0.0).all()


YUAN = {"account_id": "a1", "currency": "CNY", "known_at": date(2023, 1, 1)}
OTHERS = [
    {"account_id": "a2", "currency": "USD", "known_at": date(2023, 2, 1)},
    {"account_id": "a3", "currency": "CNY", "known_at": date(2023, 2, 1)},
    {"account_id": "a4", "currency": "EUR", "known_at": ON},
]


@pytest.mark.worlds(several={"account": [YUAN, *OTHERS]}, one={"account": [YUAN]})
def test_accounts_in_another_currency_than_the_first_are_counted(found):
    assert found["several"]["foreign_accounts"] == 1.0
    assert found["one"]["foreign_accounts"] == 0.0


DUE = {"amount": 40, "due_on": date(2024, 6, 20), "known_at": date(2024, 6, 1)}
BILLS = [
    DUE | {"bill_id": "late"},
    DUE | {"bill_id": "late", "paid_on": date(2024, 6, 25), "known_at": ON},  # told on the date itself
    DUE | {"bill_id": "paid", "paid_on": date(2024, 6, 25), "known_at": BEFORE},
    DUE | {"bill_id": "not due yet", "due_on": ON},
]
FILING = {"period_start": date(2024, 5, 1), "period_end": date(2024, 5, 31), "base": 0}
FILINGS = [
    FILING | {"amount_due": 7, "due_on": date(2024, 7, 10), "known_at": BEFORE},
    FILING | {"amount_due": None, "due_on": date(2024, 5, 10), "known_at": BEFORE},
]


@pytest.mark.worlds(
    unpaid={"utility_bill": BILLS, "tax_filing": FILINGS}, not_due={"utility_bill": [DUE | {"due_on": ON}]}
)
def test_a_bill_due_and_unpaid_on_the_date_is_unpaid_whatever_came_later(found):
    row = found["unpaid"]
    assert (row["unpaid_dues"], row["unpaid_dues_days"]) == (47.0, 25.0)
    assert found["not_due"][["unpaid_dues", "unpaid_dues_days"]].isna().all()


OWED = {"loan_id": "l", "known_at": BEFORE}
INSTALMENTS = [
    OWED | {"number": 1, "due_on": date(2024, 4, 1), "paid_on": date(2024, 4, 1)},
    OWED | {"number": 2, "due_on": date(2024, 5, 1), "paid_on": date(2024, 5, 6)},
    OWED | {"number": 3, "due_on": date(2024, 6, 25)},  # open for 20 days on the date
    OWED | {"number": 4, "due_on": date(2023, 6, 1), "paid_on": date(2023, 9, 1)},  # before the window
    OWED | {"number": 5, "due_on": date(2024, 7, 15)},  # on the date: not late yet
]


def owed(due_on: date, **paid: date) -> dict[str, list[dict[str, object]]]:
    return {"instalment": [OWED | {"number": 1, "due_on": due_on} | paid]}


@pytest.mark.worlds(
    owed={"instalment": INSTALMENTS},
    this_month=owed(date(2024, 7, 3)),
    paid_later={"instalment": [OWED | {"number": 1, "due_on": date(2024, 7, 3)},
                               OWED | {"number": 1, "due_on": date(2024, 7, 3), "paid_on": date(2024, 7, 15),
                                       "known_at": date(2024, 7, 15)}]},
    paid_at_once=owed(date(2024, 7, 3), paid_on=date(2024, 7, 4)),
    long_ago=owed(date(2023, 5, 1)),
    falls_due=owed(date(2024, 7, 15)),
)  # fmt: skip
def test_an_instalment_is_late_by_its_day_of_payment_or_to_the_date(found):
    told = {name: (row["late_instalments_12m"], row["days_past_due_max_12m"]) for name, row in found.items()}
    assert told["owed"] == (2.0, 20.0)
    assert told["this_month"] == told["paid_later"] == (1.0, 12.0)  # paid on the date: known only on the next day
    assert told["paid_at_once"] == (1.0, 1.0)
    assert told["long_ago"] == (1.0, 441.0)  # unpaid to this day, though it fell due before the window
    assert pd.isna(told["falls_due"][0])


USED = [
    {"institution": "x", "committed": 100, "balance": 25, "opened_on": date(2023, 1, 5)},
    {"institution": "y", "kind": "non_bank", "committed": 100, "balance": 75, "opened_on": date(2024, 6, 5)},
    {"institution": "z", "committed": 9, "balance": 9, "opened_on": date(2023, 6, 5), "closed_on": BEFORE,
     "known_at": BEFORE},
]  # fmt: skip


@pytest.mark.worlds(used={"credit_line": USED})
def test_how_other_lenders_are_used_and_who_is_new(found):
    row = found["used"]
    assert (row["used_share"], row["balance_others"]) == (0.5, 100.0)
    assert (row["lenders"], row["lenders_non_bank"], row["new_lenders_6m"]) == (2.0, 1.0, 1.0)


GIVEN = {"side": "given", "party_id": "p", "starts_on": date(2024, 1, 5), "known_at": BEFORE}
GUARANTEES = [
    GIVEN | {"amount": 30},
    GIVEN | {"amount": 5, "ends_on": ON},
    GIVEN | {"amount": 700, "ends_on": BEFORE},
    GIVEN | {"amount": 9000, "side": "received"},
]


@pytest.mark.worlds(given={"guarantee": GUARANTEES})
def test_guarantees_that_were_given_count_while_they_run(found):
    assert found["given"]["guaranteed"] == 35.0


ASKED = [{"queried_on": date(y, m, 3)} for y, m in ((2024, 7), (2024, 6), (2024, 2), (2023, 7), (2023, 6))]
CASES = [{"happened_on": date(2024, 1, 3)}, {"happened_on": date(2021, 7, 3)}]


@pytest.mark.worlds(both={"credit_query": ASKED, "court_event": CASES})
def test_queries_and_cases_by_window(found):
    row = found["both"]
    assert row[["queries_3m", "queries_6m", "queries_12m"]].tolist() == [1.0, 2.0, 3.0]
    assert row[["court_events_12m", "court_events_36m"]].tolist() == [1.0, 2.0]
