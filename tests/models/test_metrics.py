import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

from models.metrics import auc, brier, calibration_bins, calibration_slope, ks, paired_auc_difference, summary


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    truth = (random.random(400) < 0.2).astype(float)
    first = np.round(random.normal(size=400) + truth, 1)  # rounding makes ties
    second = np.round(random.normal(size=400) + 0.5 * truth, 1)
    return truth, first, second


def test_auc_and_ks_agree_with_sklearn_ties_included(rows):
    truth, score, _ = rows
    false, true, _ = roc_curve(truth, score, drop_intermediate=False)
    assert auc(truth, score) == pytest.approx(roc_auc_score(truth, score), abs=1e-12)
    assert ks(truth, score) == pytest.approx(np.max(true - false), abs=1e-12)


def test_brier_agrees_with_sklearn(rows):
    truth, score, _ = rows
    p = 1 / (1 + np.exp(-score))
    assert brier(truth, p) == pytest.approx(brier_score_loss(truth, p), abs=1e-12)


def test_auc_is_kept_by_a_rising_map_and_mirrored_by_a_sign(rows):
    truth, score, _ = rows
    assert auc(truth, np.exp(score)) == auc(truth, score)
    assert auc(truth, -score) == pytest.approx(1 - auc(truth, score), abs=1e-12)


def test_calibration_bins_are_equal_groups_in_order_of_the_probability():
    bins = calibration_bins([0, 0, 0, 1, 1, 0], [0.1, 0.2, 0.3, 0.9, 0.8, 0.7], bins=2)
    assert [b.n for b in bins] == [3, 3]
    assert [b.observed for b in bins] == pytest.approx([0.0, 2 / 3])
    assert [b.predicted for b in bins] == pytest.approx([0.2, 0.8])


def test_probabilities_that_are_drawn_from_have_slope_one():
    random = np.random.default_rng(5)
    p = random.beta(1, 8, size=40_000)
    intercept, slope = calibration_slope((random.random(40_000) < p).astype(float), p)
    assert slope == pytest.approx(1, abs=0.06)
    assert intercept == pytest.approx(0, abs=0.12)


def test_paired_difference_by_hand():
    """Two defaults, two others; the second score ranks every pair rightly, the first one pair in four wrongly."""
    difference, low, high = paired_auc_difference([0, 0, 1, 1], [1, 3, 2, 4], [1, 2, 3, 4])
    # placements of the defaults: first (1/2, 1), second (1, 1); of the others: first (1, 1/2), second (1, 1)
    # variances of (-1/2, 0): 1/8 each, over 2 rows each: 1/16 + 1/16
    assert difference == -0.25
    assert high - difference == pytest.approx(1.959963985 * np.sqrt(1 / 8))
    assert low + high == pytest.approx(-0.5)


def test_paired_interval_agrees_with_a_paired_bootstrap(rows):
    truth, first, second = rows
    random = np.random.default_rng(1)
    draws = [random.integers(0, 400, 400) for _ in range(600)]
    spread = np.std([auc(truth[d], first[d]) - auc(truth[d], second[d]) for d in draws])
    difference, low, high = paired_auc_difference(truth, first, second)
    assert difference == pytest.approx(auc(truth, first) - auc(truth, second), abs=1e-12)
    assert (high - low) / (2 * 1.96) == pytest.approx(spread, rel=0.15)


def test_a_score_against_itself_differs_by_nothing(rows):
    assert paired_auc_difference(rows[0], rows[1], rows[1]) == (0.0, 0.0, 0.0)


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match="both outcomes are needed: 0 defaults and 2 non-defaults"):
        auc([0, 0], [0.1, 0.2])
    with pytest.raises(ValueError, match="equally long"):
        brier([0, 1], [0.1])
    with pytest.raises(ValueError, match="must be 0 or 1"):
        ks([0, 2], [0.1, 0.2])


def test_summary_holds_the_logged_figures(rows):
    p = 1 / (1 + np.exp(-rows[1]))
    assert set(summary(rows[0], p)) == {"n", "bad", "auc", "ks", "brier", "calibration_slope"}
