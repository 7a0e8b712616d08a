import numpy as np
import pandas as pd
import pytest

from features.labels import DEFAULT, LATE
from models.performance import Performance
from pipelines.modelling.post_loan import in_turn
from pipelines.settings import checked
from pipelines.watch.drift import DriftSettings, _sound, evidence

TRAINING = {"horizons": {LATE: {"auc": 0.80}, DEFAULT: {"auc": 0.80}}}


def performance(auc=0.80, half=0.03, ratio=1.0, spread=0.2):
    return Performance(rows=900, firms=300, bad=40, auc=auc, auc_low=auc - half, auc_high=auc + half, ratio=ratio,
                       ratio_low=ratio - spread, ratio_high=ratio + spread)  # fmt: skip


def inputs(*alarms, count=10):
    names = [*alarms, *(f"x{k}" for k in range(count - len(alarms)))]
    return pd.DataFrame({"input": names, "psi": 0.3, "adjusted": 0.001, "alarm": [n in alarms for n in names]})


def said(table, told=None, awaited=None):
    lines = evidence(table, told or {}, awaited or {}, TRAINING, checked(DriftSettings, "drift.yaml"))
    return [en for _, en in lines]


def test_a_model_in_step_needs_no_training():
    fine = {LATE: performance(), DEFAULT: performance(ratio=1.2)}
    assert said(inputs("x9"), fine, fine) == []


def test_a_score_that_moved_and_a_fifth_of_the_inputs_call_for_training():
    assert said(inputs(LATE)) == ["the score late_3m has moved (PSI 0.300, p 0.0010)"]
    assert said(inputs("a", "b")) == ["20% of the watched inputs have moved, such as a, b"]


@pytest.mark.parametrize("auc", [0.71, 0.73])
def test_an_area_counts_as_fallen_only_when_its_whole_interval_has(auc):
    found = said(inputs(), {DEFAULT: performance(auc=auc)})
    assert bool(found) == (auc + 0.03 < 0.75)
    assert said(inputs(), awaited={DEFAULT: performance(auc=0.71)}) == [
        "default_12m: expected AUC has fallen: 0.710 [0.680, 0.740] < 0.800"
    ]


def test_outcomes_far_from_those_expected_call_for_training_on_either_side():
    for ratio in (1.5, 0.5):
        (line,) = said(inputs(), {LATE: performance(ratio=ratio)})
        assert line.startswith(f"late_3m: bad outcomes over those expected are {ratio:.2f}")
    assert said(inputs(), {LATE: performance(ratio=1.4)}) == []


def test_every_reason_is_told_in_both_languages():
    table, told = inputs(LATE, "a"), {LATE: performance(auc=0.6, ratio=2)}
    lines = list(evidence(table, told, told, TRAINING, checked(DriftSettings, "drift.yaml")))
    assert len(lines) == 5
    assert all(any("\u4e00" <= c <= "\u9fff" for c in zh) and en.isascii() for zh, en in lines)


def test_every_firm_is_learned_from_each_third_month_and_every_month_has_some():
    months = pd.date_range("2024-01-01", "2024-12-01", freq="MS")
    firms = [f"E{k}" for k in range(300)]
    rows = pd.DataFrame([(firm, month) for firm in firms for month in months], columns=["enterprise_id", "as_of"])
    kept = rows[in_turn(rows)]
    assert (kept.groupby("enterprise_id").size() == 4).all()
    gaps = kept.groupby("enterprise_id")["as_of"].apply(lambda t: (t.dt.month.diff().dropna() == 3).all())
    assert gaps.all()
    assert kept.groupby("as_of").size().between(60, 140).all()


def test_drift_looks_at_loans_that_have_not_failed_as_the_baseline_does():
    loans = pd.DataFrame({
        "loan_days_past_due": [0.0, 30, 31, 90, 91, 0, 0, 0],
        "loan_days_late_max": [np.nan, 30, 31, 90, 91, 31, 91, 0],
        "loan_restructured": [0.0, 0, 0, 0, 0, 0, 0, 1],
    })  # fmt: skip
    assert _sound(loans, DEFAULT).tolist() == [True, True, True, True, False, True, False, False]
    assert _sound(loans, LATE).tolist() == [True, True, False, False, False, False, False, False]
