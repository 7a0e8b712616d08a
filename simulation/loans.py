"""Our loans: what is granted, its repayment plan, and where the money goes on the first days."""

import numpy as np

from simulation.book import (
    ANNUITY,
    BULLET,
    DECLINED,
    EQUAL,
    INSTALMENT,
    INTEREST_ONLY,
    LOAN,
    append,
)
from simulation.calendar import next_working
from simulation.firms import SLOTS
from simulation.kinds import KIND
from simulation.ledger import NOBODY, cents, rows
from simulation.money import owe
from simulation.parties import OWN_BANK, SECURITIES
from simulation.world import World


def grant(world: World, first: int, rng: np.random.Generator) -> np.ndarray:
    """Loans for the admitted among the applications from number ``first`` on."""
    asked = world.book.applications[first:]
    number = np.flatnonzero(asked["outcome"] > DECLINED) + first
    asked = world.book.applications[number]
    n, p = len(asked), world.parameters
    cut = np.minimum(asked["amount"] / 100, world.usual[asked["firm"]] * rng.uniform(0.9, 2.4, n))
    guarantor = rng.integers(0, world.firms.n, n)
    guaranteed = (rng.random(n) < p.guaranteed_share) & (guarantor != asked["firm"]) & world.alive[guarantor]
    return rows(
        LOAN,
        n,
        firm=asked["firm"],
        application=number,
        day=next_working(asked["day"] + rng.integers(2, 12, n)),
        term=asked["term"],
        principal=cents(np.maximum(1e4, np.floor(cut / 1e4) * 1e4)),
        rate=np.round(rng.uniform(p.annual_rate_low, p.annual_rate_high, n), 4),
        repayment=_repayment(asked["term"], rng),
        purpose=asked["purpose"],
        renews=NOBODY,
        closed=NOBODY,
        default=NOBODY,
        written_off=NOBODY,
        restructured=NOBODY,
        called=NOBODY,
        recovered=NOBODY,
        secured=rng.random(n) < p.secured_share,
        guarantor=np.where(guaranteed, guarantor, NOBODY),
        diverted=np.where(rng.random(n) < p.diversion_share, rng.uniform(0.5, 0.9, n), 0.0),
    )


def _repayment(term: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Up to a year mostly interest first and principal at the end; longer loans in instalments."""
    short, long = rng.choice(4, len(term), p=[0.22, 0.13, 0.55, 0.1]), rng.choice(2, len(term), p=[0.7, 0.3])
    kinds = np.array([ANNUITY, EQUAL, INTEREST_ONLY, BULLET])
    return np.asarray(np.where(term <= 12, kinds[short], kinds[long]))


def schedule(world: World, first: int) -> None:
    """Write the instalments of the new loans and put them on the calendar."""
    book = world.book
    loans = book.loans[first:]
    parts = [np.zeros(0, dtype=INSTALMENT)]
    for number, loan in enumerate(loans, start=first):
        plan = instalments(loan, number)
        book.loans["matures"][number] = plan["due"][-1]
        parts.append(plan)
    start = len(book.instalments)
    book.instalments = append(book.instalments, np.concatenate(parts))
    new, ref = book.instalments[start:], np.arange(start, len(book.instalments))
    bank = world.parties.special[OWN_BANK]
    for field, kind in (("interest", "loan_interest"), ("principal", "loan_principal")):
        world.purse.payables.add(owe(new["due"], new["firm"] * SLOTS, bank, KIND[kind], new[field], ref))


def instalments(loan: np.ndarray, number: int) -> np.ndarray:
    """Repayment plan of one loan: principal adds up to the amount lent, to the cent."""
    term, principal, rate = int(loan["term"]), int(loan["principal"]), float(loan["rate"]) / 12
    k = np.arange(1, term + 1)
    if loan["repayment"] == ANNUITY:
        share = (1 + rate) ** (k - 1)
        part = np.floor(principal * share / share.sum()).astype(np.int64)
    elif loan["repayment"] == EQUAL:
        part = np.full(term, principal // term)
    else:
        part = np.zeros(term, dtype=np.int64)
    part[-1] = principal - part[:-1].sum()
    left = principal - np.cumsum(part) + part
    interest = np.rint(left * rate).astype(np.int64)
    if loan["repayment"] == BULLET:
        interest, part, k = np.array([interest.sum()]), np.array([principal]), k[-1:]
    due = next_working(months_later(int(loan["day"]), k))
    return rows(
        INSTALMENT,
        len(k),
        loan=number,
        firm=loan["firm"],
        number=np.arange(1, len(k) + 1),
        due=due,
        principal=part,
        interest=interest,
        paid_on=NOBODY,
    )


def months_later(day: int, months: np.ndarray) -> np.ndarray:
    """The same day of the month some months later, never after the 28th."""
    start = np.datetime64(day, "D").astype("M8[M]")
    of_month = min(day - int(start.astype("M8[D]").astype(int)), 27)
    return np.asarray((start + months.astype("m8[M]")).astype("M8[D]").astype(np.int64) + of_month)


def disburse(world: World, fresh: np.ndarray, renewing: np.ndarray, rng: np.random.Generator) -> None:
    """Pay out; part is spent at once on goods, or on what the bank must not finance."""
    both = np.concatenate([fresh, renewing])
    bank = world.parties.special[OWN_BANK]
    world.purse.receipts.add(owe(both["day"], both["firm"] * SLOTS, bank, KIND["loan_in"], both["principal"]))
    _spend(world, fresh, rng)


def _spend(world: World, fresh: np.ndarray, rng: np.random.Generator) -> None:
    """Goods for most; for those who divert the proceeds a house or shares, over a friend when a payee was agreed."""
    purse, n, outsiders = world.purse, len(fresh), world.parties.outsiders
    account = fresh["firm"].astype(np.int64) * SLOTS
    wrong = np.floor(fresh["principal"] / 100 * fresh["diverted"] / 1e3) * 1e3
    goods = np.where(wrong > 0, 0, np.floor(fresh["principal"] / 100 * rng.uniform(0.2, 0.6, n) / 1e3) * 1e3)
    np.add.at(world.stock, fresh["firm"], goods)
    day = next_working(fresh["day"] + rng.integers(1, 20, n))
    back = next_working(day + rng.integers(3, 25, n))
    target = world.parties.of(SECURITIES)[rng.integers(0, len(SECURITIES), n)]
    loop = np.where(entrusted(world, fresh), wrong, 0)
    friend = outsiders.start + (fresh["firm"] * 59 + 3) % len(outsiders)
    purse.payables.add(owe(day, account, payee(world, fresh), KIND["purchase"], cents(goods)))
    purse.payables.add(owe(day, account, payee(world, fresh), KIND["wash_out"], cents(loop), ref=NOBODY))
    purse.receipts.add(owe(back, account, friend, KIND["wash_in"], cents(loop * 0.99), ref=NOBODY))
    purse.payables.add(owe(np.where(loop > 0, back + 1, day), account, target, KIND["diversion"], cents(wrong * 0.98)))


def payee(world: World, loans: np.ndarray) -> np.ndarray:
    """The supplier whom each borrower names."""
    outsiders = world.parties.outsiders
    return np.asarray(outsiders.start + (loans["firm"].astype(np.int64) * 17) % len(outsiders))


def entrusted(world: World, loans: np.ndarray) -> np.ndarray:
    """Large loans are paid to the supplier that the borrower names, for the borrower's account."""
    return np.asarray((loans["principal"] >= world.parameters.entrusted_from * 100) & (loans["renews"] == NOBODY))
