"""The limit: the smallest of named legs, each a bound with its own basis, brought to new money first.

One file a leg. To add one, write a file with a ``LEG`` and name it in ``LEGS``; a leg's parameters live in the policy.
"""

from models.limit import balance, capacity, concentration, product_cap, requested, tax, turnover, working_capital
from models.limit.appetite import APPETITE_FEATURES, appetite, factor
from models.limit.bind import Bound, settle
from models.limit.capacity import QUANTILE
from models.limit.cycle import CYCLE, CYCLE_FEATURES, cycle, habit, repaid
from models.limit.leg import COMMITTED, REQUESTED_TERM, Columns, Leg, Terms
from models.limit.offer import dear, offer

LEGS: tuple[Leg, ...] = (
    capacity.LEG,
    working_capital.LEG,
    turnover.LEG,
    balance.LEG,
    tax.LEG,
    product_cap.LEG,
    concentration.SINGLE_FIRM,
    concentration.GROUP,
    requested.LEG,
)
LEG_FEATURES: tuple[str, ...] = tuple(
    dict.fromkeys(
        [*(i for leg in LEGS for i in leg.reads), *COMMITTED, REQUESTED_TERM, *CYCLE_FEATURES, *APPETITE_FEATURES]
    )
)

__all__ = [
    "CYCLE",
    "LEGS",
    "LEG_FEATURES",
    "QUANTILE",
    "REQUESTED_TERM",
    "Bound",
    "Columns",
    "Leg",
    "Terms",
    "appetite",
    "cycle",
    "dear",
    "factor",
    "habit",
    "offer",
    "repaid",
    "settle",
]
