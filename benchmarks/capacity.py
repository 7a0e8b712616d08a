"""Promised against measured coverage of the coming year's cash flow, on a simulated store: ``... capacity STORE``.

Walk forward: for each year a capacity model learns from applications whose twelve months had passed before it, and is
judged on the applications of that year, which are all of firms that got a loan.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.contract import TABLES
from features.engine import connect
from features.knowledge import newest
from models.capacity import LEVEL_FEATURES, LOW, SHAPE_FEATURES, fit_capacity
from pipelines.features import compute
from pipelines.modelling.recipe import last_known
from pipelines.modelling.recipes import RECIPES
from pipelines.store import Store

LIVING_COSTS = 9_000.0
LEAST = 50  # rows of a group, or its share says nothing


def walk_forward(matrix: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Rows that a model could be tried on: ``year, quantile, coming, limit`` and what groups are made of.

    Parameters
    ----------
    matrix : features of the applications.
    asked : the same rows with ``as_of``, ``enterprise_id``, the ``limit`` that was granted, ``net_operating`` and
        ``drawings`` of the year after.
    """
    columns = {n: matrix[n].to_numpy(dtype=float) for n in (*LEVEL_FEATURES, *SHAPE_FEATURES)}
    day = pd.to_datetime(asked["as_of"])
    coming = asked["net_operating"] - asked["drawings"].clip(0, 12 * LIVING_COSTS)
    found = []
    for year in sorted(day.dt.year.unique()):
        passed = (day + pd.DateOffset(months=13) <= pd.Timestamp(year, 1, 1)).to_numpy()
        model = _fit(columns, asked, day, passed)
        rows = np.flatnonzero((day.dt.year == year).to_numpy() & coming.notna().to_numpy())
        if model is None or not len(rows):
            continue
        quantile = model.quantile({name: values[rows] for name, values in columns.items()})
        part = {"year": year, "quantile": quantile, "coming": coming.iloc[rows]}
        groups = {"section": columns["industry_section"][rows], "size": columns["size_class"][rows]}
        found.append(pd.DataFrame(part | groups | {"limit": asked["limit"].iloc[rows]}))
    return pd.concat(found, ignore_index=True).dropna(subset=["quantile"])


def _fit(columns: dict[str, Any], asked: pd.DataFrame, day: pd.Series, rows: Any) -> Any:
    return fit_capacity(
        {name: values[rows] for name, values in columns.items()},
        asked["net_operating"].to_numpy(dtype=float)[rows],
        asked["drawings"].to_numpy(dtype=float)[rows],
        day.to_numpy(dtype="datetime64[D]")[rows],
        asked["enterprise_id"].to_numpy(dtype=str)[rows],
        LIVING_COSTS,
    )


def coverage(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Share of each group whose cash flow passed the quantile, with the 95 % interval of a share."""
    passed = (rows["coming"] >= rows["quantile"]).groupby(rows[by], observed=True).agg(["mean", "size"])
    passed = passed[passed["size"] >= LEAST]
    half = 1.96 * np.sqrt(passed["mean"] * (1 - passed["mean"]) / passed["size"])
    return passed.assign(low=passed["mean"] - half, high=passed["mean"] + half).round(3)


def report(rows: pd.DataFrame) -> str:
    """Tables by year, section, size, and tenth of the limit granted."""
    told = rows.assign(tenth=pd.qcut(rows["limit"], 10, labels=False, duplicates="drop") + 1, all="all")
    parts = [f"promised {1 - LOW:.0%}; simulated data"]
    parts += [coverage(told, by).to_string() for by in ("all", "year", "section", "size", "tenth")]
    years = coverage(told, "year")["mean"]
    parts.append(
        f"mean over years {years.mean():.3f}, mean distance to the promise {(years - (1 - LOW)).abs().mean():.3f}"
    )
    return "\n\n".join(parts)


def main() -> None:
    """Print the tables of a store."""
    store = Store(Path(sys.argv[1]))
    asked = RECIPES["credit-limit"].rows(store, last_known(store))
    loan = newest(store.facts(connect())["loan"], TABLES["loan"].key)
    limits = loan.group_by("application_id").agg(limit=loan.committed.sum().cast("float64")).to_pandas()
    asked = asked.merge(limits, "left", "application_id", validate="one_to_one")
    print(report(walk_forward(compute(store, asked), asked)))


if __name__ == "__main__":
    main()
