"""Other terms: who is carried further at another term of the policy than at the one asked for is offered that one.

Of the terms that carry most the one asked for comes first, then the policy's order. So a limit is the largest of any
term, and what holds of each term's limit holds of it: more debt never raises it, more income never lowers it.
"""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import TypeVar

import numpy as np

from models.arrays import Flags, Floats, Places
from models.limit.bind import Bound, measured, rounded, settle
from models.limit.cycle import CYCLE, habit, repaid
from models.limit.leg import COMMITTED, Columns, Leg, Terms
from models.policy import PD, Policy
from models.price import Price, price
from models.repayment import all_in_rate

Part = TypeVar("Part", Bound, Price, Terms)


def offer(
    legs: Sequence[Leg], features: Columns, policy: Policy, factor: Floats, bound: Bound, cost: Price, rows: Places
) -> tuple[Bound, Price, Flags]:
    """What is settled on when other terms are tried too, and in which rows another was better.

    Parameters
    ----------
    features : columns of n values, those that were derived and the probability of default among them.
    factor : share of the bank's appetite, shape (n,).
    bound, cost : what was settled on at the terms asked for.
    rows : those that other terms are tried for.
    """
    now, offered = lendable(bound, policy), np.zeros(len(factor), dtype=bool)
    rows, months = _promising(legs, features, policy, factor, bound, now, rows)
    if not len(rows):
        return bound, cost, offered
    part = {name: values[rows] for name, values in features.items()}
    kind = repaid(habit(part[CYCLE], policy)[0], months, policy)
    dearer = price(part[PD], kind, months, policy.price)
    other = settle(legs, part, policy, kind, months, dearer, factor[rows])
    more = lendable(other, policy)
    best = np.lexsort((np.arange(len(rows)), -more, rows))  # in each row the largest, the first of equals
    places = best[np.unique(rows[best], return_index=True)[1]]
    places = places[more[places] > now[rows[places]]]
    offered[rows[places]] = True
    return _put(bound, other, rows[places], places), _put(cost, dearer, rows[places], places), offered


def dear(terms: Terms, policy: Policy) -> Flags:
    """Whether a loan costs the firm more than the price's ceiling: the rate and what is kept of it when paid out."""
    cost = all_in_rate(terms.kind, terms.annual_rate, terms.months, policy.price.upfront_fee)
    over: Flags = cost > policy.price.ceiling
    return over


def lendable(bound: Bound, policy: Policy) -> Floats:
    """Yuan that would be lent at the terms settled on; 0 below the product's minimum, or above the price's ceiling."""
    fits = (bound.limit >= policy.product.minimum) & ~dear(bound.terms, policy)
    return np.where(fits, bound.limit, 0.0)


def _promising(
    legs: Sequence[Leg], features: Columns, policy: Policy, factor: Floats, bound: Bound, now: Floats, rows: Places
) -> tuple[Places, Floats]:
    """Rows and months at which more would be carried if the loan cost no more than the cheapest: most drop out here."""
    fixed = [j for j, leg in enumerate(legs) if not leg.priced]
    most = np.fmin.reduce(bound.new_money[rows][:, fixed], axis=1)
    open_ = rounded(most, policy) > now[rows]
    others = np.array(policy.term.offers, dtype=np.float64)
    rows, most = np.repeat(rows[open_], len(others)), np.repeat(most[open_], len(others))
    months = np.tile(others, open_.sum())
    if not len(rows):
        return rows, months
    chosen = [leg for leg in legs if leg.priced]
    read = {CYCLE, *(name for leg in chosen for name in (*leg.reads, *leg.derived, *COMMITTED))}
    part = {name: features[name][rows] for name in read}
    kind = repaid(habit(part[CYCLE], policy)[0], months, policy)
    terms = Terms(np.full_like(months, policy.price.least), months, kind)
    carried = np.fmin.reduce(measured(chosen, part, policy, terms, factor[rows])[1], axis=1)
    worth = rounded(np.fmin(carried, most), policy) > now[rows]
    return rows[worth], months[worth]


def _put(whole: Part, other: Part, rows: Places, places: Places) -> Part:
    """The whole with some rows from the places of another."""
    found = {}
    for field in fields(whole):
        old, new = getattr(whole, field.name), getattr(other, field.name)
        if is_dataclass(old):
            old = _put(old, new, rows, places)
        elif isinstance(old, np.ndarray):
            old = old.copy()
            old[rows] = new[places]
        found[field.name] = old
    return type(whole)(**found)
