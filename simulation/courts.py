"""Creditors who are not paid go to court: lawsuits, enforcement, and money taken by order."""

import numpy as np
import pyarrow as pa

from simulation.calendar import Month
from simulation.columns import chosen, days, joined, money, serials, table
from simulation.firms import SLOTS
from simulation.kinds import KIND
from simulation.ledger import rows
from simulation.randomness import stream
from simulation.world import World

EVENT = np.dtype([("firm", "i4"), ("kind", "i2"), ("amount", "i8"), ("day", "i4")])
EVENTS = (
    "lawsuit_defendant",
    "lawsuit_plaintiff",
    "enforcement",
    "dishonest",
    "consumption_restricted",
    "insolvency",
)
DEFENDANT, PLAINTIFF, ENFORCEMENT, DISHONEST, RESTRICTED, _ = range(len(EVENTS))
LAWSUIT_AFTER, ENFORCEMENT_AFTER = 60, 75
SUPPLY = (KIND["purchase"], KIND["rent"], KIND["expense"])


def go_to_court(world: World, month: Month) -> np.ndarray:
    """Sue those who owe for long, enforce against those sued before; return the events."""
    rng, n = stream(world.seed, "courts", month.index), world.firms.n
    unpaid = world.purse.unpaid
    old = unpaid[np.isin(unpaid["kind"], SUPPLY) & (unpaid["day"] < month.last - LAWSUIT_AFTER)]
    owed = np.bincount(old["account"] // SLOTS, weights=old["amount"], minlength=n)
    sued = np.flatnonzero((owed > 1e6) & (world.sued_on < 0) & (rng.random(n) < 0.25))
    won = (world.sued_on >= 0) & (world.enforced_on < 0) & (month.last - world.sued_on > ENFORCEMENT_AFTER)
    enforced = np.flatnonzero(won & (owed > 0) & (rng.random(n) < 0.5))
    world.sued_on[sued] = month.last
    world.enforced_on[enforced] = month.last
    _take(world, enforced)
    listed = enforced[rng.random(len(enforced)) < 0.5]
    seller = old["payee"][(old["payee"] >= 0) & np.isin(old["account"] // SLOTS, sued)] // SLOTS
    return _events(world, month, rng, owed, ((DEFENDANT, sued), (ENFORCEMENT, enforced), (DISHONEST, listed),
                                             (RESTRICTED, listed), (PLAINTIFF, np.unique(seller))))  # fmt: skip


def _take(world: World, who: np.ndarray) -> None:
    """What suppliers are owed by these firms is now collected by the court, before everything else."""
    unpaid = world.purse.unpaid
    hit = np.isin(unpaid["kind"], SUPPLY) & np.isin(unpaid["account"] // SLOTS, who) & (unpaid["payee"] < 0)
    unpaid["kind"][hit] = KIND["court_out"]
    unpaid["party"][hit] = world.parties.office("court", world.firms.region[unpaid["account"][hit] // SLOTS])


def _events(
    world: World, month: Month, rng: np.random.Generator, owed: np.ndarray, groups: tuple[tuple[int, np.ndarray], ...]
) -> np.ndarray:
    made = []
    for kind, who in groups:
        day = month.first + rng.integers(0, 28, len(who))
        made.append(rows(EVENT, len(who), firm=who, kind=kind, amount=owed[who].astype(np.int64), day=day))
    return np.concatenate(made)


def court_table(world: World, events: np.ndarray, month: Month, last_known: int) -> pa.Table:
    """Court events, known some days after they happen."""
    return table(
        "court_event",
        {
            "event_id": joined("X", serials(month, np.arange(len(events)), 5)),
            "enterprise_id": world.parties.ids_of(events["firm"]),
            "kind": chosen(EVENTS, events["kind"]),
            "amount": money(events["amount"]),
            "happened_on": days(events["day"]),
            "known_at": days(events["day"] + 5 + events["firm"] % 20),
        },
        last_known,
    )
