import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from models.drift import Baseline, baseline, drift, index, p_value, shares

MONTHS = pd.date_range("2024-01-01", "2024-12-01", freq="MS")


def panel(firms, seed, rows=4, move=0.0):
    """Firms of ten inputs that hardly change from row to row; the first input of every firm moved."""
    random = np.random.default_rng(seed)
    own = np.repeat(random.normal(size=(firms, 10)), rows, axis=0)
    values = own + 0.1 * random.normal(size=own.shape)
    values[:, 0] += move
    return pd.DataFrame(values, columns=[f"x{j}" for j in range(10)]), pd.Series(np.repeat(np.arange(firms), rows))


@pytest.fixture(scope="module")
def held():
    frame, firms = panel(1200, 0, rows=12)
    return baseline(frame, firms, pd.Series(np.tile(MONTHS, 1200)))


def test_the_index_by_hand():
    # two firms below 1.5 and two above, then one and three: (2.5, 2.5, 0.5) / 5.5 against (1.5, 3.5, 0.5) / 5.5
    before, now = (shares(np.array(v), np.arange(4), np.array([1.5])) for v in ([1.0, 1, 2, 2], [1.0, 2, 2, 2]))
    by_hand = (1 / 5.5) * np.log(2.5 / 1.5) + (1 / 5.5) * np.log(3.5 / 2.5)
    assert index(before, now) == pytest.approx(by_hand)


def test_two_shares_are_tested_as_two_means():
    # one cut, nothing missing: Student's t test of the share above the cut
    a, b = np.r_[np.ones(60), np.zeros(40)], np.r_[np.ones(22), np.zeros(28)]
    found = p_value(*(shares(v, np.arange(len(v)), np.array([0.5])) for v in (a, b)))
    assert found == pytest.approx(ttest_ind(a, b).pvalue, rel=1e-9)


def test_a_stable_month_is_quiet_and_a_moved_input_is_found(held):
    quiet = drift(held, *panel(400, 1), month=3)
    assert not quiet["alarm"].any()
    moved = drift(held, *panel(400, 2, move=0.8), month=3)
    assert moved.loc[moved["alarm"], "input"].tolist() == ["x0"]
    assert moved["input"].iloc[0] == "x0"
    assert (moved["against"] == "3").all()
    assert (moved["firms"] == 400).all()


def test_a_significant_change_that_is_not_material_is_no_alarm(held):
    table = drift(held, *panel(20_000, 3, rows=1, move=0.2), month=5).set_index("input")
    assert table.loc["x0", "significant"]
    assert not table.loc["x0", "material"]
    assert not table.loc["x0", "alarm"]


def test_more_rows_of_the_same_firms_are_no_more_evidence(held):
    frame, firms = panel(300, 4, rows=1)
    many = pd.concat([frame] * 50), pd.concat([firms] * 50)
    pd.testing.assert_frame_equal(drift(held, frame, firms, month=6), drift(held, *many, month=6))


def test_missing_values_are_a_share_of_their_own(held):
    frame, firms = panel(400, 5)
    frame.loc[: len(frame) // 2, "x4"] = np.nan
    assert drift(held, frame, firms, month=2).set_index("input").loc["x4", "alarm"]


def test_a_month_that_the_baseline_lacks_is_read_against_all_of_them():
    frame, firms = panel(100, 6)
    held = baseline(frame, firms, pd.Series([pd.Timestamp("2024-04-01")] * len(frame)))
    assert set(drift(held, frame, firms, month=5)["against"]) == {"all"}


def test_a_season_is_no_drift_against_the_same_month():
    frame, firms = panel(500, 7, rows=2)
    months = pd.Series(np.tile([pd.Timestamp("2024-02-01"), pd.Timestamp("2024-08-01")], 500))
    frame.loc[months.dt.month.to_numpy() == 2, "x1"] -= 2.0  # every February
    held = baseline(frame, firms, months)
    now, who = panel(500, 8, rows=1)
    now["x1"] -= 2.0
    assert not drift(held, now, who, month=2)["alarm"].any()
    assert drift(held, now, who, month=8).set_index("input").loc["x1", "alarm"]


def test_a_baseline_comes_back_from_its_text(held):
    again = Baseline.from_json(json.loads(json.dumps(held.to_json())))
    frame, firms = panel(50, 9)
    pd.testing.assert_frame_equal(drift(again, frame, firms, month=1), drift(held, frame, firms, month=1))
