"""The fifth set of held-out designs of deceit: what each puts on the calendars, and the papers it leaves."""

import numpy as np
import pytest
from designs import MARCH_1, RICH, WEEKEND, March, Plan, at_work, invoices, rings

from simulation.calendar import is_working
from simulation.firms import SLOTS
from simulation.held_out import deceive_unseen
from simulation.ledger import NOBODY
from simulation.schemes import HELD_Q, HELD_R, HELD_S, HELD_T
from simulation.world import World


def _mesh(march: March) -> tuple[World, np.ndarray]:
    """What thirteen rings of three put on the calendar; ring k is of the firms 3 k to 3 k + 2."""
    world, month = march
    deceive_unseen(world, month, rings(HELD_Q, 3))
    assert not len(world.purse.receipts.waiting())
    return world, world.purse.payables.waiting()


def test_held_q_each_of_three_pays_both_others_and_gets_as_much(march: March) -> None:
    """Each sum is short by 0.3 % at most, and a cent a part, and more than that lies between the three of a round.

    In a month it all happens once or twice.
    """
    _, legs = _mesh(march)
    rounds = set()
    for ring in range(RICH // 3):
        mine = legs[legs["ref"] == ring]
        payer, payee = mine["account"] // SLOTS, mine["party"]
        pairs, count = np.unique(np.stack([payer, payee]), axis=1, return_counts=True)
        assert pairs.T.tolist() == [[3 * ring + a, 3 * ring + b] for a in range(3) for b in range(3) if a != b]
        assert (mine["payee"] == payee * SLOTS).all()
        rounds.add(len(mine) > 12)
        assert 1 <= count.min() <= count.max() <= 4
        for firm in range(3 * ring, 3 * ring + 3):
            paid, got = mine["amount"][payer == firm].sum(), mine["amount"][payee == firm].sum()
            assert abs(paid - got) <= 0.003 * max(paid, got) + len(mine)
        for step in (1, 2):
            way = [
                mine["amount"][(payer - 3 * ring == k) & (payee - 3 * ring == (k + step) % 3)].sum() for k in range(3)
            ]
            assert max(way) > 1.006 * min(way)
    assert rounds == {False, True}
    assert is_working(legs["day"]).all()


def test_held_q_is_over_within_a_week_and_a_bit(march: March) -> None:
    """Eight days from the first, and a weekend after the last; a ring that does it once has at most 12 payments."""
    _, legs = _mesh(march)
    found = [legs["day"][legs["ref"] == ring].astype(int) for ring in range(RICH // 3)]
    once = [days for days in found if len(days) < 12]
    assert once
    for days in once:
        assert days.max() - days.min() <= 7 + WEEKEND


def test_held_q_has_one_invoice_a_contract_with_both(march: March) -> None:
    """A contract is paid at once or in two parts, so what a pair has paid in the month is what it was invoiced."""
    world, legs = _mesh(march)
    made = invoices(world)
    assert len(made) % 12 == 0
    assert len(made) / 2 < len(legs) < len(made)
    for seller, buyer, sale in (("firm", "other", True), ("other", "firm", False)):
        mine = made[made["sale"] == sale]
        for pair in np.unique(legs[["account", "party"]]):
            held = mine[(mine[buyer] == pair["account"] // SLOTS) & (mine[seller] == pair["party"])]
            paid = legs[(legs["account"] == pair["account"]) & (legs["party"] == pair["party"])]
            assert 0 <= held["gross"].sum() - paid["amount"].sum() <= len(paid)
            assert (held["rate"] == world.firms.trade("vat")[pair["party"]]).all()
            gap = held["day"][:, None].astype(int) - paid["day"][None, :]
            assert (np.abs(gap) <= 7 + WEEKEND).any(axis=0).all()
    assert made["day"].min() >= MARCH_1


def test_held_q_rests_when_one_of_the_three_is_gone_or_poor(march: March) -> None:
    world, month = march
    world.purse.ledger.balance[4 * SLOTS] = 100_000
    deceive_unseen(world, month, at_work(HELD_Q, [0, 0, 1, 1, 1], first=-2))
    assert not len(world.purse.payables.waiting())
    assert not len(invoices(world))


def test_held_r_a_client_pays_and_people_are_paid_within_two_days(planned: Plan) -> None:
    world, found = planned(HELD_R)
    clients = set()
    for ring, (comes, goes) in found.items():
        assert 1 <= len(comes) <= 2
        assert 5 * len(comes) <= len(goes) <= 12 * len(comes)
        people = set(goes["party"])
        assert len(people) >= 5
        assert people <= set(range(world.firms.n, 2 * world.firms.n)) - {world.firms.n + ring}
        assert set(comes["party"]) <= set(world.parties.outsiders)
        clients.add(len(set(comes["party"])))
        gap = goes["day"][:, None].astype(int) - comes["day"][None, :]
        assert ((gap >= 0) & (gap <= 2 + WEEKEND)).any(axis=1).all()
        assert ((gap >= 0) & (gap <= 2 + WEEKEND)).any(axis=0).all()
        assert is_working(np.r_[comes["day"], goes["day"]]).all()
    assert clients == {1, 2}


def test_held_r_keeps_the_tax_on_its_invoice_and_one_to_three_percent(planned: Plan) -> None:
    """Of 113 yuan at 13 % the tax is 13, and 97 to 99 % of 100 are paid out; a small taxpayer owes 1 yuan."""
    world, found = planned(HELD_R)
    made, small, rate = invoices(world), world.firms.small_taxpayer, world.firms.trade("vat")
    assert small[:RICH].any()
    assert not small[:RICH].all()
    for ring, (comes, goes) in found.items():
        mine = made[made["firm"] == ring]
        assert mine["sale"].all()
        assert mine["gross"].tolist() == comes["amount"].tolist()
        assert mine["other"].tolist() == comes["party"].tolist()
        assert np.isin(comes["day"] - mine["day"], range(6)).all()
        net = comes["amount"].sum() / (1 + rate[ring])
        left = comes["amount"].sum() - net * (0.01 if small[ring] else rate[ring])
        assert 0.97 * left - len(goes) - 1 <= goes["amount"].sum() <= 0.99 * left


def test_held_s_what_an_acceptance_brings_covers_the_next(planned: Plan) -> None:
    """Sold one to three days later, at 2.2 % a year for half a year, and 0.1 to 0.5 % less."""
    world, found = planned(HELD_S)
    bills = np.concatenate(world.papers.taken_in())
    again = set()
    for ring, (comes, goes) in found.items():
        mine = bills[bills["firm"] == ring]
        assert len(mine) == len(comes) == len(goes)
        again.add(len(mine))
        assert mine["issued"].all()
        assert mine["amount"].tolist() == goes["amount"].tolist()
        assert mine["received"].tolist() == goes["day"].tolist()
        assert not (mine["amount"] % 1_000_000).any()
        assert mine["amount"].min() >= world.parameters.smallest_bill * 100
        assert np.isin(mine["matures"] - mine["received"], range(180, 190)).all()
        assert mine["settled"].tolist() == mine["matures"].tolist()
        assert (mine["discounted"] == NOBODY).all()
        assert set(goes["party"]) == {world.parties.special["本行"]}
        assert len(set(comes["party"])) == len(set(mine["party"])) == 1
        assert set(comes["party"]) != set(mine["party"])
        assert (comes["amount"] < goes["amount"] * (1 - 0.022 * 174 / 365) * 0.999).all()
        assert (comes["amount"] > goes["amount"] * (1 - 0.022 * 190 / 365) * 0.995 - 1).all()
        assert np.isin(comes["day"] - goes["day"], range(1, 4 + WEEKEND)).all()
        assert np.isin(goes["day"][1:] - comes["day"][:-1], range(2 + WEEKEND)).all()
        assert goes["amount"][1:].tolist() == (comes["amount"][:-1] // 1_000_000 * 1_000_000).tolist()
        assert len(mine) > 1 or comes["amount"][0] < world.parameters.smallest_bill * 100
    assert again == {1, 2, 3}


def test_held_s_has_an_invoice_for_what_it_buys_and_for_what_it_sells(planned: Plan) -> None:
    world, found = planned(HELD_S)
    made = invoices(world)
    friend = {int(bill["firm"]): int(bill["party"]) for bill in np.concatenate(world.papers.taken_in())}
    for ring, (comes, goes) in found.items():
        for sale, lines, most in ((True, comes, 3), (False, goes, 5)):
            mine = made[(made["firm"] == ring) & (made["sale"] == sale)]
            assert mine["gross"].tolist() == lines["amount"].tolist()
            assert set(mine["other"]) == (set(comes["party"]) if sale else {friend[ring]})
            assert np.isin(lines["day"] - mine["day"], range(most + 1)).all()
            assert (mine["rate"] == (world.firms.trade("vat")[ring] if sale else 0.13)).all()


def test_held_s_rests_where_half_of_what_is_there_is_too_little_for_an_acceptance(march: March) -> None:
    """Of 59,000 yuan half is less than 30,000; of 61,000 yuan it is enough for one, which does not bring as much."""
    world, month = march
    world.purse.ledger.balance[:] = np.where(np.arange(len(world.purse.ledger.balance)) < SLOTS, 6_100_000, 5_900_000)
    deceive_unseen(world, month, at_work(HELD_S, [0, 1], 0.7, next=-1))
    goes = world.purse.payables.waiting()
    assert goes[["ref", "amount"]].tolist() == [(0, 3_000_000)]
    assert len(np.concatenate(world.papers.taken_in())) == 1


def test_held_t_goes_to_an_account_of_its_own_name_and_comes_back_from_friends(planned: Plan) -> None:
    """0.3 to 1.5 % stay behind, and up to 100 yuan where a sum is whole hundreds."""
    world, found = planned(HELD_T)
    friends = set()
    for ring, (comes, goes) in found.items():
        assert 1 <= len(goes) <= 2
        assert len(goes) <= len(comes) <= 3 * len(goes)
        assert set(goes["party"]) == {ring}
        assert (goes["payee"] == NOBODY).all()
        assert not (goes["amount"] % 100_000).any()
        assert set(comes["party"]) <= set(world.parties.outsiders)
        friends.add(len(set(comes["party"])))
        paid, back = goes["amount"].sum(), comes["amount"].sum()
        assert 0.985 * paid - 10_000 * len(comes) <= back <= 0.997 * paid + len(comes)
        gap = comes["day"][:, None].astype(int) - goes["day"][None, :]
        assert ((gap >= 2) & (gap <= 6 + WEEKEND)).any(axis=1).all()
        assert ((gap >= 2) & (gap <= 6 + WEEKEND)).any(axis=0).all()
        assert is_working(np.r_[comes["day"], goes["day"]]).all()
    assert friends == {1, 2, 3}
    assert not len(invoices(world))


@pytest.mark.parametrize("design", [HELD_S, HELD_T])
def test_a_firm_plays_with_no_more_than_half_of_what_it_has(march: March, design: int) -> None:
    """Of 100,000 yuan 50,000 at most a time; with 1,900 half would be less than is worth the trouble."""
    world, month = march
    world.purse.ledger.balance[:] = np.where(np.arange(len(world.purse.ledger.balance)) < SLOTS, 10_000_000, 190_000)
    deceive_unseen(world, month, at_work(design, [0, 1], 0.7, next=-1))
    goes = world.purse.payables.waiting()
    assert set(goes["ref"]) == {0}
    assert 0 < goes["amount"].max() <= 5_000_000
