import json

import numpy as np
import pytest

from models.feature import ModelFeature
from models.metrics import auc, calibration_slope
from models.policy_parts import Scale
from models.scorecard import Characteristic, Scorecard
from models.scorecard_fit import _pool, fit_scorecard

SCALE = Scale(points=600.0, odds=20.0, double=40.0)
FEATURES = [
    ModelFeature("income", "level", -1, "收入", "income"),
    ModelFeature("income_twin", "level", -1, "收入副本", "income again"),
    ModelFeature("volatility", "stability", 1, "波动", "volatility"),
    ModelFeature("wrong_way", "level", -1, "反向", "more of it means more risk"),
    ModelFeature("noise", "trend", 0, "噪声", "noise"),
]


def sample(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 5))
    x[:, 1] = x[:, 0] + 0.05 * x[:, 1]
    risk = -2.2 - 1.2 * x[:, 0] + 0.8 * x[:, 2] + 0.8 * x[:, 3]
    default = (random.random(n) < 1 / (1 + np.exp(-risk))).astype(float)
    x[: n // 5, 2] = np.nan
    return x, default


def columns(x: np.ndarray) -> dict[str, np.ndarray]:
    return {f.name: x[:, j] for j, f in enumerate(FEATURES)}


@pytest.fixture(scope="module")
def card() -> Scorecard:
    return fit_scorecard(*sample(3_000), FEATURES, SCALE)


def test_it_ranks_and_is_calibrated_on_rows_that_it_has_not_seen(card):
    x, default = sample(20_000, seed=1)
    p = card.probability(columns(x))
    assert auc(default, p) > 0.74
    assert calibration_slope(default, p)[1] == pytest.approx(1, abs=0.15)
    assert p.mean() == pytest.approx(default.mean(), abs=0.02)


def test_points_follow_the_direction_of_the_catalogue(card):
    points = {row.feature: np.diff(row.points) for row in card.rows}
    assert (points["volatility"] < 0).all()
    assert all((points[name] > 0).all() for name in points if name.startswith("income"))


def test_repeats_and_features_against_their_direction_stay_out(card):
    names = {row.feature for row in card.rows}
    assert len(names & {"income", "income_twin"}) == 1
    assert "wrong_way" not in names


def test_the_card_works_from_its_json_alone(card):
    x, _ = sample(200, seed=2)
    again = Scorecard.from_json(json.loads(json.dumps(card.to_json())))
    assert again == card
    assert (again.score(columns(x)) == card.score(columns(x))).all()


def test_a_row_alone_scores_as_in_the_batch_to_the_last_bit(card):
    x, _ = sample(300, seed=3)
    together = card.probability(columns(x))
    assert (together == [card.probability(columns(x[i : i + 1]))[0] for i in range(300)]).all()


def test_twenty_defaults_give_a_card_of_at_most_four_features():
    x, _ = sample(220, seed=4)
    default = np.zeros(220)
    default[np.argsort(x[:, 0])[:20]] = 1
    assert 1 <= len(fit_scorecard(x, default, FEATURES, SCALE).rows) <= 4


def test_without_any_signal_the_card_gives_the_base_rate():
    x = np.zeros((100, 5))
    default = np.repeat([1.0, 0.0], [10, 90])
    card = fit_scorecard(x, default, FEATURES, SCALE)
    assert card.rows == ()
    assert card.probability(columns(x)) == pytest.approx(np.full(100, 0.1))


def test_neighbours_are_pooled_until_the_evidence_is_monotone():
    edges, good, bad = _pool(np.array([1.0, 2.0]), np.array([90.0, 5.0, 80.0]), np.array([2.0, 1.0, 9.0]), 1)
    assert list(edges) == [1.0]
    assert list(good) == [90.0, 85.0]
    assert list(bad) == [2.0, 10.0]


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match="income: 1 edges need 2 points"):
        Characteristic("income", (1.0,), (1.0,), 0.0)
    with pytest.raises(ValueError, match="greater than 0"):
        Scale(points=600, odds=0, double=40)
