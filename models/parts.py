"""What a decision is made of, as it is published: each leg with its inputs, and the parts of the price."""

from collections.abc import Iterator

import numpy as np

from models.arrays import Floats
from models.decision import LegValue
from models.decision import Price as PublishedPrice
from models.limit import LEGS, factor
from models.limit.leg import Leg
from models.outcome import Outcome
from models.policy import Policy
from models.repayment import all_in_cost


def leg_values(result: Outcome, policy: Policy) -> list[tuple[LegValue, ...]]:
    """Every leg of every row."""
    scale = _numbers(factor(result.parts))
    columns = [list(_leg(j, leg, result, policy, scale)) for j, leg in enumerate(LEGS)]
    return list(zip(*columns, strict=True))


def _leg(j: int, leg: Leg, result: Outcome, policy: Policy, scale: list[float | None]) -> Iterator[LegValue]:
    inputs = {name: _numbers(result.features[name]) for name in (*leg.reads, *leg.derived)}
    sources = leg.sources(result.features, policy, len(scale))
    values, stated = _numbers(result.bound.new_money[:, j]), _numbers(result.bound.stated[:, j])
    for i in range(len(scale)):
        yield LegValue(
            name=leg.name,
            basis=leg.on(policy),
            value=values[i],
            stated=stated[i],
            factor=scale[i] if leg.appetite else None,
            inputs={name: column[i] for name, column in inputs.items()},
            source=sources[i],
        )


def prices(result: Outcome, policy: Policy) -> list[PublishedPrice | None]:
    """The parts of the rate of every row that is admitted."""
    terms, price, costs = result.terms, result.price, policy.price
    limit = np.maximum(result.limit, policy.product.minimum)
    all_in = all_in_cost(terms.kind, terms.annual_rate, terms.months, costs.upfront_fee)
    columns = (price.expected_loss, price.making(limit), price.loss_share * limit, all_in)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        PublishedPrice(
            funding=costs.funding,
            operating=costs.operating,
            capital=costs.capital,
            expected_loss=expected,
            making=making,
            loss=loss,
            all_in_cost=cost,
        )
        if admitted
        else None
        for admitted, (expected, making, loss, cost) in zip(result.admitted.tolist(), rows, strict=True)
    ]


def _numbers(values: Floats) -> list[float | None]:
    return [None if np.isnan(v) else v for v in values.tolist()]
