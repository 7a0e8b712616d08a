"""Credit: who asks, what the bank of the past answered, what is lent and when it falls due."""

import numpy as np

from simulation.book import APPLICATION, INSTALMENT, LOAN, OUTCOMES, PURPOSES, REPAYMENTS, append
from simulation.calendar import EPOCH, Month, next_working
from simulation.costs import wanted_money
from simulation.firms import SLOTS
from simulation.kinds import KIND
from simulation.ledger import NOBODY, cents, rows
from simulation.money import OURS, owe
from simulation.randomness import stream
from simulation.world import World

DECLINED, ADMITTED, AT_RANDOM, _ = range(len(OUTCOMES))
ANNUITY, EQUAL, INTEREST_ONLY, BULLET = range(len(REPAYMENTS))


def lend(world: World, month: Month) -> tuple[slice, slice, slice]:
    """Take the month's applications, renew what matures, disburse; return what is new in the book."""
    book, rng = world.book, stream(world.seed, "credit", month.index)
    before = len(book.applications), len(book.loans), len(book.instalments)
    asked = _applications(world, month, rng)
    asked["outcome"] = _decide(world, asked, rng)
    asked["loan"] = np.where(
        asked["outcome"] > DECLINED, len(book.loans) + np.cumsum(asked["outcome"] > DECLINED) - 1, NOBODY
    )
    book.applications = append(book.applications, asked)
    book.applied[asked["firm"]] = asked["day"]
    fresh = _fresh_loans(world, before[0], rng)
    renewing = _renewals(world, month, len(book.applications), len(book.loans) + len(fresh), rng)
    book.loans = append(book.loans, np.concatenate([fresh, renewing]))
    _schedule(world, before[1])
    _disburse(world, fresh, renewing, rng)
    ends = len(book.applications), len(book.loans), len(book.instalments)
    made = [slice(a, b) for a, b in zip(before, ends, strict=True)]
    return made[0], made[1], made[2]


def _applications(world: World, month: Month, rng: np.random.Generator) -> np.ndarray:
    """Firms ask when money is short or trade grows; hardly ever twice in four months or with a loan of ours running."""
    firms, book = world.firms, world.book
    need = np.clip(1.6 - world.money / np.maximum(wanted_money(world), 1), 0.35, 2.0)
    free = (book.ours() < 1) & (month.first - book.applied > 120)
    again = (book.ours() >= 1) & (month.first - book.applied > 270)
    rate = world.parameters.application_rate * need * (free + 0.25 * again) * world.alive * (month.index >= 2)
    who = np.flatnonzero(rng.random(firms.n) < rate)
    n = len(who)
    amount = np.clip(np.ceil(world.usual[who] * rng.uniform(0.6, 2.2, n) / 1e4) * 1e4, 3e4, 1e7)
    return rows(
        APPLICATION,
        n,
        firm=who,
        day=next_working(rng.integers(month.first, month.last + 1, n)),
        amount=cents(amount),
        term=rng.choice([6, 12, 24, 36], n, p=[0.12, 0.55, 0.2, 0.13]),
        purpose=rng.choice(len(PURPOSES), n, p=[0.5, 0.3, 0.15, 0.05]),
    )


def _decide(world: World, asked: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The policy of the past: turnover, age and balances weighed by feel, and a few admitted by lot."""
    who, p = asked["firm"], world.parameters
    age = (asked["day"] - world.firms.founded[who]) / 365
    points = 0.35 * np.log(world.usual[who] / 3e5) + 0.5 * np.log(np.maximum(age, 0.4) / 4)
    points += 0.35 * np.log1p(world.money[who] / np.maximum(world.usual[who], 1)) + rng.normal(0, 0.7, len(who))
    late = np.isin(
        who, world.book.loans["firm"][world.book.days_past_due(int(asked["day"].min()) if len(asked) else 0) > 0]
    )
    limit = 0.25 - 1.9 * (p.admitted_share - 0.42)
    lot = rng.random(len(who)) < p.random_admission_share
    return np.where((points > limit) & ~late, ADMITTED, np.where(lot & ~late, AT_RANDOM, DECLINED))


def _fresh_loans(world: World, first: int, rng: np.random.Generator) -> np.ndarray:
    asked = world.book.applications[first:]
    number = np.flatnonzero(asked["outcome"] > DECLINED) + first
    asked = world.book.applications[number]
    n, p = len(asked), world.parameters
    cut = np.minimum(asked["amount"] / 100, world.usual[asked["firm"]] * rng.uniform(0.8, 1.7, n))
    short = asked["term"] <= 12
    kind = np.where(short, rng.choice(4, n, p=[0.25, 0.15, 0.5, 0.1]), rng.choice(4, n, p=[0.7, 0.3, 0.0, 0.0]))
    return rows(
        LOAN,
        n,
        firm=asked["firm"],
        application=number,
        day=next_working(asked["day"] + rng.integers(2, 12, n)),
        term=asked["term"],
        principal=cents(np.maximum(1e4, np.floor(cut / 1e4) * 1e4)),
        rate=np.round(rng.uniform(p.annual_rate_low, p.annual_rate_high, n), 4),
        repayment=kind,
        purpose=asked["purpose"],
        renews=NOBODY,
        closed=NOBODY,
        default=NOBODY,
        written_off=NOBODY,
        diverted=np.where(rng.random(n) < 0.07, rng.uniform(0.5, 0.9, n), 0.0),
    )


def _renewals(
    world: World, month: Month, first_application: int, first_loan: int, rng: np.random.Generator
) -> np.ndarray:
    """Loans whose principal is due this month and that are not late may be renewed without repaying first."""
    book = world.book
    loans = book.loans
    ripe = (loans["matures"] >= month.first) & (loans["matures"] <= month.last) & (loans["repayment"] >= INTEREST_ONLY)
    ripe &= (loans["closed"] == NOBODY) & world.alive[loans["firm"]] & (book.days_past_due(month.first) == 0)
    weak = world.money[loans["firm"]] < loans["principal"] / 100 * 1.1
    wants = rng.random(len(loans)) < np.where(weak, 1.0, world.parameters.renewal_share)
    fit = world.usual[loans["firm"]] * rng.lognormal(0, 0.25, len(loans)) > 0.62 * world.firms.sales[loans["firm"]]
    old = np.flatnonzero(ripe & wants)
    accepted = fit[old] & (rng.random(len(old)) < 0.9)
    before = loans[old]
    book.applications = append(
        book.applications,
        rows(
            APPLICATION,
            len(old),
            firm=before["firm"],
            day=next_working(np.maximum(month.first, before["matures"] - 12)),
            amount=before["principal"],
            term=before["term"],
            purpose=before["purpose"],
            outcome=np.where(accepted, ADMITTED, DECLINED),
            loan=np.where(accepted, first_loan + np.cumsum(accepted) - 1, NOBODY),
        ),
    )
    book.applied[before["firm"]] = month.first
    new = np.array(before[accepted])
    new["application"] = first_application + np.flatnonzero(accepted)
    new["day"], new["renews"], new["closed"], new["diverted"] = before["matures"][accepted], old[accepted], NOBODY, 0.0
    return new


def _schedule(world: World, first: int) -> None:
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
    bank = world.parties.special["本行"]
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
    due = next_working(_months_later(int(loan["day"]), k))
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


def _months_later(day: int, months: np.ndarray) -> np.ndarray:
    start = (np.datetime64(EPOCH) + day).astype("M8[M]")
    of_month = min(day - int(start.astype("M8[D]").astype(int)), 27)
    return np.asarray((start + months).astype("M8[D]").astype(np.int64) + of_month)


def _disburse(world: World, fresh: np.ndarray, renewing: np.ndarray, rng: np.random.Generator) -> None:
    """Pay out; part is spent at once on goods, or on what the bank must not finance."""
    bank = world.parties.special["本行"]
    both = np.concatenate([fresh, renewing])
    world.purse.receipts.add(owe(both["day"], both["firm"] * SLOTS, bank, KIND["loan_in"], both["principal"]))
    n = len(fresh)
    wrong = np.floor(fresh["principal"] / 100 * fresh["diverted"] / 1e3) * 1e3
    goods = np.where(wrong > 0, 0, np.floor(fresh["principal"] / 100 * rng.uniform(0.2, 0.6, n) / 1e3) * 1e3)
    np.add.at(world.stock, fresh["firm"], goods)
    day = next_working(fresh["day"] + rng.integers(1, 20, n))
    supplier = world.parties.outsiders.start + (fresh["firm"] * 17) % len(world.parties.outsiders)
    target = world.parties.of(("中泰证券股份有限公司", "城建房地产开发有限公司", "华夏基金管理有限公司"))[
        rng.integers(0, 3, n)
    ]
    world.purse.payables.add(owe(day, fresh["firm"] * SLOTS, supplier, KIND["purchase"], cents(goods)))
    world.purse.payables.add(owe(day, fresh["firm"] * SLOTS, target, KIND["diversion"], cents(wrong)))


Versions = tuple[np.ndarray, np.ndarray]


def book_payments(world: World, paid: np.ndarray, today: int) -> tuple[Versions, np.ndarray]:
    """Credit the month's payments to instalments.

    Returns
    -------
    versions
        Each instalment as it stood after a day with a payment, and that day.
    changed
        Numbers of the loans settled or written off.
    """
    book = world.book
    ours = paid[np.isin(paid["kind"], OURS)]
    ours = ours[np.lexsort((ours["day"], ours["ref"]))]
    versions = book.instalments[ours["ref"]].copy()
    start = np.diff(ours["ref"], prepend=-1) != 0
    total = np.cumsum(ours["amount"]) if len(ours) else ours["amount"]
    base = (total - ours["amount"])[start]
    versions["paid"] += total - np.repeat(base, np.diff(np.r_[np.flatnonzero(start), len(ours)]))
    full = versions["paid"] >= versions["principal"] + versions["interest"]
    versions["paid_on"] = np.where(full, ours["day"], NOBODY)
    book.instalments[ours["ref"]] = versions
    last = np.ones(len(ours), dtype=bool)
    last[:-1] = (np.diff(ours["ref"]) != 0) | (np.diff(ours["day"]) != 0)
    return (versions[last], ours["day"][last]), _changed_loans(world, versions, ours["day"], today)


def _changed_loans(world: World, versions: np.ndarray, days: np.ndarray, today: int) -> np.ndarray:
    """Close what is paid, name what is in default, write off what is a year late."""
    book = world.book
    left = np.bincount(
        book.instalments["loan"], weights=book.instalments["paid_on"] == NOBODY, minlength=len(book.loans)
    )
    closed = np.flatnonzero((left == 0) & (book.loans["closed"] == NOBODY))
    last = np.zeros(len(book.loans), dtype=np.int64)
    np.maximum.at(last, versions["loan"], days)
    book.loans["closed"][closed] = last[closed]
    late = book.days_past_due(today + 1)
    new_default = (late > 90) & (book.loans["default"] == NOBODY)
    book.loans["default"][new_default] = today + 1 - late[new_default] + 91
    lost = np.flatnonzero((late > 360) & (book.loans["written_off"] == NOBODY))
    book.loans["written_off"][lost] = today
    return np.concatenate([closed, lost])
