"""Which defaults could be foreseen, and by whom: a reader of the flows, or a lender who knows static facts only.

The reader sees every line of the accounts that are shown and takes each for what it is: it raises an alarm where income
or money is as low against last year as that of the lowest tenth of the sound firms. The other knows what trade, age and
legal form tell of risk, all that there is to know of it, and raises an alarm over as many sound firms.
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from simulation.calendar import Month
from simulation.columns import days, joined, padded
from simulation.firms import OWNER, SHOWN, SLOTS
from simulation.life import oldest_arrears
from simulation.realism import BASELINE, LOOK_BACK, against_last_year, no_sign
from simulation.truth import INCOME
from simulation.world import World

MONTHS = 2 * LOOK_BACK + BASELINE
LATE_DAYS = 15


@dataclass
class Memory:
    """What a reader of the flows remembers of each firm: income and money in shown accounts, in cents, by month."""

    income: list[np.ndarray] = field(default_factory=list)
    money: list[np.ndarray] = field(default_factory=list)
    told: set[int] = field(default_factory=set)

    def add(self, world: World, entries: np.ndarray) -> None:
        """Add a month and forget what is too old to be compared with."""
        shown = world.firms.visibility.ravel() == SHOWN
        value = INCOME[entries["kind"]] * entries["amount"] * shown[entries["account"]]
        balance = (world.purse.ledger.balance * shown).reshape(-1, SLOTS)
        self.income = [*self.income, np.bincount(entries["account"] // SLOTS, value, world.firms.n)][-MONTHS - 1 :]
        self.money = [*self.money, np.delete(balance, OWNER, axis=1).sum(axis=1)][-MONTHS - 1 :]

    def fresh_defaults(self, world: World) -> np.ndarray:
        """Numbers of the loans that went into default since the last time this was asked."""
        bad = [int(loan) for loan in np.flatnonzero(world.book.loans["default"] >= 0) if int(loan) not in self.told]
        self.told.update(bad)
        return np.array(bad, dtype=np.int64)


def sound_firms(world: World, month: Month) -> np.ndarray:
    """Numbers of the living firms that pay in time, never defaulted and are old enough to be compared."""
    bad = world.book.loans["firm"][world.book.loans["default"] >= 0]
    late = oldest_arrears(world, month.last) > LATE_DAYS
    old = world.firms.founded < month.after(-MONTHS).first
    return np.setdiff1d(np.flatnonzero(world.alive & ~late & old), bad)


def defaults_truth(world: World, memory: Memory, month: Month) -> pa.Table:
    """The defaults of the month, and who could foresee them; empty where the flows of 18 months cannot be compared."""
    fresh, sound = memory.fresh_defaults(world), sound_firms(world, month)
    loans = world.book.loans[fresh]
    firm = loans["firm"]
    known = (len(memory.income) > MONTHS) & (world.firms.founded[firm] < month.after(-MONTHS).first) & (len(sound) > 0)
    ratios, told, risky = np.full((len(fresh), 2), np.nan), np.zeros(len(fresh), dtype=bool), np.inf
    if known.any():
        income, money = np.stack(memory.income, axis=1), np.stack(memory.money, axis=1)
        every = against_last_year(income, money, np.full(world.firms.n, MONTHS))
        ratios[known] = every[firm[known]]
        told[known] = ~no_sign(every[firm[known]], every[sound])
        risky = np.quantile(world.firms.exposure[sound], no_sign(every[sound], every[sound]).mean())
    return pa.table(
        {
            "loan_id": joined("L", padded(fresh, 7)),
            "enterprise_id": world.parties.ids_of(firm),
            "defaulted_on": days(loans["default"]),
            "income_ratio": pa.array(ratios[:, 0], mask=~known),
            "money_ratio": pa.array(ratios[:, 1], mask=~known),
            "flows_told": pa.array(told, mask=~known),
            "facts_told": pa.array(world.firms.exposure[firm] >= risky, mask=~known),
        }
    )
