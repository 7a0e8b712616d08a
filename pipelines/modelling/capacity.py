"""The capacity model beside the credit model: what cash flow came in the year after each application."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from features.cash_flow import FLOWS, coming_cash_flow
from features.engine import connected, register
from models.capacity import LEVEL_FEATURES, SHAPE_FEATURES, fit_capacity
from models.credit_model import CreditModel
from pipelines.features import questions
from pipelines.panel import panel
from pipelines.store import Store


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
