from datetime import date

import pandas as pd
import pytest

AS_OF = date(2024, 2, 10)
JAN = date(2024, 1, 1)
SHOWN = [{"account_id": "a1", "institution": "bank"}, {"account_id": "a2", "institution": "second"}]


def moved(direction, amount, day=5, **more):
    """A transfer between own accounts."""
    return {"booked_at": date(2024, 1, day), "direction": direction, "amount": amount, "summary": "转账",
            "counterparty_name": "甲厂", **more}  # fmt: skip


def sale(amount, **more):
    return {"booked_at": date(2024, 1, 3), "amount": amount, "summary": "货款", "counterparty_name": "乙公司", **more}


def transfers(row):
    return tuple(row[["unseen_transfer_in", "unseen_transfer_out", "unseen_accounts"]])


TWO_ENDS = [sale("900.00"), sale("1.00", account_id="a2"), moved("out", "50.00"), moved("in", "50.00", account_id="a2")]


@pytest.mark.worlds(both={"account": SHOWN, "line": TWO_ENDS})
def test_what_stands_in_two_shown_accounts_is_no_evidence(found):
    both = found["both"]
    assert transfers(both) == (0.0, 0.0, 0.0)
    assert (both["unseen_transfer_share_12m"], both["coverage_score_12m"]) == (0.0, 1.0)


ONE_END = [sale("900.00"), moved("out", "50.00"), moved("out", "30.00", counterparty_account="62001"),
           moved("in", "20.00", counterparty_account="62002")]  # fmt: skip


@pytest.mark.worlds(one={"line": ONE_END})
def test_what_stands_in_one_account_only_went_to_one_that_was_not_shown(found):
    one = found["one"]
    assert transfers(one) == (20.0, 80.0, 2.0)
    assert one["unseen_transfer_share_12m"] == pytest.approx(100 / 1000, rel=1e-12)  # 900 + 20 in, 80 out
    assert one["coverage_score_12m"] == pytest.approx(0.9, rel=1e-12)


@pytest.mark.worlds(masked={"line": [moved("out", "50.00", counterparty_account="62****01")]})
def test_an_account_without_a_name_is_one_at_least(found):
    assert transfers(found["masked"]) == (0.0, 50.0, 1.0)


EQUAL = [moved("out", "50.00", day) for day in (5, 9, 12)] + [moved("in", "50.00", 6, account_id="a2")]


@pytest.mark.worlds(equal={"account": SHOWN, "line": EQUAL})
def test_of_several_equal_sums_only_the_surplus_has_no_other_end(found):
    assert transfers(found["equal"]) == (0.0, 100.0, 1.0)


@pytest.mark.worlds(back={"line": [moved("out", "50.00"), moved("in", "50.00", 9)]})
def test_what_went_and_came_back_in_one_account_has_no_other_end_in_it(found):
    assert transfers(found["back"]) == (50.0, 50.0, 1.0)


NAMED = [moved("out", "50.00", counterparty_account="a2"), sale("1.00", account_id="a2")]


@pytest.mark.worlds(named={"account": SHOWN, "line": NAMED})
def test_a_transfer_that_names_a_shown_account_has_its_other_end_there(found):
    assert transfers(found["named"]) == (0.0, 0.0, 0.0)


TOLD = {"month": JAN, "institution": "second", "category": "own_account", "amount": "70.00", "known_at": JAN}
GONE = [sale("900.00"), moved("out", "50.00"), moved("out", "30.00", counterparty_account="62001")]
OUT = {"account": SHOWN, "line": GONE}


@pytest.mark.worlds(
    part=OUT | {"platform_month": [TOLD]},
    whole=OUT | {"platform_month": [TOLD | {"amount": "80.00"}]},
    other_way=OUT | {"platform_month": [TOLD | {"direction": "out"}]},
)
def test_another_bank_s_statistics_may_hold_the_other_end(found):
    assert transfers(found["part"]) == (0.0, 10.0, 1.0)
    assert transfers(found["whole"]) == (0.0, 0.0, 0.0)
    assert transfers(found["other_way"]) == (0.0, 80.0, 1.0)


UNNAMED = moved("out", "50.00", line_id="x", counterparty_account="62001")
CORRECTED = UNNAMED | {"counterparty_account": "a2", "known_at": date(2024, 2, 20)}
RENAMED = {"account": SHOWN, "line": [UNNAMED, CORRECTED, sale("1.00", account_id="a2")]}


@pytest.mark.worlds(before=RENAMED, after=RENAMED | {"as_of": date(2024, 3, 1)})
def test_the_account_that_a_later_version_of_the_line_names_is_later_knowledge(found):
    assert transfers(found["before"]) == (0.0, 50.0, 1.0)
    assert transfers(found["after"]) == (0.0, 0.0, 0.0)


ACCOUNTS = {
    "known": ({}, 1.0),
    "not entrusted": ({"entrusted": False}, 1.0),
    "closed before": ({"closed_on": date(2024, 1, 31)}, 0.0),
    "closed on the date": ({"closed_on": AS_OF}, 1.0),
    "of the owner": ({"holder": "owner"}, 0.0),
    "of invoices": ({"kind": "invoice_ledger"}, 0.0),
    "in dollars": ({"currency": "USD"}, 0.0),
    "known on the date": ({"known_at": AS_OF}, 0.0),
    "told by statistics": ({"institution": "told"}, 0.0),
}


def with_a_second(account):
    second = {"account_id": "a2", "institution": "second", "known_at": date(2021, 1, 1)} | account
    told = {"month": JAN, "institution": "told", "amount": "1.00", "known_at": JAN}
    return {"account": [{}, second], "line": [sale("9.00")], "platform_month": [told]}


@pytest.mark.worlds(**{name: with_a_second(account) for name, (account, _) in ACCOUNTS.items()})
def test_an_account_that_is_known_and_of_which_nothing_was_shown(found):
    assert {name: row["unseen_accounts"] for name, row in found.items()} == {
        name: unseen for name, (_, unseen) in ACCOUNTS.items()
    }


def months(first, last):
    """The fifth of each month from ``first`` to ``last`` months before AS_OF."""
    index = AS_OF.year * 12 + AS_OF.month - 1
    return [date((index - k) // 12, (index - k) % 12 + 1, 5) for k in range(first, last + 1)]


MONTHLY = [sale("100.00") | {"booked_at": day} for day in months(1, 13)]
DECLARED = [{"period_start": d, "period_end": d, "due_on": d, "base": "125.00", "known_at": d} for d in months(1, 12)]


@pytest.mark.worlds(
    whole={"line": MONTHLY, "tax_filing": DECLARED},
    year={"line": MONTHLY[:12], "tax_filing": DECLARED},
    surcharge={"line": MONTHLY, "tax_filing": [filing | {"kind": "surcharge"} for filing in DECLARED]},
)
def test_sales_that_were_declared_and_not_seen_bound_the_coverage(found):
    whole = found["whole"]
    assert (whole["declared_to_inflow_12m"], whole["coverage_score_12m"]) == (1.25, 0.8)
    assert pd.isna(found["year"]["declared_to_inflow_12m"])
    assert found["surcharge"]["declared_to_inflow_12m"] == 0.0


POWER = [sale("6.00") | {"booked_at": day, "direction": "out", "summary": "电费"} for day in months(1, 11)]
BILLS = [{"period": d.replace(day=1), "due_on": d, "paid_on": d, "amount": "10.00"} for d in months(1, 12)]


@pytest.mark.worlds(
    paid={"line": MONTHLY[:12] + POWER, "utility_bill": BILLS},
    unpaid={"line": MONTHLY[:12] + POWER, "utility_bill": [bill | {"paid_on": None} for bill in BILLS]},
)
def test_bills_that_are_paid_and_whose_payment_nobody_saw(found):
    paid = found["paid"]
    # Paid 11 x 10 in the months 2 to 12, seen 11 x 6 in the months 1 to 12.
    assert paid["dues_unseen_share_12m"] == pytest.approx(0.4, rel=1e-12)
    assert paid["coverage_score_12m"] == pytest.approx(0.6, rel=1e-12)
    assert pd.isna(found["unpaid"]["dues_unseen_share_12m"])


REPAID = sale("25.00") | {"booked_at": months(3, 3)[0], "direction": "out", "summary": "归还贷款本金"}
INSTALMENTS = [
    {"loan_id": "x", "number": n, "due_on": d, "paid_on": d, "principal_due": "40.00", "interest_due": "10.00"}
    for n, d in enumerate(months(1, 3), start=1)
]


@pytest.mark.worlds(paid={"line": [*MONTHLY[:12], REPAID], "instalment": INSTALMENTS})
def test_instalments_that_are_paid_and_whose_payment_nobody_saw(found):
    # Those of the months 2 and 3: 100 paid, 25 seen.
    assert tuple(found["paid"][["instalments_unseen_share_12m", "coverage_score_12m"]]) == (0.75, 0.25)


STATISTIC = {"month": JAN, "institution": "bank", "amount": "100.00", "known_at": JAN}


@pytest.mark.worlds(
    less={"line": [sale("75.00")], "platform_month": [STATISTIC]},
    same={"line": [sale("100.00")], "platform_month": [STATISTIC]},
    untold={"line": [sale("75.00")]},
    # The rules may put a line into another category than the platform does: that is no gap.
    category={"line": [sale("100.00")], "platform_month": [STATISTIC | {"category": "cash"}]},
)
def test_lines_and_statistics_that_differ_are_a_gap(found):
    gap = {name: row["statistics_gap_share"] for name, row in found.items()}
    assert gap == pytest.approx(
        {"less": 0.25, "same": 0.0, "untold": float("nan"), "category": 0.0}, abs=0, nan_ok=True
    )


OVERDRAWN = {"month": JAN, "closing_balance": "5.00", "lowest_balance": "-5.00", "known_at": JAN}


@pytest.mark.worlds(
    overdrawn={"account_month": [OVERDRAWN]}, fine={"account_month": [OVERDRAWN | {"lowest_balance": "1.00"}]}
)
def test_days_overdrawn_that_nobody_tells_are_unknown_and_not_none(found):
    assert pd.isna(found["overdrawn"]["negative_days_sum_3m"])
    assert tuple(found["fine"][["negative_days_sum_3m", "balance_closing_mean_6m"]]) == (0.0, 5.0)
