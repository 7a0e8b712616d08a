from datetime import date, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from by_hand import plain
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

JAN, FEB, MAR = date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)
QUICK = {"deadline": None, "phases": [Phase.generate], "suppress_health_check": [HealthCheck.function_scoped_fixture]}
BALANCE = ("average", "lowest", "closing", "negative_days")


def rows(frame, *columns):
    """Rows of a panel table in the order of the day on which they were known; dates as dates, money as numbers."""
    frame = frame.sort_values("known_on", kind="stable")
    return [tuple(plain(value) for value in row) for row in frame[list(columns)].itertuples(index=False)]


def booked(day, direction, amount, balance, **more):
    return {"booked_at": day, "direction": direction, "amount": amount, "balance_after": balance, **more}


def test_balances_of_a_leap_february_worked_by_hand(panel_of, world_of):
    lines = [
        booked(date(2024, 2, 5), "in", "100.00", "300.00"),
        booked(date(2024, 2, 5), "out", "400.00", "-100.00"),
        booked(date(2024, 2, 20), "in", "150.00", "50.00"),
    ]
    # 4 days at 200, 15 at -100, 10 at 50: -200 over 29 days
    found = rows(panel_of(world_of(line=lines))["balance"], "known_on", *BALANCE)
    assert found == [(FEB, -6.90, -100.0, 50.0, 15)]


def test_the_same_february_a_year_before_is_a_day_shorter(panel_of, world_of):
    lines = [
        booked(date(2023, 2, 5), "in", "100.00", "300.00"),
        booked(date(2023, 2, 20), "out", "250.00", "50.00"),
    ]
    # 4 days at 200, 15 at 300, 9 at 50: 5750 over 28 days
    found = rows(panel_of(world_of(line=lines))["balance"], "known_on", *BALANCE)
    assert found == [(date(2023, 2, 28), 205.36, 50.0, 50.0, 0)]


def test_days_before_the_first_line_have_the_balance_that_it_starts_from(panel_of, world_of):
    lines = [booked(date(2024, 1, 31), "in", "310.00", "0.00")]
    # 30 days at -310 and one at 0
    assert rows(panel_of(world_of(line=lines))["balance"], *BALANCE) == [(-300.0, -310.0, 0.0, 30)]


def test_the_order_within_a_day_is_the_sequence_and_not_the_order_of_the_rows(panel_of, world_of):
    day = date(2024, 1, 1)
    lines = [
        booked(day, "out", "30.00", "70.00", sequence=2),
        booked(day, "in", "100.00", "100.00", sequence=1),
    ]
    assert rows(panel_of(world_of(line=lines))["balance"], *BALANCE) == [(70.0, 0.0, 70.0, 0)]


def test_a_line_without_a_balance_tells_nothing_of_balances(panel_of, world_of):
    panel = panel_of(world_of(line=[{"booked_at": date(2024, 1, 5)}]))
    assert (len(panel["flow"]), len(panel["balance"])) == (1, 0)


def test_accounts_are_kept_apart(panel_of, world_of):
    day = date(2024, 1, 1)
    lines = [
        booked(day, "in", "10.00", "10.00"),
        booked(day, "in", "20.00", "20.00", account_id="a2"),
    ]
    world = world_of(line=lines, account=[{"account_id": "a1"}, {"account_id": "a2"}])
    assert rows(panel_of(world)["balance"], "account_id", "closing") == [("a1", 10.0), ("a2", 20.0)]


def test_late_news_adds_a_row_and_the_rows_of_a_window_add_up(panel_of, world_of):
    late = date(2024, 3, 5)
    lines = [
        booked(date(2024, 2, 10), "in", "100.00", "100.00"),
        booked(date(2024, 2, 12), "in", "50.00", "150.00", known_at=late),
    ]
    panel = panel_of(world_of(line=lines))
    assert rows(panel["flow"], "month", "known_on", "amount", "income", "lines") == [
        (date(2024, 2, 1), FEB, 100.0, 100.0, 1),
        (date(2024, 2, 1), late, 50.0, 50.0, 1),
    ]
    # known then: 9 days at 0 and 20 at 100; known later: 9 at 0, 2 at 100 and 18 at 150
    assert rows(panel["balance"], "known_on", "average", "closing") == [(FEB, 68.97, 100.0), (late, 100.0, 150.0)]


def test_a_correction_is_booked_back_on_the_day_it_is_known(panel_of, world_of):
    first = booked(date(2024, 1, 1), "in", "100.00", "100.00", line_id="x", summary="货款")
    corrected = first | {"amount": "80.00", "balance_after": "80.00", "summary": "贷款发放", "known_at": FEB}
    panel = panel_of(world_of(line=[first, corrected]))
    assert rows(panel["flow"].sort_values("nature"), "known_on", "nature", "amount", "income", "lines") == [
        (JAN, "operating", 100.0, 100.0, 1),
        (FEB, "financing", 80.0, 0.0, 1),
        (FEB, "operating", -100.0, -100.0, -1),
    ]
    assert rows(panel["balance"], "known_on", "closing") == [(JAN, 100.0), (FEB, 80.0)]


def test_a_correction_within_the_month_leaves_one_row_of_what_was_known_by_its_end(panel_of, world_of):
    first = booked(date(2024, 1, 1), "in", "100.00", "100.00", line_id="x", summary="货款")
    corrected = first | {"amount": "80.00", "balance_after": "80.00", "known_at": date(2024, 1, 20)}
    panel = panel_of(world_of(line=[first, corrected]))
    assert rows(panel["flow"], "known_on", "amount", "lines") == [(JAN, 80.0, 1)]
    assert rows(panel["balance"], "known_on", "closing") == [(JAN, 80.0)]


def test_a_line_moved_to_another_month_leaves_no_balance_behind(panel_of, world_of):
    first = booked(date(2024, 1, 5), "in", "100.00", "100.00", line_id="x")
    moved = first | {"booked_at": date(2024, 2, 5), "known_at": date(2024, 3, 5)}
    found = rows(panel_of(world_of(line=[first, moved]))["balance"], "month", "known_on", "closing")
    assert found[0] == (date(2024, 1, 1), JAN, 100.0)
    assert {(m, k) for m, k, _ in found[1:]} == {
        (date(2024, 1, 1), date(2024, 3, 5)),
        (date(2024, 2, 1), date(2024, 3, 5)),
    }
    assert {m: c for m, _, c in found[1:] if pd.notna(c)} == {date(2024, 2, 1): 100.0}


def test_a_label_alone_that_changes_is_no_news_to_balances(panel_of, world_of):
    lines = [booked(date(2024, 2, 5), "in", "100.00", "300.00", counterparty_id="p")]
    news = [{"party_id": "p", "relation": "shareholder", "name": "乙厂", "known_at": date(2024, 3, 10)}]
    panel = panel_of(world_of(line=lines, related_party=news))
    assert sorted(rows(panel["flow"], "known_on", "nature", "amount"))[1:] == [
        (date(2024, 3, 10), "operating", -100.0),
        (date(2024, 3, 10), "related_party", 100.0),
    ]
    assert [len(panel[name]) for name in ("balance", "integrity")] == [1, 1]


def test_parties_are_netted_by_refunds_on_their_own_side(panel_of, world_of):
    lines = [
        {"booked_at": date(2024, 1, day), "direction": d, "amount": a, "summary": s, "counterparty_id": p}
        for day, d, a, s, p in (
            (1, "in", "100.00", "货款", "customer"),
            (2, "out", "30.00", "退款", "customer"),
            (3, "out", "70.00", "货款", "supplier"),
            (4, "in", "20.00", "退款", "supplier"),
            (5, "in", "500.00", "贷款发放", "lender"),
            (6, "in", "5.00", "货款", None),
        )
    ]
    found = rows(panel_of(world_of(line=lines))["party"], "party", "side", "amount")
    assert found == [("customer", "inflow", 70.0), ("supplier", "outflow", 50.0)]


@pytest.mark.parametrize(("paid_on", "late"), [(date(2024, 1, 20), 0), (date(2024, 1, 21), 1)])
def test_a_bill_is_due_in_its_month_and_its_payment_is_later_news(panel_of, world_of, paid_on, late):
    bill = {"bill_id": "x", "period": date(2023, 12, 1), "due_on": date(2024, 1, 20), "amount": "100.00"}
    bill |= {"usage": "12.5000", "known_at": date(2024, 1, 2)}
    paid = bill | {"paid_on": paid_on, "known_at": date(2024, 2, 3)}
    public = panel_of(world_of(utility_bill=[bill, paid]))["public"]
    found = rows(public, "known_on", "due", "paid", "late", "count", "quantity")
    assert found == [(JAN, 100.0, 0.0, 0, 1, 12.5), (date(2024, 2, 3), 0.0, 100.0, late, 0, 0.0)]


def test_filings_and_contributions_are_public_dues_too(panel_of, world_of):
    due = {"due_on": date(2024, 1, 15), "paid_on": date(2024, 1, 10), "known_at": date(2024, 1, 10)}
    world = world_of(
        tax_filing=[due | {"period_start": JAN, "period_end": JAN, "base": "1000.00", "amount_due": "30.00"},
                    due | {"period_start": JAN, "period_end": JAN},
                    due | {"period_start": JAN, "period_end": JAN, "kind": "surcharge", "base": "30.00",
                           "amount_due": "3.60"}],
        social_insurance=[due | {"month": date(2023, 12, 1), "headcount": 7, "amount_due": "50.00"}],
    )  # fmt: skip
    columns = ("kind", "month", "due", "paid", "late", "count", "quantity", "headcount")
    assert rows(panel_of(world)["public"].sort_values("kind"), *columns) == [
        ("social_insurance", date(2024, 1, 1), 50.0, 50.0, 0, 1, 0.0, 7),
        ("tax", date(2024, 1, 1), 3.6, 3.6, 0, 1, 30.0, 0),
        ("vat", date(2024, 1, 1), 30.0, 30.0, 0, 2, 1000.0, 0),
    ]


def before(frame, day):
    """The rows of a panel table that a question of ``day`` may see."""
    seen = pd.to_datetime(frame["known_on"]) < pd.Timestamp(day)
    if "month" in frame:
        seen &= pd.to_datetime(frame["month"]) < pd.Timestamp(day.replace(day=1))
    return frame[seen].astype(object).where(frame[seen].notna(), None).reset_index(drop=True)


@settings(max_examples=4, **QUICK)
@given(seed=st.integers(0, 10_000), days=st.integers(30, 1000))
def test_the_panel_of_what_was_known_is_the_panel_seen_from_that_date(seed, days, panel_of, random_world):
    world, day = random_world(seed), date(2023, 1, 1) + timedelta(days=days)
    known = {name: t.filter(pc.less(t["known_at"], pa.scalar(day))) for name, t in world.items()}
    then, now = panel_of(known), panel_of(world)
    for name in then:
        pd.testing.assert_frame_equal(before(then[name], day), before(now[name], day), check_exact=True)
    assert len(before(now["flow"], day)) <= len(now["flow"])


def daily(lines, month):
    """Balances of each day of ``month`` from one account's known lines, the day before the first line included."""
    after = {line["booked_at"]: line for line in sorted(lines, key=lambda line: line["sequence"])}
    first = min(lines, key=lambda line: (line["booked_at"], line["sequence"]))
    balance = first["balance_after"] - first["amount"] * (1 if first["direction"] == "in" else -1)
    days, lowest = [], [balance] + [line["balance_after"] for line in lines]
    for number in range(31):
        day = month + timedelta(days=number)
        if day.month != month.month:
            break
        balance = after[day]["balance_after"] if day in after else balance
        days.append(balance)
    return days, min(lowest)


@settings(max_examples=3, **QUICK)
@given(seed=st.integers(0, 10_000))
def test_balances_agree_with_a_walk_through_every_day(seed, panel_of, random_world, table):
    world, as_of = {**random_world(seed), "account_month": table("account_month", [])}, date(2025, 6, 1)
    firms = sorted(world["enterprise"].to_pylist(), key=lambda r: r["known_at"], reverse=True)
    firm_known = {r["enterprise_id"]: r["known_at"] for r in firms}
    seen = [r for r in world["line"].to_pylist() if r["known_at"] < as_of]
    latest = {r["line_id"]: r for r in sorted(seen, key=lambda r: r["known_at"])}
    groups = {}
    for line in latest.values():
        known = max(line["booked_at"], firm_known[line["enterprise_id"]]) < as_of
        if known and line["balance_after"] is not None:
            groups.setdefault((line["account_id"], line["booked_at"].replace(day=1)), []).append(line)
    panel = before(panel_of(world)["balance"], as_of).sort_values("known_on")
    last = panel.groupby(["account_id", "month"]).tail(1).dropna(subset="closing")
    assert len(groups) == len(last)
    for row in last.itertuples():
        days, lowest = daily(groups[row.account_id, pd.Timestamp(row.month).date()], pd.Timestamp(row.month).date())
        assert (row.closing, row.lowest, row.negative_days) == (days[-1], lowest, sum(d < 0 for d in days))
        assert abs(float(row.average) - float(sum(days)) / len(days)) < 0.005001
