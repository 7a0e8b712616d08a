"""A fourth set of designs of deceit that are held out: whoever writes rules does not read this file or its tests.

In all of them money is back where it came from within some two weeks. Each decides, by what is told in public of its
kind, which papers it leaves beside the money. None makes or moves goods, so bills for electricity, water and gas and
the number of the insured stay as they are. What is invoiced is taxed, and stands in the year's statement.

``held_m``: four firms. Three pay the fourth, each another sum, within three days; once it has all, one to four days
later, each of the three is paid what another of them had paid, less 0.1 to 0.5 %. Each month another is in the
middle; when one of the four is gone the others go on. Every payment has its invoice, issued by whoever is paid up to
six days before: money, contracts and invoices agree and only the goods are missing, and as each sells and buys about
as much, the tax on it is small. (Empty rounds of trade: Dongfang Group, hlj.ickaq2ms.zzxjtzjt.com/post/14859.html;
rounds large and small whose invoices offset one another: fx361.cc/page/2017/1226/2604525.shtml.)
``held_n``: once or twice a month a stranger's bank acceptance of half a year comes for a sale that never was; it is
sold to the bank one to three days later, and on that day, or the next where the firm has twice as much anyway, the
proceeds, less 0.1 to 0.5 %, go to whoever drew it, or to another firm of his, at once or in two parts. The bank asks
for an invoice, so one is issued for the whole sum up to five days before; the tax on it would cost more than all the
rest, so it is taken back by a red letter in the first half of the next month. (Proceeds of a discount that flow back
to the drawer, one of ten common faults in 1,600 penalties: 360doc.com/content/19/1111/21/61781258_872513032.shtml;
taking the invoice back is an assumption.)
``held_o``: once or twice a month four to eight claims of expenses are paid to two people, always the same, within a
week; up to five days later one of two strangers buys for all of it at once, less 0.5 to 2.5 %. Claims bring no invoices
in the names of those who claim. The sale has one where it costs next to nothing: with small taxpayers, free below a
limit and at one percent above; others leave it without. (Costs that return through people as sales:
cpalawyer.cn/insights/1793.html; who invoices is an assumption from what the tax costs.)
``held_p``: two or three times a month a sum of whole thousands goes to a payment platform, for advertising by its
words, with which hired buyers order; over the two to nine days after that the shop's takings come from the same
platform in three to six parts, less 4 to 9 % for buyers and platform. Buyers who were never there ask for no invoice,
and nobody declares their orders. (Orders paid for by the seller: fx361.cc/page/2022/0207/16658054.shtml.)

Truth books these lines as ``wash_in`` and ``wash_out``; the bank words them as what they pretend to be.
"""

import numpy as np

from simulation.bills import BILL, DISCOUNT_RATE
from simulation.calendar import Month, next_working
from simulation.ledger import NOBODY, cents, rows
from simulation.parties import OWN_BANK, PLATFORMS
from simulation.schemes import HELD_M, HELD_N, HELD_O, HELD_P
from simulation.sham import (
    ally_of,
    before,
    hand_on,
    invoiced,
    less,
    main_account,
    odd,
    parts,
    pay_out,
    person_of,
    risked,
    shell_of,
    take_in,
    times,
    turn_of,
    whole_rings,
)
from simulation.world import World

PRETENDS = {
    HELD_M: ("sale", "purchase"),
    HELD_N: ("discount_in", "purchase"),
    HELD_O: ("sale", "expense"),
    HELD_P: ("settlement_alipay", "expense"),
}
HALF_A_YEAR = 180
DAYS_A_YEAR = 365


def _gather(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """The rings of four, and of three where one is gone."""
    for around in (3, 2):
        row, amount = whole_rings(world, month, schemes, around + 1, rng)
        _round(world, month, row, amount, rng)


def _round(world: World, month: Month, row: np.ndarray, amount: np.ndarray, rng: np.random.Generator) -> None:
    """All others pay the one in the middle, which pays each of them what another had paid."""
    n, around = len(row), row.shape[1] - 1
    start, turn = rng.integers(month.first, month.last - 9, n), 1 + rng.integers(0, around - 1, n)
    paid, last = np.zeros((n, around), dtype=np.int64), np.zeros(n, dtype=np.int64)
    for spoke in range(around):
        paid[:, spoke] = amount * rng.uniform(0.5, 1.0, n)
        day = next_working(start + rng.integers(0, 3, n))
        _trade(world, month, row[:, spoke + 1], row[:, 0], day, paid[:, spoke], rng)
        last = np.maximum(last, day)
    for spoke in range(around):
        other = paid[np.arange(n), (spoke + turn) % around]
        day = next_working(last + rng.integers(1, 5, n))
        _trade(world, month, row[:, 0], row[:, spoke + 1], day, less(other, 0.001, 0.005, rng), rng)


def _trade(
    world: World,
    month: Month,
    buyer: np.ndarray,
    seller: np.ndarray,
    day: np.ndarray,
    amount: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """One member of each ring pays another, and both hold the invoice."""
    hand_on(world, buyer, seller, day, amount)
    invoiced(world, buyer, seller, before(month, day, 6, rng), amount)


def _discount(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """An acceptance comes, is sold to the bank, and whoever drew it has the money."""
    one = times(schemes, rng, 2)
    n, drawer = len(one), shell_of(world, one)
    wanted = world.usual[one["firm"]] * one["size"] * rng.uniform(0.4, 1.0, n)
    face = cents(np.maximum(np.floor(wanted / 1e4) * 1e4, world.parameters.smallest_bill))
    received = next_working(rng.integers(month.first, month.last - 6, n))
    sold = next_working(received + rng.integers(1, 4, n))
    proceeds = _accept(world, one["firm"], drawer, face, received, sold)
    bank = world.parties.special[OWN_BANK]
    take_in(world, one, sold, bank, proceeds)
    which, share = parts(1 + rng.integers(0, 2, n), rng)
    payee = np.where(one["ring"] % 2 == 0, drawer, ally_of(world, drawer, 61))[which]
    back = (less(proceeds, 0.001, 0.005, rng)[which] * share).astype(np.int64)
    trusted = world.purse.ledger.balance[main_account(one)] >= 2 * face
    day = next_working(sold[which] + rng.integers(0, 2, len(which)) * trusted[which])
    pay_out(world, one[which], day, payee, back)
    rate, undone = world.firms.trade("vat")[one["firm"]], month.last + rng.integers(1, 13, n)
    world.papers.invoice(before(month, received, 5, rng), one["firm"], drawer, True, face, rate)
    world.papers.invoice(next_working(undone), one["firm"], drawer, True, -face, rate)


def _accept(
    world: World, firm: np.ndarray, drawer: np.ndarray, face: np.ndarray, received: np.ndarray, sold: np.ndarray
) -> np.ndarray:
    """Take acceptances in as the world's bills; return the cents that the bank gives for each."""
    matures = next_working(received + HALF_A_YEAR)
    proceeds = (face * (1 - DISCOUNT_RATE * (matures - sold) / DAYS_A_YEAR)).astype(np.int64)
    bill = rows(BILL, len(face), firm=firm, party=drawer, received=received, matures=matures, amount=face)
    bill["discounted"], bill["proceeds"], bill["settled"] = sold, proceeds, NOBODY
    world.papers.bills.append(bill)
    return np.asarray(proceeds)


def _claim(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """Two people claim expenses, and a stranger buys for what they were paid."""
    one = times(schemes, rng, 2)
    n, ring = len(one), one["ring"]
    wanted = world.usual[one["firm"]] * one["size"] * rng.uniform(0.2, 0.5, n)
    total, start = cents(risked(world, one, wanted)), rng.integers(month.first, month.last - 12, n)
    which, share = parts(4 + rng.integers(0, 5, n), rng, 0.6)
    claim = (total[which] * share).astype(np.int64)
    person = person_of(world, one["firm"][which], ring[which] * 59 + 23 + turn_of(which) % 2)
    day = next_working(start[which] + rng.integers(0, 7, len(which)))
    pay_out(world, one[which], day, person, claim)
    last = np.zeros(n, dtype=np.int64)
    np.maximum.at(last, which, day)
    amount = odd(less(total, 0.005, 0.025, rng) / 100, rng)
    payer = ally_of(world, shell_of(world, one), 19 * rng.integers(0, 2, n))
    back = next_working(last + rng.integers(1, 6, n))
    take_in(world, one, back, payer, amount)
    small, issued = world.firms.small_taxpayer[one["firm"]], before(month, back, 3, rng)
    rate = world.firms.trade("vat")[one["firm"]]
    world.papers.invoice(issued, one["firm"], payer, True, np.where(small, amount, 0), rate)


def _order(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """The firm's money goes to a payment platform and comes back as takings of its shop."""
    one = np.repeat(schemes, 2 + rng.integers(0, 2, len(schemes)))
    n, ring = len(one), one["ring"]
    platform = int(world.parties.of(PLATFORMS)[1])
    wanted = world.usual[one["firm"]] * one["size"] * rng.uniform(0.15, 0.4, n)
    spent = cents(np.floor(risked(world, one, wanted) / 1e3) * 1e3)
    day = next_working(month.first + 9 * turn_of(ring) + rng.integers(0, 4, n))
    pay_out(world, one, day, platform, spent)
    which, share = parts(3 + rng.integers(0, 4, n), rng)
    later = day[which] + rng.integers(2, 10, len(which))
    taking = (less(spent, 0.04, 0.09, rng)[which] * share).astype(np.int64)
    take_in(world, one[which], later, platform, taking)


ACTS = {HELD_M: _gather, HELD_N: _discount, HELD_O: _claim, HELD_P: _order}
