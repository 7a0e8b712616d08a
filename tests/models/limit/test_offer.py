"""Another term where it carries more: worked by hand at rates that the policy gives to a firm without risk.

Funding 1.9 %, running 0.8 %, capital 8.5 % x (10 - 1.9 %): 3.39 % a year, and 200 yuan for making the loan.
"""

import numpy as np
import pytest

from models.limit import LEG_FEATURES, LEGS, Terms, cycle, dear, habit, offer, repaid, settle
from models.policy import PD, Policy
from models.price import price
from models.repayment import INTEREST_ONLY

NAN = float("nan")
# Trade in a section with 42.5 usual days (half of 60 + 60 - 40 + 10 - 5): principal at the end up to twelve months.
BULLET = {
    "net_operating_mean_12m": 10_000.0,
    "service_due": 8_000.0,
    "balance_lowest_mean_6m": 120_000.0,
    "income_sum_12m": 12e6,
    "revenue_ex_vat_sum_12m": 11e6,
    "balance_average_mean_6m": 500_000.0,
    "outflow_tax_sum_12m": 300_000.0,
    "industry_section": 3.0,
}
# Days of the statements that come to 20: equal instalments for every term. 10,875 / 1.25 - 8,000 leaves 700 a month.
LEVEL = BULLET | {
    "net_operating_mean_12m": 10_875.0,
    "inventory_days": 20.0,
    **dict.fromkeys(("receivables_days", "payables_days", "prepayments_days", "advances_days"), 0.0),
    "statement_margin": 0.1,
}


def offering(policy: Policy, *months: int) -> Policy:
    return policy.model_copy(update={"term": policy.term.model_copy(update={"offers": months})})


def offered(policy: Policy, asked: float, firm=BULLET, pd=0.0, **changes: float) -> tuple[float, float, str, bool]:
    """Limit, months, leg, and whether another term was taken than the one asked for."""
    told = {name: np.array([{**firm, **changes}.get(name, NAN)]) for name in LEG_FEATURES}
    told |= cycle(told, policy) | {"cash_flow_q20": np.array([NAN]), PD: np.array([pd])}
    months, whole, rows = np.array([asked]), np.ones(1), np.zeros(1, dtype=np.intp)
    kind = repaid(habit(told["cycle_days"], policy)[0], months, policy)
    cost = price(told[PD], kind, months, policy.price)
    bound = settle(LEGS, told, policy, kind, months, cost, whole)
    bound, _, other = offer(LEGS, told, policy, whole, bound, cost, rows)
    return float(bound.limit[0]), float(bound.terms.months[0]), LEGS[bound.leg[0]].name, bool(other[0])


def test_who_cannot_pay_off_in_36_months_what_a_year_carries_is_offered_the_year(policy):
    # 36 months by parts: 10,000 / 1.25 - 8,000 is nothing. 12 with principal at the end, and 120,000 / 12 of the firm's
    # own: 20,000 / 1.25 - 8,000 is 8,000 a month, 96,000 in all: / (1 + i), from 92,042 at 4.3 % to 92,843 at 3.4 %
    assert offered(offering(policy), 36.0) == (0.0, 36.0, "capacity", False)
    assert offered(policy, 36.0) == (92_000.0, 12.0, "capacity", True)
    assert offered(policy, 12.0) == (92_000.0, 12.0, "capacity", False)


def test_who_cannot_pay_off_in_a_year_what_three_carry_is_offered_three(policy):
    # 700 a month: 12 x 700 is less than the least loan; 700 x 33.9 over 36 months at 4 % is 23,700
    assert offered(offering(policy), 12.0, LEVEL)[0] < policy.product.minimum
    assert offered(policy, 12.0, LEVEL) == (23_000.0, 36.0, "capacity", True)


def test_where_another_term_carries_no_more_the_one_asked_for_stays(policy):
    assert offered(policy, 12.0, requested_amount=50_000.0) == (50_000.0, 12.0, "requested", False)
    assert offered(policy, 6.0, requested_amount=50_000.0) == (50_000.0, 6.0, "requested", False)


@pytest.mark.parametrize(("order", "months"), [((6, 12), 6.0), ((12, 6), 12.0)])
def test_of_terms_that_carry_as_much_the_first_of_the_policy_is_offered(policy, order, months):
    told = offered(offering(policy, *order), 36.0, requested_amount=50_000.0)
    assert told == (50_000.0, months, "requested", True)


def test_a_loan_above_the_ceiling_or_below_the_least_is_not_offered(policy):
    # odds of default of a half within 18 months cost 0.45 x 27 % a year, above 12 % whatever the term
    assert offered(policy, 36.0, pd=0.34) == (0.0, 36.0, "capacity", False)
    assert offered(policy, 36.0, requested_amount=9_999.0) == (0.0, 36.0, "capacity", False)


@pytest.mark.parametrize(("fee", "too_dear"), [(0.0, False), (0.0049, False), (0.0050, True)])
def test_the_ceiling_holds_for_rate_and_fee_together(policy, fee, too_dear):
    """A month at 6 % a year: 1.005 for 0.995 paid out is 12.06 % a year, for 0.9951 11.94 %; the ceiling is 12 %."""
    kept = policy.price.model_copy(update={"upfront_fee": fee, "ceiling": 0.12})
    month = Terms(np.array([0.06]), np.ones(1), np.array([INTEREST_ONLY]))
    assert dear(month, policy.model_copy(update={"price": kept})).tolist() == [too_dear]
