"""The fourth set of held-out designs of deceit: what each puts on the calendars, and the papers it leaves."""

import numpy as np
import pytest
from designs import APRIL_1, MARCH_1, RICH, WEEKEND, March, Plan, at_work, invoices, rings

from simulation.calendar import is_working
from simulation.economy import start
from simulation.firms import SLOTS
from simulation.held_out import deceive_unseen
from simulation.ledger import ENTRY, NOBODY, rows
from simulation.public import Notices, book_sales
from simulation.schemes import HELD_M, HELD_N, HELD_O, HELD_P
from simulation.statements import Year
from simulation.trade import Invoices


def test_held_m_three_pay_one_and_each_gets_what_another_paid(march: March) -> None:
    """Ring 0 is of the firms 0 to 3; in the month of index 2 its third is in the middle, and 3, 0 and 1 pay it."""
    world, month = march
    deceive_unseen(world, month, rings(HELD_M, 4))
    legs = world.purse.payables.waiting().reshape(6, -1)
    assert not len(world.purse.receipts.waiting())
    around, middle = legs["ref"][:3] * 4 + np.array([[3], [0], [1]]), legs["ref"][:3] * 4 + 2
    assert (legs["account"] == np.r_[around, middle] * SLOTS).all()
    assert (legs["party"] == np.r_[middle, around]).all()
    assert (legs["payee"] == legs["party"] * SLOTS).all()
    assert set(np.bincount(legs["ref"][0])) <= {1, 2}
    paid, back = legs["amount"][:3].astype(float), legs["amount"][3:]
    turned = [(np.roll(paid, -step, axis=0) - back) / np.roll(paid, -step, axis=0) for step in (1, 2)]
    fits = [((kept > 0.001 - 1e-4) & (kept < 0.005 + 1e-4)).all(axis=0) for kept in turned]
    assert (fits[0] | fits[1]).all()
    assert fits[0].any()
    assert fits[1].any()
    gathered = legs["day"][:3].astype(int).max(axis=0)
    assert np.isin(legs["day"][3:] - gathered, range(1, 5 + WEEKEND)).all()
    assert (legs["day"].max(axis=0) - legs["day"].min(axis=0)).max() <= 6 + 2 * WEEKEND
    assert is_working(legs["day"]).all()


def test_held_m_has_an_invoice_for_every_payment_with_both(march: March) -> None:
    world, month = march
    deceive_unseen(world, month, rings(HELD_M, 4))
    legs, made = world.purse.payables.waiting(), invoices(world)
    assert len(made) == 2 * len(legs)
    for sale, seller, buyer in ((True, "firm", "other"), (False, "other", "firm")):
        copies = {(int(one[buyer]), int(one[seller]), int(one["gross"])): one for one in made[made["sale"] == sale]}
        for leg in legs:
            one = copies[int(leg["account"]) // SLOTS, int(leg["party"]), int(leg["amount"])]
            assert 0 <= leg["day"] - one["day"] <= 6
            assert one["day"] >= month.first
            assert one["rate"] == world.firms.trade("vat")[leg["party"]]


def test_held_m_goes_on_with_three(march: March) -> None:
    """In the month of index 2 firm 1 of 0, 1 and 2 is in the middle: 2 gets what 0 paid, and 0 what 2 paid."""
    world, month = march
    deceive_unseen(world, month, at_work(HELD_M, [0, 0, 0], first=-2))
    legs = world.purse.payables.waiting().reshape(4, -1)
    assert legs["account"][:, 0].tolist() == [2 * SLOTS, 0, SLOTS, SLOTS]
    assert legs["party"][:, 0].tolist() == [1, 1, 2, 0]
    kept = 1 - legs["amount"][2:] / legs["amount"][1::-1]
    assert ((kept > 0.001 - 1e-4) & (kept < 0.005 + 1e-4)).all()


def test_held_m_rests_when_two_of_the_four_are_gone_or_one_is_poor(march: March) -> None:
    world, month = march
    world.purse.ledger.balance[5 * SLOTS] = 100_000
    deceive_unseen(world, month, at_work(HELD_M, [0, 0, 1, 1, 1, 1], first=-2))
    assert not len(world.purse.payables.waiting())
    assert not len(invoices(world))


def test_held_n_a_bill_is_sold_and_its_drawer_has_the_money(planned: Plan) -> None:
    """Over half a year a bill costs at most 2.2 % / 2 and a little, as it may mature after a weekend."""
    world, found = planned(HELD_N)
    bills = world.papers.taken_in()[0]
    to_drawer = 0
    for ring, (comes, goes) in found.items():
        mine = bills[bills["firm"] == ring]
        assert 1 <= len(mine) == len(comes) <= 2
        assert len(set(mine["party"])) == 1
        assert not (mine["amount"] % 1_000_000).any()
        assert mine["amount"].min() >= world.parameters.smallest_bill * 100
        assert np.isin(mine["discounted"] - mine["received"], range(1, 4 + WEEKEND)).all()
        assert np.isin(mine["matures"] - mine["received"], range(180, 190)).all()
        assert (mine["settled"] == NOBODY).all()
        assert comes["day"].tolist() == mine["discounted"].tolist()
        assert comes["amount"].tolist() == mine["proceeds"].tolist()
        assert (mine["proceeds"] > mine["amount"] * (1 - 0.022 * 190 / 365)).all()
        assert (mine["proceeds"] < mine["amount"] * (1 - 0.022 * 170 / 365)).all()
        assert set(comes["party"]) == {world.parties.special["本行"]}
        assert len(set(goes["party"])) == 1
        to_drawer += goes["party"][0] == mine["party"][0]
        assert len(comes) <= len(goes) <= 2 * len(comes)
        assert 0.995 - 1e-4 <= goes["amount"].sum() / comes["amount"].sum() <= 0.999
        gap = goes["day"][:, None].astype(int) - comes["day"][None, :]
        assert ((gap >= 0) & (gap <= 1 + WEEKEND)).any(axis=1).all()
    assert to_drawer == RICH / 2


def test_held_n_firms_that_have_little_pass_the_money_on_at_once(march: March) -> None:
    world, month = march
    world.purse.ledger.balance[:] = 100_000
    deceive_unseen(world, month, at_work(HELD_N, np.arange(RICH), next=-1))
    comes, goes = world.purse.receipts.waiting(), world.purse.payables.waiting()
    for ring in range(RICH):
        assert set(comes["day"][comes["ref"] == ring]) == set(goes["day"][goes["ref"] == ring])


def test_held_n_takes_its_invoices_back_in_the_next_month(planned: Plan) -> None:
    world, _ = planned(HELD_N)
    bills = world.papers.taken_in()[0]
    now = world.papers.issued(APRIL_1 - 1, np.ones_like(world.alive))
    later = invoices(world)
    assert now["sale"].all()
    assert now["firm"].tolist() == bills["firm"].tolist() == later["firm"].tolist()
    assert now["other"].tolist() == bills["party"].tolist() == later["other"].tolist()
    assert now["gross"].tolist() == bills["amount"].tolist() == (-later["gross"]).tolist()
    assert np.isin(bills["received"] - now["day"], range(6)).all()
    assert now["day"].min() >= MARCH_1
    assert APRIL_1 <= later["day"].min() <= later["day"].max() <= APRIL_1 + 11 + WEEKEND


def test_held_o_two_people_claim_and_one_stranger_buys_for_all_of_it(planned: Plan) -> None:
    """0.5 to 2.5 % stay behind, and up to 100 yuan where the sum is whole hundreds."""
    world, found = planned(HELD_O)
    for ring, (comes, goes) in found.items():
        people = set(goes["party"])
        assert len(people) == 2
        assert people <= set(range(world.firms.n, 2 * world.firms.n)) - {world.firms.n + ring}
        assert 1 <= len(comes) <= 2
        assert 4 * len(comes) <= len(goes) <= 8 * len(comes)
        assert set(comes["party"]) <= set(world.parties.outsiders)
        paid, back = goes["amount"].sum(), comes["amount"].sum()
        assert 0.975 * paid - 10_000 * len(comes) <= back <= 0.995 * paid + len(goes)
        gap = comes["day"][:, None].astype(int) - goes["day"][None, :]
        assert ((gap >= 1) & (gap <= 11 + 2 * WEEKEND)).any(axis=0).all()
        assert ((gap >= 1) & (gap <= 5 + WEEKEND)).any(axis=1).all()
        assert is_working(np.r_[comes["day"], goes["day"]]).all()


def test_held_o_invoices_the_sale_of_a_small_taxpayer_only(planned: Plan) -> None:
    world, found = planned(HELD_O)
    made, small = invoices(world), world.firms.small_taxpayer[:RICH]
    assert small.any()
    assert not small.all()
    for ring, (comes, _) in found.items():
        mine = made[made["firm"] == ring]
        assert len(mine) == len(comes) * small[ring]
        for one, line in zip(mine, comes, strict=False):
            assert (one["other"], one["gross"], one["sale"]) == (line["party"], line["amount"], True)
            assert 0 <= line["day"] - one["day"] <= 3


def test_held_p_what_goes_to_the_platform_comes_back_as_takings(planned: Plan) -> None:
    world, found = planned(HELD_P)
    platform = world.parties.special["支付宝（中国）网络技术有限公司"]
    rounds = set()
    for comes, goes in found.values():
        rounds.add(len(goes))
        assert 3 * len(goes) <= len(comes) <= 6 * len(goes)
        assert set(comes["party"]) == set(goes["party"]) == {platform}
        assert not (goes["amount"] % 100_000).any()
        assert 0.91 * goes["amount"].sum() - len(comes) <= comes["amount"].sum() <= 0.96 * goes["amount"].sum()
        gap = comes["day"][:, None].astype(int) - goes["day"][None, :]
        assert ((gap >= 2) & (gap <= 9)).any(axis=1).all()
        assert ((gap >= 2) & (gap <= 9)).any(axis=0).all()
    assert rounds == {2, 3}
    assert not len(invoices(world))


@pytest.mark.parametrize("design", [HELD_O, HELD_P])
def test_a_firm_plays_with_no_more_than_half_of_what_it_has(march: March, design: int) -> None:
    """Of 5,000 yuan 2,500 at most a time; with 1,900 half would be less than is worth the trouble."""
    world, month = march
    world.purse.ledger.balance[:] = np.where(np.arange(len(world.purse.ledger.balance)) < SLOTS, 500_000, 190_000)
    deceive_unseen(world, month, at_work(design, [0, 1], 0.7, next=-1))
    goes = world.purse.payables.waiting()
    assert set(goes["ref"]) == {0}
    assert 0 < goes["amount"].max() <= 250_000


def _sham(firm: int, gross: float, sale: bool) -> Invoices:
    one = np.array([firm])
    return Invoices(one, one + 1, np.array([sale]), one, np.array([gross]), np.array([0.13]))


def test_a_red_letter_lowers_what_is_declared_but_never_below_nothing() -> None:
    world, calendar = start(10, 6, 1)
    world.demand[:], month = 0, calendar[0]
    sales = []
    for gross in (1130.0, -1130.0):
        notices = Notices()
        book_sales(world, notices, _sham(3, gross, sale=True), month)
        sales.append(notices.sales[month.index][3])
    assert sales == [pytest.approx(1000 * min(1, world.firms.honesty[3] + 0.1)), 0]


def test_the_yearly_statement_holds_what_was_invoiced_and_never_sold() -> None:
    world, _ = start(10, 6, 1)
    nothing = Invoices(*(np.zeros(0, dtype=kind) for kind in (int, int, bool, int, float, float)))
    plain, sold, bought = (Year.after(world) for _ in range(3))
    for year, shams in ((plain, nothing), (sold, _sham(3, 500.0, sale=True)), (bought, _sham(3, 500.0, sale=False))):
        year.add(world, rows(ENTRY, 0), shams)
    more = np.where(np.arange(10) == 3, 500.0, 0.0)
    assert (sold.sold - plain.sold).tolist() == pytest.approx(more.tolist())
    assert (bought.bought - plain.bought).tolist() == pytest.approx(more.tolist())
    assert sold.bought.tolist() == plain.bought.tolist()
    assert bought.sold.tolist() == plain.sold.tolist()
