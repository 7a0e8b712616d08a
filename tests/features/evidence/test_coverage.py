from datetime import date

import pandas as pd
import pytest

from features.catalogue import CATALOGUE

AS_OF = date(2024, 2, 10)
JAN = date(2024, 1, 1)
SHOWN = [{"account_id": "a1", "institution": "bank"}, {"account_id": "a2", "institution": "second"}]


def moved(direction, amount, day=5, **more):
    """A transfer between own accounts."""
    return {"booked_at": date(2024, 1, day), "direction": direction, "amount": amount, "summary": "转账",
            "counterparty_name": "甲厂", **more}  # fmt: skip


def sale(amount, **more):
    return {"booked_at": date(2024, 1, 3), "amount": amount, "summary": "货款", "counterparty_name": "乙公司", **more}


@pytest.fixture
def row(world_of, features_of):
    """Coverage of firm ``a`` on a date, from rows of the canonical tables."""

    def of(as_of=AS_OF, **tables):
        population = pd.DataFrame({"enterprise_id": ["a"], "as_of": [as_of]})
        return features_of(world_of(**tables), population).astype(dict.fromkeys(CATALOGUE, float)).iloc[0]

    return of


def transfers(found):
    return tuple(found[["unseen_transfer_in", "unseen_transfer_out", "unseen_accounts"]])


def test_what_stands_in_two_shown_accounts_is_no_evidence(row):
    lines = [
        sale("900.00"),
        sale("1.00", account_id="a2"),
        moved("out", "50.00"),
        moved("in", "50.00", account_id="a2"),
    ]
    found = row(account=SHOWN, line=lines)
    assert transfers(found) == (0.0, 0.0, 0.0)
    assert (found["unseen_transfer_share_12m"], found["coverage_score_12m"]) == (0.0, 1.0)


def test_what_stands_in_one_account_only_went_to_one_that_was_not_shown(row):
    lines = [sale("900.00"), moved("out", "50.00"), moved("out", "30.00", counterparty_account="62001"),
             moved("in", "20.00", counterparty_account="62002")]  # fmt: skip
    found = row(line=lines)
    assert transfers(found) == (20.0, 80.0, 2.0)
    assert found["unseen_transfer_share_12m"] == pytest.approx(100 / 1000, rel=1e-12)  # 900 + 20 in, 80 out
    assert found["coverage_score_12m"] == pytest.approx(0.9, rel=1e-12)


def test_an_account_without_a_name_is_one_at_least(row):
    assert transfers(row(line=[moved("out", "50.00", counterparty_account="62****01")])) == (0.0, 50.0, 1.0)


def test_of_several_equal_sums_only_the_surplus_has_no_other_end(row):
    pair = [moved("out", "50.00", day) for day in (5, 9, 12)] + [moved("in", "50.00", 6, account_id="a2")]
    assert transfers(row(account=SHOWN, line=pair)) == (0.0, 100.0, 1.0)


def test_what_went_and_came_back_in_one_account_has_no_other_end_in_it(row):
    assert transfers(row(line=[moved("out", "50.00"), moved("in", "50.00", 9)])) == (50.0, 50.0, 1.0)


def test_a_transfer_that_names_a_shown_account_has_its_other_end_there(row):
    lines = [moved("out", "50.00", counterparty_account="a2"), sale("1.00", account_id="a2")]
    assert transfers(row(account=SHOWN, line=lines)) == (0.0, 0.0, 0.0)


def test_another_bank_s_statistics_may_hold_the_other_end(row):
    told = {"month": JAN, "institution": "second", "category": "own_account", "amount": "70.00", "known_at": JAN}
    lines = [sale("900.00"), moved("out", "50.00"), moved("out", "30.00", counterparty_account="62001")]
    found = row(account=SHOWN, line=lines, platform_month=[told])
    assert transfers(found) == (0.0, 10.0, 1.0)
    whole = row(account=SHOWN, line=lines, platform_month=[told | {"amount": "80.00"}])
    assert transfers(whole) == (0.0, 0.0, 0.0)
    other_way = row(account=SHOWN, line=lines, platform_month=[told | {"direction": "out"}])
    assert transfers(other_way) == (0.0, 80.0, 1.0)


def test_the_account_that_a_later_version_of_the_line_names_is_later_knowledge(row):
    first = moved("out", "50.00", line_id="x", counterparty_account="62001")
    named = first | {"counterparty_account": "a2", "known_at": date(2024, 2, 20)}
    world = {"account": SHOWN, "line": [first, named, sale("1.00", account_id="a2")]}
    assert transfers(row(**world)) == (0.0, 50.0, 1.0)
    assert transfers(row(date(2024, 3, 1), **world)) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("account", "unseen"),
    [
        ({}, 1.0),
        ({"entrusted": False}, 1.0),
        ({"closed_on": date(2024, 1, 31)}, 0.0),
        ({"closed_on": AS_OF}, 1.0),
        ({"holder": "owner"}, 0.0),
        ({"kind": "invoice_ledger"}, 0.0),
        ({"currency": "USD"}, 0.0),
        ({"known_at": AS_OF}, 0.0),
        ({"institution": "told"}, 0.0),
    ],
)
def test_an_account_that_is_known_and_of_which_nothing_was_shown(row, account, unseen):
    second = {"account_id": "a2", "institution": "second", "known_at": date(2021, 1, 1)} | account
    told = {"month": JAN, "institution": "told", "amount": "1.00", "known_at": JAN}
    assert row(account=[{}, second], line=[sale("9.00")], platform_month=[told])["unseen_accounts"] == unseen


def months(first, last):
    """The fifth of each month from ``first`` to ``last`` months before AS_OF."""
    index = AS_OF.year * 12 + AS_OF.month - 1
    return [date((index - k) // 12, (index - k) % 12 + 1, 5) for k in range(first, last + 1)]


def test_sales_that_were_declared_and_not_seen_bound_the_coverage(row):
    lines = [sale("100.00") | {"booked_at": day} for day in months(1, 13)]
    declared = [
        {"period_start": d, "period_end": d, "due_on": d, "base": "125.00", "known_at": d} for d in months(1, 12)
    ]
    found = row(line=lines, tax_filing=declared)
    assert (found["declared_to_inflow_12m"], found["coverage_score_12m"]) == (1.25, 0.8)
    assert pd.isna(row(line=lines[:12], tax_filing=declared)["declared_to_inflow_12m"])
    surcharge = row(line=lines, tax_filing=[filing | {"kind": "surcharge"} for filing in declared])
    assert surcharge["declared_to_inflow_12m"] == 0.0


def test_bills_that_are_paid_and_whose_payment_nobody_saw(row):
    lines = [sale("100.00") | {"booked_at": day} for day in months(1, 12)]
    lines += [sale("6.00") | {"booked_at": day, "direction": "out", "summary": "电费"} for day in months(1, 11)]
    bills = [{"period": d.replace(day=1), "due_on": d, "paid_on": d, "amount": "10.00"} for d in months(1, 12)]
    found = row(line=lines, utility_bill=bills)
    # Paid 11 x 10 in the months 2 to 12, seen 11 x 6 in the months 1 to 12.
    assert found["dues_unseen_share_12m"] == pytest.approx(0.4, rel=1e-12)
    assert found["coverage_score_12m"] == pytest.approx(0.6, rel=1e-12)
    unpaid = row(line=lines, utility_bill=[bill | {"paid_on": None} for bill in bills])
    assert pd.isna(unpaid["dues_unseen_share_12m"])


def test_instalments_that_are_paid_and_whose_payment_nobody_saw(row):
    lines = [sale("100.00") | {"booked_at": day} for day in months(1, 12)]
    lines.append(sale("25.00") | {"booked_at": months(3, 3)[0], "direction": "out", "summary": "归还贷款本金"})
    instalments = [
        {"loan_id": "x", "number": n, "due_on": d, "paid_on": d, "principal_due": "40.00", "interest_due": "10.00"}
        for n, d in enumerate(months(1, 3), start=1)
    ]
    found = row(line=lines, instalment=instalments)
    # Those of the months 2 and 3: 100 paid, 25 seen.
    assert (found["instalments_unseen_share_12m"], found["coverage_score_12m"]) == (0.75, 0.25)


def test_lines_and_statistics_that_differ_are_a_gap(row):
    told = {"month": JAN, "institution": "bank", "amount": "100.00", "known_at": JAN}
    assert row(line=[sale("75.00")], platform_month=[told])["statistics_gap_share"] == 0.25
    assert row(line=[sale("100.00")], platform_month=[told])["statistics_gap_share"] == 0.0
    assert pd.isna(row(line=[sale("75.00")])["statistics_gap_share"])
    # The rules may put a line into another category than the platform does: that is no gap.
    cash = told | {"category": "cash"}
    assert row(line=[sale("100.00")], platform_month=[cash])["statistics_gap_share"] == 0.0


def test_days_overdrawn_that_nobody_tells_are_unknown_and_not_none(row):
    month = {"month": JAN, "closing_balance": "5.00", "lowest_balance": "-5.00", "known_at": JAN}
    assert pd.isna(row(account_month=[month])["negative_days_sum_3m"])
    fine = row(account_month=[month | {"lowest_balance": "1.00"}])
    assert (fine["negative_days_sum_3m"], fine["balance_closing_mean_6m"]) == (0.0, 5.0)
