import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calibration import Calibration, fit_calibration


def test_it_finds_the_map_that_made_the_outcomes():
    random = np.random.default_rng(0)
    raw = random.normal(size=50_000)
    default = (random.random(50_000) < 1 / (1 + np.exp(2 - 1.5 * raw))).astype(float)
    found = fit_calibration(raw, default)
    assert found.slope == pytest.approx(1.5, abs=0.05)
    assert found.intercept == pytest.approx(-2, abs=0.05)


def test_a_score_that_falls_with_risk_keeps_the_base_rate_and_still_rises():
    random = np.random.default_rng(1)
    raw = random.normal(size=2_000)
    default = (random.random(2_000) < 1 / (1 + np.exp(2 + raw))).astype(float)
    found = fit_calibration(raw, default)
    assert found.slope == 0.05
    assert found.probability(raw).mean() == pytest.approx(default.mean(), abs=0.01)


def test_separable_rows_do_not_become_certainties():
    found = fit_calibration(np.array([-1.0, -0.5, 0.5, 1.0]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert found.probability(np.array([-1.0]))[0] > 0.1
    assert found.probability(np.array([1.0]))[0] < 0.9


@given(st.lists(st.floats(-6, 6), min_size=2, max_size=30, unique_by=lambda x: round(x, 6)))
def test_the_ranking_is_kept(raw):
    ordered = np.sort(np.array(raw))
    assert (np.diff(Calibration(-2.0, 0.7).probability(ordered)) > 0).all()


def test_a_slope_of_zero_is_refused():
    with pytest.raises(ValueError, match="must be above zero, got 0"):
        Calibration(0.0, 0.0)
