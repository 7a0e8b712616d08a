"""The section on the model: what it shows by hand, quiet in one line, and that it is drawn without fault."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from features.labels import DEFAULT, LATE
from models.drift import baseline, drift
from models.performance import Performance
from pipelines.monitor import _publish
from pipelines.report.standing import standing_section
from pipelines.report.watch_list import watch_list_page
from pipelines.settings import checked
from pipelines.watch.drift import FILES, DriftSettings, Standing, evidence
from pipelines.watch.watch_tables import Tables
from pipelines.watch.watched import current_monitoring

INPUTS = ("loan_days_past_due", "loan_age_months", "income_yoy_3m")
LEARNED = {LATE: 0.85, DEFAULT: 0.80}


def performance(auc, ratio=1.0):
    return Performance(rows=1_900, firms=1_200, bad=41, auc=auc, auc_low=auc - 0.04, auc_high=auc + 0.03,
                       ratio=ratio, ratio_low=ratio - 0.1, ratio_high=ratio + 0.1)  # fmt: skip


def standing(move, measured=None):
    """How a made-up book of 1,000 firms stands whose ``loan_age_months`` and score of default move by so much."""
    rng = np.random.default_rng(0)
    names, firms = [*INPUTS, LATE, DEFAULT], pd.Series([f"E{k}" for k in range(1_000)])
    before = pd.DataFrame(rng.normal(size=(1_000, 5)), columns=names)
    held = baseline(before, firms, pd.Series(pd.Timestamp(2024, 9, 1), before.index))
    now = before.sample(frac=1, random_state=1, ignore_index=True)
    now[["loan_age_months", DEFAULT]] += move
    now.loc[:19, "income_yoy_3m"] = np.nan  # significant, and immaterial
    inputs = drift(held, now, firms, month=9)
    awaited = {LATE: performance(0.84), DEFAULT: performance(0.79)}
    told = {} if measured is None else {DEFAULT: performance(*measured)}
    training = {"horizons": {name: {"auc": area} for name, area in LEARNED.items()}}
    said = tuple(evidence(inputs, told, awaited, training, checked(DriftSettings, "drift.yaml")))
    nothing = pd.DataFrame()
    return Standing(inputs=inputs, measured=told, expected=awaited, learned=LEARNED, migrations=nothing,
                    roll_rates={}, vintages=nothing, evidence=said)  # fmt: skip


def nothing_found():
    none = pd.DataFrame(columns=["enterprise_id", "status", "action", "risk", "asset_class", "balance", "severity",
                                 "signal", "alerts", "hit_rate", "limit_action", "points", "waits"])  # fmt: skip
    none = none.astype({"waits": bool})
    return Tables(watch_list=none, signals=none, signal_quality=none, course=none, read=[], limit_actions=none,
                  classes=none)  # fmt: skip


def page(stand):
    return watch_list_page(nothing_found(), {}, [date(2025, 9, 1)], current_monitoring(), {}, stand)


def test_what_moved_is_shown_by_its_shares():
    stand = standing(move=3.0)
    section = standing_section(stand)
    (moved,) = section["alarms"]  # significant and material
    assert stand.inputs.set_index("input").loc["income_yoy_3m", ["significant", "material"]].tolist() == [True, False]
    assert moved["name"] == "loan_age_months"
    assert (section["watched"], section["firms"], section["against"][0]) == (3, 1_000, "9月")
    assert [score["alarm"] for score in section["scores"]] == [score["name"] == DEFAULT for score in section["scores"]]
    assert len(moved["bins"]) == 5  # nothing is missing
    # a fifth of the firms stood in each bin, and nearly all stand beyond the last edge now
    first, *_, last = moved["bins"]
    assert first["before"] / last["now"] == pytest.approx(0.2, abs=0.03)
    assert last["now"] == 66.0


def test_performance_is_drawn_where_it_is_known():
    late, default = standing_section(standing(0.0, measured=(0.75, 1.2)))["performance"]
    assert [row["said"] for row in late["rows"]] == ["0.850", "—", "0.840（0.800 – 0.870）"]
    assert default["rows"][1]["said"] == "0.750（0.710 – 0.780）"
    assert default["told"] == {"rows": "1,900", "firms": "1,200", "bad": "41", "ratio": "1.20（1.10 – 1.30）"}
    assert late["told"] is None
    learned, told, _ = default["rows"]
    assert learned["x"] - told["x"] == pytest.approx(0.05 * 2 * 180)  # half an AUC is 180 pixels


def test_where_nothing_alarms_one_line_says_so():
    quiet = page(standing(0.0, measured=(0.79, 1.0)))
    assert "监测 3 项，无一漂移" in quiet
    assert "of 3 watched none has moved" in quiet
    assert "无需重新训练 No need to train again" in quiet
    assert quiet.count('<figure class="moved">') == 2  # the scores alone
    assert "No post-loan model is in use" in page(None)


def test_the_recommendation_comes_with_its_evidence_in_both_languages(opened):
    moved = page(standing(3.0, measured=(0.6, 1.6)))
    assert "建议重新训练 Train it again" in moved
    assert "评分 “12个月内违约” 漂移" in moved
    assert "“default within 12 months”: bad outcomes over those expected are 1.60 [1.50, 1.70]" in moved
    tab = opened(moved, width=1150)
    assert tab.locator("figure.moved svg").count() == 3
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1150


def test_a_month_run_again_writes_the_same_bytes_and_leaves_nothing_of_a_model_that_is_gone(tmp_path):
    def published(stand):
        _publish(nothing_found(), stand, page(stand), tmp_path, date(2025, 9, 1))
        return {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    moved = standing(3.0, measured=(0.6, 1.6))
    first = published(moved)
    assert set(FILES) < set(first)
    assert published(standing(3.0, measured=(0.6, 1.6))) == first
    assert not set(FILES) & set(published(None))
