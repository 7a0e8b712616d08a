"""Acceptances (票据): promises to pay, received from customers and issued to suppliers.

A bill received is held to its day or sold to the bank before it. A bill issued is accepted by our bank, which pays
whoever holds it on its day and takes the money from the firm's account then.
"""

import numpy as np
import pyarrow as pa

from simulation.calendar import Month, next_working
from simulation.columns import chosen, days, joined, money, optional_days, serials, table
from simulation.costs import wanted_money
from simulation.firms import SLOTS
from simulation.kinds import KIND
from simulation.ledger import NOBODY, rows
from simulation.money import owe
from simulation.parties import OWN_BANK
from simulation.randomness import stream
from simulation.world import World

BILL = np.dtype([
    ("firm", "i4"), ("party", "i4"), ("received", "i4"), ("matures", "i4"), ("amount", "i8"), ("commercial", "?"),
    ("discounted", "i4"), ("proceeds", "i8"), ("settled", "i4"), ("number", "i4"), ("issued", "?"),
])  # fmt: skip
DISCOUNT_RATE = 0.022
KINDS = ("bank_acceptance", "commercial_acceptance")


def circulate(world: World, month: Month) -> np.ndarray:
    """Take in and issue the bills of this month and settle what becomes of them; return them."""
    rng, waiting = stream(world.seed, "bills", month.index), world.bills
    now = waiting["day"] <= month.last
    world.bills = waiting[~now]
    own = waiting["kind"] == KIND["bill_out"]
    arrived = _take_in(waiting[now & ~own], rng)
    arrived = np.asarray(arrived[world.alive[arrived["firm"]]])
    _discount(world, arrived, rng)
    held = arrived[arrived["settled"] != NOBODY]
    account = held["firm"].astype(np.int64) * SLOTS
    world.purse.receipts.add(owe(held["settled"], account, held["party"], KIND["bill_in"], held["amount"]))
    bills = np.concatenate([arrived, *world.papers.taken_in(), _issue(world, waiting[now & own], rng)])
    bills["number"] = np.arange(len(bills))
    return bills


def _issue(world: World, records: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bills instead of payments: the firm owes the bank their sum on the day on which they mature."""
    records = records[world.alive[records["account"] // SLOTS]]
    n, account = len(records), records["account"].astype(np.int64)
    matures = next_working(records["day"] + rng.choice([90, 180], n))
    bank = world.parties.special[OWN_BANK]
    world.purse.payables.add(owe(matures, account, bank, KIND["bill_out"], records["amount"]))
    return rows(
        BILL,
        n,
        firm=account // SLOTS,
        party=records["party"],
        received=records["day"],
        matures=matures,
        amount=records["amount"],
        discounted=NOBODY,
        settled=matures,
        issued=True,
    )


def _take_in(records: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n = len(records)
    commercial = rng.random(n) < 0.2
    matures = next_working(records["day"] + rng.choice([90, 180], n))
    honoured = ~commercial | (rng.random(n) > 0.03)
    return rows(
        BILL,
        n,
        firm=records["account"] // SLOTS,
        party=records["party"],
        received=records["day"],
        matures=matures,
        amount=records["amount"],
        commercial=commercial,
        discounted=NOBODY,
        settled=np.where(honoured, matures, NOBODY),
    )


def _discount(world: World, arrived: np.ndarray, rng: np.random.Generator) -> None:
    """Firms short of money sell bank acceptances to the bank, at a price for the days that are left."""
    short = (world.money < 0.7 * wanted_money(world))[arrived["firm"]]
    sells = short & ~arrived["commercial"] & (rng.random(len(arrived)) < 0.7)
    day = next_working(arrived["received"] + rng.integers(1, 9, len(arrived)))
    price = 1 - DISCOUNT_RATE * (arrived["matures"] - day) / 365
    arrived["discounted"] = np.where(sells, day, NOBODY)
    arrived["proceeds"] = np.where(sells, (arrived["amount"] * price).astype(np.int64), 0)
    arrived["settled"] = np.where(sells, NOBODY, arrived["settled"])
    sold = arrived[sells]
    account, bank = sold["firm"].astype(np.int64) * SLOTS, world.parties.special[OWN_BANK]
    world.purse.receipts.add(owe(sold["discounted"], account, bank, KIND["discount_in"], sold["proceeds"]))


def bill_table(world: World, arrived: np.ndarray, month: Month, last_known: int) -> pa.Table:
    """Each bill when it came, and again when it was sold or paid."""
    later = arrived[(arrived["discounted"] != NOBODY) | (arrived["settled"] != NOBODY)]
    both = np.concatenate([arrived, later])
    second = np.arange(len(both)) >= len(arrived)
    sold, paid = (np.where(second, both[name], NOBODY) for name in ("discounted", "settled"))
    return table(
        "bill",
        {
            "bill_id": joined("T", serials(month, both["number"], 6)),
            "enterprise_id": world.parties.ids_of(both["firm"]),
            "direction": chosen(("in", "out"), both["issued"].astype(int)),
            "kind": chosen(KINDS, both["commercial"].astype(int)),
            "amount": money(both["amount"]),
            "counterparty_id": world.parties.ids_of(both["party"]),
            "ground": chosen(("sale", "purchase"), both["issued"].astype(int)),
            "received_on": days(both["received"]),
            "matures_on": days(both["matures"]),
            "discounted_on": optional_days(sold),
            "discount_proceeds": money(both["proceeds"], sold < 0),
            "settled_on": optional_days(paid),
            "known_at": days(np.where(second, np.maximum(sold, paid), both["received"]) + 1),
        },
        last_known,
    )
