"""The working-capital cycle: days from the statements, else the usual days of the section, and what follows from it."""

import numpy as np
from numpy.typing import NDArray

from models.limit.leg import Columns, Floats, place
from models.policy import Policy
from models.policy_parts import SECTIONS
from models.repayment import TYPES, Kinds

# Days that money is bound, and days that others lend it.
SIGNS = {"inventory": 1.0, "receivables": 1.0, "payables": -1.0, "prepayments": 1.0, "advances": -1.0}
DAYS = tuple(f"{item}_days" for item in SIGNS)
MARGIN, SECTION = "statement_margin", "industry_section"
CYCLE_FEATURES = (*DAYS, MARGIN, SECTION)

CYCLE, CYCLE_MARGIN, USUAL = "cycle_days", "cycle_margin", "cycle_usual"
CYCLE_DERIVED = (CYCLE, CYCLE_MARGIN, USUAL)
LEAST_MARGIN = -0.5


def cycle(features: Columns, policy: Policy) -> dict[str, Floats]:
    """Length of the cycle in days, profit on sales, and 1 where both are the usual ones of the section.

    Days count from the statements only where all five are known; a day is worth at most the policy's ``days_up_to``.
    """
    part = policy.legs.working_capital
    section = place(features[SECTION], len(SECTIONS))
    told = [np.minimum(features[name], part.days_up_to) for name in DAYS]
    length = sum((sign * days for sign, days in zip(SIGNS.values(), told, strict=True)), np.zeros_like(told[0]))
    margin = np.clip(features[MARGIN], LEAST_MARGIN, 1.0)
    usual = np.isnan(length) | np.isnan(margin)
    days, margins = part.usual
    return {
        CYCLE: np.where(usual, days[section], length),
        CYCLE_MARGIN: np.where(usual, margins[section], margin),
        USUAL: usual.astype(np.float64),
    }


def habit(cycle_days: Floats, policy: Policy) -> tuple[Kinds, Floats]:
    """The way of repayment that fits each cycle, as a place in ``TYPES``, and the term in months."""
    fits = policy.term.by_cycle
    ends = [np.inf if h.cycle_up_to is None else h.cycle_up_to for h in fits]
    place = np.searchsorted(ends, cycle_days, side="left")
    kinds: NDArray[np.intp] = np.array([TYPES.index(h.repayment) for h in fits], dtype=np.intp)
    return kinds[place], np.array([float(h.months) for h in fits])[place]
