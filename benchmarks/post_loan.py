"""What the flows add to days past due and utilisation: ``python -m benchmarks.post_loan STORE``, a simulated world.

Live loans at the months' first days, split by time and firm: models learn from the earlier rows of other firms and
judge the later ones. The AUC is told on rows with no day past due, where the payments themselves still say nothing.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.labels import HORIZONS
from models.held_out import by_time_and_firm
from models.labelled import Labelled
from models.performance import measured, weighted_auc
from pipelines.modelling.post_loan import FEATURES, post_loan_matrix, post_loan_rows
from pipelines.modelling.recipe import last_known
from pipelines.store import Store

PLAIN = ("loan_days_past_due", "loan_utilisation")
DRAWS = 1000


def main(store: Path) -> dict[str, Any]:
    """Figures by horizon: the full model, the model on dpd and utilisation alone, and the paired difference."""
    held = Store(store)
    until = last_known(held)
    asked = post_loan_rows(held, until)
    matrix = post_loan_matrix(held, asked)
    return {horizon: compare(matrix, asked, horizon) for horizon in HORIZONS}


def compare(matrix: pd.DataFrame, asked: pd.DataFrame, horizon: str) -> dict[str, Any]:
    """Both models on the later rows with dpd 0; intervals by drawing firms again."""
    told = asked[horizon].notna().to_numpy()
    rows, y = asked[told].reset_index(drop=True), asked.loc[told, horizon].to_numpy(dtype=float)
    at = pd.to_datetime(rows["as_of"]).to_numpy().astype("datetime64[D]")
    given = {}
    for name, features in (("full", FEATURES), ("plain", [f for f in FEATURES if f.name in PLAIN])):
        found = by_time_and_firm(Labelled.of(matrix[told], y, features, groups=rows["enterprise_id"].tolist()), at, 0)
        if found is None:
            return {"rows": len(y), "bad": int(y.sum()), "told": "too few outcomes on a side of the cut"}
        later, given[name] = found
    clean = rows["dpd"].to_numpy()[later] == 0
    truth, firms = y[later][clean], rows["enterprise_id"].to_numpy()[later][clean]
    scores = {name: p[clean] for name, p in given.items()}
    return {
        "rows": len(truth),
        "firms": len(set(firms)),
        "bad": int(truth.sum()),
        **{name: vars(measured(truth, p, firms)) for name, p in scores.items()},
        "difference": _paired(truth, scores["full"], scores["plain"], firms),
    }


def _paired(y: np.ndarray, a: np.ndarray, b: np.ndarray, firms: np.ndarray) -> dict[str, float]:
    """AUC of ``a`` less that of ``b``, with the interval of firms drawn again."""
    place = pd.factorize(firms)[0]
    random = np.random.default_rng(0)

    def gap(weight: np.ndarray) -> float:
        areas = []
        for p in (a, b):
            order = np.argsort(p, kind="stable")
            areas.append(weighted_auc(p[order], (y * weight)[order], ((1 - y) * weight)[order]))
        return areas[0] - areas[1]

    count = place.max() + 1
    drawn = [gap(np.bincount(random.integers(0, count, count), minlength=count)[place]) for _ in range(DRAWS)]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return {"difference": gap(np.ones(len(y))), "low": float(low), "high": float(high)}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1])), indent=1))
