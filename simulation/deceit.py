"""Deceit: money sent round so that turnover or balances look better than they are.

Designs: ``circle`` (three firms pay one another), ``in_and_out`` (a shell pays in, the same day it goes back),
``related_sales`` (a related firm buys and gets its money back weeks later), ``relay`` (the owner's money returns
as a sale through a shell), ``dressing`` (turnover and a balance borrowed over month ends before an application),
``four_circle`` (four firms, odd sums, each keeps a commission), ``split_return`` (paid out as a purchase, back as two
sales from two parties), ``pass_through`` (a shell pays in, days later the money leaves to another shell of the same
owner, less a fee for the use of the account). Designs that are held out from whoever writes rules have files of
their own. Shells are strangers; their number repeats, which is how they can be found.
"""

import numpy as np

from simulation.calendar import Month, next_working
from simulation.firms import OWNER, SLOTS
from simulation.held_out import deceive_unseen
from simulation.kinds import KIND
from simulation.ledger import NOBODY, cents, running_total
from simulation.money import owe
from simulation.randomness import stream
from simulation.schemes import (
    CIRCLE,
    DRESSING,
    FOUR_CIRCLE,
    IN_AND_OUT,
    PASS_THROUGH,
    RELATED_SALES,
    RELAY,
    SPLIT_RETURN,
)
from simulation.sham import ally_of, main_account, pay_out, sham_sum, shell_of, take_in, times, turns
from simulation.world import World


def deceive(world: World, month: Month) -> np.ndarray:
    """Put the month's sham payments on the calendars; return the schemes at work."""
    rng = stream(world.seed, "deceit", month.index)
    schemes = world.schemes
    on = (schemes["first"] <= month.index) & (month.index < schemes["last"]) & world.alive[schemes["firm"]]
    ending = schemes[(schemes["last"] == month.index) & (schemes["design"] == DRESSING)]
    world.dressing[ending["firm"]] = month.index
    working = np.asarray(schemes[on])
    for design, act in (
        (CIRCLE, _circle),
        (IN_AND_OUT, _in_and_out),
        (RELATED_SALES, _related),
        (RELAY, _relay),
        (DRESSING, _dress),
        (FOUR_CIRCLE, _four),
        (SPLIT_RETURN, _split),
        (PASS_THROUGH, _pass),
    ):
        act(world, month, working[working["design"] == design], rng)
    deceive_unseen(world, month, working)
    return working


def _hand_on(world: World, schemes: np.ndarray, day: np.ndarray, amount: np.ndarray) -> None:
    """Each member of a circle pays the next."""
    account, target = main_account(schemes), schemes["next"].astype(np.int64) * SLOTS
    world.purse.payables.add(
        owe(next_working(day), account, schemes["next"], KIND["wash_out"], amount, schemes["ring"], payee=target)
    )


def _circle(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """One sum, what the poorest of the three can spare, goes round on following days; each keeps a little."""
    place, turn, least = turns(world, schemes)
    start = rng.integers(month.first, month.last - 6, place.max(initial=-1) + 1)[place]
    _hand_on(world, schemes, start + turn, cents(np.floor(least * (1 - 0.002 * turn) / 1e2) * 1e2))


def _four(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """A sum as odd as an invoice goes round four firms within about a week; each keeps its commission."""
    place, turn, least = turns(world, schemes)
    n = place.max(initial=-1) + 1
    start, odd = rng.integers(month.first, month.last - 9, n)[place], rng.uniform(0.7, 1.0, n)[place]
    fee, pause = rng.uniform(0.001, 0.006, n)[place], rng.integers(0, 4, len(schemes)) * (turn > 0)
    day = start + running_total(place, pause)
    _hand_on(world, schemes, day, cents(least * odd * (1 - fee) ** turn))


def _in_and_out(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    one = times(schemes, rng, 4)
    day = next_working(month.any_day(rng, len(one)))
    amount, shell = sham_sum(world, one, rng), shell_of(world, one)
    take_in(world, one, day, shell, amount)
    back = (amount * (1 - rng.choice([0.0, 0.001, 0.003], len(one)))).astype(np.int64) // 100 * 100
    other = np.where(
        rng.random(len(one)) < 0.5,
        shell,
        world.parties.outsiders.start + (shell * 7) % 1000 % len(world.parties.outsiders),
    )
    pay_out(world, one, day, other, back)


def _related(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    one = times(schemes, rng, 2)
    day = next_working(month.any_day(rng, len(one)))
    amount, party = sham_sum(world, one, rng), world.parties.related[one["firm"]]
    take_in(world, one, day, party, amount, "related_in")
    later = next_working(day + rng.integers(8, 40, len(one)))
    pay_out(world, one, later, party, amount, "related_out")


def _relay(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """The firm pays its owner; two days later the money is back as a sale to a shell."""
    one = times(schemes, rng, 2)
    day = next_working(rng.integers(month.first, month.last - 3, len(one)))
    money = world.purse.ledger.balance[main_account(one) + OWNER] // 2
    amount, account = np.minimum(sham_sum(world, one, rng), money), main_account(one)
    shell, ring = shell_of(world, one), one["ring"]
    world.purse.payables.add(owe(day, account + OWNER, shell, KIND["wash_out"], amount, ring, payee=NOBODY))
    take_in(world, one, next_working(day + 2), shell, amount * 997 // 1000)
    back = next_working(day + rng.integers(5, 15, len(one)))
    owner = world.firms.n + one["firm"]
    world.purse.payables.add(
        owe(back, account, owner, KIND["owner_out"], amount * 99 // 100, ring, payee=account + OWNER)
    )


def _dress(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """Sham turnover, and a balance that stands in the account only over the end of the month."""
    _in_and_out(world, month, schemes, rng)
    amount, friend = sham_sum(world, schemes, rng) * 2, shell_of(world, schemes) + 1
    take_in(world, schemes, np.full(len(schemes), month.last - 3), friend, amount, "private_loan_in")
    leaves = next_working(np.full(len(schemes), month.last + 3))
    pay_out(world, schemes, leaves, friend, amount, "private_loan_out")


def _split(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """What the firm can spare goes out as a purchase; two allies of the payee send it back in two parts as sales."""
    one = times(schemes, rng, 2)
    n = len(one)
    day = next_working(month.any_day(rng, n))
    shell, most = shell_of(world, one), world.purse.ledger.balance[main_account(one)] // 2
    amount = np.minimum(sham_sum(world, one, rng), most)
    pay_out(world, one, day, shell, amount)
    left, part = amount * (1 - rng.uniform(0.001, 0.008, n)), rng.uniform(0.35, 0.65, n)
    for share, step, soonest in ((part, 37, 1), (1 - part, 71, 2)):
        back = next_working(day + rng.integers(soonest, soonest + 8, n))
        value = (left * share).astype(np.int64) // 100 * 100
        take_in(world, one, back, ally_of(world, shell, step), value)


def _pass(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """The firm lends its account: money of one shell stays some days and goes to another, less a fee."""
    one = times(schemes, rng, 3)
    n, shell = len(one), shell_of(world, one)
    day, amount = next_working(month.any_day(rng, n)), sham_sum(world, one, rng)
    take_in(world, one, day, shell, amount)
    later = next_working(day + rng.integers(3, 10, n))
    on = (amount * (1 - rng.uniform(0.003, 0.015, n))).astype(np.int64) // 100 * 100
    pay_out(world, one, later, ally_of(world, shell, 53), on)
