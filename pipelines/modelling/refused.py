"""The applications that were answered no, and what a model says of them: an interval beside those lent to by lot."""

from typing import Any

import pandas as pd

from features.engine import connect
from features.labels import as_asked
from models.arrays import Floats, evenly
from models.credit_model import CreditModel
from models.refused import against, bounds, by_grade
from pipelines.features import compute
from pipelines.modelling.settings import ValidationSettings
from pipelines.store import Store

DECLINED, BY_LOT = "declined", "admitted_at_random"


def applications(store: Store) -> pd.DataFrame:
    """Every application as it was put, with the bank's last answer, in a fixed order.

    Returns
    -------
    DataFrame
        ``application_id, enterprise_id, as_of, requested_amount, requested_term_months, answer``.
    """
    every = store.facts(connect())["application"]
    versions = every.to_pandas().sort_values("known_at", kind="stable")
    answers = versions.drop_duplicates("application_id", keep="last").set_index("application_id")["outcome"]
    frame = as_asked(every).to_pandas()
    told = frame[["application_id", "enterprise_id"]].assign(
        as_of=frame["applied_on"],
        requested_amount=frame["amount"].astype(float),
        requested_term_months=frame["term_months"].astype(float),
        answer=frame["application_id"].map(answers),
    )
    ordered: pd.DataFrame = told.sort_values("application_id", ignore_index=True)
    return ordered


def refused_part(
    store: Store, model: CreditModel, asked: pd.DataFrame, y: Floats, p: Floats, settings: ValidationSettings
) -> dict[str, Any]:
    """Figures of a validation about the applications that were declined; none where there are none.

    Parameters
    ----------
    asked : the labelled rows, with their outcome ``y`` and their probability ``p`` by a model of other firms.

    Returns
    -------
    ``refused`` with ``declined``, ``looked`` (so many of them, spread evenly), ``odds``, ``whole``, ``grades`` and
    ``by_lot``; the last is None with too few applications that were lent to by lot.
    """
    answered, bound = applications(store), settings.refused
    declined = answered[answered["answer"] == DECLINED]
    if declined.empty:
        return {}
    odds, grades = bound.odds_between, model.policy.grades
    even = declined.sort_values(["as_of", "application_id"]).iloc[evenly(len(declined), bound.most)]
    looked = model.probability(compute(store, even.reset_index(drop=True)))
    lot = asked["application_id"].isin(answered.loc[answered["answer"] == BY_LOT, "application_id"]).to_numpy()
    found = {
        "declined": len(declined),
        "looked": len(even),
        "odds": list(odds),
        "whole": bounds(looked, odds),
        "grades": by_grade(looked, odds, [g.pd_up_to for g in grades], [g.grade for g in grades]),
        "by_lot": against(y[lot], p[lot], odds) if lot.sum() >= bound.fewest else None,
    }
    return {"refused": found}
