"""What happens beside trade: refunds, public money, equipment, idle money, deposits, claims, bank errors."""

import numpy as np

from simulation.calendar import Month, next_working
from simulation.costs import wanted_money
from simulation.firms import MAIN, SLOTS
from simulation.kinds import KIND
from simulation.ledger import NOBODY, cents
from simulation.money import owe
from simulation.parties import INSURER, WEALTH
from simulation.randomness import stream
from simulation.world import World

EXPORTERS = ("C17", "C29", "C33", "C34")
BIDDERS = ("E48", "I65", "C34")
ERROR_DAYS = (11, 23)


def side_events(world: World, month: Month) -> None:
    """Put the month's side events on the calendars."""
    rng = stream(world.seed, "events", month.index)
    _refunds(world, month, rng)
    _owner_cash(world, month, rng)
    _public_money(world, month, rng)
    _things(world, month, rng)
    _idle_money(world, month, rng)
    _deposits(world, month, rng)


def _draw(world: World, rng: np.random.Generator, chance: np.ndarray | float) -> np.ndarray:
    return np.flatnonzero(world.alive & (rng.random(world.firms.n) < chance))


def _days(month: Month, rng: np.random.Generator, n: int) -> np.ndarray:
    return next_working(month.any_day(rng, n))


def _outsider(world: World, rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.integers(world.parties.outsiders.start, world.parties.outsiders.stop, n)


def _refunds(world: World, month: Month, rng: np.random.Generator) -> None:
    """Goods sent back: to customers we pay, from suppliers we receive, each under a name already traded with."""
    out, back = _draw(world, rng, 0.09), _draw(world, rng, 0.05)
    paid = cents(world.sold[out] * rng.uniform(0.005, 0.06, len(out)))
    got = cents(world.goods_bought[back] * rng.uniform(0.005, 0.05, len(back)))
    customer, supplier = _partner(world, "customers", out), _partner(world, "suppliers", back)
    world.purse.payables.add(owe(_days(month, rng, len(out)), out * SLOTS, customer, KIND["refund_out"], paid))
    world.purse.receipts.add(owe(_days(month, rng, len(back)), back * SLOTS, supplier, KIND["refund_in"], got))


def _owner_cash(world: World, month: Month, rng: np.random.Generator) -> None:
    """Owners pay in cash of their own, which looks like takings."""
    who = _draw(world, rng, 0.02 + 0.03 * world.firms.sole)
    amount = cents(np.maximum(1, np.round(world.usual[who] * rng.uniform(0.01, 0.1, len(who)) / 1e3)) * 1e3)
    world.purse.receipts.add(owe(_days(month, rng, len(who)), who * SLOTS, NOBODY, KIND["cash_owner_in"], amount))


def _partner(world: World, side: str, who: np.ndarray) -> np.ndarray:
    links = getattr(world.network, side)
    first = np.searchsorted(links.firm, who)
    return np.asarray(links.party[np.minimum(first, len(links.party) - 1)])


def _public_money(world: World, month: Month, rng: np.random.Generator) -> None:
    """Subsidies now and then; a refund of VAT on what was exported."""
    lucky = _draw(world, rng, 0.008)
    sum_ = np.round(np.clip(world.headcount[lucky] * rng.uniform(500, 3000, len(lucky)), 2e3, 5e5), -2)
    office = world.parties.office("finance", world.firms.region[lucky])
    world.purse.receipts.add(owe(_days(month, rng, len(lucky)), lucky * SLOTS, office, KIND["subsidy_in"], cents(sum_)))
    sells = world.firms.among(EXPORTERS) & (np.arange(world.firms.n) % 6 == 0)
    who = _draw(world, rng, sells * 0.8)
    refund = cents(world.usual[who] * rng.uniform(0.02, 0.05, len(who)))
    tax = world.parties.office("tax", world.firms.region[who])
    world.purse.receipts.add(owe(_days(month, rng, len(who)), who * SLOTS, tax, KIND["export_refund_in"], refund))


def _things(world: World, month: Month, rng: np.random.Generator) -> None:
    """Machines bought in good times and sold in bad ones, and what insurers pay."""
    bad, good = world.blow < -0.35, (world.blow > -0.05) & (world.money > 0.8 * wanted_money(world))
    for chance, kind, calendar, low, high in (
        (bad * 0.03, "asset_sale_in", world.purse.receipts, 0.1, 0.6),
        (good * 0.006, "equipment", world.purse.payables, 0.15, 0.7),
        (0.002, "claim_in", world.purse.receipts, 0.02, 0.2),
    ):
        who = _draw(world, rng, chance)
        amount = cents(np.round(world.usual[who] * rng.uniform(low, high, len(who)), -2))
        party = np.where(kind == "claim_in", world.parties.special[INSURER], _outsider(world, rng, len(who)))
        calendar.add(owe(_days(month, rng, len(who)), who * SLOTS, party, KIND[kind], amount))


def _idle_money(world: World, month: Month, rng: np.random.Generator) -> None:
    """Money beyond what is wanted goes into the bank's products for some months and comes back with a gain."""
    main = world.purse.ledger.balance.reshape(-1, SLOTS)[:, MAIN] / 100
    spare = main - 1.3 * wanted_money(world)
    who = _draw(world, rng, (spare > 3e4) * 0.25)
    amount = np.floor(spare[who] * 0.5 / 1e4) * 1e4
    day, party = _days(month, rng, len(who)), world.parties.special[WEALTH]
    world.purse.payables.add(owe(day, who * SLOTS, party, KIND["wealth_out"], cents(amount)))


def _deposits(world: World, month: Month, rng: np.random.Generator) -> None:
    """Bidders leave deposits; most come back."""
    who = _draw(world, rng, world.firms.among(BIDDERS) * 0.08)
    amount = cents(np.round(world.usual[who] * rng.uniform(0.01, 0.06, len(who)), -3))
    party, day = _outsider(world, rng, len(who)), _days(month, rng, len(who))
    world.purse.payables.add(owe(day, who * SLOTS, party, KIND["deposit_out"], amount))
    back = rng.random(len(who)) < 0.9
    again = next_working(day + rng.integers(30, 120, len(who)))
    world.purse.receipts.add(owe(again[back], who[back] * SLOTS, party[back], KIND["deposit_in"], amount[back]))


def redeem(world: World, paid: np.ndarray, month: Month) -> None:
    """Give back, with a gain, what was really placed: a placement for which there was no money never comes back."""
    made = paid[paid["kind"] == KIND["wealth_out"]]
    rng = stream(world.seed, "redeem", month.index)
    back = next_working(made["day"] + rng.integers(28, 120, len(made)))
    gain = (made["amount"] * (1 + 0.02 * (back - made["day"]) / 365)).astype(np.int64)
    world.purse.receipts.add(owe(back, made["account"], made["party"], KIND["wealth_in"], gain))


def bank_errors(world: World, month: Month, day: int) -> None:
    """On two days a month the bank books a few payments twice and reverses them at once."""
    if day - month.first + 1 not in ERROR_DAYS:
        return
    rng = stream(world.seed, f"errors{day - month.first}", month.index)
    balance = world.purse.ledger.balance
    who = _draw(world, rng, 0.004)
    amount = np.minimum(balance[who * SLOTS] // 3, rng.integers(50_000, 3_000_000, len(who)))
    who, amount = who[amount > 0], amount[amount > 0]
    party = _partner(world, "suppliers", who)
    for kind in ("duplicate_out", "reversal_in"):
        world.purse.ledger.post(day, who * SLOTS, KIND[kind], amount, party)
