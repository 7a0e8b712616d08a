"""What is proved of the very model that is registered: that it never moves against the catalogue, that reasons hold."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from lightgbm import Booster

from models.arrays import Floats
from models.boosted import monotone_violations
from models.credit_model import CreditModel
from models.decision import Decision
from models.feature import ModelFeature


def monotonicity(boosters: Iterable[Booster], x: Floats, features: Sequence[ModelFeature]) -> dict[str, Any]:
    """Steps of scores against a direction, on a grid of every threshold, at rows spread over ``x``."""
    directions = [f.direction for f in features]
    found = [vars(step) for booster in boosters for step in monotone_violations(booster, x, directions)]
    return {"directed": np.count_nonzero(directions), "features": len(directions), "violations": found}


def reasons_hold(model: CreditModel, frame: pd.DataFrame, decisions: Sequence[Decision]) -> dict[str, Any]:
    """Whether each feature named as a reason moves the raw score as the reason says.

    A feature that raises risk must strictly lower the score at the good decile of the training rows; one that
    supports must strictly raise it at the bad decile.

    Returns
    -------
    ``checked`` and ``violations``, each with the firm and the feature.
    """
    place = {name: j for j, name in enumerate(model.names)}
    told = [
        (i, place[reason.code], reason.effect)
        for i, decision in enumerate(decisions)
        for reason in decision.reasons
        if reason.code in place and reason.effect in ("raises_risk", "supports")
    ]
    if not told:
        return {"checked": 0, "violations": []}
    rows, columns = np.array([i for i, _, _ in told]), np.array([j for _, j, _ in told])
    against = np.array([effect == "raises_risk" for _, _, effect in told])
    directions = [f.direction for f in model.features]
    target = np.where(against, model.reference.good(directions)[columns], model.reference.bad(directions)[columns])
    before, matrix = model.raw(model.matrix(frame)), model.matrix(frame)[rows]
    matrix[np.arange(len(rows)), columns] = target
    moved = model.raw(matrix)
    holds = np.where(against, moved < before[rows], moved > before[rows])
    wrong = [(rows[k], model.names[columns[k]]) for k in np.flatnonzero(~holds)]
    return {
        "checked": len(told),
        "violations": [{"enterprise_id": decisions[i].enterprise_id, "feature": name} for i, name in wrong],
    }
