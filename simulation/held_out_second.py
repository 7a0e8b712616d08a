"""A second set of designs of deceit that are held out: whoever writes rules does not read this file or its tests.

All of them send money round so that it looks like sales, and within days it is back with whoever sent it. They follow
what is told in public of "brushed" turnover: chains of friends, cash, crowds of hired payers, willing suppliers.

``held_e``: three firms in a row. The first pays the second, the second the third, and the money goes back by the way it
came, within about a week; at each step 0.1 to 0.4 % stay behind. Each month another of the three begins.
``held_f``: a stranger pays a sum as odd as an invoice; over the next days it leaves in cash, in whole hundreds of less
than 50,000 yuan at a time, less 0.5 to 2 %.
``held_g``: over four days six to fourteen people pay prices of whole yuan; a day or two later the firm pays whoever
sent them all of it at once, as if for a service, with 1 to 3 % on top.
``held_h``: every Monday that is a working day a true supplier pays as if it had bought; before the week is out it gets
the money back as if for goods, less 0.1 to 0.4 %, and that is what it pays with on the next Monday.

Truth books these lines as ``wash_in`` and ``wash_out``; the bank words them as what they pretend to be.
"""

import numpy as np

from simulation.calendar import Month, is_working, next_working
from simulation.ledger import NOBODY, cents
from simulation.schemes import HELD_E, HELD_F, HELD_G, HELD_H
from simulation.sham import (
    ally_of,
    hand_on,
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
    HELD_E: ("sale", "purchase"),
    HELD_F: ("sale", "cash_out"),
    HELD_G: ("sale", "expense"),
    HELD_H: ("sale", "purchase"),
}
THERE_AND_BACK = ((0, 1), (1, 2), (2, 1), (1, 0))
CASH_LOW, CASH_HIGH, CASH_USUAL = 20_000, 300_000, 30_000


def _walk(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """A sum goes down a row of three and back."""
    row, amount = whole_rings(world, month, schemes, 3, rng)
    day = rng.integers(month.first, month.last - 8, len(row))
    for payer, payee in THERE_AND_BACK:
        hand_on(world, row[:, payer], row[:, payee], next_working(day), amount)
        amount = (amount * (1 - rng.uniform(0.001, 0.004, len(row)))).astype(np.int64)
        day = day + rng.integers(0, 3, len(row))


def _withdraw(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """Once or twice one of three strangers pays, and the money is drawn from the second day on."""
    one = times(schemes, rng, 2)
    n = len(one)
    day = next_working(month.any_day(rng, n))
    wanted = world.usual[one["firm"]] * one["size"] * rng.uniform(0.3, 0.8, n)
    amount = odd(risked(world, one, np.clip(wanted, CASH_LOW, CASH_HIGH)), rng)
    payer = ally_of(world, shell_of(world, one), 13 * rng.integers(0, 3, n))
    take_in(world, one, day, payer, amount)
    which, share = parts(1 + amount // cents(np.array(CASH_USUAL)), rng, 0.2)
    left = amount * (1 - rng.uniform(0.005, 0.02, n))
    value = (left[which] * share).astype(np.int64) // 10_000 * 10_000
    later = next_working(day[which] + rng.integers(1, 5, len(which)))
    pay_out(world, one[which], later, NOBODY, value)


def _crowd(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """Once a month people of a pool of each ring's own pay, and whoever hired them is paid."""
    n = len(schemes)
    start = rng.integers(month.first, month.last - 5, n)
    which, share = parts(6 + rng.integers(0, 9, n), rng)
    total = risked(world, schemes, world.usual[schemes["firm"]] * schemes["size"] * rng.uniform(0.2, 0.5, n))
    price = np.floor(total[which] * share / 10) * 10 + rng.choice([0, 8, 9], len(which)) * (total > 0)[which]
    chosen = (schemes["ring"] * 31 + rng.integers(0, 25, n))[which] + turn_of(which)
    person = person_of(world, schemes["firm"][which], chosen)
    day = next_working(start[which] + rng.integers(0, 4, len(which)))
    take_in(world, schemes[which], day, person, cents(price))
    back = cents(np.bincount(which, weights=price, minlength=n) * (1 + rng.uniform(0.01, 0.03, n)))
    payday = next_working(start + 4 + rng.integers(0, 2, n))
    pay_out(world, schemes, payday, shell_of(world, schemes), back)


def _revolve(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """One sum of whole thousands comes and goes every week of the month, each time a little smaller."""
    mondays = month.days[((month.days + 3) % 7 == 0) & is_working(month.days)]
    weeks, n = len(mondays), len(schemes)
    wanted = world.usual[schemes["firm"]] * schemes["size"] * rng.uniform(0.2, 0.5, n)
    first = np.repeat(np.floor(risked(world, schemes, wanted) / 1e3) * 1e3, weeks)
    keeps = np.repeat(1 - rng.uniform(0.001, 0.004, n), weeks)
    one, week, day = np.repeat(schemes, weeks), np.tile(np.arange(weeks), n), np.tile(mondays, n)
    links = world.network.suppliers
    friend = links.party[np.searchsorted(links.firm, one["firm"])]
    comes, goes = (cents(np.floor(first * keeps**turn)) for turn in (week, week + 1))
    take_in(world, one, day, friend, comes)
    back = next_working(day + rng.integers(2, 5, len(one)))
    pay_out(world, one, back, friend, goes)


ACTS = {HELD_E: _walk, HELD_F: _withdraw, HELD_G: _crowd, HELD_H: _revolve}
