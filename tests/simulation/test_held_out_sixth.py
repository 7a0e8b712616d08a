"""The sixth set of held-out designs of deceit: what each puts on the calendars, and the papers it leaves."""

from itertools import pairwise

import numpy as np
import pytest
from designs import MARCH_1, RICH, WEEKEND, March, Plan, at_work, invoices, rings

from simulation.calendar import is_working
from simulation.firms import SLOTS
from simulation.held_out import deceive_unseen
from simulation.ledger import NOBODY
from simulation.network import Links
from simulation.schemes import HELD_U, HELD_V, HELD_W, HELD_X
from simulation.world import World


def _between(march: March) -> tuple[World, np.ndarray, np.ndarray]:
    """What the pairs get and pay; in the month of index 2 the firms of even numbers begin."""
    world, month = march
    deceive_unseen(world, month, rings(HELD_U, 2))
    comes, goes = world.purse.receipts.waiting(), world.purse.payables.waiting()
    assert (comes["account"] // SLOTS // 2 == comes["ref"]).all()
    assert (goes["account"] // SLOTS // 2 == goes["ref"]).all()
    return world, comes, goes


def _with(legs: np.ndarray, firm: int) -> np.ndarray:
    return legs[legs["account"] == firm * SLOTS]


def test_held_u_strangers_stand_between_the_two_and_each_supplies_one_of_them(march: March) -> None:
    world, comes, goes = _between(march)
    assert (goes["payee"] == NOBODY).all()
    rounds = set()
    for first in range(0, RICH, 2):
        (supplier,), (customer,) = set(_with(goes, first)["party"]), set(_with(comes, first)["party"])
        assert supplier != customer
        assert {supplier, customer} <= set(world.parties.outsiders)
        assert set(_with(goes, first + 1)["party"]) == {customer}
        assert set(_with(comes, first + 1)["party"]) == {supplier}
        assert len(_with(goes, first)) == len(_with(goes, first + 1))
        rounds.add(len(_with(goes, first)))
        for firm in (first, first + 1):
            assert 2 * len(_with(goes, firm)) <= len(_with(comes, firm)) <= 3 * len(_with(goes, firm))
    assert rounds == {1, 2}
    assert is_working(np.r_[comes["day"], goes["day"]]).all()


def test_held_u_money_goes_from_one_to_the_other_and_back_within_some_two_weeks(march: March) -> None:
    """A tenth first; then paid, 0.1 to 0.4 % less each time: by the first, to the second, by it, to the first."""
    world, comes, goes = _between(march)
    made, seen = invoices(world), 0
    for first in range(0, RICH, 2):
        if len(_with(goes, first)) > 1:
            continue
        seen += 1
        out, back = (int(_with(goes, firm)["amount"][0]) for firm in (first, first + 1))
        there, home = (_with(comes, firm) for firm in (first + 1, first))
        values = [out, there["amount"].sum(), back, home["amount"].sum()]
        for paid, got in pairwise(values):
            assert 0.996 * paid - 3 <= got <= 0.999 * paid + 3
        for firm, legs in ((first + 1, there), (first, home)):
            (gross,) = made["gross"][(made["firm"] == firm) & made["sale"]]
            assert legs["amount"][0] == gross // 10
            assert legs["day"][0] == legs["day"].min()
        day_out, day_back = (int(_with(goes, firm)["day"][0]) for firm in (first, first + 1))
        assert day_out - int(home["day"][0]) in range(3 + WEEKEND)
        assert np.isin(there["day"][1:] - day_out, range(1, 4 + WEEKEND)).all()
        assert day_back - int(there["day"].max()) in range(3 + WEEKEND)
        assert np.isin(home["day"][1:] - day_back, range(1, 4 + WEEKEND)).all()
    assert seen > 3


def test_held_u_has_one_invoice_a_contract(march: March) -> None:
    """Of each round two purchases, each as much as was paid, and two sales, each up to 3 cents more than came."""
    world, comes, goes = _between(march)
    made = invoices(world)
    assert len(made) == 2 * len(goes)
    for firm in range(RICH):
        for sale, legs, most in ((True, _with(comes, firm), 3 * 2), (False, _with(goes, firm), 0)):
            mine = made[(made["firm"] == firm) & (made["sale"] == sale)]
            assert len(mine) == len(_with(goes, firm))
            assert set(mine["other"]) == set(legs["party"])
            assert 0 <= mine["gross"].sum() - legs["amount"].sum() <= most
            assert (mine["rate"] == (world.firms.trade("vat")[firm] if sale else 0.13)).all()
            gap = mine["day"][:, None].astype(int) - legs["day"][None, :]
            assert np.isin(gap, range(-5, 1) if sale else range(6)).any(axis=1).all()
    assert made["day"].min() >= MARCH_1


def test_held_u_who_begins_changes_and_who_supplies_whom_does_not(march: March) -> None:
    world, month = march
    _, comes, goes = _between(march)
    deceive_unseen(world, month.after(1), rings(HELD_U, 2))
    for leg, all_legs in ((goes, world.purse.payables.waiting()), (comes, world.purse.receipts.waiting())):
        for firm in range(RICH):
            assert len(_with(all_legs, firm)) > len(_with(leg, firm))
            assert len(set(_with(all_legs, firm)["party"])) == 1
    later = world.purse.payables.waiting()[len(goes) :]
    for ring in range(RICH // 2):
        first = later[later["ref"] == ring]
        assert first["account"][np.argmin(first["day"])] == (2 * ring + 1) * SLOTS


def test_held_u_rests_when_one_of_the_two_is_gone_or_poor(march: March) -> None:
    world, month = march
    world.purse.ledger.balance[3 * SLOTS] = 100_000
    deceive_unseen(world, month, rings(HELD_U, 2)[1:4])
    assert not len(world.purse.payables.waiting())
    assert not len(world.purse.receipts.waiting())
    assert not len(invoices(world))


def _known(links: Links, firm: int, most: int) -> set[int]:
    return set(links.party[links.firm == firm][:most].tolist())


def test_held_v_true_suppliers_are_paid_and_true_customers_pay(planned: Plan) -> None:
    """0.3 to 1.5 % stay behind, and up to 100 yuan where a sum is whole hundreds."""
    world, found = planned(HELD_V)
    customers = set()
    for ring, (comes, goes) in found.items():
        assert set(goes["party"]) == _known(world.network.suppliers, ring, 2)
        assert set(comes["party"]) <= _known(world.network.customers, ring, 3)
        customers.add(len(set(comes["party"])))
        assert 2 <= len(goes) <= 8
        assert 2 <= len(comes) <= 8
        paid, back = goes["amount"].sum(), comes["amount"].sum()
        assert 0.985 * paid - 10_001 * len(comes) <= back <= 0.997 * paid
        gap = comes["day"][:, None].astype(int) - goes["day"][None, :]
        assert ((gap >= 3) & (gap <= 8 + WEEKEND)).any(axis=1).all()
        assert ((gap >= 3) & (gap <= 11 + 2 * WEEKEND)).any(axis=0).all()
        assert is_working(np.r_[comes["day"], goes["day"]]).all()
    assert {2, 3} <= customers


def test_held_v_has_an_invoice_for_every_payment(planned: Plan) -> None:
    world, found = planned(HELD_V)
    made = invoices(world)
    for ring, (comes, goes) in found.items():
        for sale, legs, gaps in ((True, comes, range(-5, 1)), (False, goes, range(7))):
            mine = made[(made["firm"] == ring) & (made["sale"] == sale)]
            assert mine["gross"].tolist() == legs["amount"].tolist()
            assert mine["other"].tolist() == legs["party"].tolist()
            assert np.isin(mine["day"] - legs["day"], gaps).all()
            assert (mine["rate"] == (world.firms.trade("vat")[ring] if sale else 0.13)).all()


def test_held_w_a_lender_pays_for_each_order_and_its_buyer_has_most_of_it(planned: Plan) -> None:
    """Of 10,000 yuan 9,900 come in ring 0 and 9,700 in ring 4; 4 to 10 % of it stay, and up to 10 yuan."""
    world, found = planned(HELD_W)
    lender, buyers = world.parties.special["快易消费金融有限公司"], []
    for ring, (comes, goes) in found.items():
        assert 3 <= len(comes) == len(goes) <= 8
        assert set(comes["party"]) == {lender}
        left = 1 - (0.01, 0.015, 0.02, 0.025, 0.03)[ring % 5]
        price = np.round(comes["amount"] / left / 10_000) * 10_000
        assert (np.abs(price * left - comes["amount"]) <= 1).all()
        assert ((price >= 200_000) & (price <= 5_000_000)).all()
        assert not (goes["amount"] % 1_000).any()
        assert ((goes["amount"] <= 0.96 * comes["amount"]) & (goes["amount"] > 0.9 * comes["amount"] - 1_001)).all()
        assert np.isin(goes["day"] - comes["day"], range(1, 4 + WEEKEND)).all()
        assert set(goes["party"]) <= set(range(world.firms.n, 2 * world.firms.n)) - {world.firms.n + ring}
        assert is_working(np.r_[comes["day"], goes["day"]]).all()
        buyers += goes["party"].tolist()
    assert len(set(buyers)) > 30
    assert not len(invoices(world))


def test_held_x_what_people_are_given_arrives_day_by_day_from_the_platform(planned: Plan) -> None:
    """0.5 to 2 % stay with the people, then 0.38 % with the platform."""
    world, found = planned(HELD_X)
    platform, times = world.parties.special["财付通支付科技有限公司"], set()
    for ring, (comes, goes) in found.items():
        times.add(len(goes))
        assert 5 * len(goes) <= len(comes) <= 9 * len(goes)
        assert set(comes["party"]) == {platform}
        assert set(goes["party"]) <= set(range(world.firms.n, 2 * world.firms.n)) - {world.firms.n + ring}
        assert not (goes["amount"] % 100_000).any()
        paid, back = goes["amount"].sum(), comes["amount"].sum()
        assert 0.98 * 0.9962 * paid - len(comes) <= back <= 0.995 * 0.9962 * paid
        assert is_working(goes["day"]).all()
        if len(goes) == 1:
            assert comes["day"].tolist() == list(range(goes["day"][0] + 2, goes["day"][0] + 2 + len(comes)))
            assert len(set(comes["amount"])) == len(comes)
    assert times == {1, 2}
    assert not len(invoices(world))


@pytest.mark.parametrize(("design", "way"), [(HELD_V, "receipts"), (HELD_X, "payables")])
def test_the_same_three_take_part_in_every_month(march: March, design: int, way: str) -> None:
    """Customers of ``held_v``, of whom a firm may have fewer, and people of ``held_x``."""
    world, month = march
    schemes = at_work(design, np.arange(RICH), next=-1, last=99)
    for ahead in range(12):
        deceive_unseen(world, month.after(ahead), schemes)
    legs = getattr(world.purse, way).waiting()
    taking_part = [len(set(legs["party"][legs["ref"] == ring])) for ring in range(RICH)]
    assert max(taking_part) == 3
    assert np.median(taking_part) == 3


@pytest.mark.parametrize("design", [HELD_V, HELD_X])
def test_a_firm_plays_with_no_more_than_half_of_what_it_has(march: March, design: int) -> None:
    """Of 5,000 yuan 2,500 at most a time, twice in a month; with 1,900 half would be less than is worth the trouble."""
    world, month = march
    world.purse.ledger.balance[:] = np.where(np.arange(len(world.purse.ledger.balance)) < SLOTS, 500_000, 190_000)
    deceive_unseen(world, month, at_work(design, [0, 1], 0.7, next=-1))
    goes, comes = world.purse.payables.waiting(), world.purse.receipts.waiting()
    assert set(goes["ref"]) == set(comes["ref"]) == {0}
    assert 0 < comes["amount"].sum() < goes["amount"].sum() <= 500_000
