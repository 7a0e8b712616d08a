from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.engine import materialise
from features.evidence.income import STEPS, waterfall
from features.matrix import POPULATION
from features.panel import build

AS_OF = date(2024, 7, 15)


@pytest.fixture(scope="module")
def waterfalls(facts_of, rules):
    """The waterfall of each question ``(firm, as_of)``, by its place; a question without a flow is left out."""

    def of(world, questions, window=12):
        facts = facts_of(world)
        backend = facts["line"].get_backend()
        rows = [{"row": row, "enterprise_id": firm, "as_of": as_of} for row, (firm, as_of) in enumerate(questions)]
        backend.con.register("asked", pa.Table.from_pylist(rows, POPULATION.to_pyarrow()))
        keep = partial(materialise, backend)
        panel = build(facts, rules, keep)
        flow = keep("panel_flow", lambda: panel["flow"])
        found = waterfall(flow, backend.table("asked"), window).to_pyarrow().to_pylist()
        return {row.pop("row"): row for row in found}

    return of


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
    }
    assert waterfalls(shop, [("a", AS_OF)])[0] == {s: Decimal(steps.get(s, "0.00")) for s in STEPS}


def test_the_window_is_of_whole_months_before_the_date(waterfalls, shop):
    assert waterfalls(shop, [("a", AS_OF)], window=3)[0]["gross_inflow"] == Decimal("80.10")
    assert waterfalls(shop, [("a", AS_OF)], window=1)[0]["gross_inflow"] == Decimal("50.00")
    assert waterfalls(shop, [("a", date(2024, 2, 29)), ("b", AS_OF)]) == {}


@settings(
    max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10_000), days=st.lists(st.integers(60, 950), min_size=6, max_size=6))
def test_gross_inflow_less_all_that_is_taken_off_is_income_to_the_cent(seed, days, waterfalls, random_world):
    questions = [("abc"[i % 3], date(2023, 1, 1) + timedelta(days=day)) for i, day in enumerate(days)]
    for row in waterfalls(random_world(seed), questions).values():
        assert row["gross_inflow"] - sum(row[step] for step in STEPS[1:-1]) == row["income"]
        assert min(row.values()) >= 0 or row["income"] < 0
