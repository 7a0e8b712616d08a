import lightgbm as lgb
import numpy as np
import pytest

from models.boosted import contributions, fit_booster, monotone_violations, raw_score, read_booster
from models.metrics import auc

NAMES = ["income", "volatility", "noise"]
DIRECTIONS = [-1, 1, 0]


def sample(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 3))
    risk = -2.2 - 1.2 * x[:, 0] + 0.8 * x[:, 1] + 0.9 * np.sin(3 * x[:, 0])  # not monotone in income
    default = (random.random(n) < 1 / (1 + np.exp(-risk))).astype(float)
    x[random.random((n, 3)) < 0.05] = np.nan
    return x, default


@pytest.fixture(scope="module")
def booster() -> lgb.Booster:
    return fit_booster(*sample(1_500), DIRECTIONS, NAMES)


def test_the_same_seed_gives_the_same_text_and_another_seed_another(booster):
    rows = sample(300)
    first = fit_booster(*rows, DIRECTIONS, NAMES, seed=4).model_to_string()
    assert fit_booster(*rows, DIRECTIONS, NAMES, seed=4).model_to_string() == first
    assert fit_booster(*rows, DIRECTIONS, NAMES, seed=5).model_to_string() != first


def test_it_learns_from_two_hundred_rows():
    x, default = sample(200, seed=2)
    fitted = fit_booster(x, default, DIRECTIONS, NAMES)
    test_x, test_default = sample(4_000, seed=9)
    assert auc(test_default, raw_score(fitted, test_x)) > 0.75


def test_no_step_goes_against_a_direction(booster):
    assert monotone_violations(booster, sample(200, seed=7)[0], DIRECTIONS, rows=200) == []


def test_the_grid_finds_a_booster_that_was_fitted_without_constraints():
    x, default = sample(1_500)
    free = fit_booster(x, default, [0, 0, 0], NAMES)
    found = monotone_violations(free, x, DIRECTIONS)
    assert {v.feature for v in found} == {"income", "volatility"}
    assert all(v.step < 0 and v.at < v.to for v in found)


def test_a_row_alone_scores_as_in_the_batch_to_the_last_bit(booster):
    x, _ = sample(400, seed=3)
    together = raw_score(booster, x)
    alone = np.array([raw_score(booster, x[i : i + 1])[0] for i in range(len(x))])
    assert (together == alone).all()


def test_contributions_add_up_to_the_raw_score_less_a_constant(booster):
    x, _ = sample(100, seed=3)
    rest = raw_score(booster, x) - contributions(booster, x).sum(axis=1)
    assert rest == pytest.approx(np.full(100, rest[0]), abs=1e-9)


def test_a_row_whose_window_is_open_counts_by_what_it_has_shown():
    """The riskier half is young: of 20 bad in 100 it has shown a quarter, of the other half 10 in 100 are bad."""
    risky = np.repeat([0.0, 1.0], 2_000)
    bad = np.r_[np.arange(2_000) % 10 == 0, np.arange(2_000) % 20 == 0].astype(float)
    x, shown = np.column_stack([risky, np.zeros((4_000, 2))]), np.where(risky == 1, 0.25, 1.0)
    learn = {"directions": [0, 0, 0], "names": NAMES, "settings": {"feature_fraction": 1.0}}
    low, high = raw_score(fit_booster(x, bad, **learn, shown=shown), x[[0, -1]])
    assert high - low == pytest.approx(np.log(0.05 / 0.95 / 0.25) - np.log(0.1 / 0.9), abs=0.05)  # 0.64
    low, high = raw_score(fit_booster(x, bad, **learn), x[[0, -1]])
    assert high < low


def test_where_every_window_has_passed_nothing_changes(booster):
    x, default = sample(1_500)
    again = fit_booster(x, default, DIRECTIONS, NAMES, shown=np.ones(1_500))
    assert again.model_to_string() == booster.model_to_string()


def test_text_reads_back_to_the_same_bits(booster):
    x, _ = sample(100, seed=3)
    again = read_booster(booster.model_to_string())
    assert (raw_score(again, x) == raw_score(booster, x)).all()
    assert again.model_to_string() == booster.model_to_string()
