"""What designs of deceit share: how often, how much, and the strangers behind whom a deceiver hides."""

import numpy as np

from simulation.ledger import cents
from simulation.world import World

LEAST = 1_000


def times(schemes: np.ndarray, rng: np.random.Generator, most: int) -> np.ndarray:
    """Each scheme once to ``most`` times: what it does in a month."""
    return np.asarray(np.repeat(schemes, 1 + rng.integers(0, most, len(schemes))))


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
    return place, np.arange(len(schemes)) - np.searchsorted(schemes["ring"], schemes["ring"]), least[place]
