import numpy as np
import pytest

from models.repayment import ANNUITY, BULLET, EQUAL_PRINCIPAL, INTEREST_ONLY, all_in_cost, all_in_rate, carried, owed

ALL = np.arange(4)


def each(value: float) -> np.ndarray:
    return np.full(4, value)


def payments(kind: int, monthly: float, months: int) -> list[float]:
    """What one yuan of principal is repaid with, month by month."""
    if kind == ANNUITY:
        return [monthly / (1 - (1 + monthly) ** -months)] * months
    if kind == EQUAL_PRINCIPAL:
        return [1 / months + monthly * (1 - m / months) for m in range(months)]
    if kind == INTEREST_ONLY:
        return [monthly] * (months - 1) + [1 + monthly]
    return [0.0] * (months - 1) + [1 + monthly * months]


def test_a_loan_of_what_is_carried_has_a_dearest_instalment_of_the_room():
    """At maturity the whole loan is tested against the room of all its months."""
    lent = carried(ALL, each(0.01), each(12.0))
    for kind in (ANNUITY, EQUAL_PRINCIPAL):
        assert lent[kind] * max(payments(kind, 0.01, 12)) == pytest.approx(1.0)
    for kind in (INTEREST_ONLY, BULLET):
        assert lent[kind] * sum(payments(kind, 0.01, 12)) == pytest.approx(12.0)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("fee", [0.0, 0.02])
def test_all_in_cost_makes_the_payments_worth_what_was_paid_out(kind, fee):
    rate = all_in_cost(ALL, each(0.06), each(18.0), fee)[kind]
    discount = (1 + rate) ** (-1 / 12)
    worth = sum(pay * discount**m for m, pay in enumerate(payments(kind, 0.005, 18), start=1))
    assert worth == pytest.approx(1 - fee, rel=1e-12)


@pytest.mark.parametrize("kind", ALL)
def test_the_rate_with_the_fee_is_the_real_root_of_the_payments(kind):
    """Found by another way: what was paid out less the payments is a polynomial in the discount of a month."""
    roots = np.roots([*reversed(payments(kind, 0.005, 18)), -(1 - 0.02)])
    (discount,) = [root.real for root in roots if abs(root.imag) < 1e-9 and root.real > 0]
    found = all_in_rate(ALL, each(0.06), each(18.0), 0.02)[kind]
    assert found == pytest.approx(max(0.06, 12 * (1 / discount - 1)), rel=1e-9)
    assert all_in_rate(ALL, each(0.06), each(18.0), 0.0)[kind] == 0.06


def test_a_fee_weighs_more_on_a_loan_that_is_repaid_sooner():
    cost = all_in_cost(ALL, each(0.06), each(12.0), 0.01)
    assert cost[EQUAL_PRINCIPAL] > cost[ANNUITY] > cost[INTEREST_ONLY] > 0.0617


def test_what_is_owed_falls_as_each_kind_repays():
    half = owed(ALL, each(0.01), each(12.0), each(6.0))
    assert half == pytest.approx([(1.01**12 - 1.01**6) / (1.01**12 - 1), 0.5, 1.0, 1.0])
    assert owed(ALL, each(0.01), each(12.0), each(0.0)) == pytest.approx(each(1.0))
    assert (owed(ALL, each(0.01), each(12.0), each(12.0)) == 0).all()
    assert owed(ALL, each(0.0), each(12.0), each(3.0)) == pytest.approx([0.75, 0.75, 1.0, 1.0])
