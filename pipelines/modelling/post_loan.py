"""Live loans with the features of firm and loan as of each date: what ``post-loan-risk`` learns from and answers."""

from datetime import date
from functools import partial
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import pyarrow as pa

from features.catalogue import CATALOGUE
from features.engine import connect, connected, register
from features.errors import CreditError
from features.knowledge import of_stretch
from features.labels import DEFAULT, post_loan_labels
from features.loan_behaviour import BEHAVIOUR, NEEDS, loan_behaviour
from models.arrays import Floats
from models.labelled import Labelled
from models.post_loan import POST_LOAN, PostLoanModel, fit_post_loan
from models.validation import monotonicity
from pipelines.features import compute
from pipelines.modelling.recipe import Recipe
from pipelines.modelling.settings import ValidationSettings
from pipelines.store import Store

MONTHS_APART = 3  # months after which a firm is learned from again
RISK_BANDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16)  # of the chance of default, each twice the one before
# What was asked for is no behaviour, and nothing is asked of a loan that runs.
OF_FIRM = {name: feature for name, feature in CATALOGUE.items() if feature.family != "application"}
FEATURES = (*OF_FIRM.values(), *BEHAVIOUR.values())


def dates(store: Store, until: date) -> list[date]:
    """First days of the months since the first loan: the whole month before is known on each."""
    first = store.facts(connect())["loan"].disbursed_on.min().to_pyarrow().as_py()
    if first is None:
        raise CreditError(
            "没有贷款，无可跟踪，请导入贷款和还款计划",
            "holds no loan, so none to follow; ingest loans and instalments",
            store.root,
        )
    begin = pd.Period(first, "M").start_time
    return [day.date() for day in pd.date_range(begin, pd.Timestamp(until), freq="MS", inclusive="left")]


def in_turn(rows: pd.DataFrame) -> pd.Series:
    """Whether it is the turn of the row's firm: each is seen every third month, a third of them in each month.

    So every calendar month has rows to be compared with later, at a third of the cost of all rows.
    """
    turn = rows["enterprise_id"].map(lambda firm: crc32(str(firm).encode()) % MONTHS_APART)
    return turn == pd.to_datetime(rows["as_of"]).dt.month % MONTHS_APART


def post_loan_rows(store: Store, until: date) -> pd.DataFrame:
    """Live loans whose default horizon was over before ``until``, with their outcomes, in a fixed order.

    Returns
    -------
    DataFrame
        ``as_of, loan_id, enterprise_id, dpd``, the horizons by name, ``default`` and ``grey`` (never).
    """
    rows = post_loan_labels(store.facts(connect()), dates(store, until), until)
    rows = rows[rows[DEFAULT].notna() & in_turn(rows)].reset_index(drop=True)
    return rows.assign(default=rows[DEFAULT] == 1, grey=False)


def post_loan_matrix(store: Store, asked: pd.DataFrame, firms: pd.DataFrame | None = None) -> pd.DataFrame:
    """Features of firm and loan of each row, from facts known before its date.

    Parameters
    ----------
    asked : ``as_of, loan_id, enterprise_id`` of loans that are live on the date.
    firms : the catalogue's features of these firms and dates, where they were computed already.

    Returns
    -------
    DataFrame
        ``enterprise_id, as_of, loan_id`` and every one of ``FEATURES`` as float64, in the order asked.
    """
    keys = asked[["enterprise_id", "as_of"]].assign(as_of=pd.to_datetime(asked["as_of"])).reset_index(drop=True)
    if firms is None:
        firms = compute(store, keys.drop_duplicates(ignore_index=True), names=CATALOGUE)
    wide = keys.assign(loan_id=asked["loan_id"].to_numpy()).merge(firms, "left", ["enterprise_id", "as_of"])
    found = _behaviour(store, wide)
    return pd.concat([wide[["enterprise_id", "as_of", "loan_id"]], wide[list(OF_FIRM)], found], axis=1)


def _proofs(
    model: PostLoanModel, rows: Labelled, matrix: pd.DataFrame, p: Floats, settings: ValidationSettings
) -> dict[str, Any]:
    """The parts of a validation that this model has of its own: bands of risk, and each hazard's steps."""
    del rows, settings
    boosters = [hazard.booster for hazard in model.hazards.values()]
    names = [f"≤ {high:.1%}" for high in RISK_BANDS] + [f"> {RISK_BANDS[-1]:.1%}"]
    return {
        "cells": [names[k] for k in np.searchsorted(RISK_BANDS, p, side="left")],
        "monotonicity": monotonicity(boosters, model.matrix(matrix), model.features),
    }


def _behaviour(store: Store, wide: pd.DataFrame) -> pd.DataFrame:
    with connected() as backend:
        facts = of_stretch(store.facts(backend), ("loan", "instalment"), set(wide["enterprise_id"]))
        rows = wide[["loan_id", "as_of", *NEEDS]].assign(row=range(len(wide)))
        rows["as_of"] = rows["as_of"].dt.date
        schema = pa.schema(
            [("loan_id", pa.string()), ("as_of", pa.date32()), *((n, pa.float64()) for n in NEEDS), ("row", pa.int64())]
        )
        asked = register(backend, "asked", pa.Table.from_pandas(rows, schema=schema, preserve_index=False))
        found: pd.DataFrame = loan_behaviour(facts, asked, sorted(set(rows["as_of"]))).to_pandas()
    return found.set_index("row").reindex(range(len(wide))).reset_index(drop=True)


RECIPE = Recipe(
    name=POST_LOAN,
    rows=post_loan_rows,
    features=FEATURES,
    fit=partial(fit_post_loan, features=FEATURES),
    scope=lambda: (
        "模型对每笔在贷贷款给出未来 12 个月内违约的概率（逾期超过 90 天、困难重组、担保代偿、破产或核销，"
        "续贷视同延续），另给出 3 个月内首次逾期超过 30 天的概率；本报告检验前者。"
        "样本为每月首日的在贷贷款，每家企业每季一次；当日已违约的、12 个月结果尚不可知的不在其内。",
        "For each live loan the model gives the probability of default within 12 months (more than 90 days past due, "
        "distressed restructuring, a guarantor's payment, insolvency or write-off; a renewal continues the loan), and "
        "that of being more than 30 days past due for the first time within 3 months; this report judges the former. "
        "Rows are live loans on the first day of a month, each firm once a quarter; loans in default by then are not "
        "among them, nor those whose 12 months are not over.",
    ),
    without=(
        "贷后名单按信号得分排序（monitor 不依赖本模型）。",
        "the watch list is ranked by points of signals; monitor runs without this model.",
    ),
    unseen=(
        "未授权查询的企业不在监测之内，其风险未知。",
        "Firms without consent are not read after the loan: their risk is not seen.",
    ),
    matrix=post_loan_matrix,
    proofs=_proofs,
)
