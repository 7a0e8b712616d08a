"""Credit: who asks, what the bank of the past answered, and how loans that mature are renewed."""

import numpy as np

from simulation.book import ADMITTED, APPLICATION, AT_RANDOM, DECLINED, PURPOSES, append
from simulation.calendar import Month, next_working
from simulation.costs import wanted_money
from simulation.ledger import NOBODY, cents, rows
from simulation.loans import disburse, grant, schedule
from simulation.randomness import stream
from simulation.renewals import renew
from simulation.world import World

PATIENCE_DAYS = 120


def lend(world: World, month: Month) -> tuple[slice, slice, slice]:
    """Take the month's applications, renew what matures, disburse; return what is new in the book."""
    book, rng = world.book, stream(world.seed, "credit", month.index)
    before = len(book.applications), len(book.loans), len(book.instalments)
    asked = _applications(world, month, rng)
    asked["outcome"] = _decide(world, asked, month, rng)
    yes = asked["outcome"] > DECLINED
    asked["loan"] = np.where(yes, len(book.loans) + np.cumsum(yes) - 1, NOBODY)
    book.applications = append(book.applications, asked)
    book.applied[asked["firm"]] = asked["day"]
    book.refused[asked["firm"][~yes]] = asked["day"][~yes]
    fresh = grant(world, before[0], rng)
    renewing = renew(world, month, len(book.loans) + len(fresh), rng)
    book.loans = append(book.loans, np.concatenate([fresh, renewing]))
    schedule(world, before[1])
    disburse(world, fresh, renewing, rng)
    ends = len(book.applications), len(book.loans), len(book.instalments)
    made = [slice(a, b) for a, b in zip(before, ends, strict=True)]
    return made[0], made[1], made[2]


def _applications(world: World, month: Month, rng: np.random.Generator) -> np.ndarray:
    """Firms ask when money is short or trade grows; not twice in four months, seldom with a loan of ours running."""
    firms, book, p = world.firms, world.book, world.parameters
    need = np.clip(1.6 - world.money / np.maximum(wanted_money(world), 1), 0.35, 2.0)
    waited = month.first - book.applied > PATIENCE_DAYS
    free = (book.ours() < 1) & waited
    again = (book.ours() >= 1) & (month.first - book.applied > 2.5 * PATIENCE_DAYS)
    rate = p.application_rate * need * (free + 0.25 * again) * world.alive * (month.index >= 0)
    dressed = (world.dressing > 0) & (world.dressing <= month.index) & free & world.alive
    who = np.flatnonzero((rng.random(firms.n) < rate) | dressed)
    world.dressing[who] = NOBODY
    n = len(who)
    amount = np.clip(np.ceil(world.usual[who] * rng.uniform(0.6, 2.6, n) / 1e4) * 1e4, 3e4, 1e7)
    return rows(
        APPLICATION,
        n,
        firm=who,
        day=next_working(month.any_day(rng, n)),
        amount=cents(amount),
        term=rng.choice([6, 12, 24, 36], n, p=[0.12, 0.55, 0.2, 0.13]),
        purpose=rng.choice(len(PURPOSES), n, p=[0.5, 0.3, 0.15, 0.05]),
    )


def _decide(world: World, asked: np.ndarray, month: Month, rng: np.random.Generator) -> np.ndarray:
    """The policy of the past: before the break of regime by size and age, after it by turnover and balances too."""
    who, p, book = asked["firm"], world.parameters, world.book
    age = (asked["day"] - world.firms.founded[who]) / 365
    firm_by_feel = 0.4 * np.log(world.usual[who] / 3e5) + 0.25 * np.log(np.maximum(age, 0.4) / 4)
    flows = 0.2 * np.log1p(world.money[who] / np.maximum(world.usual[who], 1))
    later = month.year >= p.regime_year
    points = firm_by_feel * (0.7 if later else 1.0) + flows * (1.0 if later else 0.4)
    points += rng.normal(0, p.policy_noise, len(who))
    late = np.isin(who, book.loans["firm"][book.days_past_due(month.first) > 0])
    lot = rng.random(len(who)) < p.random_admission_share
    return np.where((points > p.policy_threshold) & ~late, ADMITTED, np.where(lot & ~late, AT_RANDOM, DECLINED))
