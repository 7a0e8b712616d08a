import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binomtest

from models.intervals import jeffreys, jeffreys_p_value, wilson
from models.metrics import auc, auc_interval
from models.validation import by_cohort, calibration, curves, decline, grade_rows, reasons_hold, segments, stressed


def sample(n: int, seed: int = 0, slope: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes drawn from log-odds, and probabilities whose log-odds are ``slope`` times as far from the middle."""
    random = np.random.default_rng(seed)
    odds = random.normal(-2, 1, n)
    y = (random.random(n) < 1 / (1 + np.exp(-odds))).astype(float)
    return y, 1 / (1 + np.exp(-(-2 + slope * (odds + 2))))


@given(st.integers(0, 50), st.integers(1, 50))
def test_wilsons_interval_is_that_of_scipy(bad, others):
    n = bad + others
    theirs = binomtest(bad, n).proportion_ci(0.95, "wilson")
    assert wilson(bad, n) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@given(st.integers(1, 30), st.integers(1, 30))
def test_jeffreys_interval_leaves_a_fortieth_on_each_side(bad, others):
    low, high = jeffreys(bad, bad + others)
    spread = beta(bad + 0.5, others + 0.5)
    assert (spread.cdf(low), spread.sf(high)) == pytest.approx((0.025, 0.025))
    assert jeffreys_p_value(bad, bad + others, low) == pytest.approx(0.025)


def test_delongs_deviation_is_that_of_resampled_rows():
    y, p = sample(400)
    random = np.random.default_rng(3)
    bad, good = p[y == 1], p[y == 0]
    again = []
    for _ in range(600):
        drawn = random.choice(bad, len(bad)), random.choice(good, len(good))
        again.append(auc(np.repeat([1, 0], [len(bad), len(good)]), np.concatenate(drawn)))
    area, low, high = auc_interval(y, p)
    assert low < area < high
    assert (high - low) / 2 / 1.96 == pytest.approx(np.std(again), rel=0.15)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=60))
def test_the_area_under_the_curve_is_the_auc(pairs):
    y, p = np.array([float(b) for b, _ in pairs]), np.array([s / 10 for _, s in pairs])
    if not 0 < y.sum() < len(y):
        return
    points = curves(y, p)
    x, height = [q["good"] for q in points], [q["bad"] for q in points]
    assert np.trapezoid(height, x) == pytest.approx(auc(y, p))


def test_calibration_tells_right_from_wrong_probabilities():
    y, p = sample(8_000)
    right = calibration(y, p, 0.99)
    assert right["holds"]
    assert right["slope_low"] < 1 < right["slope_high"]
    y, far = sample(8_000, slope=2.0)
    assert calibration(y, far, 0.99)["slope_high"] < 0.6  # spread twice as wide: slope one half
    assert not calibration(y, np.clip(far * 2, 0, 0.99), 0.99)["holds"]


def test_a_grade_whose_probability_is_far_too_low_does_not_hold():
    p = np.repeat([0.01, 0.2], 200)
    y = np.concatenate([np.arange(200) < 20, np.arange(200) < 40]).astype(float)  # 10 % and 20 %
    first, second = grade_rows(y, p, [0.05, 1.0], ["A", "B"], 0.99)
    assert (first["grade"], first["bad"], first["holds"], second["holds"]) == ("A", 20, False, True)
    assert first["p_value"] < 1e-6
    assert second["p_value"] == pytest.approx(0.5, abs=0.05)


def test_few_rows_are_not_told_apart_and_low_admission_is_marked_only_beyond_doubt():
    cells = ["a"] * 100 + ["b"] * 100 + ["c"] * 5 + ["d"] * 4
    admitted = np.array([True] * 60 + [False] * 40 + [True] * 30 + [False] * 70 + [False] * 9)
    y, p = np.zeros(209), np.full(209, 0.05)
    a, b, rest = segments(y, p, {"x": cells}, admitted, 30)["x"]
    assert rest == {"segment": "", "n": 9, "hidden": True}
    assert (a["admitted"], b["admitted"]) == (0.6, 0.3)
    assert a["impact"] == pytest.approx(0.6 / (90 / 209))
    # the upper end of 30 of 100 is 0.396: over 0.431 it is 0.92, no evidence; of 10 of 100 it would be 0.41
    assert not b["low_impact"]
    fewer = np.array([True] * 60 + [False] * 40 + [True] * 10 + [False] * 99)
    assert segments(y, p, {"x": cells}, fewer, 30)["x"][1]["low_impact"]


def test_a_score_that_ceases_to_rank_declines():
    y, p = sample(2_000)
    random = np.random.default_rng(5)
    later = np.arange(2_000) >= 1_000
    shuffled = np.where(later, random.permutation(p), p)
    assert decline(y, shuffled, later)["p_value"] < 0.001
    assert decline(y, p, later)["p_value"] > 0.01
    assert decline(y, p, np.ones(2_000, dtype=bool)) is None


def test_a_cohort_with_few_defaults_has_no_auc():
    y = np.array([1.0] * 5 + [0.0] * 15 + [1.0] * 4 + [0.0] * 16)
    early, late = by_cohort(["2023H1"] * 20 + ["2023H2"] * 20, y, np.linspace(0, 1, 40))
    assert early["auc"] == 0.0
    assert (late["n"], late["bad"], "auc" in late) == (20, 4, False)


def test_stress_multiplies_odds():
    base, twice = stressed(np.array([0.1, 0.5]), np.array([100.0, 0.0]), [2.0], [0.15, 1.0])
    assert base["weighted"] == pytest.approx(0.1)
    assert twice["predicted"] == pytest.approx((2 / 11 + 2 / 3) / 2)
    assert twice["weighted"] == pytest.approx(2 / 11)
    assert twice["migrated"] == 0.5


def test_a_reason_that_does_not_hold_is_found(model, rows):
    """A feature that the firm has at its best cannot raise its risk: told as a reason, it is a violation."""
    from models.decide import decide

    looked = rows.head(60)
    told = decide(looked, model)
    proof = reasons_hold(model, looked, told)
    assert proof["checked"] > 60
    assert proof["violations"] == []
    index = next(i for i, d in enumerate(told) for r in d.reasons if r.effect == "raises_risk")
    name = next(r.code for r in told[index].reasons if r.effect == "raises_risk")
    best = model.reference.good([f.direction for f in model.features])[model.names.index(name)]
    improved = looked.assign(**{name: np.where(np.arange(60) == index, best, looked[name])})
    found = reasons_hold(model, improved, told)["violations"]
    assert {"enterprise_id": told[index].enterprise_id, "feature": name} in found
