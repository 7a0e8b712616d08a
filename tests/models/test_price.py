import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.labels import USUAL
from models.policy_parts import Pricing
from models.price import price
from models.repayment import EQUAL_PRINCIPAL, INTEREST_ONLY

PRICING = Pricing(
    funding=0.02, operating=0.01, loan_cost=300, upfront_fee=0, loss_given_default=0.5, pd_months=18,
    capital_share=0.1, target_return=0.12, ceiling=0.15,
)  # fmt: skip


def one(pd: float, kind: int = EQUAL_PRINCIPAL, months: float = 12.0, pricing: Pricing = PRICING):
    return price(np.array([pd]), np.array([kind]), np.array([float(months)]), pricing)


def test_expected_loss_over_four_quarters_by_hand():
    """PD 0.271 in 18 months: 0.9 ** 3 = 0.729 get through, so 0.9 each half year and 0.948683 each quarter.

    Of equal principal 1, 3/4, 1/2 and 1/4 are owed as the quarters begin; half of what is owed is lost:
    0.051317 x 1    x 0.995062 = 0.051063
    0.048683 x 0.75 x 0.990148 = 0.036153
    0.046185 x 0.5  x 0.985258 = 0.022752
    0.043815 x 0.25 x 0.980392 = 0.010739, together 0.120707.
    """
    found = one(0.271)
    survivors = 0.9 ** (np.arange(5) / 2)
    marginal, owed = survivors[:-1] - survivors[1:], np.array([1, 0.75, 0.5, 0.25])
    discount = 1.02 ** -np.array([0.25, 0.5, 0.75, 1.0])
    assert found.loss_share[0] == pytest.approx(0.5 * 0.120707, abs=1e-6)
    assert found.loss_share[0] == pytest.approx(0.5 * (marginal * owed * discount).sum(), rel=1e-12)
    assert found.years[0] == pytest.approx((survivors[:-1] * owed * 0.25 * discount).sum(), rel=1e-12)


def test_the_rate_is_the_sum_of_its_parts_up_to_the_next_basis_point():
    found = one(0.05)
    # capital 0.1 x (0.12 - 0.02) = 0.01
    parts = 0.02 + 0.01 + 0.01 + found.expected_loss + found.making(np.array([100_000.0]))
    rate = found.rate(np.array([100_000.0]))
    assert 0 <= (rate - parts)[0] < 1e-4
    assert found.making(np.array([100_000.0])) == pytest.approx(300 / 100_000 / found.years)
    assert rate[0] * 10_000 == pytest.approx(round(rate[0] * 10_000))


def test_a_loan_that_owes_all_to_the_end_loses_more_but_asks_the_same_margin_of_more_owed():
    ends, falls = one(0.1, INTEREST_ONLY), one(0.1, EQUAL_PRINCIPAL)
    assert ends.loss_share[0] > 1.5 * falls.loss_share[0]
    assert ends.expected_loss == pytest.approx(falls.expected_loss, rel=1e-12)


def test_the_window_of_the_probability_is_that_of_the_labels(policy):
    assert policy.price.pd_months == USUAL.window_months


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=2),
    st.integers(0, 3),
    st.integers(1, 36),
    st.lists(st.floats(1e4, 1e7), min_size=2, max_size=2),
)
def test_price_is_at_least_its_parts_rises_with_risk_and_falls_with_size(pds, kind, months, limits):
    safe, risky = (one(pd, kind, months) for pd in sorted(pds))
    small, large = (np.array([limit]) for limit in sorted(limits))
    assert risky.rate(small) >= safe.rate(small)
    assert safe.rate(small) >= safe.rate(large)
    fixed = PRICING.funding + PRICING.operating + PRICING.capital
    assert safe.rate(small)[0] >= fixed + safe.expected_loss[0] + safe.making(small)[0] - 1e-15
