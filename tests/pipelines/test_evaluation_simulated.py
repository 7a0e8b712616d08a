"""The ladder on a simulated store, and by hand-made rows: what a rung adds, and no firm on both sides of a cut."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from features.catalogue import CATALOGUE, SCORED
from features.errors import ContractError, CreditError
from models import boosted
from pipelines.evaluation import cross_validation, evaluate
from pipelines.evaluation.cross_validation import FOLDS, LADDER_SEEDS, ladder
from pipelines.simulate import simulate_into
from pipelines.store import Store

COLUMNS = ("months_observed", "income_cv_12m", "dues_late_share_12m", "industry_distance_margin_12m", "overdue")


def test_a_rung_adds_what_its_columns_tell_and_one_without_columns_is_left_out():
    """Rows of 30 firms, four each; only the third column follows the outcome, and the last column is not there."""
    random = np.random.default_rng(0)
    y = np.repeat(random.random(30) < 0.4, 4).astype(float)
    rows = pd.DataFrame(random.normal(size=(120, 5)), columns=[*COLUMNS]).assign(dues_late_share_12m=y)
    rows = rows.drop(columns="overdue").assign(enterprise_id=np.repeat([f"E{n}" for n in range(30)], 4))
    seen = []

    def judge(learn, default, asked, known, seed):
        assert not {*learn["enterprise_id"]} & {*asked["enterprise_id"]}
        assert len(learn) == len(default) == 120 - len(asked)
        seen.append([feature.name for feature in known])
        return asked[seen[-1][-1]].to_numpy(dtype=float)

    static, flows, public, parties = ladder(rows, y, judge, lambda folds: folds)
    assert [seen[k * FOLDS * LADDER_SEEDS] for k in range(4)] == [[*COLUMNS[:k]] for k in range(1, 5)]
    assert (public["rung"], public["features"], public["auc"]) == ("public payments", 3, 1.0)
    assert public["added"]["difference"] == pytest.approx(1 - flows["auc"], abs=1e-12)
    assert public["added"]["low"] > 0
    assert parties["added"]["high"] < 0
    assert "added" not in static


def test_what_a_rung_adds_is_as_unsure_as_its_draws(monkeypatch):
    """One seed ranks 30 firms rightly and the other the wrong way round: on average nothing, between -0.98 and 0.98.

    Averaged predictions are the same for all firms, so that no part of the width is of the rows; the gains of 0.5 and
    -0.5 have a deviation of 0.7071 and their mean one of 0.5, times 1.96.
    """
    monkeypatch.setattr(cross_validation, "LADDER_SEEDS", 2)
    y = np.arange(30) % 2.0
    rows = pd.DataFrame(dict.fromkeys(COLUMNS[:2], y)).assign(enterprise_id=[f"E{n}" for n in range(30)])

    def judge(learn, default, asked, known, seed):
        way = 0.0 if len(known) == 1 else (1.0, -1.0)[seed]
        return way * asked[COLUMNS[0]].to_numpy(dtype=float)

    static, flows = ladder(rows, y, judge, lambda folds: folds)
    assert (static["auc"], static["sd"]) == (0.5, 0.0)
    assert (flows["auc"], flows["sd"]) == (0.5, pytest.approx(0.7071, abs=1e-4))
    assert flows["added"] == pytest.approx({"difference": 0.0, "low": -0.98, "high": 0.98}, abs=1e-4)


def test_another_store_is_not_taken_for_a_simulated_one(loan_store, tmp_path):
    with pytest.raises(ContractError, match="is no simulated store; expected one that 'sme-credit simulate' made"):
        evaluate("simulated", loan_store.root, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_too_few_outcomes_to_judge_by_are_told(tmp_path):
    """Three firms of two months: nothing that was lent can have failed yet."""
    simulate_into(Store(tmp_path / "store"), 3, 2, 1)
    with pytest.raises(CreditError, match="has 0 defaults and 0 others with a known outcome; the ladder needs 10"):
        evaluate("simulated", tmp_path / "store", tmp_path / "out")


@pytest.mark.slow
def test_a_simulated_store_has_a_ladder_whose_figures_say_that_they_are_simulated(loan_store, tmp_path, monkeypatch):
    """By few trees; incomes of the firms that fail fall from month to month."""
    monkeypatch.setattr(boosted, "ROUNDS", 20)
    monkeypatch.setattr(cross_validation, "LADDER_SEEDS", 2)
    store = Store(shutil.copytree(loan_store.root, tmp_path / "store"))
    (store.root / "truth").mkdir()
    found = evaluate("simulated", store.root, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8")) == found
    assert (found["data"], found["n"], found["bad"], found["firms"]) == ("simulated", 60, 15, 60)
    assert found["protocol"].startswith("Simulated data: no figure here is of a real firm.")
    assert found["ladder"][-1]["features"] == len(SCORED.keys() & CATALOGUE.keys())
    assert found["ladder"][1]["auc"] > 0.95
