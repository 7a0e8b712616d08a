import lightgbm as lgb
import numpy as np
import pytest

from models.boosted import fit_booster, raw_score
from models.small_trees import MOST, ROWS, small_trees

NAMES = ["income", "volatility", "whole", "seen"]
DIRECTIONS = [-1, 1, 0, 0]


def sample(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The third column is of few whole numbers; the last is never missing."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 4))
    x[:, 2] = np.round(2 * x[:, 2])
    default = (random.random(n) < 1 / (1 + np.exp(2 + x[:, 0] - x[:, 1] * x[:, 2] - x[:, 3]))).astype(float)
    x[:, :3][random.random((n, 3)) < 0.1] = np.nan
    return x, default


def fitted(leaves: int, rounds: int = 40) -> lgb.Booster:
    settings = {"num_leaves": leaves, "rounds": rounds, "extra_trees": False, "lambda_l2": 0.0}
    return fit_booster(*sample(800), DIRECTIONS, NAMES, settings=settings)


def awkward(booster: lgb.Booster) -> np.ndarray:
    """Rows of the thresholds themselves and their neighbours, of infinities, zeros and nothing."""
    frame = booster.trees_to_dataframe()
    edges = frame["threshold"].dropna().to_numpy()
    told = np.r_[edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf), np.inf, -np.inf, 0.0, -0.0, np.nan]
    return np.random.default_rng(1).choice(told, size=(3 * ROWS + 1, len(NAMES)))


@pytest.mark.parametrize("leaves", [2, 3, 5, MOST + 1])
def test_the_sums_are_those_of_lightgbm_to_the_last_bit(leaves):
    booster = fitted(leaves)
    trees = small_trees(booster)
    assert trees.feature.shape == (leaves - 1, 40)
    rows = np.concatenate([sample(2_000, seed=5)[0], awkward(booster)])
    assert np.array_equal(trees.total(rows), raw_score(booster, rows))


def test_a_row_alone_gives_the_bits_that_it_gives_among_others():
    trees = small_trees(fitted(5))
    rows = awkward(fitted(5))[: ROWS + 3]
    alone = np.concatenate([trees.total(rows[i : i + 1]) for i in range(len(rows))])
    assert np.array_equal(trees.total(rows), alone)
    assert trees.total(rows[:0]).shape == (0,)


def test_a_column_that_no_training_row_missed_is_read_as_lightgbm_reads_it():
    booster = fitted(5)
    rows = sample(500, seed=8)[0]
    rows[:, 3] = np.nan
    assert np.array_equal(small_trees(booster).total(rows), raw_score(booster, rows))


def test_trees_without_a_split_and_trees_of_many_are_left_to_lightgbm():
    x, default = sample(300)
    flat = fit_booster(x, default, DIRECTIONS, NAMES, settings={"min_data_in_leaf": 300, "rounds": 3})
    assert small_trees(flat) is None
    assert small_trees(fitted(MOST + 2, rounds=5)) is None


def test_questions_that_are_no_thresholds_are_left_to_lightgbm():
    x, default = sample(600)
    plain = {"objective": "binary", "num_leaves": 3, "verbosity": -1, "num_threads": 1}
    kinds = lgb.Dataset(np.abs(x), default, categorical_feature=[2], params={"verbosity": -1})
    by_kind = lgb.train(plain | {"max_cat_to_onehot": 50}, kinds, 20)
    assert "==" in set(by_kind.trees_to_dataframe()["decision_type"])
    assert small_trees(by_kind) is None
    zeros = lgb.Dataset(x, default, params={"verbosity": -1, "zero_as_missing": True})
    assert small_trees(lgb.train(plain | {"zero_as_missing": True}, zeros, 5)) is None
