"""A third set of designs of deceit that are held out: whoever writes rules does not read this file or its tests.

In all of them money of the firm's own or of friends is back where it came from within days, and what comes in looks
like sales. They follow what is told in public of cases that were punished.

``held_i``: four firms. The first pays two others, unequal parts of a sum; one to three days later each of the two pays
the fourth, less 0.1 to 0.5 %; when the fourth has both it pays the first all at once, less as much again. Each month
another of the four begins. (Money that goes round is cut up and brought together again so that no two sums match:
9gjg.cn/news/show-39890.html, on how false sales of listed firms have changed.)
``held_j``: the same cash is drawn and banked again, as takings, two to four times a month: drawn within two days, in
whole hundreds of less than 50,000 yuan at a time, banked one to three days later in one or two sums, less the 1 to 4 %
that the owner spent. (A cashier who drew cash and paid it in at the same counter as a customer's: Xintai Electric,
puapp.net/c/20231019/82172.html; cash in and out in the names of buyers: Wanfu, articles.zkiz.com/?id=56172.)
``held_k``: on the last five working days of a month up to three true customers pay for goods that nobody sends; on the
first six of the next month they are refunded, at once or in two parts, less 0.2 to 1.5 %. (Collections borrowed over
the end of a period and undone in the next: Xintai Electric, dooland.com/magazine/article_809337.html.)
``held_l``: once or twice a month a batch of wages leaves beside the true ones; over the six days after it two or three
people, always the same of a ring, buy for 98 to 99.5 % of it, in whole tens of yuan. (Wages as a way out:
framework.amltrix.com/techniques/T0068-fictitious-payroll; people as made-up customers: Xindadi,
caitongnews.com/article/590345.html.)

Truth books these lines as ``wash_in`` and ``wash_out``; the bank words them as what they pretend to be.
"""

import numpy as np

from simulation.calendar import Month, is_working, next_working
from simulation.ledger import NOBODY, cents
from simulation.schemes import HELD_I, HELD_J, HELD_K, HELD_L
from simulation.sham import (
    hand_on,
    less,
    odd,
    parts,
    pay_out,
    person_of,
    risked,
    take_in,
    times,
    turn_of,
    whole_rings,
)
from simulation.world import World

PRETENDS = {
    HELD_I: ("sale", "purchase"),
    HELD_J: ("cash_sale", "cash_out"),
    HELD_K: ("sale", "refund_out"),
    HELD_L: ("sale", "payroll"),
}
PILE_LOW, PILE_HIGH, DRAWN_USUAL = 8_000, 200_000, 30_000
WAGES = "代发工资"


def _fork(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """A sum parts at the first of four firms and meets at the last, which gives it back."""
    row, amount = whole_rings(world, month, schemes, 4, rng)
    n = len(row)
    start, share = rng.integers(month.first, month.last - 9, n), rng.uniform(0.3, 0.7, n)
    part = (amount * share).astype(np.int64)
    met, last = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for middle, value in ((1, part), (2, amount - part)):
        day = next_working(start + rng.integers(0, 2, n))
        hand_on(world, row[:, 0], row[:, middle], day, value)
        left, day = less(value, 0.001, 0.005, rng), next_working(day + rng.integers(1, 4, n))
        hand_on(world, row[:, middle], row[:, 3], day, left)
        met, last = met + left, np.maximum(last, day)
    back = next_working(last + rng.integers(0, 3, n))
    hand_on(world, row[:, 3], row[:, 0], back, less(met, 0.001, 0.005, rng))


def _turn_over(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """A pile of cash leaves and returns, about once a week."""
    one = np.repeat(schemes, 2 + rng.integers(0, 3, len(schemes)))
    wanted = world.usual * rng.uniform(0.2, 0.5, world.firms.n)
    pile = cents(risked(world, one, np.clip(wanted[one["firm"]] * one["size"], PILE_LOW, PILE_HIGH)))
    pile = (pile * rng.uniform(0.85, 1.0, len(one))).astype(np.int64)
    start = month.first + 7 * turn_of(one["ring"]) + rng.integers(0, 3, len(one))
    which, share = parts(1 + pile // cents(np.array(DRAWN_USUAL)), rng, 0.2)
    drawn = (pile[which] * share).astype(np.int64) // 10_000 * 10_000
    day = next_working(start[which] + rng.integers(0, 2, len(which)))
    pay_out(world, one[which], day, NOBODY, drawn)
    held, last = np.zeros(len(one), dtype=np.int64), np.zeros(len(one), dtype=np.int64)
    np.add.at(held, which, drawn)
    np.maximum.at(last, which, day)
    which, share = parts(1 + rng.integers(0, 2, len(one)), rng)
    banked = (less(held, 0.01, 0.04, rng)[which] * share).astype(np.int64) // 10_000 * 10_000
    again = last[which] + rng.integers(1, 4, len(which))
    take_in(world, one[which], again, NOBODY, banked)


def _return_goods(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """Customers pay before the month is over and have their money back when it is."""
    one = times(schemes, rng, 3)
    n, links = len(one), world.network.customers
    first, end = (np.searchsorted(links.firm, one["firm"], side) for side in ("left", "right"))
    friend = links.party[rng.integers(first, end)]
    closing, opening = (days[is_working(days)] for days in (month.days, month.after(1).days))
    wanted = world.usual[one["firm"]] * one["size"] * rng.uniform(0.25, 0.7, n)
    amount = odd(risked(world, one, wanted), rng)
    take_in(world, one, rng.choice(closing[-5:], n), friend, amount)
    which, share = parts(1 + rng.integers(0, 2, n), rng)
    back = (less(amount, 0.002, 0.015, rng)[which] * share).astype(np.int64)
    pay_out(world, one[which], rng.choice(opening[:6], len(which)), friend[which], back)


def _pay_staff(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """A batch of wages leaves, and people of the firm's own buy with them."""
    one = times(schemes, rng, 2)
    n = len(one)
    day = next_working(rng.integers(month.first, month.last - 6, n))
    wanted = world.usual[one["firm"]] * one["size"] * rng.uniform(0.2, 0.5, n)
    amount = cents(risked(world, one, wanted))
    pay_out(world, one, day, world.parties.special[WAGES], amount)
    which, share = parts(2 + rng.integers(0, 2, n), rng, 0.3)
    person = person_of(world, one["firm"][which], one["ring"][which] * 47 + 11 + turn_of(which))
    back = (less(amount, 0.005, 0.02, rng)[which] * share).astype(np.int64) // 1_000 * 1_000
    later = next_working(day[which] + rng.integers(1, 7, len(which)))
    take_in(world, one[which], later, person, back)


ACTS = {HELD_I: _fork, HELD_J: _turn_over, HELD_K: _return_goods, HELD_L: _pay_staff}
