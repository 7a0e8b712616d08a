from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.errors import ArtifactError, CreditError
from models.decide import decide, decide_table
from models.fit import fit_credit_model
from models.labelled import Labelled
from models.limit import LEGS
from models.metrics import auc

SCALARS = ["admitted", "referral", "pd", "score", "grade", "limit", "term_months", "annual_rate", "binding_leg"]


def one(rows: pd.DataFrame, i: int = 0, **changes: float) -> pd.DataFrame:
    return rows.iloc[[i]].assign(**changes)


@pytest.fixture(scope="module")
def sound(model, rows) -> pd.DataFrame:
    """A firm of grade A that is admitted without referral."""
    table = decide_table(rows, model)
    found = np.flatnonzero((table["grade"] == "A") & table["admitted"] & ~table["referral"])
    return rows.iloc[[found[0]]]


def test_table_and_decisions_agree_to_the_last_bit(model, rows):
    table = decide_table(rows, model)
    for decision, row in zip(decide(rows, model), table.to_dict("records"), strict=True):
        whole = decision.model_dump()
        for name in SCALARS:
            assert whole[name] == row[name] or (whole[name] is None and np.isnan(row[name])), name


def test_a_row_alone_is_decided_as_in_the_batch_to_the_last_bit(model, rows):
    together = decide(rows, model)
    assert [decide(rows.iloc[[i]], model)[0] for i in range(120)] == together[:120]
    alone = pd.concat([decide_table(rows.iloc[[i]], model) for i in range(len(rows))], ignore_index=True)
    assert alone.equals(decide_table(rows, model))
    assert decide_table(rows.iloc[::-1], model)["pd"].tolist()[::-1] == together_pd(together)


def together_pd(decisions: list) -> list[float]:
    return [d.pd for d in decisions]


def test_many_chunks_keep_the_order(model, rows, monkeypatch):
    whole = decide(rows.head(50), model)
    monkeypatch.setattr("models.decide.CHUNK", 7)
    assert decide(rows.head(50), model) == whole


def test_score_and_pd_rank_alike_and_grades_follow_the_bands(model, rows):
    table = decide_table(rows, model).sort_values("pd")
    assert (np.diff(table["score"]) <= 0).all()
    assert table["grade"].is_monotonic_increasing
    assert set(table["grade"]) <= set("ABCDE")


def test_points_mean_what_the_policy_says(model, rows):
    table = decide_table(rows, model)
    odds = (1 - table["pd"]) / table["pd"]
    assert (600 + 40 * np.log2(odds / 20)).to_numpy() == pytest.approx(table["score"].to_numpy())


def test_the_probability_has_the_interval_of_its_calibration_or_none(model, rows):
    """A deviation of 0.5 in the intercept alone is 1.96 x 0.5 either way in log-odds."""
    told = replace(model.calibration, covariance=((0.25, 0.0), (0.0, 0.0)))
    for decision in decide(rows.head(20), replace(model, calibration=told)):
        ends = np.array([decision.pd_low, decision.pd, decision.pd_high])
        assert np.diff(np.log(ends / (1 - ends))) == pytest.approx([0.979982, 0.979982], abs=1e-6)
    untold = decide(rows.head(1), replace(model, calibration=replace(told, covariance=None)))[0]
    assert (untold.pd_low, untold.pd_high) == (None, None)


def test_a_decline_has_limit_zero_and_nothing_that_does_not_apply(model, sound):
    decision = decide(sound.assign(months_observed=5.0), model)[0]
    assert (decision.admitted, decision.referral, decision.limit) == (False, False, 0)
    assert decision.binding_leg == "admission"
    assert decision.term_months is decision.annual_rate is None
    assert decision.reasons[0].code == "admission.months_observed"
    assert decision.reasons[0].zh == "可见资金流水不足6个月"
    assert decision.reasons[0].effect == "declines"


def test_lines_that_cannot_be_believed_are_the_first_reason_of_a_decline(model, sound):
    below = decide(sound.assign(credibility_score_12m=59.9, months_observed=5.0), model)[0]
    assert (below.admitted, below.limit, below.binding_leg) == (False, 0, "admission")
    assert [(r.code, r.effect) for r in below.reasons[:2]] == [
        ("admission.credibility", "declines"),
        ("admission.months_observed", "declines"),
    ]
    assert below.reasons[0].zh == "流水可信度评分低于60分"
    assert below.reasons[0].en == "credibility of the account lines below 60 of 100 points"


@pytest.mark.parametrize("score", [60.0, 100.0, np.nan])
def test_lines_at_the_floor_or_none_at_all_pass(model, sound, score):
    assert decide(sound.assign(credibility_score_12m=score), model)[0].admitted


def test_at_the_bound_a_gate_passes_and_a_referral_is_named(model, sound):
    decision = decide(sound.assign(months_observed=6.0), model)[0]
    assert (decision.admitted, decision.referral) == (True, True)
    assert [r.code for r in decision.reasons[:2]] == [f"limit.{decision.binding_leg}", "referral.thin_file"]


def test_a_missing_fact_declines_only_where_the_policy_says_so(model, sound):
    assert not decide_table(sound.assign(months_observed=np.nan), model)["admitted"].item()
    young = decide(sound.assign(firm_age_months=np.nan), model)[0]
    assert young.admitted
    assert "firm_age_months" in [gap.code for gap in young.data_gaps]


def test_the_binding_leg_is_the_smallest_and_carries_the_limit(model, rows):
    for decision in decide(rows, model):
        values = {leg.name: leg.value for leg in decision.legs if leg.value is not None}
        if decision.admitted:
            assert values[decision.binding_leg] == min(values.values())
            assert 0 <= values[decision.binding_leg] - decision.limit < 1_000
            assert decision.limit >= 10_000


def test_less_than_the_minimum_is_a_decline_whose_first_reason_is_the_leg(model, sound):
    decision = decide(sound.assign(requested_amount=9_999.0), model)[0]
    assert (decision.admitted, decision.limit, decision.binding_leg) == (False, 0, "admission")
    assert decision.reasons[0].code == "limit.requested"
    assert decision.reasons[0].en == "the amount requested carries less than the product's minimum of 10,000 yuan"


def test_with_nothing_to_measure_by_a_person_decides(model, sound):
    unknown = {name: np.nan for leg in LEGS if leg.appetite for name in leg.needs}
    decision = decide(sound.assign(**unknown), model)[0]
    assert (decision.admitted, decision.referral, decision.limit) == (False, True, 0)
    assert (decision.reasons[0].code, decision.reasons[0].effect) == ("limit.none", "refers")
    assert {"net_operating_mean_12m", "income_sum_12m"} <= {gap.code for gap in decision.data_gaps}


def test_terms_follow_the_request_within_the_policy(model, sound):
    asked = {np.nan: 12, 24.0: 24, 60.0: 36}
    for months, given in asked.items():
        assert decide(sound.assign(requested_term_months=months), model)[0].term_months == given


def test_another_term_than_asked_for_is_told_after_what_set_the_limit(model, rows):
    some = rows.assign(balance_lowest_mean_6m=rows["balance_average_mean_6m"] / 2, requested_term_months=36.0)
    table = decide_table(some, model)
    offered = some[(table["admitted"] & (table["term_months"] == 12)).to_numpy()].iloc[[0]]
    decision = decide(offered, model)[0]
    first, second = decision.reasons[:2]
    assert (first.code, second.code, second.effect) == (f"limit.{decision.binding_leg}", "term.offered", "limits")
    how = {"interest_only": "monthly interest, principal at maturity", "annuity": "equal instalments"}
    assert second.en == f"12 months, {how[decision.repayment]}: more is carried so (36 asked for)"
    assert second.zh.endswith("，可承担更多（申请36个月）")
    as_asked = decide(offered.assign(requested_term_months=12.0), model)[0]
    assert "term.offered" not in [reason.code for reason in as_asked.reasons]


def test_a_family_of_which_nothing_is_known_is_a_gap(model, sound):
    unknown = dict.fromkeys(["outflow_tax_sum_12m", "utility_gap_months_12m"], np.nan)
    gaps = {gap.code: gap for gap in decide(sound.assign(**unknown), model)[0].data_gaps}
    assert gaps["family.public_payments"].en == "not known: public payments"
    assert gaps["outflow_tax_sum_12m"].zh == "缺少：指标outflow_tax_sum_12m"


def test_a_gap_of_what_legs_alone_read_is_told_in_words(model, sound):
    assert "income_yoy_12m" not in model.names
    gaps = {gap.code: gap for gap in decide(sound.assign(income_yoy_12m=np.nan), model)[0].data_gaps}
    assert (gaps["income_yoy_12m"].zh, gaps["income_yoy_12m"].en) == (
        "缺少：近12个月真实经营收入同比",
        "not known: year-on-year change of true operating income, last 12 months",
    )


def test_columns_that_only_legs_read_may_be_absent_but_no_feature_of_the_score(model, sound):
    assert decide(sound.drop(columns=["exposure_ours"]), model)[0].admitted
    with pytest.raises(ArtifactError, match=r"lacks 1 of its columns \(income_cv_12m\); compute the features"):
        decide(sound.drop(columns=["income_cv_12m"]), model)


def test_no_rows_give_no_decisions(model, rows):
    assert decide(rows.head(0), model) == []
    assert len(decide_table(rows.head(0), model)) == 0


def test_a_feature_that_no_training_row_missed_counts_as_the_median_when_missing(model, sound):
    assert model.reference.missing[0] == 0
    median = float(model.reference.deciles[0, 4])
    unknown, typical = (decide_table(sound.assign(income_sum_12m=v), model) for v in (np.nan, median))
    assert unknown["pd"].item() == typical["pd"].item()


def test_the_fit_ranks_new_rows_and_is_the_same_for_the_same_seed(model, policy, firms, defaults, catalogue):
    fresh = firms(3_000, seed=3)
    assert auc(defaults(fresh, 3), model.probability(fresh)) > 0.7
    assert auc(defaults(fresh, 3), model.scorecard_probability(fresh)) > 0.68
    small = firms(220, seed=5)
    fits = [fit_credit_model(Labelled.of(small, defaults(small), catalogue), policy, benchmark=False) for _ in range(2)]
    assert (fits[0].probability(small) == fits[1].probability(small)).all()
    assert fits[0].training["held_out"]["n"] == 220


def test_too_few_defaults_are_refused(policy, rows, catalogue):
    with pytest.raises(CreditError, match="at least 10 defaults and 10 others, the labelled rows have 3 and 397"):
        fit_credit_model(Labelled.of(rows, [1.0] * 3 + [0.0] * 397, catalogue), policy)


def test_grey_rows_shape_no_tree_but_are_judged(policy, firms, defaults, catalogue):
    frame = firms(400, seed=11)
    outcome, grey = defaults(frame), np.arange(400) % 8 == 0
    outcome[grey] = 0.0
    fitted = fit_credit_model(Labelled.of(frame, outcome, catalogue, grey=grey), policy, benchmark=False)
    without = fit_credit_model(Labelled.of(frame[~grey], outcome[~grey], catalogue), policy, benchmark=False)
    assert fitted.booster.model_to_string() == without.booster.model_to_string()
    assert fitted.scorecard == without.scorecard
    assert fitted.training["held_out"]["n"] == 400
    assert fitted.calibration != without.calibration


def test_rows_whose_window_is_open_shape_the_trees_and_nothing_else(policy, firms, defaults, catalogue):
    frame = firms(400, seed=11)
    outcome, shown = defaults(frame), np.where(np.arange(400) < 300, 1.0, 0.5)
    fitted = fit_credit_model(Labelled.of(frame, outcome, catalogue, shown=shown), policy)
    without = fit_credit_model(Labelled.of(frame[:300], outcome[:300], catalogue), policy)
    assert fitted.booster.model_to_string() != without.booster.model_to_string()
    assert fitted.scorecard == without.scorecard
    held = fitted.training["held_out"]
    assert (held["n"], held["bad"]) == (300, outcome[:300].sum())
    assert fitted.probability(frame[:300]).mean() == pytest.approx(outcome[:300].mean(), abs=0.02)


def test_a_firm_with_many_applications_is_held_out_whole(policy, firms, catalogue):
    """Copies of one firm on both sides of a cut would make noise look like knowledge."""
    frame = pd.concat([firms(150, seed=12)] * 4, ignore_index=True)
    outcome = np.tile((np.random.default_rng(5).random(150) < 0.3).astype(float), 4)
    leaking, honest = (
        fit_credit_model(Labelled.of(frame, outcome, catalogue, groups=groups), policy, benchmark=False)
        for groups in (None, frame["enterprise_id"])
    )
    assert honest.training["held_out"]["auc"] < 0.6 < 0.7 < leaking.training["held_out"]["auc"]


@pytest.mark.parametrize(
    ("days", "first"),
    [(np.nan, None), (30.0, None), (31.0, "referral.late_here"), (90.0, "referral.late_here"),
     (91.0, "admission.defaulted_here")],
)  # fmt: skip
def test_who_paid_us_late_goes_to_a_person_and_who_defaulted_here_is_declined(model, sound, days, first):
    (found,) = decide(one(sound, days_past_due_max_12m=days), model)
    assert (found.admitted, found.referral) == (days != 91, days in (31, 90))
    told = [reason.code for reason in found.reasons if reason.effect in ("declines", "refers")]
    assert told == [first] * (first is not None)
