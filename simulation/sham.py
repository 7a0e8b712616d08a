"""What designs of deceit share: how often, how much, who pays whom, and the strangers behind whom a deceiver hides."""

import numpy as np

from simulation.calendar import Month
from simulation.firms import SLOTS
from simulation.kinds import KIND
from simulation.ledger import cents
from simulation.money import owe
from simulation.world import World

LEAST = 1_000


def times(schemes: np.ndarray, rng: np.random.Generator, most: int) -> np.ndarray:
    """Each scheme once to ``most`` times: what it does in a month."""
    return np.asarray(np.repeat(schemes, 1 + rng.integers(0, most, len(schemes))))


def main_account(schemes: np.ndarray) -> np.ndarray:
    """Number of the main account of each scheme's firm."""
    return np.asarray(schemes["firm"].astype(np.int64) * SLOTS)


def turn_of(which: np.ndarray) -> np.ndarray:
    """Place of each part among those of its whole; ``which`` is sorted.

    >>> turn_of(np.array([0, 0, 2])).tolist()
    [0, 1, 0]
    """
    return np.asarray(np.arange(len(which)) - np.searchsorted(which, which))


def odd(yuan: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cents of sums as real invoices have them: two in three to the cent."""
    return cents(np.where(rng.random(len(yuan)) < 0.35, np.floor(yuan / 100) * 100, yuan))


def parts(count: np.ndarray, rng: np.random.Generator, uneven: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Cut each of several wholes into so many parts: which whole a part is of, and its share of it."""
    which = np.repeat(np.arange(len(count)), count)
    weight = rng.uniform(1 - uneven, 1 + uneven, len(which))
    return which, weight / np.bincount(which, weights=weight, minlength=len(count))[which]


def sham_sum(world: World, one: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A sham amount in cents, in whole thousands more often than real ones are."""
    return cents(
        np.maximum(5, np.round(world.usual[one["firm"]] * one["size"] * rng.uniform(0.5, 1.2, len(one)) / 1e3)) * 1e3
    )


def risked(world: World, schemes: np.ndarray, yuan: np.ndarray) -> np.ndarray:
    """What a firm plays with: half of what it has at most, as other things fall due meanwhile."""
    sums = np.minimum(yuan, world.purse.ledger.balance[main_account(schemes)] / 200)
    return np.where(sums < LEAST, 0, sums)


def shell_of(world: World, one: np.ndarray) -> np.ndarray:
    """Party number of the stranger behind whom each ring hides."""
    outsiders = world.parties.outsiders
    return np.asarray(outsiders.start + (one["ring"] * 101 + 17) % len(outsiders))


def ally_of(world: World, shell: np.ndarray, step: np.ndarray | int) -> np.ndarray:
    """Another shell of whoever stands behind a shell."""
    outsiders = world.parties.outsiders
    return np.asarray(outsiders.start + (shell - outsiders.start + step) % len(outsiders))


def turns(world: World, schemes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each member of a circle: number of the ring, its turn, and the yuan that the poorest member can spare."""
    rings, place = np.unique(schemes["ring"], return_inverse=True)
    least = np.full(len(rings), np.inf)
    np.minimum.at(least, place, 0.6 * world.usual[schemes["firm"]] * schemes["size"])
    return place, turn_of(schemes["ring"]), least[place]


def person_of(world: World, firm: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Party number of one of the people around a firm, never its owner while there is anybody else."""
    others = max(1, world.firms.n - 1)
    return np.asarray(world.firms.n + (firm + 1 + number % others) % world.firms.n)


def whole_rings(
    world: World, month: Month, schemes: np.ndarray, members: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """What rings with all their members at work do once or twice in a month: a row of members each, and cents.

    Each month another of the members stands first; the sum is half of what the poorest has at most.
    """
    place, _, can = turns(world, schemes)
    whole = (np.bincount(place) == members)[place] if len(place) else np.zeros(0, dtype=bool)
    row = np.roll(schemes[whole].reshape(-1, members), month.index, axis=1)
    again = np.repeat(np.arange(len(row)), 1 + rng.integers(0, 2, len(row)))
    row, can = row[again], can[whole].reshape(-1, members)[again, 0]
    has = world.purse.ledger.balance[main_account(row)].min(axis=1, initial=np.iinfo(np.int64).max) / 200
    yuan = np.minimum(can, has) * rng.uniform(0.5, 1.0, len(row))
    return row, odd(np.where(yuan < LEAST, 0, yuan), rng)


def take_in(
    world: World, one: np.ndarray, day: np.ndarray, payer: np.ndarray | int, amount: np.ndarray, kind: str = "wash_in"
) -> None:
    """Cents that each scheme's firm receives."""
    world.purse.receipts.add(owe(day, main_account(one), payer, KIND[kind], amount, one["ring"]))


def pay_out(
    world: World, one: np.ndarray, day: np.ndarray, payee: np.ndarray | int, amount: np.ndarray, kind: str = "wash_out"
) -> None:
    """Cents that each scheme's firm pays."""
    world.purse.payables.add(owe(day, main_account(one), payee, KIND[kind], amount, one["ring"]))


def hand_on(world: World, payer: np.ndarray, payee: np.ndarray, day: np.ndarray, amount: np.ndarray) -> None:
    """One member of each ring pays another; ``day`` is a working day."""
    target = main_account(payee)
    world.purse.payables.add(
        owe(day, main_account(payer), payee["firm"], KIND["wash_out"], amount, payer["ring"], payee=target)
    )


def invoiced(world: World, buyer: np.ndarray, seller: np.ndarray, day: np.ndarray, amount: np.ndarray) -> None:
    """One member of each ring invoices another; both hold the invoice."""
    rate = world.firms.trade("vat")[seller["firm"]]
    for firm, other, sale in ((seller, buyer, True), (buyer, seller, False)):
        world.papers.invoice(day, firm["firm"], other["firm"], sale, amount, rate)


def before(month: Month, day: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Up to so many days before, never before the month in which it is planned."""
    return np.asarray(np.maximum(day - rng.integers(0, most + 1, len(day)), month.first))


def less(amount: np.ndarray, low: float, high: float, rng: np.random.Generator) -> np.ndarray:
    """Cents that are left of sums once a fee is kept."""
    return np.asarray((amount * (1 - rng.uniform(low, high, len(amount)))).astype(np.int64))
