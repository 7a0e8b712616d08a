"""The price of a loan from its parts: money, running it, expected loss, capital, and what making any loan costs.

Expected loss is summed over the quarters of the term: the probability of default in the quarter, what is then owed by
the way of repayment, and what of it is lost, discounted at the cost of money. A part is the margin that pays for it
over what is owed, by those who are still paying. Assumptions: all that is granted is drawn (a conversion factor of 1),
and interest in arrears is no part of what is lost.
"""

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Places
from models.policy_parts import Pricing
from models.repayment import Kinds, owed

QUARTER = 3.0  # months
BASIS_POINT = 10_000


@dataclass(frozen=True)
class Price:
    """Annual rates of n loans before the cost of making them, and what spreads that cost.

    ``expected_loss`` is the margin a year, ``loss_share`` the share of the principal lost over the term, discounted;
    ``years`` is what is owed over the term in years of the principal, as survivors pay it, discounted.
    """

    expected_loss: Floats
    loss_share: Floats
    years: Floats
    parts: Floats
    loan_cost: float

    def rate(self, limit: Floats) -> Floats:
        """Contract rate a year of a loan of so many yuan, up to the next basis point; falls as the loan grows."""
        whole = self.parts + self.making(limit)
        return np.ceil(whole * BASIS_POINT) / BASIS_POINT

    def making(self, limit: Floats) -> Floats:
        """What making the loan adds to the rate."""
        return self.loan_cost / (limit * self.years)

    def rows(self, chosen: Places) -> "Price":
        """The price of some of the rows."""
        return Price(
            self.expected_loss[chosen],
            self.loss_share[chosen],
            self.years[chosen],
            self.parts[chosen],
            self.loan_cost,
        )


def price(pd: Floats, kind: Kinds, months: Floats, policy: Pricing) -> Price:
    """Price n loans from the probability of default within ``policy.pd_months``, spread evenly over time.

    Parameters
    ----------
    pd : probability of default, shape (n,).
    kind, months : way of repayment and term.
    policy : costs, loss given default and return as the policy has them.
    """
    fixed = policy.least
    # what is owed falls at a rate that must be known before the price: that of the parts which no profile moves
    hazard = -np.log1p(-np.minimum(pd, 1.0 - 1e-9)) * 12.0 / policy.pd_months
    monthly = (fixed + policy.loss_given_default * hazard) / 12.0
    loss, years = _over_the_term(hazard, kind, months, monthly, policy)
    margin = loss / years
    return Price(margin, loss, years, fixed + margin, policy.loan_cost)


def _over_the_term(
    hazard: Floats, kind: Kinds, months: Floats, monthly: Floats, policy: Pricing
) -> tuple[Floats, Floats]:
    loss, years = np.zeros_like(months), np.zeros_like(months)
    quarters = np.ceil(months / QUARTER)
    for count in np.unique(quarters):
        rows = np.flatnonzero(quarters == count)
        risk, end, start = hazard[rows], months[rows], QUARTER * np.arange(count)[:, None]
        length = np.minimum(end - start, QUARTER)
        paying = np.exp(-risk * start / 12.0)
        marginal = paying * -np.expm1(-risk * length / 12.0)
        exposure = owed(kind[rows], monthly[rows], end, start) * (1.0 + policy.funding) ** (-(start + length) / 12.0)
        # quarter after quarter: a sum over an axis takes another order in one row than in many
        loss[rows] = np.add.accumulate(policy.loss_given_default * marginal * exposure)[-1]
        years[rows] = np.add.accumulate(paying * exposure * length / 12.0)[-1]
    return loss, years
