import json

import numpy as np
import pandas as pd
import pytest

from models import boosted
from models.metrics import auc
from pipelines.evaluation import evaluate, loan_age, sba
from pipelines.evaluation.sba import MAIN, SPLITS, STRICT, columns, outcome, read_sba


def loans(*rows):
    frame = pd.DataFrame(rows, columns=["approved", "disbursed", "charged_off", "charged_off_on"])
    days = ["approved", "disbursed", "charged_off_on"]
    return frame.astype(dict.fromkeys(days, "datetime64[us]"))


def test_an_outcome_is_told_only_when_the_whole_window_was_watched():
    frame = loans(
        ("2004-01-01", "2004-01-31", 1.0, "2005-01-30"),  # within 12 months
        ("2004-01-01", "2004-01-31", 1.0, "2005-01-31"),  # on the day after the window
        ("2004-01-01", "2004-01-31", 0.0, None),
        ("2004-01-01", "2004-01-31", np.nan, None),
        ("2004-01-01", "2004-01-31", 1.0, None),
        ("2009-06-01", "2009-06-30", 0.0, None),  # window ends after the last charge-off that is told
        ("2004-01-01", "2004-01-31", 1.0, "2010-06-29"),
    )
    assert outcome(frame, 12).tolist() == pytest.approx([1, 0, 0, np.nan, np.nan, np.nan, 0], nan_ok=True)


def test_half_years_after_the_last_day_told_are_not_rows():
    frame = loans(("2004-01-01", "2004-01-31", 1.0, "2005-03-01"), ("2004-01-01", "2004-03-01", 0.0, None))
    frame = frame.assign(**dict.fromkeys(("NoEmp", "CreateJob", "RetainedJob", "FranchiseCode", "UrbanRural"), "1"))
    frame = frame.assign(NAICS="722110", NewExist="1", RevLineCr="Y", LowDoc="N", State="CA", BankState="CA")
    rows, x = loan_age.panel(frame.assign(amount=100.0, guaranteed=50.0))
    # the second is watched for exactly a year, until the day of the first one's charge-off in its third half-year
    assert rows[["loan", "period", "event"]].to_numpy().tolist() == [[0, 0, 0], [0, 1, 0], [0, 2, 1], [1, 0, 0]]
    assert x["age_months"].tolist() == [0.0, 6.0, 12.0, 0.0]
    assert rows["left"].tolist()[:3] == [pd.NaT, pd.NaT, pd.Timestamp("2005-03-01")]


@pytest.fixture(scope="module")
def register(shared_data):
    return read_sba(shared_data / "sba")[0]


def test_splits_go_forward_in_time(register):
    for split in SPLITS:
        learn, judge = split.rows(register)
        assert not (learn & judge).any()
        assert register.loc[learn, "approved"].max() < register.loc[judge, "approved"].min()
    learn, judge = STRICT.rows(register)
    told = register.loc[learn, "disbursed"] + pd.DateOffset(months=STRICT.window)
    assert told.max() < register.loc[judge, "approved"].min()


def test_no_column_tells_paid_from_charged_off_by_itself(register):
    learn, judge = MAIN.rows(register)
    y, x = outcome(register, MAIN.window)[learn | judge], columns(register)[learn | judge]
    areas = {name: auc(y, x[name].fillna(x[name].median())) for name in x}
    assert max(abs(area - 0.5) for area in areas.values()) < 0.25, areas


@pytest.mark.slow
def test_the_whole_run_writes_figures_predictions_page_and_quarantine(shared_data, tmp_path, monkeypatch):
    monkeypatch.setattr(boosted, "ROUNDS", 30)
    monkeypatch.setattr(sba, "SEEDS", 1)
    monkeypatch.setattr(loan_age, "ORIGINS", ("2008-01-01",))
    source = pd.read_csv(shared_data / "sba" / "sba_national_subset.csv.gz", dtype="string", keep_default_na=False)
    blank = source[source["DisbursementDate"] == ""].head(3)
    part = pd.concat([blank, source[source["DisbursementDate"] != ""].iloc[::8]])
    part.to_csv(tmp_path / "loans.csv", index=False)
    metrics = evaluate("sba", tmp_path / "loans.csv", tmp_path / "out")
    assert json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8")) == metrics
    assert metrics["kept"] + sum(metrics["quarantined"].values()) == metrics["rows_in"] == len(part)
    assert metrics["quarantined"]["no_disbursement_date"] == 3
    assert len(pd.read_parquet(tmp_path / "out" / "quarantine.parquet")) == sum(metrics["quarantined"].values())
    predictions = pd.read_csv(tmp_path / "out" / "predictions.csv")
    assert len(predictions) == metrics["kept"]
    assert predictions["pd"].between(0, 1).all()
    assert (predictions["part"] == "judged").sum() == metrics["n"]
    assert [tried["name"] for tried in metrics["configurations_tried"]] == [split.name for split in SPLITS]
    hazard = metrics["hazard"]
    for split in (hazard, hazard["strict"]):  # what is told meanwhile brings the level nearer
        fitted, restated = (abs(np.log(part["observed_to_expected"])) for part in (split, split["restated"]))
        assert restated < fitted
        assert sum(year["observed"] for year in split["restated"]["by_year_of_age"]) == split["bad"]
    page = (tmp_path / "out" / "hazard.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2 * 4  # each as wide as a page, and as a telephone
    assert "<script" not in page
    assert page.count("://") == page.count("http://www.w3.org/")
