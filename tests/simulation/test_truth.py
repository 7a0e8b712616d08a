"""Truth about main customers that are lost and defaults that could be foreseen."""

from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest

from simulation.book import LOAN
from simulation.customers import losses, losses_truth, main_customers
from simulation.economy import start
from simulation.firms import MAIN, SECOND, SHOWN, SLOTS
from simulation.foresight import MONTHS, Memory, defaults_truth, sound_firms
from simulation.kinds import KIND
from simulation.ledger import ENTRY, NOBODY, rows
from simulation.network import FAILED, LEFT

Tables = dict[str, pa.Table]


def test_the_main_customer_is_the_one_with_the_largest_share_of_sales() -> None:
    world, calendar = start(60, 6, 1)
    links, main = world.network.customers, main_customers(world)
    assert (main.link >= 0).all()
    for firm, party, share in zip(main.firm, main.party, main.share, strict=True):
        mine = links.firm == firm
        largest = np.flatnonzero(mine)[links.weight[mine].argmax()]
        firms = world.firms
        to_firms = world.demand[firm] * firms.trade("b2b")[firm] * world.network.outside_share[firm]
        direct = world.demand[firm] * (firms.trade("platform") + firms.trade("cash"))[firm]
        assert party == links.party[largest]
        assert share == pytest.approx(to_firms * links.weight[largest] / (to_firms + direct))
    assert not len(losses(world, main, calendar[0]))


def test_customers_who_leave_or_fail_and_buyers_who_end_are_told() -> None:
    world, calendar = start(60, 6, 1)
    month = calendar[0]
    world.goods_bought = world.firms.sales * 1e6
    inside = main_customers(world)
    buyer = int(inside.party[inside.link < 0][0])
    world.goods_bought[:] = 0
    outside = main_customers(world)
    world.network.fate[outside.link[:2]] = LEFT, FAILED
    told = losses_truth(world, losses(world, outside, month), month).to_pylist()
    assert [(row["enterprise_id"], row["how"]) for row in told] == [
        (world.parties.ids[outside.firm[0]], "left"),
        (world.parties.ids[outside.firm[1]], "failed"),
    ]
    world.network.fate[:] = 0
    world.died_on[buyer] = month.last
    lost = losses(world, inside, month)
    assert set(lost["party"]) == {buyer}
    assert set(lost["fate"]) == {FAILED}


def test_a_lost_customer_had_paid_before(world: Tables) -> None:
    """Of main customers lost in the last year, nearly all have paid by transfer or with a bill before."""
    paid = defaultdict(set)
    for row in world["truth/line"].to_pylist():
        if row["kind"] in ("sale", "service_sale", "bill_in", "discount_in"):
            paid[f"E{row['account_id'][1:7]}"].add(row["counterparty_id"])
    lost = [row for row in world["truth/customer_loss"].to_pylist() if row["month"].year == 2025]
    assert len(lost) > 10
    assert all(0 < row["share"] <= 1 for row in lost)
    assert sum(row["counterparty_id"] in paid[row["enterprise_id"]] for row in lost) > 0.9 * len(lost)


def test_flows_tell_what_fell_and_facts_tell_what_is_risky() -> None:
    """Income of the first fell to a quarter of last year's; the second thrives in a trade of many failures."""
    world, calendar = start(60, 30, 1)
    month, memory = calendar[-1], Memory()
    spread = np.linspace(0.8, 1.2, 60)
    memory.income = [np.full(60, 400.0) for _ in range(MONTHS + 1)]
    memory.money = [np.full(60, 1000.0) for _ in range(MONTHS + 1)]
    first, second = sound_firms(world, month)[:2]
    spread[second], world.firms.exposure[:] = 1.5, spread
    world.firms.exposure[[first, second]] = 0.5, 9.0
    for past in (12, 13, 14):
        memory.income[past] = 400.0 * spread
        memory.money[past] = 1000.0 * spread
        memory.income[past][first], memory.money[past][first] = 100.0, 1000.0
    world.book.loans = rows(LOAN, 3, firm=np.array([first, second, first]), default=NOBODY)
    world.book.loans["default"][:2] = month.last
    told = defaults_truth(world, memory, month).to_pylist()
    assert [tuple(row.values())[3:] for row in told] == [
        (pytest.approx(0.25), pytest.approx(1.0), True, False),
        (pytest.approx(1.5), pytest.approx(1.5), False, True),
    ]
    assert not defaults_truth(world, memory, month).num_rows


def test_the_memory_is_of_shown_accounts_and_a_year_and_a_half() -> None:
    world, _ = start(60, 6, 1)
    memory, nothing = Memory(), rows(ENTRY, 0)
    for _ in range(MONTHS + 4):
        memory.add(world, nothing)
    assert len(memory.income) == len(memory.money) == MONTHS + 1
    balance, shown = world.purse.ledger.balance.reshape(-1, SLOTS), world.firms.visibility[:, SECOND] == SHOWN
    assert memory.money[0].tolist() == (balance[:, MAIN] + balance[:, SECOND] * shown).tolist()
    sale = rows(ENTRY, 1, account=SLOTS * 7, kind=KIND["sale"], amount=5)
    memory.add(world, sale)
    assert memory.income[-1][7] == 5


def test_every_default_is_told_once(world: Tables) -> None:
    loans = {row["loan_id"]: row["defaulted_on"] for row in world["truth/loan"].to_pylist() if row["defaulted_on"]}
    told = world["truth/default"].to_pylist()
    assert len(told) == len(loans) > 5
    assert {row["loan_id"]: row["defaulted_on"] for row in told} == loans
    for row in told:
        empty = {row[name] is None for name in ("income_ratio", "money_ratio", "flows_told", "facts_told")}
        assert len(empty) == 1
    assert {row["flows_told"] for row in told} >= {True, None}
