"""The state of the world between two months: one array a fact, one entry a firm."""

from dataclasses import dataclass, field

import numpy as np

from simulation.book import Book
from simulation.firms import MAIN, OWNER, SECOND, SLOTS, Firms, make_firms
from simulation.ledger import DUE, Ledger, cents
from simulation.money import Purse
from simulation.network import Network, make_network
from simulation.papers import Papers
from simulation.parameters import Parameters
from simulation.parties import Parties, make_parties
from simulation.schemes import draw_schemes

BURN_IN_DAYS = 200


@dataclass
class World:
    """Everything that the next month depends on. Money is in yuan except on the ledger."""

    seed: int
    parameters: Parameters
    firms: Firms
    parties: Parties
    network: Network
    purse: Purse
    book: Book
    alive: np.ndarray
    died_on: np.ndarray
    cause: np.ndarray
    mood: np.ndarray
    blow: np.ndarray
    fall: np.ndarray
    usual: np.ndarray
    demand: np.ndarray
    swing: np.ndarray
    sold: np.ndarray
    sold_inside: np.ndarray
    goods_bought: np.ndarray
    stock: np.ndarray
    headcount: np.ndarray
    dressing: np.ndarray
    sector: np.ndarray
    sued_on: np.ndarray
    enforced_on: np.ndarray
    schemes: np.ndarray
    bills: np.ndarray
    papers: Papers = field(default_factory=Papers)

    def account(self, slot: int, who: np.ndarray | None = None) -> np.ndarray:
        """Account numbers of one slot."""
        who = np.arange(self.firms.n) if who is None else who
        return np.asarray(who * SLOTS + slot)

    @property
    def money(self) -> np.ndarray:
        """Yuan in each firm's own accounts, the owner's left out."""
        balance = self.purse.ledger.balance.reshape(-1, SLOTS)
        return np.asarray((balance[:, MAIN] + balance[:, SECOND]) / 100)


def make_world(
    n: int, seed: int, parameters: Parameters, first_day: int, last_day: int, designs: str = "first"
) -> World:
    """Start a world: firms with their names, links and opening balances."""
    firms = make_firms(n, seed, parameters, first_day, last_day)
    parties = make_parties(firms, seed)
    ledger = Ledger(n * SLOTS)
    opening = ledger.balance.reshape(-1, SLOTS)
    tied = firms.trade("b2b") * firms.trade("terms") * 1.35 - firms.trade("goods") * 0.75 * firms.trade("terms")
    start = cents(firms.sales * (firms.buffer_days + np.maximum(tied, 0)) / 30)
    opening[:, MAIN] = np.where(firms.has_second, start * 7 // 10, start)
    opening[:, SECOND] = start - opening[:, MAIN]
    opening[:, OWNER] = cents(firms.owner_wealth)
    unborn = firms.founded >= first_day - BURN_IN_DAYS
    opening[unborn, OWNER] += opening[unborn, MAIN] + opening[unborn, SECOND]
    opening[unborn, MAIN] = opening[unborn, SECOND] = 0
    nothing = np.zeros(n)
    return World(
        seed=seed,
        parameters=parameters,
        firms=firms,
        parties=parties,
        network=make_network(firms, parties, seed),
        purse=Purse(ledger),
        book=Book.empty(n),
        alive=~unborn,
        died_on=np.full(n, -1, dtype=np.int64),
        cause=np.full(n, "", dtype=object),
        mood=nothing.copy(),
        blow=nothing.copy(),
        fall=nothing.copy(),
        usual=firms.sales.copy(),
        demand=firms.sales.copy(),
        swing=nothing + 1,
        sold=firms.sales.copy(),
        sold_inside=nothing.copy(),
        goods_bought=nothing.copy(),
        stock=nothing.copy(),
        headcount=firms.headcount.copy(),
        dressing=np.full(n, -1, dtype=np.int64),
        sector=np.zeros(32),
        sued_on=np.full(n, -1, dtype=np.int64),
        enforced_on=np.full(n, -1, dtype=np.int64),
        schemes=draw_schemes(firms, seed, parameters, designs),
        bills=np.zeros(0, dtype=DUE),
    )
