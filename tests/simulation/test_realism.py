"""The measures of realism, worked by hand."""

import numpy as np
import pytest

from simulation.realism import (
    BENFORD,
    Measure,
    against_last_year,
    first_digits,
    no_sign,
    path_to_default,
    tail_index,
)


def test_benford_adds_to_one_and_powers_of_two_follow_it() -> None:
    assert BENFORD.sum() == pytest.approx(1)
    assert first_digits(2.0 ** np.arange(1, 1000)) == pytest.approx(BENFORD, abs=0.003)


def test_the_tail_of_a_pareto_is_its_exponent() -> None:
    uniform = (np.arange(100_000) + 0.5) / 100_000
    assert tail_index(uniform ** (-1 / 1.5)) == pytest.approx(1.5, rel=0.02)


def test_flows_three_months_before_are_set_against_the_year_before() -> None:
    """Event in month 20: months 14-16 (income 50) against months 2-4 (income 100); money 30 against 60."""
    income, money = np.full((1, 24), 100.0), np.full((1, 24), 60.0)
    income[0, 14:17], money[0, 14:17] = 50, 30
    assert against_last_year(income, money, np.array([20])).tolist() == [[0.5, 0.5]]


def test_a_firm_is_silent_only_when_neither_ratio_is_in_the_lowest_tenth() -> None:
    sound = np.stack([np.linspace(0.5, 1.5, 101), np.linspace(0.5, 1.5, 101)], axis=1)
    ratios = np.array([[1.0, 1.0], [0.55, 1.0], [1.0, 0.55]])
    assert no_sign(ratios, sound).tolist() == [True, False, False]


def test_the_path_to_default_ends_with_the_event() -> None:
    values = np.full((3, 30), 10.0)
    values[:, 25] = 5
    path = path_to_default(values, np.array([25, 25, 25]), months=4)
    assert path.tolist() == [1, 1, 1, 1, 0.5]


def test_a_measure_holds_within_its_bounds() -> None:
    measure = Measure("甲", "a", 0.3, "-", "-", 0.3, 0.4)
    assert measure.holds
    assert not Measure("甲", "a", 0.41, "-", "-", 0.3, 0.4).holds
