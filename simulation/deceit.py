"""Deceit: money sent round so that turnover or balances look better than they are.

Designs: ``circle`` (three firms pay one another), ``in_and_out`` (a shell pays in, the same day it goes back),
``related_sales`` (a related firm buys and gets its money back weeks later), ``relay`` (the owner's money returns
as a sale through a shell), ``dressing`` (turnover and a balance borrowed over month ends before an application).
Shells are strangers; their number repeats, which is how they can be found.
"""

import numpy as np

from simulation.calendar import Month, next_working
from simulation.firms import OWNER, SLOTS
from simulation.kinds import KIND
from simulation.ledger import NOBODY, cents
from simulation.money import owe
from simulation.randomness import stream
from simulation.schemes import CIRCLE, DRESSING, IN_AND_OUT, RELATED_SALES, RELAY
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
    ):
        act(world, month, working[working["design"] == design], rng)
    return working


def _times(schemes: np.ndarray, rng: np.random.Generator, most: int) -> np.ndarray:
    return np.asarray(np.repeat(schemes, 1 + rng.integers(0, most, len(schemes))))


def _sum(world: World, one: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A sham amount in cents, in whole thousands more often than real ones are."""
    return cents(
        np.maximum(5, np.round(world.usual[one["firm"]] * one["size"] * rng.uniform(0.5, 1.2, len(one)) / 1e3)) * 1e3
    )


def _shell(world: World, one: np.ndarray) -> np.ndarray:
    outsiders = world.parties.outsiders
    return np.asarray(outsiders.start + (one["ring"] * 101 + 17) % len(outsiders))


def _circle(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """One sum, what the poorest of the three can spare, goes round on following days; each keeps a little."""
    rings, place = np.unique(schemes["ring"], return_inverse=True)
    least = np.full(len(rings), np.inf)
    np.minimum.at(least, place, 0.6 * world.usual[schemes["firm"]] * schemes["size"])
    start = rng.integers(month.first, month.last - 6, len(rings))[place]
    turn = np.arange(len(schemes)) - np.searchsorted(schemes["ring"], schemes["ring"])
    amount = cents(np.floor(least[place] * (1 - 0.002 * turn) / 1e2) * 1e2)
    account, target = schemes["firm"].astype(np.int64) * SLOTS, schemes["next"].astype(np.int64) * SLOTS
    day = next_working(start + turn)
    world.purse.payables.add(
        owe(day, account, schemes["next"], KIND["wash_out"], amount, schemes["ring"], payee=target)
    )


def _in_and_out(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    one = _times(schemes, rng, 4)
    day = next_working(rng.integers(month.first, month.last + 1, len(one)))
    account, amount, shell = one["firm"].astype(np.int64) * SLOTS, _sum(world, one, rng), _shell(world, one)
    world.purse.receipts.add(owe(day, account, shell, KIND["wash_in"], amount, one["ring"]))
    back = (amount * (1 - rng.choice([0.0, 0.001, 0.003], len(one)))).astype(np.int64) // 100 * 100
    other = np.where(
        rng.random(len(one)) < 0.5,
        shell,
        world.parties.outsiders.start + (shell * 7) % 1000 % len(world.parties.outsiders),
    )
    world.purse.payables.add(owe(day, account, other, KIND["wash_out"], back, one["ring"]))


def _related(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    one = _times(schemes, rng, 2)
    day = next_working(rng.integers(month.first, month.last + 1, len(one)))
    account, amount, party = (
        one["firm"].astype(np.int64) * SLOTS,
        _sum(world, one, rng),
        world.parties.related[one["firm"]],
    )
    world.purse.receipts.add(owe(day, account, party, KIND["related_in"], amount, one["ring"]))
    later = next_working(day + rng.integers(8, 40, len(one)))
    world.purse.payables.add(owe(later, account, party, KIND["related_out"], amount, one["ring"]))


def _relay(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """The firm pays its owner; two days later the money is back as a sale to a shell."""
    one = _times(schemes, rng, 2)
    day = next_working(rng.integers(month.first, month.last - 3, len(one)))
    money = world.purse.ledger.balance[one["firm"].astype(np.int64) * SLOTS + OWNER] // 2
    amount, account = np.minimum(_sum(world, one, rng), money), one["firm"].astype(np.int64) * SLOTS
    shell, ring = _shell(world, one), one["ring"]
    world.purse.payables.add(owe(day, account + OWNER, shell, KIND["wash_out"], amount, ring, payee=NOBODY))
    world.purse.receipts.add(owe(next_working(day + 2), account, shell, KIND["wash_in"], amount * 997 // 1000, ring))
    back = next_working(day + rng.integers(5, 15, len(one)))
    owner = world.firms.n + one["firm"]
    world.purse.payables.add(
        owe(back, account, owner, KIND["owner_out"], amount * 99 // 100, ring, payee=account + OWNER)
    )


def _dress(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """Sham turnover, and a balance that stands in the account only over the end of the month."""
    _in_and_out(world, month, schemes, rng)
    account, amount = schemes["firm"].astype(np.int64) * SLOTS, _sum(world, schemes, rng) * 2
    friend = _shell(world, schemes) + 1
    arrives = np.full(len(schemes), month.last - 3)
    world.purse.receipts.add(owe(arrives, account, friend, KIND["private_loan_in"], amount, schemes["ring"]))
    leaves = next_working(np.full(len(schemes), month.last + 3))
    world.purse.payables.add(owe(leaves, account, friend, KIND["private_loan_out"], amount, schemes["ring"]))
