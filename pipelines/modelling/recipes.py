"""The models that can be trained, by name."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

import pandas as pd

from features.catalogue import SCORED, scored
from features.engine import connect
from features.errors import CreditError
from features.labels import default_labels, open_labels
from models.credit_model import CreditModel
from models.fit import fit_credit_model
from models.post_loan import fit_post_loan
from models.scorecard_sql import scorecard_sql
from pipelines.modelling.capacity import coming_year, with_capacity
from pipelines.modelling.post_loan import (
    FEATURES,
    POST_LOAN,
    SCOPE,
    UNSEEN,
    WITHOUT,
    post_loan_matrix,
    post_loan_rows,
    proofs,
)
from pipelines.modelling.proofs import credit_proofs
from pipelines.modelling.recipe import Recipe
from pipelines.modelling.refused import refused_part
from pipelines.modelling.settings import training_settings
from pipelines.policy import current_policy
from pipelines.store import Store

CREDIT_LIMIT = "credit-limit"


def labelled(store: Store, known_before: date) -> pd.DataFrame:
    """The applications to learn from with their outcomes, in a fixed order.

    Returns
    -------
    DataFrame
        ``application_id, enterprise_id, as_of, requested_amount, requested_term_months, default, grey``.
    """
    frame: pd.DataFrame = default_labels(store.facts(connect()), known_before).to_pandas()
    return frame.sort_values("application_id", ignore_index=True)


def _rows(store: Store, known_before: date) -> pd.DataFrame:
    """The applications, with the cash flow of the year after each."""
    asked = labelled(store, known_before)
    return asked.join(coming_year(store, asked, known_before))


def last_known(store: Store) -> date:
    """The day after the last fact about a loan: later, nobody has looked how the loans fare."""
    facts = store.facts(connect())
    latest = [facts[name].known_at.max().to_pyarrow().as_py() for name in ("loan", "instalment")]
    if latest[0] is None:
        raise CreditError(
            "没有贷款，没有可学习的结果，请导入贷款和还款计划",
            "holds no loan, so no outcome to learn from; ingest loans and instalments",
            store.root,
        )
    last: date = max(day for day in latest if day is not None)
    return last + timedelta(days=1)


def _fit(
    matrix: pd.DataFrame,
    asked: pd.DataFrame,
    *,
    seed: int,
    settings: Mapping[str, Any],
    training: Mapping[str, Any],
) -> CreditModel:
    model = fit_credit_model(
        matrix,
        asked["default"].to_numpy(dtype=float),
        features=scored(matrix),
        policy=current_policy(),
        seed=seed,
        name=CREDIT_LIMIT,
        grey=asked["grey"].to_numpy(dtype=bool),
        groups=asked["enterprise_id"].tolist(),
        settings=settings,
        central_tendency=training_settings().central_tendency.get(CREDIT_LIMIT),
        training=training,
        shown=asked["shown"].to_numpy(dtype=float),
    )
    whole = (asked["shown"] == 1).to_numpy()
    return with_capacity(model, matrix[whole], asked[whole])


RECIPES = {
    CREDIT_LIMIT: Recipe(
        name=CREDIT_LIMIT,
        rows=_rows,
        open=lambda store, known_before: open_labels(store.facts(connect()), known_before),
        until=last_known,
        features=tuple(SCORED.values()),
        fit=_fit,
        scope=(
            "模型给出违约概率；违约为逾期超过 90 天、困难重组、担保代偿、破产或核销，观察窗为放款后 18 个月"
            "（一年期及以内至到期后 91 天）。31 至 90 天不参与训练，验证按未违约计。"
            "观察窗未满的贷款按其账龄已显现的违约比例参与训练，不参与验证、校准与评分卡。",
            "The model gives a probability of default: more than 90 days past due, distressed restructuring, a "
            "guarantor's payment, insolvency or write-off within 18 months of disbursement, for terms up to a year at "
            "least until 91 days after maturity. "
            "31 to 90 days past due is left out of fitting and counts as no default here. Loans whose window is open "
            "teach the ranking by the share of defaults that show by their age; validation, calibration and scorecard "
            "leave them out.",
        ),
        without=(
            "尚无正式版本、或以 score --manual-card 指定时，按 conf/manual_card.yaml 的人工评分卡计分并一律转人工；"
            "训练运行中的评分卡查询（scorecard.*.sql）亦可在特征表上计分。",
            "where no version has been promoted, or score --manual-card asks for it, points by conf/manual_card.yaml "
            "with every firm referred to a person; the query of the scorecard on the training run (scorecard.*.sql) "
            "gives points too.",
        ),
        unseen=(
            "仅观察到已放款客户的结果，被拒客户的表现未知。",
            "Outcomes are known of firms that were lent to; what refused firms would have done is not seen.",
        ),
        documents=lambda model: {
            "policy.json": model.policy.model_dump(mode="json"),
            "scorecard.json": model.scorecard.to_json(),
            **{f"scorecard.{dialect}.sql": scorecard_sql(model.scorecard, dialect) for dialect in ("duckdb", "sqlite")},
        },
        proofs=credit_proofs,
        refused=refused_part,
    ),
    POST_LOAN: Recipe(
        name=POST_LOAN,
        rows=post_loan_rows,
        until=last_known,
        features=FEATURES,
        fit=partial(fit_post_loan, features=FEATURES, name=POST_LOAN),
        scope=SCOPE,
        without=WITHOUT,
        unseen=UNSEEN,
        matrix=post_loan_matrix,
        proofs=proofs,
    ),
}


def recipe(model: str) -> Recipe:
    """The recipe of a model.

    Raises
    ------
    CreditError
        When there is none of that name.
    """
    if model not in RECIPES:
        raise CreditError(
            f"没有模型“{model}”，应为 {'、'.join(RECIPES)} 之一",
            f"model '{model}' is not known; expected one of {', '.join(RECIPES)}",
        )
    return RECIPES[model]
