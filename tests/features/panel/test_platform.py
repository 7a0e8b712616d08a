from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from by_hand import plain

from features.contract.words import CATEGORIES

JAN, FEB, MAR = date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)
MONTH = date(2024, 1, 1)
TOLD = date(2024, 2, 12)
FLOW = ("known_on", "category", "direction", "nature", "amount", "income_low", "income", "income_high", "lines")


def rows(frame, *columns):
    """Rows of a panel table, sorted; dates as dates, money as numbers."""
    return sorted(tuple(plain(value) for value in row) for row in frame[list(columns)].itertuples(index=False))


def told(amount, **more):
    return {"month": MONTH, "amount": amount, "known_at": TOLD, **more}


def line(amount, day=5, **more):
    return {"booked_at": date(2024, 1, day), "amount": amount, "summary": "货款", "counterparty_name": "乙公司", **more}


STATISTICS = [
    ("public_body", "in", "non_operating", 0.0, 0.0, 0.0),
    ("public_body", "out", "social_insurance", 0.0, 0.0, 0.0),
    ("own_account", "in", "own_transfer", 0.0, 0.0, 0.0),
    ("account_bank", "out", "financing", 0.0, 0.0, 0.0),
    ("third_party_payment", "in", "operating", 1000.0, 1000.0, 1000.0),
    ("cash", "in", "operating", 800.0, 800.0, 1000.0),
    ("cash", "out", "owner", 0.0, 0.0, 0.0),
    ("other_counterparty", "in", "operating", 0.0, 1000.0, 1000.0),
    ("other_counterparty", "out", "operating", 0.0, 0.0, 0.0),
]


def test_a_statistic_is_a_flow_of_the_nature_that_the_rules_say(panel_each):
    statistics = [told("1000.00", category=category, direction=way, count=7) for category, way, *_ in STATISTICS]
    found = panel_each([{"platform_month": [one]} for one in statistics])
    for panel, (category, way, nature, *bounds) in zip(found, STATISTICS, strict=True):
        assert rows(panel["flow"], *FLOW) == [(TOLD, category, way, nature, 1000.0, *bounds, 7)]


def test_a_corrected_statistic_books_the_old_back_and_the_new_forward(panel_of, world_of):
    first = told("100.00", count=2)
    world = world_of(platform_month=[first, first | {"amount": "130.00", "count": 3, "known_at": MAR}])
    assert rows(panel_of(world)["flow"], "known_on", "amount", "income", "lines") == [
        (TOLD, 100.0, 100.0, 2),
        (MAR, 30.0, 30.0, 1),
    ]


def test_a_statistic_is_not_known_before_its_month_has_ended_nor_before_its_firm_is(panel_of, world_of):
    early = {"known_at": date(2024, 1, 20)}
    world = world_of(
        enterprise=[{}, {"enterprise_id": "b", "known_at": MAR}],
        platform_month=[told("1.00") | early, told("2.00", enterprise_id="b")],
    )
    assert rows(panel_of(world)["flow"], "enterprise_id", "known_on") == [("a", JAN), ("b", MAR)]


def test_lines_win_from_the_day_on_which_the_first_of_them_is_known(panel_of, world_of):
    world = world_of(
        platform_month=[told("100.00", institution="bank", count=2)],
        line=[line("60.00", known_at=MAR), line("40.00", known_at=date(2024, 4, 2))],
    )
    found = rows(panel_of(world)["flow"], "known_on", "amount", "lines")
    # On MAR the statistic of 100 goes and the first line of 60 comes.
    assert found == [(TOLD, 100.0, 2), (MAR, -40.0, -1), (date(2024, 4, 2), 40.0, 1)]


def test_a_statistic_that_comes_after_the_lines_never_counts(panel_of, world_of):
    both = world_of(platform_month=[told("999.00", institution="bank")], line=[line("60.00")])
    alone = world_of(line=[line("60.00")])
    pd.testing.assert_frame_equal(panel_of(both)["flow"], panel_of(alone)["flow"])


def test_lines_of_another_bank_of_the_owner_or_in_another_currency_leave_the_statistic_alone(panel_each):
    yuan = {"account_id": "a0", "known_at": date(2019, 1, 1)}
    rest = {"platform_month": [told("100.00", institution="bank")], "line": [line("60.00")]}
    others = ({"institution": "another"}, {"holder": "owner"}, {"currency": "USD"})
    for panel in panel_each([{"account": [yuan, {"account_id": "a1", **other}], **rest} for other in others]):
        assert (TOLD, 100.0) in rows(panel["flow"], "known_on", "amount")
        assert len(panel["compared"]) == 0


def test_lines_of_another_month_leave_the_statistic_alone(panel_of, world_of):
    lines = [line("60.00") | {"booked_at": date(2024, 2, 1)}]
    panel = panel_of(world_of(platform_month=[told("100.00", institution="bank")], line=lines))
    assert panel["flow"].amount.sum() == Decimal("160.00")


def test_a_line_that_the_statistics_count_and_the_bank_statement_lacks_is_told(panel_of, world_of):
    world = world_of(
        platform_month=[
            told("100.00", institution="bank", count=2),
            told("30.00", institution="bank", category="cash", count=1),
        ],
        line=[line("60.00"), line("30.00", summary="现金存入")],
    )
    columns = ("category", "known_on", "lines_amount", "lines_count", "statistics_amount", "statistics_count")
    assert rows(panel_of(world)["compared"], *columns) == [
        ("cash", TOLD, 30.0, 1, 30.0, 1),
        ("other_counterparty", TOLD, 60.0, 1, 100.0, 2),
    ]


def statistics_of(flows, banks):
    """Monthly statistics of labelled lines by another way than the engine's: a pandas group-by."""
    frame = pd.DataFrame(flows)
    frame = frame[frame.known_until.isna() & (frame.rule != "ledger_invoice")].assign(count=1)
    frame["institution"] = frame.account_id.map(banks)
    frame["month"] = [day.replace(day=1) for day in frame.booked_at]
    keys = ["enterprise_id", "month", "institution", "category", "direction"]
    sums = frame.groupby(keys).agg(amount=("amount", "sum"), count=("count", "sum")).reset_index()
    return sums.assign(known_at=date(2027, 12, 1)).to_dict("records")


@pytest.fixture(scope="module")
def told_twice(flows_of, random_world, table):
    """A random world of lines, the same with its lines' own statistics, and a world of these statistics alone."""
    full = random_world(21)
    plain = {name: rows for name, rows in full.items() if name not in ("platform_month", "account_month", "invoice")}
    banks = {row["account_id"]: row["institution"] for row in plain["account"].to_pylist()}
    sums = table("platform_month", statistics_of(flows_of(plain), banks))
    alone = {name: rows for name, rows in plain.items() if name != "line"}
    return plain, plain | {"platform_month": sums}, alone | {"platform_month": sums}


def totals(flow, *by):
    return flow.assign(amount=flow.amount.astype(float)).groupby([*by])[["amount", "lines"]].sum().round(2)


def test_statistics_that_say_what_the_lines_say_change_nothing_and_differ_in_nothing(told_twice, panel_of):
    lines, both, _ = told_twice
    before, after = panel_of(lines), panel_of(both)
    for name in ("flow", "party", "balance", "public", "own"):
        pd.testing.assert_frame_equal(before[name], after[name])
    keys = ["enterprise_id", "month", "institution", "category", "direction"]
    found = after["compared"].drop(columns="known_on").groupby(keys).sum()
    assert len(found) > 100
    assert (found.lines_amount == found.statistics_amount).all()
    assert (found.lines_count == found.statistics_count).all()
    assert found.lines_count.sum() == after["flow"].lines.sum()


def test_statistics_instead_of_lines_give_the_same_totals(told_twice, panel_of):
    lines, _, statistics = told_twice
    by = ("enterprise_id", "month", "category", "direction")
    mine, theirs = (totals(panel_of(world)["flow"], *by) for world in (lines, statistics))
    assert set(mine.reset_index().category) >= set(CATEGORIES) - {"third_party_payment"}
    pd.testing.assert_frame_equal(mine[mine.lines > 0], theirs)


BALANCE = ("known_on", "average", "lowest", "closing", "negative_days")


def reported(**more):
    return {"month": MONTH, "closing_balance": "50.00", "known_at": TOLD, **more}


ENDS = [
    ({"average_balance": "40.00", "lowest_balance": "10.00"}, (40.0, 10.0, 50.0, 0)),
    ({"opening_balance": "20.00"}, (35.0, 20.0, 50.0, 0)),
    ({}, (50.0, 50.0, 50.0, 0)),
    ({"lowest_balance": "-9.00", "average_balance": "1.00", "highest_balance": "60.00"}, (1.0, -9.0, 50.0, None)),
    ({"closing_balance": "-5.00", "highest_balance": "-1.00"}, (-5.0, -5.0, -5.0, 31)),
]


def test_reported_balances_enter_and_what_is_left_out_is_read_off_the_ends(panel_each):
    found = panel_each([{"account_month": [reported(**ends)]} for ends, _ in ENDS])
    for panel, (_, wanted) in zip(found, ENDS, strict=True):
        balance = panel["balance"]
        balance = balance.astype({"negative_days": object}).where(balance.notna(), None)
        assert rows(balance, *BALANCE) == [(TOLD, *wanted)]


def test_a_corrected_balance_stands_from_the_day_it_is_known(panel_of, world_of):
    first = reported()
    world = world_of(account_month=[first, first | {"closing_balance": "70.00", "known_at": MAR}])
    assert rows(panel_of(world)["balance"], "known_on", "closing") == [(TOLD, 50.0), (MAR, 70.0)]


def test_of_two_balances_known_by_the_month_s_end_the_later_holds(panel_of, world_of):
    first = reported(known_at=date(2024, 1, 30))
    world = world_of(account_month=[first, first | {"closing_balance": "70.00", "known_at": JAN}])
    assert rows(panel_of(world)["balance"], "known_on", "closing") == [(JAN, 70.0)]


def test_a_line_with_a_balance_wins_over_the_reported_balance(panel_each):
    wanted = {
        date(2024, 1, 20): [(JAN, 60.0)],
        TOLD: [(TOLD, 60.0)],
        MAR: [(TOLD, 50.0), (MAR, 60.0)],
    }
    lines = [line("60.00", balance_after="60.00", known_at=known) for known in wanted]
    found = panel_each([{"line": [one], "account_month": [reported()]} for one in lines])
    assert [rows(panel["balance"], "known_on", "closing") for panel in found] == [*wanted.values()]


def test_a_line_without_a_balance_leaves_the_reported_balance(panel_of, world_of):
    world = world_of(line=[line("60.00")], account_month=[reported()])
    assert rows(panel_of(world)["balance"], "known_on", "closing") == [(TOLD, 50.0)]


def test_a_balance_of_an_account_that_nobody_knows_or_in_another_currency_is_left_out(panel_of, world_of):
    accounts = [{}, {"account_id": "a2", "currency": "USD", "known_at": date(2021, 1, 1)}]
    world = world_of(account=accounts, account_month=[reported(account_id="a2"), reported(account_id="a3")])
    assert len(panel_of(world)["balance"]) == 0
