import numpy as np
import pytest

from features.errors import CreditError
from models.boosted import ROUNDS, SETTINGS
from models.feature import ModelFeature
from models.labelled import Labelled
from models.search import best, search

RANGES = {"num_leaves": (3, 8), "rounds": (20, 400), "lambda_l2": (0.5, 30.0)}


def rows(n: int = 200) -> tuple[Labelled, np.ndarray]:
    random = np.random.default_rng(0)
    x = random.normal(size=(n, 3))
    default = (random.random(n) < 1 / (1 + np.exp(1.5 - x[:, 0]))).astype(float)
    known = tuple(ModelFeature(f"f{j}", "level", 0, "", "") for j in range(3))
    at = np.datetime64("2024-01-01") + np.arange(n).astype("m8[D]")
    return Labelled(x, default, np.ones(n, dtype=bool), np.arange(n), known), at


def test_every_configuration_is_listed_the_shipped_one_first_and_the_seed_decides():
    labelled, at = rows()
    tried = search(labelled, at, RANGES, 2)
    assert len(tried) == 3
    assert tried[0]["settings"] == {name: ROUNDS if name == "rounds" else SETTINGS[name] for name in RANGES}
    assert all(RANGES[name][0] <= value <= RANGES[name][1] for one in tried for name, value in one["settings"].items())
    assert len({str(one["settings"]) for one in tried}) == 3
    assert search(labelled, at, RANGES, 2) == tried
    assert search(labelled, at, RANGES, 1, seed=1)[1] != tried[1]
    assert best(tried) in [one["settings"] for one in tried]
    assert next(one["auc"] for one in tried if one["settings"] == best(tried)) == max(one["auc"] for one in tried)


def test_rows_of_one_day_cannot_be_searched():
    labelled, at = rows(100)
    with pytest.raises(CreditError, match=r"either side of the cut in time; train without --trials"):
        search(labelled, np.full(100, at[0]), RANGES, 1)
