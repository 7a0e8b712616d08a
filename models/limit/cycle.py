"""The working-capital cycle: days from the statements, else from invoices to payments, else usual of the section."""

import numpy as np

from models.arrays import Floats
from models.limit.leg import Columns, place
from models.policy import Policy
from models.policy_parts import SECTIONS
from models.repayment import EQUAL_PRINCIPAL, Kinds, at_end

# Days that money is bound, and days that others lend it.
SIGNS = {"inventory": 1.0, "receivables": 1.0, "payables": -1.0, "prepayments": 1.0, "advances": -1.0}
DAYS = tuple(f"{item}_days" for item in SIGNS)
MARGIN, SECTION = "statement_margin", "industry_section"
PAID = {item: f"{item}_days_paid_12m" for item in ("receivables", "payables")}
CYCLE_FEATURES = (*DAYS, MARGIN, SECTION, *PAID.values())

CYCLE, CYCLE_MARGIN, CYCLE_FROM = "cycle_days", "cycle_margin", "cycle_from"
STATEMENTS, INVOICES, INDUSTRY = 0.0, 1.0, 2.0  # what ``CYCLE_FROM`` says
LEAST_MARGIN = -0.5


def cycle(features: Columns, policy: Policy) -> dict[str, Floats]:
    """Length of the cycle in days, profit on sales, and where the days are from.

    Days count from the statements only where all five are known. Where they are not, receivables and payables are those
    from invoices to payments where both are known, and all else is usual for the section. Days are worth at most the
    policy's ``days_up_to``, usual ones, which nobody has shown, its ``usual_share``.
    """
    part = policy.legs.working_capital
    section = place(features[SECTION], len(SECTIONS))
    usual = {item: part.usual_share * part.usual[item][section] for item in SIGNS}
    told = _length({item: np.minimum(features[f"{item}_days"], part.days_up_to) for item in SIGNS})
    paid = _length(usual | {item: np.minimum(features[name], part.days_up_to) for item, name in PAID.items()})
    margin = np.clip(features[MARGIN], LEAST_MARGIN, 1.0)
    by = [~np.isnan(told) & ~np.isnan(margin), ~np.isnan(paid) & part.invoices]
    return {
        CYCLE: np.select(by, [told, paid], _length(usual)),
        CYCLE_MARGIN: np.where(by[0], margin, part.usual["margin"][section]),
        CYCLE_FROM: np.select(by, [STATEMENTS, INVOICES], INDUSTRY),
    }


def _length(days: Columns) -> Floats:
    """Days that money is bound; NaN where one of the five is not known."""
    return np.asarray(sum(sign * days[item] for item, sign in SIGNS.items()), dtype=np.float64)


def habit(cycle_days: Floats, policy: Policy) -> tuple[Kinds, Floats]:
    """The way of repayment that fits each cycle, as a place in ``TYPES``, and the term in months."""
    ends, kinds, months = policy.term.habits
    place = np.searchsorted(ends, cycle_days, side="left")
    return kinds[place], months[place]


def repaid(kind: Kinds, months: Floats, policy: Policy) -> Kinds:
    """The way of repayment that fits the cycle, for so many months: long loans repay as they go."""
    return np.where(at_end(kind) & (months > policy.term.principal_at_end_up_to), EQUAL_PRINCIPAL, kind)
