import numpy as np
import pytest

from models.compare import Stakes, compare
from models.metrics import paired_auc_difference


def test_figures_worked_by_hand():
    """Ten rows of 100 yuan for a year. The champion takes row 0, which fails; the challenger row 9 in its place."""
    y = np.zeros(10)
    y[0] = 1
    champion, challenger = np.arange(10) / 10 + 0.01, (np.arange(10) / 10 + 0.01)[::-1]
    found = compare(y, champion, challenger, Stakes(np.full(10, 100.0), np.ones(10), 0.02, 0.45), 0.9)
    assert (found["champion"]["auc"], found["challenger"]["auc"]) == (0.0, 1.0)
    assert {line["set"]: (line["n"], line["bad"]) for line in found["swap"]} == {
        "both": (8, 0), "dropped": (1, 1), "taken_up": (1, 0), "neither": (0, 0)
    }  # fmt: skip
    assert found["profit"]["champion"] == pytest.approx(8 * 2 - 45)
    assert found["profit"]["challenger"] == pytest.approx(9 * 2)
    assert found["profit"]["difference"] == pytest.approx(47)


def test_the_same_score_twice_differs_in_nothing():
    random = np.random.default_rng(0)
    p = random.random(200)
    y = (random.random(200) < p / 3).astype(float)
    found = compare(y, p, p, Stakes(np.ones(200), np.ones(200), 0.02, 0.45), 0.8)
    assert found["difference"] == {"auc": 0.0, "low": 0.0, "high": 0.0, "p_value": 1.0}
    assert [line["n"] for line in found["swap"]] == [160, 0, 0, 40]
    assert found["profit"]["difference"] == 0


def test_the_p_value_is_one_twentieth_where_the_interval_touches_nothing():
    random = np.random.default_rng(1)
    risk = random.normal(size=500)
    y = (random.random(500) < 1 / (1 + np.exp(2 - risk))).astype(float)
    first, second = risk + random.normal(size=500), risk + random.normal(size=500) * 1.3
    p = [1 / (1 + np.exp(-s)) for s in (first, second)]
    gap = compare(y, *p, Stakes(np.ones(500), np.ones(500), 0.02, 0.45), 0.8)["difference"]
    assert (gap["auc"], gap["low"], gap["high"]) == paired_auc_difference(y, p[1], p[0])
    assert (gap["p_value"] < 0.05) == (gap["low"] > 0 or gap["high"] < 0)
