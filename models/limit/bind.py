"""Bringing legs to new money and taking the smallest, and letting limit and price settle."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import Flags, Floats, Places
from models.limit.leg import COMMITTED, ENDING, Columns, Leg, Terms, zero
from models.policy import Policy
from models.price import Price
from models.repayment import Kinds


@dataclass(frozen=True)
class Bound:
    """The legs of n rows: new money by leg (NaN: does not apply), the limit, and which leg binds.

    ``stated`` is what each leg says on its own basis, before risk and commitments. ``limit`` is rounded down to the
    policy's step. ``leg`` is the index of the smallest leg, the first one when two are equal. ``appetite`` is true
    where at least one appetite leg applies, ``whole`` where every leg does that is not optional. ``terms`` are those
    that were settled on.
    """

    stated: Floats
    new_money: Floats
    limit: Floats
    leg: Places
    appetite: Flags
    whole: Flags
    terms: Terms


def settle(
    legs: Sequence[Leg],
    features: Columns,
    policy: Policy,
    kind: Kinds,
    months: Floats,
    price: Price,
    factor: Floats,
) -> Bound:
    """The largest limit that its own price allows.

    A larger loan is cheaper, as what making it costs is spread over more; a dearer loan is smaller, as less of it can
    be repaid. So from the lowest rate that any loan has, the rate only rises and the limit only falls. Rates are whole
    basis points below that of the smallest loan: the way ends, and where it ends limit and rate agree. No larger limit
    agrees with its rate, since every such limit lies below each step of the way.

    Parameters
    ----------
    features : columns of n values, NaN where unknown.
    price : parts of the rate of each row.
    factor : share of the bank's appetite, at most 1, shape (n,).
    """
    rate = price.rate(np.full_like(months, np.inf))
    stated, new_money = measured(legs, features, policy, Terms(rate, months, kind), factor)
    priced = np.array([j for j, leg in enumerate(legs) if leg.priced], dtype=np.intp)
    rows: Places = np.arange(len(months))
    chosen = [legs[j] for j in priced]
    read = {name for leg in chosen for name in (*leg.reads, *leg.derived, *COMMITTED)}
    limit = _limit(new_money, policy)
    while True:
        dearer = price.rows(rows).rate(np.maximum(limit[rows], policy.product.minimum))
        rising = dearer > rate[rows]
        rows = rows[rising]
        if not len(rows):
            break
        rate[rows] = dearer[rising]
        part = {name: features[name][rows] for name in read}
        again = measured(chosen, part, policy, Terms(rate, months, kind).rows(rows), factor[rows])
        stated[np.ix_(rows, priced)], new_money[np.ix_(rows, priced)] = again
        limit[rows] = _limit(new_money[rows], policy)
    comparable = np.where(np.isnan(new_money), np.inf, new_money)
    known = ~np.isnan(new_money)
    some = np.logical_or.reduce(known[:, [leg.appetite for leg in legs]], axis=1)
    whole = np.logical_and.reduce(known[:, [not leg.optional for leg in legs]], axis=1)
    return Bound(stated, new_money, limit, comparable.argmin(axis=1), some, whole, Terms(rate, months, kind))


def measured(
    legs: Sequence[Leg], features: Columns, policy: Policy, terms: Terms, factor: Floats
) -> tuple[Floats, Floats]:
    """What each leg says on its own basis, and as new money: appetite by ``factor``, commitments off by basis.

    Commitments that nobody knows count as 0; what all lenders have committed is at least what we have. Of ours, what
    ends within a month is repaid or renewed when the new loan comes, and does not count beside it.
    """
    ours = zero(features["exposure_ours"])
    everyone = np.maximum(zero(features["exposure_all"]), ours)
    ending = np.minimum(zero(features[ENDING]), ours)
    taken = {"new_money": np.zeros_like(ours), "our_total": ours - ending, "all_lenders_total": everyone - ending}
    stated = [leg.value(features, policy, terms) for leg in legs]
    rows = [
        np.maximum((value * factor if leg.appetite else value) - taken[leg.on(policy)], 0.0)
        for leg, value in zip(legs, stated, strict=True)
    ]
    return np.column_stack(stated), np.column_stack(rows)


def rounded(yuan: Floats, policy: Policy) -> Floats:
    """Down to the policy's step."""
    step = policy.product.step
    limit: Floats = np.floor(yuan / step) * step
    return limit


def _limit(new_money: Floats, policy: Policy) -> Floats:
    return rounded(np.fmin.reduce(new_money, axis=1), policy)
