from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.engine import run
from features.evidence.income import DEDUCTIONS, ENDS, STEPS, revenue, waterfall
from features.matrix import POPULATION
from features.panel import build

AS_OF = date(2024, 7, 15)


@pytest.fixture(scope="module")
def waterfalls(facts_of, rules):
    """The waterfall of each question ``(firm, as_of)``, by its place; a question without a flow is left out."""

    def of(world, questions, window=12, monthly=False):
        facts = facts_of(world)
        backend = facts["line"].get_backend()
        rows = [{"row": row, "enterprise_id": firm, "as_of": as_of} for row, (firm, as_of) in enumerate(questions)]
        backend.con.register("asked", pa.Table.from_pylist(rows, POPULATION.to_pyarrow()))
        panel = run(backend, "panel", lambda keep: build(facts, rules, keep), rules.digest, reads=facts.values())
        found = waterfall(panel["flow"], backend.table("asked"), window, monthly=monthly).to_pyarrow().to_pylist()
        if monthly:
            return {(row.pop("row"), day(row.pop("month"))): row for row in found}
        return {row.pop("row"): row for row in found}

    return of


def day(month):
    """A month's first day, which the engine may give as a time."""
    return date(month.year, month.month, month.day)


def line(month, direction, amount, summary, **more):
    return {"booked_at": date(2024, month, 3), "direction": direction, "amount": amount, "summary": summary, **more}


@pytest.fixture
def shop(world_of):
    return world_of(
        line=[
            line(1, "in", "9999.99", "货款", known_at=AS_OF),  # not known yet
            line(2, "in", "1000.00", "货款"),
            line(3, "in", "200.00", "现金存入"),  # a fifth does not count
            line(3, "in", "500.00", "贷款发放"),
            line(3, "in", "300.00", "往来", counterparty_name="甲厂"),
            line(4, "in", "30.00", "退款"),
            line(4, "out", "70.00", "退款"),
            line(4, "in", "0.10", "结息"),
            line(5, "out", "400.00", "货款"),
            line(6, "in", "50.00", "财政补贴"),
            line(7, "in", "8888.00", "货款"),  # the month of the date itself
        ]
    )


def test_a_waterfall_worked_by_hand(waterfalls, shop):
    steps = {
        "gross_inflow": "2080.10",
        "financing": "500.00",
        "own_transfer": "300.00",
        "refund": "30.00",
        "interest": "0.10",
        "non_operating": "50.00",
        "cash_haircut": "40.00",
        "refunds_paid": "70.00",
        "income": "1090.00",  # 1000 + 160 - 70
        "income_low": "1090.00",
        "income_high": "1130.00",  # cash in full
    }
    assert waterfalls(shop, [("a", AS_OF)])[0] == {s: Decimal(steps.get(s, "0.00")) for s in (*STEPS, *ENDS)}


def test_the_months_are_told_apart_and_add_up(waterfalls, shop):
    months = waterfalls(shop, [("a", AS_OF)], monthly=True)
    april = months[0, date(2024, 4, 1)]
    assert (april["gross_inflow"], april["refunds_paid"], april["income"]) == (
        Decimal("30.10"),
        Decimal("70.00"),
        Decimal("-70.00"),
    )
    assert [month.month for _, month in sorted(months)] == [2, 3, 4, 5, 6]
    whole = waterfalls(shop, [("a", AS_OF)])[0]
    assert {name: sum(row[name] for row in months.values()) for name in whole} == whole


def test_the_window_is_of_whole_months_before_the_date(waterfalls, shop):
    assert waterfalls(shop, [("a", AS_OF)], window=3)[0]["gross_inflow"] == Decimal("80.10")
    assert waterfalls(shop, [("a", AS_OF)], window=1)[0]["gross_inflow"] == Decimal("50.00")
    assert waterfalls(shop, [("a", date(2024, 2, 29)), ("b", AS_OF)]) == {}


@settings(
    max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seeds=st.lists(st.integers(0, 10_000), min_size=6, max_size=6, unique=True),
    days=st.lists(st.integers(60, 950), min_size=36, max_size=36),
)
def test_gross_inflow_less_all_that_is_taken_off_is_income_to_the_cent(
    seeds, days, waterfalls, random_world, side_by_side
):
    questions = [(f"{i % 6}.{'abc'[i // 6 % 3]}", date(2023, 1, 1) + timedelta(days=day)) for i, day in enumerate(days)]
    for row in waterfalls(side_by_side([random_world(seed) for seed in seeds]), questions).values():
        assert row["gross_inflow"] - sum(row[step] for step in STEPS[1:-1]) == row["income"]
        assert min(row[step] for step in STEPS[:-1]) >= 0
        assert row["income_low"] <= row["income"] <= row["income_high"]


FEB, MAR = date(2024, 2, 1), date(2024, 3, 1)
BILL = {"direction": "in", "kind": "bank_acceptance", "ground": "sale", "amount": "113.00", "counterparty_id": "c"}
BILL |= {"received_on": date(2024, 2, 9), "matures_on": date(2024, 8, 9), "known_at": date(2024, 2, 9)}


@pytest.fixture
def sales(facts_of, rules):
    """Sales with VAT by month, and the rate."""

    def of(world, as_of=AS_OF):
        facts = facts_of(world)
        backend = facts["line"].get_backend()
        row = {"row": 0, "enterprise_id": "a", "as_of": as_of}
        backend.con.register("asked", pa.Table.from_pylist([row], POPULATION.to_pyarrow()))
        panel = run(backend, "panel", lambda keep: build(facts, rules, keep), rules.digest, reads=facts.values())
        found = revenue(panel, backend.table("asked")).to_pyarrow().to_pylist()
        assert {each["vat_rate"] for each in found} <= {0.13}
        return {day(each["month"]): each["revenue"] for each in found if each["revenue"]}

    return of


def test_a_bill_counts_when_it_is_received_and_not_again_when_it_is_discounted(sales, world_of):
    sold = {"discounted_on": date(2024, 3, 5), "discount_proceeds": "110.00", "known_at": date(2024, 3, 5)}
    cash = [
        {"booked_at": date(2024, 3, 5), "amount": "110.00", "summary": "票据贴现"},
        {"booked_at": date(2024, 3, 8), "amount": "226.00", "summary": "货款"},
    ]
    world = world_of(bill=[{"bill_id": "t"} | BILL, {"bill_id": "t"} | BILL | sold], line=cash)
    assert sales(world) == {FEB: Decimal("113.00"), MAR: Decimal("226.00")}
    assert sales(world, MAR) == {FEB: Decimal("113.00")}


@pytest.mark.parametrize("summary", ["托收", "货款"])
def test_a_bill_that_is_settled_counts_once(sales, world_of, summary):
    paid = {"settled_on": date(2024, 3, 5), "known_at": date(2024, 3, 5)}
    line = {"booked_at": date(2024, 3, 6), "amount": "113.00", "summary": summary}
    world = world_of(bill=[{"bill_id": "t"} | BILL, {"bill_id": "t"} | BILL | paid], line=[line])
    assert sales(world) == {FEB: Decimal("113.00")}


def test_cash_of_a_bill_that_nobody_reported_counts_when_it_comes(sales, world_of):
    line = {"booked_at": date(2024, 3, 6), "amount": "113.00", "summary": "托收"}
    assert sales(world_of(line=[line])) == {MAR: Decimal("113.00")}


@pytest.mark.parametrize("other", [{"ground": "financing"}, {"direction": "out"}])
def test_only_bills_received_for_sales_are_sales(sales, world_of, other):
    assert sales(world_of(bill=[{"bill_id": "t"} | BILL | other])) == {}


def test_what_the_bank_books_back_is_no_refund_paid(waterfalls, world_of):
    """Paid out by mistake and back on the day: the 500 that came in are taken off; no customer was refunded."""
    undone = [line(3, "out", "500.00", "冲正"), line(3, "in", "500.00", "冲正"), line(3, "in", "100.00", "货款")]
    found = waterfalls(world_of(line=undone), [("a", AS_OF)])[0]
    assert found["gross_inflow"] - sum(found[step] for step in DEDUCTIONS) == found["income"] == Decimal("100.00")
    assert found["refunds_paid"] == Decimal("0.00")
