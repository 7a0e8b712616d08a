"""Who trades with whom: customers and suppliers outside, and payments between firms of this world."""

from dataclasses import dataclass

import numpy as np

from simulation.firms import Firms
from simulation.parties import Parties
from simulation.randomness import stream, weighted_shares

REGROWTH = 0.09
FATES = ("stays", "left", "failed")
STAYS, LEFT, FAILED = range(len(FATES))


@dataclass
class Links:
    """Lasting relations, one entry a relation; ``weight`` is its share of the firm's trade of that kind."""

    firm: np.ndarray
    party: np.ndarray
    weight: np.ndarray
    busy: np.ndarray
    terms: np.ndarray
    late: np.ndarray
    base: np.ndarray


@dataclass
class Network:
    """Customers and suppliers outside the world, and orders inside it; ``fate`` is last month's of each customer."""

    customers: Links
    suppliers: Links
    inside: Links
    inside_seller: np.ndarray
    outside_share: np.ndarray
    inside_share: np.ndarray
    fate: np.ndarray


def make_network(firms: Firms, parties: Parties, seed: int) -> Network:
    """Draw the relations."""
    rng = stream(seed, "network")
    reach = np.clip(np.rint(3 + 2.2 * np.log10(firms.sales / 2e4) * rng.lognormal(0, 0.5, firms.n)), 1, 40).astype(int)
    customers = _links(rng, firms, parties, np.where(firms.trade("b2b") > 0.2, reach, np.minimum(reach, 2)), 0.9)
    suppliers = _links(rng, firms, parties, np.clip(reach * 2 // 3, 2, 14), 1.0)
    inside, seller = _inside(rng, firms)
    bought = np.bincount(inside.firm, weights=inside.weight, minlength=firms.n)
    sold = np.bincount(
        seller, weights=inside.weight * (firms.trade("goods") * firms.sales)[inside.firm], minlength=firms.n
    )
    capacity = firms.trade("b2b") * firms.sales
    left_outside, stays = np.maximum(0.3, 1 - sold / capacity), np.full(len(customers.firm), STAYS)
    return Network(customers, suppliers, inside, seller, left_outside, bought, stays)


def _links(rng: np.random.Generator, firms: Firms, parties: Parties, sizes: np.ndarray, tail: float) -> Links:
    firm = np.repeat(np.arange(firms.n), sizes)
    m = len(firm)
    weight = weighted_shares(rng, sizes, 1.1 * tail)
    return Links(
        firm=firm,
        party=rng.integers(parties.outsiders.start, parties.outsiders.stop, m),
        weight=weight,
        busy=np.clip(rng.beta(3, 1.2, m), 0.15, 1),
        terms=firms.trade("terms")[firm] * rng.lognormal(-0.1, 0.4, m),
        late=rng.exponential(1.0, m),
        base=weight.copy(),
    )


def _inside(rng: np.random.Generator, firms: Firms) -> tuple[Links, np.ndarray]:
    """Orders inside the world: about a third of all firms buy from one to three sellers of it."""
    sellers = np.flatnonzero((firms.trade("b2b") > 0.7) & (firms.trade("goods") > 0.4))
    if not len(sellers):
        sellers = np.arange(firms.n)
    sizes = rng.choice([0, 1, 2, 3], firms.n, p=[0.55, 0.25, 0.13, 0.07])
    buyer = np.repeat(np.arange(firms.n), sizes)
    power = firms.sales[sellers] ** 0.8
    seller = sellers[np.searchsorted(np.cumsum(power) / power.sum(), rng.random(len(buyer)))]
    m = len(buyer)
    wanted = rng.beta(1.5, 5, m) / np.maximum(1, sizes[buyer] * 0.7)
    order = wanted * (firms.trade("goods") * firms.sales)[buyer]
    most = 0.45 * (firms.trade("b2b") * firms.sales)[seller] * rng.beta(2, 3, m)
    weight = wanted * np.minimum(1, most / np.maximum(order, 1))
    keep = (seller != buyer) & (weight > 0.005)
    links = Links(
        buyer,
        seller,
        weight,
        np.clip(rng.beta(4, 1.2, m), 0.2, 1),
        firms.trade("terms")[seller] * rng.lognormal(0, 0.3, m),
        np.zeros(m),
        weight.copy(),
    )
    return Links(*(getattr(links, name)[keep] for name in Links.__dataclass_fields__)), seller[keep]


def renew_customers(
    network: Network, parties: Parties, alive: np.ndarray, failure: float, churn: float, rng: np.random.Generator
) -> np.ndarray:
    """Let customers fail or leave and new ones come; return which relations failed without paying.

    A new customer starts small and grows to the share of the one it replaces.
    """
    links = network.customers
    m = len(links.firm)
    failed, left = rng.random(m) < failure, rng.random(m) < churn
    gone = failed | left
    network.fate = np.select([failed, left], [FAILED, LEFT], STAYS)
    links.party[gone] = rng.integers(parties.outsiders.start, parties.outsiders.stop, int(gone.sum()))
    links.weight += REGROWTH * (links.base * (1 + churn * 0.5 / REGROWTH) - links.weight)
    links.weight[gone] *= np.where(left[gone], 0.5, 0.1)
    links.late[gone] = rng.exponential(1.0, int(gone.sum()))
    return failed
