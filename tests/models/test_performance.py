import numpy as np
import pytest

from models.metrics import auc
from models.performance import expected, measured, weighted_auc


def test_weights_of_one_give_the_plain_area_ties_counting_half():
    random = np.random.default_rng(0)
    p, y = np.sort(random.integers(0, 30, 500) / 30), (random.random(500) < 0.3).astype(float)
    assert weighted_auc(p, y, 1 - y) == pytest.approx(auc(y, p), abs=1e-12)


def test_a_weight_of_two_is_the_row_twice():
    p, y = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.0, 1, 0, 1])
    w = np.array([1.0, 2, 1, 1])
    rows = np.repeat(np.arange(4), w.astype(int))
    assert weighted_auc(p, y * w, (1 - y) * w) == pytest.approx(auc(y[rows], p[rows]))


def test_what_is_expected_comes_true_when_the_probabilities_are_right():
    random = np.random.default_rng(1)
    p = random.beta(1, 15, 8_000)
    y = (random.random(len(p)) < p).astype(float)
    firms = np.arange(len(p)) // 2
    before, after = expected(p, firms), measured(y, p, firms)
    assert before.auc == pytest.approx(after.auc, abs=0.04)
    assert before.ratio == pytest.approx(1)
    assert after.auc_low < before.auc < after.auc_high
    assert after.ratio_low < 1 < after.ratio_high


def test_rows_of_one_firm_are_one_witness():
    random = np.random.default_rng(2)
    p = random.beta(1, 5, 400)
    y = (random.random(400) < p).astype(float)
    alone = measured(y, p, np.arange(400))
    copied = measured(np.tile(y, 9), np.tile(p, 9), np.tile(np.arange(400), 9))
    assert copied.auc_high - copied.auc_low == pytest.approx(alone.auc_high - alone.auc_low, rel=0.01)
    assert (copied.firms, copied.rows) == (400, 3600)


def test_twice_as_many_bad_as_expected_is_a_ratio_of_two():
    p = np.full(1000, 0.1)
    y = np.r_[np.ones(200), np.zeros(800)]
    found = measured(y, p, np.arange(1000))
    assert found.ratio == pytest.approx(2)
    assert found.ratio_low > 1.7
