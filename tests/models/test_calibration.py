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


def test_the_interval_covers_the_true_probability_as_often_as_it_says():
    """Rows drawn from a known map again and again: nine in ten of the 90 % intervals hold the truth."""
    random = np.random.default_rng(4)
    truth, at = Calibration(-2.0, 1.2), np.array([-1.0, 0.0, 2.0])
    held = []
    for _ in range(300):
        raw = random.normal(size=1_000)
        default = (random.random(1_000) < truth.probability(raw)).astype(float)
        low, high = fit_calibration(raw, default).interval(at, 0.9)
        held.append((low <= truth.probability(at)) & (truth.probability(at) <= high))
    assert np.mean(held, axis=0) == pytest.approx(np.full(3, 0.9), abs=0.06)


def test_rows_told_twice_do_not_make_the_interval_narrower():
    random = np.random.default_rng(5)
    raw = random.normal(size=500)
    default = (random.random(500) < 1 / (1 + np.exp(2 - raw))).astype(float)
    once = np.array(fit_calibration(raw, default, np.arange(500)).covariance)
    firms = np.tile(np.arange(500), 2)
    twice = np.array(fit_calibration(np.tile(raw, 2), np.tile(default, 2), firms).covariance)
    assert twice == pytest.approx(once, rel=0.05)  # not the same: Platt smooths two tellings less than one
    alone = np.array(fit_calibration(np.tile(raw, 2), np.tile(default, 2)).covariance)
    assert alone == pytest.approx(once / 2, rel=0.05)


@given(st.floats(0.001, 0.6), st.lists(st.floats(-4, 4), min_size=2, max_size=20))
def test_a_shift_gives_the_long_run_rate_and_keeps_the_order(rate, raw):
    scores = np.sort(np.array(raw))
    moved = Calibration(-2.0, 0.7).shifted_to(scores, rate)
    assert moved.probability(scores).mean() == pytest.approx(rate, rel=1e-6)
    assert (np.diff(moved.probability(scores)) >= 0).all()


def test_a_map_of_an_early_release_has_no_interval():
    low, high = Calibration(-2.0, 1.0).interval(np.zeros(3))
    assert np.isnan(low).all()
    assert np.isnan(high).all()
