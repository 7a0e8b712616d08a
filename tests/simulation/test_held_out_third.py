"""The third set of held-out designs of deceit: what each puts on the calendars."""

import numpy as np
import pytest
from designs import RICH, WEEKEND, March, Plan, at_work, rings

from simulation.calendar import is_working
from simulation.firms import SLOTS
from simulation.held_out import deceive_unseen
from simulation.ledger import NOBODY
from simulation.schemes import HELD_I, HELD_J, HELD_K, HELD_L


def test_held_i_parts_at_one_firm_and_meets_at_the_fourth(march: March) -> None:
    """Ring 0 is of the firms 0 to 3; in the month of index 2 its third begins: 2 pays 3 and 0, they 1, and 1 pays 2."""
    world, month = march
    deceive_unseen(world, month, rings(HELD_I, 4))
    legs = world.purse.payables.waiting().reshape(5, -1)
    assert month.index == 2
    assert not len(world.purse.receipts.waiting())
    assert (legs["account"] == (legs["ref"] * 4 + np.array([[2], [3], [2], [0], [1]])) * SLOTS).all()
    assert (legs["party"] == legs["ref"] * 4 + np.array([[3], [1], [0], [1], [2]])).all()
    assert (legs["payee"] == legs["party"] * SLOTS).all()
    times = np.bincount(legs["ref"][0], minlength=RICH // 4)
    assert times.min() >= 1
    assert times.max() <= 2
    first, on_first, other, on_other, back = legs["amount"].astype(float)
    assert (first / (first + other)).min() > 0.3 - 1e-4
    assert (first / (first + other)).max() < 0.7 + 1e-4
    for left in (on_first / first, on_other / other, back / (on_first + on_other)):
        assert left.min() > 0.995 - 1e-4
        assert left.max() < 0.999 + 1e-4
    day = legs["day"].astype(int)
    assert (np.isin(day[1] - day[0], range(1, 4 + WEEKEND)) & np.isin(day[3] - day[2], range(1, 4 + WEEKEND))).all()
    assert (day[4] >= day[[1, 3]].max(axis=0)).all()
    assert (day[4] - day[[0, 2]].min(axis=0)).max() <= 6 + 2 * WEEKEND
    assert is_working(legs["day"]).all()


def test_held_i_rests_when_a_firm_of_the_four_is_gone_or_poor(march: March) -> None:
    world, month = march
    world.purse.ledger.balance[5 * SLOTS] = 100_000
    deceive_unseen(world, month, at_work(HELD_I, [0, 0, 0, 1, 1, 1, 1], first=-2))
    assert not len(world.purse.payables.waiting())


def test_held_j_the_same_cash_is_drawn_and_banked_again_within_the_week(planned: Plan) -> None:
    """1 to 4 % are spent, and up to 100 yuan are lost at each deposit; the last round begins in the fourth week."""
    rounds = set()
    for comes, goes in planned(HELD_J)[1].values():
        assert (np.r_[comes["party"], goes["party"]] == NOBODY).all()
        assert not (np.r_[comes["amount"], goes["amount"]] % 10_000).any()
        assert goes["amount"].max() < 5_000_000
        assert is_working(goes["day"]).all()
        drawn, banked = goes["amount"].sum(), comes["amount"].sum()
        assert 0.96 * drawn - 10_000 * len(comes) <= banked <= 0.99 * drawn
        gap = comes["day"][:, None].astype(int) - goes["day"][None, :]
        near = (gap >= 1) & (gap <= 4 + WEEKEND)
        assert near.any(axis=1).all()
        assert near.any(axis=0).all()
        rounds.add(len(np.unique(goes["day"] // 7)))
        assert 2 <= len(comes) <= 8
    assert len(rounds) > 1


def test_held_k_true_customers_pay_at_the_end_of_a_month_and_are_refunded_in_the_next(planned: Plan) -> None:
    """March 2025 ends on a Monday: the last five working days are 25 to 31, the first six of April 1 to 8."""
    march_25, april_1 = (np.datetime64(day, "D").astype(int) for day in ("2025-03-25", "2025-04-01"))
    world, found = planned(HELD_K)
    links = world.network.customers
    for ring, (comes, goes) in found.items():
        assert 1 <= len(comes) <= 3
        assert len(comes) <= len(goes) <= 2 * len(comes)
        assert set(comes["party"]) == set(goes["party"])
        assert set(comes["party"]) <= set(links.party[links.firm == ring])
        assert march_25 <= comes["day"].min() <= comes["day"].max() < april_1
        assert april_1 <= goes["day"].min() <= goes["day"].max() <= april_1 + 7
        assert is_working(np.r_[comes["day"], goes["day"]]).all()
        for friend in set(comes["party"]):
            paid, back = (due["amount"][due["party"] == friend].sum() for due in (comes, goes))
            assert 0.985 * paid - len(goes) - 1 <= back <= 0.998 * paid


def test_held_l_people_buy_for_what_left_as_wages(planned: Plan) -> None:
    """Two or three people a batch, the same of both; up to 10 yuan are lost at each payment."""
    world, found = planned(HELD_L)
    two = 0
    for ring, (comes, goes) in found.items():
        people = set(comes["party"])
        assert 1 <= len(goes) <= 2
        assert set(goes["party"]) == {world.parties.special["代发工资"]}
        assert 2 <= len(people) <= 3
        assert 2 * len(goes) <= len(comes) <= 3 * len(goes)
        assert people <= set(range(world.firms.n, 2 * world.firms.n)) - {world.firms.n + ring}
        assert not (comes["amount"] % 1_000).any()
        paid, back = goes["amount"].sum(), comes["amount"].sum()
        assert 0.98 * paid - 1_000 * len(comes) - 1 <= back <= 0.995 * paid
        gap = comes["day"][:, None].astype(int) - goes["day"][None, :]
        assert ((gap >= 1) & (gap <= 6 + WEEKEND)).any(axis=1).all()
        two += len(goes) == 2
    assert 0 < two < RICH


@pytest.mark.parametrize("design", [HELD_J, HELD_K, HELD_L])
def test_a_firm_plays_with_no_more_than_half_of_what_it_has(march: March, design: int) -> None:
    """Of 3,000 yuan 1,500 at most a time; with 1,900 half would be less than is worth the trouble."""
    world, month = march
    world.purse.ledger.balance[:] = np.where(np.arange(len(world.purse.ledger.balance)) < SLOTS, 300_000, 190_000)
    deceive_unseen(world, month, at_work(design, [0, 1], 0.7, next=-1))
    goes = world.purse.payables.waiting()
    assert set(goes["ref"]) == {0}
    assert 0 < goes["amount"].max() <= 150_000
