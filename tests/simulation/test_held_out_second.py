"""The second set of held-out designs of deceit: what each puts on the calendars."""

import numpy as np
from designs import RICH, WEEKEND, March, Plan, at_work, rings

from simulation.firms import SLOTS
from simulation.held_out import deceive_unseen
from simulation.ledger import NOBODY
from simulation.schemes import HELD_E, HELD_F, HELD_G, HELD_H


def test_held_e_goes_down_a_row_of_three_and_back_within_a_week(march: March) -> None:
    """Ring 0 is of the firms 0, 1, 2; in the third month shown the second of each ring begins."""
    world, month = march
    deceive_unseen(world, month, rings(HELD_E, 3))
    legs = world.purse.payables.waiting().reshape(4, -1)
    assert not len(world.purse.receipts.waiting())
    assert (legs["account"] == (legs["ref"] * 3 + np.array([[1], [2], [0], [2]])) * SLOTS).all()
    assert (legs["party"] == legs["ref"] * 3 + np.array([[2], [0], [2], [1]])).all()
    assert (legs["payee"] == legs["party"] * SLOTS).all()
    assert set(legs["ref"][0]) == set(range(RICH // 3))
    kept = 1 - legs["amount"][1:] / legs["amount"][:-1]
    assert kept.min() > 0.001 - 1e-4
    assert kept.max() < 0.004 + 1e-4
    days = legs["day"].astype(int)
    assert (np.diff(days, axis=0) >= 0).all()
    assert (days[-1] - days[0]).max() <= 6 + WEEKEND
    assert (np.bincount(legs["ref"][0]) <= 2).all()


def test_held_e_rests_when_a_firm_of_the_row_is_gone_or_poor(march: March) -> None:
    world, month = march
    world.purse.ledger.balance[4 * SLOTS] = 100_000
    deceive_unseen(world, month, at_work(HELD_E, [0, 0, 1, 1, 1], first=-2))
    assert not len(world.purse.payables.waiting())


def test_held_f_is_drawn_in_cash_within_days_less_a_fee(planned: Plan) -> None:
    """0.5 to 2 % stay, and up to 100 yuan of each withdrawal; drawn one to four days later, or after the weekend."""
    for comes, goes in planned(HELD_F)[1].values():
        assert 1 <= len(comes) <= 2
        assert (goes["party"] == NOBODY).all()
        assert goes["amount"].max() < 5_000_000
        assert not (goes["amount"] % 10_000).any()
        sent, drawn = comes["amount"].sum(), goes["amount"].sum()
        assert 0.98 * sent - 10_000 * len(goes) - 1 <= drawn <= 0.995 * sent + 1
        gap = goes["day"][:, None] - comes["day"][None, :].astype(int)
        assert ((gap >= 1) & (gap <= 4 + WEEKEND)).any(axis=1).all()
        assert ((gap >= 1) & (gap <= 4 + WEEKEND)).any(axis=0).all()


def test_held_g_many_people_pay_and_one_is_paid_days_later_with_a_little_on_top(planned: Plan) -> None:
    world, planned = planned(HELD_G)
    for ring, (comes, goes) in planned.items():
        people = set(comes["party"])
        assert 6 <= len(people) == len(comes) <= 14
        assert people <= set(range(world.firms.n, 2 * world.firms.n)) - {world.firms.n + ring}
        assert not (comes["amount"] % 100).any()
        assert len(goes) == 1
        assert 1.01 <= goes["amount"][0] / comes["amount"].sum() <= 1.03
        assert comes["day"].max() <= goes["day"][0] <= comes["day"].min() + 5 + WEEKEND


def test_held_h_the_same_money_comes_from_a_supplier_every_monday_and_goes_within_the_week(planned: Plan) -> None:
    """March 2025 has five Mondays; each sum is what the week before gave back, and so the fee is lost each week."""
    world, planned = planned(HELD_H)
    links = world.network.suppliers
    for ring, (comes, goes) in planned.items():
        assert len(comes) == len(goes) == 5
        assert ((comes["day"] + 3) % 7 == 0).all()
        assert set(goes["day"] - comes["day"]) <= {2, 3, 4}
        assert comes["amount"][0] % 100_000 == 0
        assert comes["amount"][1:].tolist() == goes["amount"][:-1].tolist()
        assert (goes["amount"] <= 0.999 * comes["amount"]).all()
        assert (goes["amount"] + 200 >= 0.996 * comes["amount"]).all()
        assert len(set(comes["party"]) | set(goes["party"])) == 1
        assert comes["party"][0] in links.party[links.firm == ring]
