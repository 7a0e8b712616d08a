"""The limit: the smallest of named legs, each a bound with its own basis, brought to new money first.

One file a leg. To add one, write a file with a ``LEG`` and name it in ``LEGS``; a leg's parameters live in the policy.
"""

from models.limit import balance, capacity, product_cap, requested, tax, turnover
from models.limit.bind import Bound, bind
from models.limit.leg import EXPOSURES, REQUESTED_TERM, Columns, Leg, Terms

LEGS: tuple[Leg, ...] = (capacity.LEG, turnover.LEG, balance.LEG, tax.LEG, product_cap.LEG, requested.LEG)
LEG_FEATURES: tuple[str, ...] = tuple(
    dict.fromkeys([*(i for leg in LEGS for i in leg.reads), *EXPOSURES, REQUESTED_TERM])
)

__all__ = ["LEGS", "LEG_FEATURES", "REQUESTED_TERM", "Bound", "Columns", "Leg", "Terms", "bind"]
