"""How well default can be told in a simulated world: from static facts, from all features, and by the oracle."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pipelines.features import compute
from pipelines.store import Store
from simulation.economy import start
from simulation.month import live
from simulation.oracle import HORIZON, at_risk, defaults, oracle_pd
from simulation.public import Notices

CODES = ("industry", "region", "size_class", "sole_proprietor")
LABELLED = """
    with v as (select * from loan qualify row_number() over (partition by loan_id order by known_at) = 1),
         t as (select * from t_loan)
    select a.enterprise_id, a.applied_on as_of, a.application_id, a.amount::double requested_amount,
           a.term_months::double requested_term_months,
           coalesce(t.defaulted_on - t.disbursed_on <= 548, false)::int y,
           e.industry, e.region, e.size_class, e.sole_proprietor::int sole_proprietor, e.employees,
           (a.applied_on - e.founded_on) age_days
    from t join v using (loan_id) join application a on a.application_id = v.application_id
    join enterprise e on e.enterprise_id = a.enterprise_id
    where t.disbursed_on <= date '2024-06-30' order by a.application_id
"""
MOST = 7000
ORACLE_WORLD, BRANCHES = (800, 36, 1), 16


def labelled(store: Path) -> pd.DataFrame:
    """Loans whose 18 months have passed, with the day of their application, what was asked, and default 0/1."""
    con = duckdb.connect()
    for table in ("loan", "application", "enterprise"):
        con.read_parquet(f"{store}/{table}/**/*.parquet", hive_partitioning=False).create_view(table)
    con.read_parquet(f"{store}/truth/loan.parquet").create_view("t_loan")
    return con.execute(LABELLED).df()


def aucs(store: Path) -> tuple[float, float, int]:
    """Cross-validated AUC of static facts and of every feature of the catalogue, and the number of loans."""
    rows = labelled(store)
    if len(rows) > MOST:
        rows = rows.iloc[np.linspace(0, len(rows) - 1, MOST).astype(int)].reset_index(drop=True)
    asked = rows[["enterprise_id", "as_of", "application_id", "requested_amount", "requested_term_months"]]
    every = compute(Store(store), asked).drop(columns=["enterprise_id", "as_of"]).select_dtypes("number")
    y = rows["y"].to_numpy()
    return static_auc(rows), _auc(every, y), len(rows)


def static_auc(rows: pd.DataFrame) -> float:
    """A logistic regression on trade, region, size, form, staff and age: few facts, so no trees."""
    facts = pd.get_dummies(rows[[*CODES]].astype(str)).astype(float)
    facts["staff"], facts["age"] = np.log1p(rows["employees"]), np.log(rows["age_days"].clip(lower=1) + 300)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
    return _cross_validated(model, facts.to_numpy(), rows["y"].to_numpy())


def _auc(features: pd.DataFrame, y: np.ndarray) -> float:
    model = LGBMClassifier(
        n_estimators=200,
        learning_rate=0.03,
        num_leaves=8,
        min_child_samples=20,
        colsample_bytree=0.4,
        subsample=0.8,
        subsample_freq=1,
        verbose=-1,
        num_threads=1,
        random_state=0,
    )
    return _cross_validated(model, features.to_numpy(), y)


def _cross_validated(model: BaseEstimator, values: np.ndarray, y: np.ndarray) -> float:
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return float(roc_auc_score(y, cross_val_predict(model, values, y, cv=folds, method="predict_proba")[:, 1]))


def oracle_auc() -> float:
    """AUC of the oracle on the loans that live eighteen months before the end of a small world of its own."""
    world, calendar = start(*ORACLE_WORLD)
    kept, months = Notices(), calendar[-HORIZON:]
    for month in calendar[:-HORIZON]:
        live(world, kept, month)
    happened = defaults(world, kept, months)[at_risk(world)] >= 0
    return float(roc_auc_score(happened, oracle_pd(world, kept, months, BRANCHES)))
