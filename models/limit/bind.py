"""Bringing legs to new money and taking the smallest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.limit.leg import Columns, Floats, Leg, Terms
from models.policy import Policy


@dataclass(frozen=True)
class Bound:
    """The legs of n rows: new money by leg (NaN: does not apply), the limit, and which leg binds.

    ``limit`` is rounded down to the policy's step. ``leg`` is the index of the smallest leg, the first one
    when two are equal. ``appetite`` is true where at least one appetite leg applies.
    """

    new_money: Floats
    limit: Floats
    leg: NDArray[np.intp]
    appetite: NDArray[np.bool_]


def bind(legs: Sequence[Leg], features: Columns, policy: Policy, terms: Terms, factor: Floats) -> Bound:
    """Value every leg, scale appetite by ``factor``, take off commitments by basis, and find the smallest.

    Commitments that nobody knows count as 0; what all lenders have committed is at least what we have.

    Parameters
    ----------
    features : columns of n values, NaN where unknown.
    factor : share of the bank's appetite at the row's risk, at most 1, shape (n,).
    """
    taken = _commitments(features)
    rows = []
    for leg in legs:
        value = leg.value(features, policy, terms)
        appetite = value * factor if leg.appetite else value
        rows.append(np.maximum(appetite - taken[leg.basis], 0.0))
    new_money = np.column_stack(rows)
    comparable = np.where(np.isnan(new_money), np.inf, new_money)
    smallest = comparable.min(axis=1)
    step = policy.product.step
    applies = ~np.isnan(new_money[:, [leg.appetite for leg in legs]]).all(axis=1)
    return Bound(new_money, np.floor(smallest / step) * step, comparable.argmin(axis=1), applies)


def _commitments(features: Columns) -> dict[str, Floats]:
    ours = np.nan_to_num(features["exposure_ours"], nan=0.0)
    everyone = np.maximum(np.nan_to_num(features["exposure_all"], nan=0.0), ours)
    return {"new_money": np.zeros_like(ours), "our_total": ours, "all_lenders_total": everyone}
