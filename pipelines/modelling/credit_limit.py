"""``credit-limit``: applications with their outcome and the cash flow that came, and the model that learns of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from features.cash_flow import FLOWS, coming_cash_flow
from features.catalogue import SCORED, scored
from features.engine import connect, connected, register
from features.errors import PolicyError
from features.labels import Outcome, default_labels, open_labels
from models.capacity import LEVEL_FEATURES, SHAPE_FEATURES, fit_capacity
from models.credit_model import CREDIT_LIMIT, CreditModel
from models.fit import fit_credit_model
from models.scorecard_sql import scorecard_sql
from pipelines.features import questions
from pipelines.modelling.credit_proofs import credit_proofs
from pipelines.modelling.recipe import Recipe, rows_of
from pipelines.modelling.refused import refused_part
from pipelines.modelling.settings import training_settings
from pipelines.panel import panel
from pipelines.policy import current_policy
from pipelines.settings import conf_path
from pipelines.store import Store


def labelled(store: Store, known_before: date) -> pd.DataFrame:
    """The applications to learn from with their outcomes, in a fixed order.

    Returns
    -------
    DataFrame
        ``application_id, enterprise_id, as_of, requested_amount, requested_term_months, default, grey``.
    """
    frame: pd.DataFrame = default_labels(store.facts(connect()), known_before, _outcome()).to_pandas()
    return frame.sort_values("application_id", ignore_index=True)


def _outcome() -> Outcome:
    """What counts as a default; raises ``PolicyError`` where prices are made of a probability within other months."""
    outcome, months = Outcome(**training_settings().outcome.model_dump()), current_policy().price.pd_months
    if outcome.window_months != months:
        raise PolicyError(
            f"outcome.window_months 为 {outcome.window_months}，policy.yaml 的 price.pd_months 为 {months:g}，应一致",
            f"outcome.window_months is {outcome.window_months}, and price.pd_months of policy.yaml {months:g}; "
            "they must be the same",
            conf_path("training.yaml"),
        )
    return outcome


def _scope() -> tuple[str, str]:
    by = _outcome()
    return (
        f"模型给出违约概率；违约为逾期超过 {by.default_days} 天、困难重组、担保代偿、破产或核销，观察窗为放款后 "
        f"{by.window_months} 个月（一年期及以内至到期后 {by.after_maturity_days} 天），续贷视为同一敞口。"
        f"{by.grey_days + 1} 至 {by.default_days} 天不参与训练，验证按未违约计。"
        "观察窗未满的贷款按其账龄已显现的违约比例参与训练，不参与验证、校准与评分卡。",
        f"The model gives a probability of default: more than {by.default_days} days past due, distressed "
        f"restructuring, a guarantor's payment, insolvency or write-off within {by.window_months} months of "
        f"disbursement, for terms up to a year at least until {by.after_maturity_days} days after maturity; a renewal "
        f"continues the exposure. {by.grey_days + 1} to {by.default_days} days past due is left out of fitting and "
        "counts as no default here. Loans whose window is open teach the ranking by the share of defaults that show "
        "by their age; validation, calibration and scorecard leave them out.",
    )


def _rows(store: Store, known_before: date) -> pd.DataFrame:
    """The applications, with the cash flow of the year after each."""
    asked = labelled(store, known_before)
    return asked.join(coming_year(store, asked, known_before))


def _fit(
    matrix: pd.DataFrame,
    asked: pd.DataFrame,
    *,
    seed: int,
    settings: Mapping[str, Any],
    training: Mapping[str, Any],
) -> CreditModel:
    rows, tendency = rows_of(matrix, asked, scored(matrix)), training_settings().central_tendency.get(CREDIT_LIMIT)
    about = {**training, "outcome": training_settings().outcome.model_dump()}
    model = fit_credit_model(
        rows, current_policy(), seed=seed, settings=settings, central_tendency=tendency, training=about
    )
    whole = (asked["shown"] == 1).to_numpy()
    return with_capacity(model, matrix[whole], asked[whole])


def with_capacity(model: CreditModel, matrix: pd.DataFrame, asked: pd.DataFrame) -> CreditModel:
    """The model with a capacity model of the rows whose twelve months had passed; without one where they are too few.

    Parameters
    ----------
    matrix : features of the rows that the model was trained on.
    asked : the same rows with ``enterprise_id``, ``as_of`` and what ``coming_year`` tells.
    """
    capacity = fit_capacity(
        {name: matrix[name].to_numpy(dtype=float) for name in (*LEVEL_FEATURES, *SHAPE_FEATURES)},
        asked["net_operating"].to_numpy(dtype=float),
        asked["drawings"].to_numpy(dtype=float),
        pd.to_datetime(asked["as_of"]).to_numpy(dtype="datetime64[D]"),
        asked["enterprise_id"].to_numpy(dtype=str),
        model.policy.legs.capacity.living_costs,
        int(model.training["seed"]),
    )
    return replace(model, capacity=capacity)


def coming_year(store: Store, asked: pd.DataFrame, known_before: date) -> pd.DataFrame:
    """``net_operating`` and ``drawings`` of the year after each row, in its order; NaN where it had not passed."""
    with connected() as backend:
        population = register(backend, "population", questions(asked))
        frame: pd.DataFrame = coming_cash_flow(panel(store, backend)["flow"], population).to_pandas()
    frame = frame.sort_values("row", ignore_index=True)
    passed = pd.to_datetime(frame["known_before"]) <= np.datetime64(known_before)
    return frame[list(FLOWS)].where(passed)


RECIPE = Recipe(
    name=CREDIT_LIMIT,
    rows=_rows,
    open=lambda store, known_before: open_labels(store.facts(connect()), known_before, _outcome()),
    features=tuple(SCORED.values()),
    fit=_fit,
    scope=_scope,
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
)
