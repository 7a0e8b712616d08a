import numpy as np
import pandas as pd
import pytest

from features.errors import ArtifactError, CreditError
from features.labels import DEFAULT, LATE
from features.loan_behaviour import BEHAVIOUR
from models.artefact import load, save
from models.boosted import monotone_violations
from models.post_loan import fit_post_loan

FEATURES = [BEHAVIOUR[name] for name in ("loan_age_months", "loan_days_late_max", "loan_overdue_share", "loan_rate")]
FEW = {"rounds": 60}


def rows(n=1500, seed=0):
    random = np.random.default_rng(seed)
    matrix = pd.DataFrame({f.name: random.integers(0, 20, n).astype(float) for f in FEATURES})
    chance = 0.02 + 0.012 * matrix["loan_days_late_max"] * (matrix["loan_age_months"] < 12)
    asked = pd.DataFrame({
        "enterprise_id": [f"E{k}" for k in random.integers(0, n // 3, n)],
        "as_of": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 700, n), unit="D"),
        LATE: (random.random(n) < chance / 2).astype(float),
        DEFAULT: (random.random(n) < chance).astype(float),
    })  # fmt: skip
    asked.loc[::7, LATE] = np.nan  # late already: no row of this horizon
    return matrix, asked


@pytest.fixture(scope="module")
def fitted():
    matrix, asked = rows()
    return fit_post_loan(matrix, asked, features=FEATURES, settings=FEW), matrix, asked


def test_each_horizon_has_its_own_calibrated_chance(fitted):
    model, matrix, asked = fitted
    risk = model.risk(matrix)
    assert list(risk) == [LATE, DEFAULT]
    for horizon in risk:
        told = asked[horizon].notna()
        assert risk.loc[told, horizon].mean() == pytest.approx(asked.loc[told, horizon].mean(), rel=0.15)
    np.testing.assert_array_equal(model.probability(matrix), risk[DEFAULT])
    assert model.training["horizons"][LATE]["n"] == asked[LATE].notna().sum()


def test_the_chance_never_falls_with_a_longer_delay(fitted):
    model, matrix, _ = fitted
    for hazard in model.hazards.values():
        directions = [f.direction for f in model.features]
        assert directions == [0, 1, 1, 0]
        assert monotone_violations(hazard.booster, model.matrix(matrix), directions) == []


def test_a_saved_model_answers_the_same_and_a_changed_one_is_refused(fitted, tmp_path):
    model, matrix, _ = fitted
    folder = save(model, tmp_path / "model")
    pd.testing.assert_frame_equal(load(folder).risk(matrix), model.risk(matrix), check_exact=True)
    assert load(folder).baseline.to_json() == model.baseline.to_json()
    text = folder / f"calibration-{LATE}.json"
    text.write_text(text.read_text().replace("0.", "1.", 1))
    with pytest.raises(ArtifactError, match="changed since the model was saved"):
        load(folder)


def test_too_few_bad_loans_are_told(fitted):
    _, matrix, asked = fitted
    with pytest.raises(CreditError, match=r"training late_3m needs at least 10 loans that reached the state .* have 0"):
        fit_post_loan(matrix, asked.assign(**{LATE: 0.0}), features=FEATURES, settings=FEW)


def test_a_matrix_that_lacks_a_column_is_refused(fitted):
    model, matrix, _ = fitted
    with pytest.raises(ArtifactError, match=r"the matrix of loans lacks 1 of its columns \(loan_rate\)"):
        model.risk(matrix.drop(columns="loan_rate"))
