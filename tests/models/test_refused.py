"""What is said of firms that were refused: odds by hand, and laws of the bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.refused import against, bounds, by_grade, odds_found, times_odds

shares = st.floats(0.001, 0.999)


@given(st.lists(shares, min_size=1, max_size=20), st.floats(0.1, 10.0))
def test_the_multiplier_is_found_again_from_the_defaults_that_it_makes(p, times):
    chances = np.array(p)
    assert odds_found(chances, float(times_odds(chances, times).sum())) == pytest.approx(times, rel=1e-6)


@given(shares, st.floats(0.1, 10.0), st.floats(0.1, 10.0))
def test_odds_multiply_whatever_the_order(p, one, two):
    both = times_odds(times_odds(np.array([p]), one), two)
    assert both == pytest.approx(times_odds(np.array([p]), one * two), rel=1e-9)
    assert times_odds(np.array([p]), 1.0) == pytest.approx(p)


def test_bounds_of_all_and_of_each_grade_by_hand():
    p = np.array([0.1, 0.2, 0.5])  # odds 1/9, 1/4, 1; tripled 1/3, 3/4, 3: shares 1/4, 3/7, 3/4
    found = bounds(p, (1.0, 3.0))
    assert (found["n"], found["low"]) == (3, pytest.approx(0.8 / 3))
    assert found["high"] == pytest.approx((1 / 4 + 3 / 7 + 3 / 4) / 3)
    rows = by_grade(p, (1.0, 3.0), [0.2, 1.0], ["A", "B"])  # a grade ends with its bound
    assert [(r["grade"], r["n"], r["low"]) for r in rows] == [("A", 2, pytest.approx(0.15)), ("B", 1, 0.5)]


def test_what_came_is_set_against_the_bounds():
    p, y = np.full(100, 0.1), np.zeros(100)
    y[:60] = 1  # Jeffreys' interval of 60 in 100 is 0.50 to 0.69: odds of 1.0 to 2.2, 9 to 20 times 1/9
    found = against(y, p, (1.0, 3.0))
    assert (found["bad"], found["observed"], found["holds"]) == (60, 0.6, False)
    assert found["odds_low"] == pytest.approx(9 * found["observed_low"] / (1 - found["observed_low"]))
    assert 8.9 < found["odds_low"] < 9.2 < 19 < found["odds_high"] < 21
    y[15:60] = 0  # 15 in 100: 0.09 to 0.23, and the bounds are 0.10 to 0.25
    assert against(y, p, (1.0, 3.0))["holds"]
    none = against(np.zeros(100), p, (1.0, 3.0))  # 0 to 0.025: below the bounds
    assert (none["odds_low"], none["holds"]) == (0.0, False)
