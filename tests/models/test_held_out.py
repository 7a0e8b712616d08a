from dataclasses import replace

import numpy as np
import pytest

from models.feature import ModelFeature
from models.held_out import by_firm, by_time_and_firm, time_cut
from models.labelled import Labelled
from models.metrics import auc

FAST = {"rounds": 30, "learning_rate": 0.2, "feature_fraction": 1.0}
BY_HEART = FAST | {"rounds": 100, "num_leaves": 31, "extra_trees": False, "lambda_l2": 0.0, "min_data_in_leaf": 2}


def rows(x: np.ndarray, default: np.ndarray, group: np.ndarray) -> Labelled:
    known = tuple(ModelFeature(f"f{j}", "level", 0, "", "") for j in range(x.shape[1]))
    return Labelled(x, default, np.ones(len(x), dtype=bool), group, known)


def test_a_firm_is_never_judged_by_a_model_that_saw_it():
    """Each firm has its own mark and its own outcome: only who has seen the firm can tell."""
    random = np.random.default_rng(0)
    group = np.repeat(np.arange(80), 5)
    mark, outcome = random.normal(size=80), (random.random(80) < 0.4).astype(float)
    judged = rows(mark[group][:, None], outcome[group], group)
    p = by_firm(judged, 0, BY_HEART)
    assert auc(judged.default, p) < 0.65
    alone = rows(judged.x, judged.default, np.arange(400))  # the same rows with nobody kept apart
    assert auc(alone.default, by_firm(alone, 0, BY_HEART)) > 0.9


def test_rows_whose_window_is_open_are_learned_from_and_not_judged():
    random = np.random.default_rng(5)
    x = random.normal(size=(400, 3))
    shown = np.where(np.arange(400) < 300, 1.0, 0.5)
    default = (random.random(400) < 1 / (1 + np.exp(1.5 - x[:, 0]))).astype(float)
    judged = replace(rows(x, default, np.arange(400)), shown=shown)
    alone = judged.take(np.arange(300))
    assert len(by_firm(judged, 0, FAST)) == 300
    assert not np.array_equal(by_firm(judged, 0, FAST), by_firm(alone, 0, FAST))


def test_later_rows_are_judged_by_what_the_earlier_ones_teach():
    """In the later rows the relation is the other way round: who learned from them would rank them well."""
    random = np.random.default_rng(1)
    x = random.normal(size=(600, 1))
    later = np.arange(600) >= 400
    risk = np.where(later, -3, 3) * x[:, 0] - 0.5
    default = (random.random(600) < 1 / (1 + np.exp(-risk))).astype(float)
    at = np.datetime64("2024-01-01") + np.arange(600).astype("m8[D]")
    index, p = by_time_and_firm(rows(x, default, np.arange(600)), at, 0, FAST)
    assert index[0] == int(0.7 * 599)
    assert auc(default[index], p) < 0.2


def test_held_out_probabilities_are_calibrated():
    random = np.random.default_rng(2)
    x = random.normal(size=(3_000, 2))
    default = (random.random(3_000) < 1 / (1 + np.exp(2.5 - x[:, 0]))).astype(float)
    p = by_firm(rows(x, default, np.arange(3_000)), 0, FAST)
    assert p.mean() == pytest.approx(default.mean(), abs=0.01)


def test_without_ten_outcomes_on_a_side_nothing_is_told_out_of_time():
    x, at = np.arange(100.0)[:, None], np.datetime64("2024-01-01") + np.arange(100).astype("m8[D]")
    default = (np.arange(100) < 20).astype(float)  # all of them early
    assert by_time_and_firm(rows(x, default, np.arange(100)), at, 0, FAST) is None
    assert time_cut(at) == np.datetime64("2024-03-10")  # the 70th of a hundred days
