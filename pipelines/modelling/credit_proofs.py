"""The parts of a validation that only a credit model has: scorecard, grades, proofs, stress and limits."""

from typing import Any

import numpy as np
import pandas as pd

from models.arrays import Floats, evenly
from models.credit_model import CreditModel
from models.decide import decide, decide_table
from models.fit import scorecard_by_firm
from models.labelled import Labelled
from models.metrics import paired
from models.validation import discrimination, grade_rows, monotonicity, reasons_hold, stressed
from pipelines.modelling.settings import ValidationSettings

ROWS = 300  # spread evenly over the rows, of which every reason is proved


def credit_proofs(
    model: CreditModel, rows: Labelled, matrix: pd.DataFrame, p: Floats, settings: ValidationSettings
) -> dict[str, Any]:
    """Figures beside those that every model has; ``cells`` are the rows' grades, ``admitted`` the version's answer."""
    y, policy = rows.default, model.policy
    names, bounds = [g.grade for g in policy.grades], [g.pd_up_to for g in policy.grades]
    card = scorecard_by_firm(rows, policy.score, int(model.training["seed"]))
    answers = decide_table(matrix, model)
    looked = matrix.iloc[evenly(len(matrix), ROWS)]
    x = model.matrix(matrix)[:, : len(model.names)]
    asked = matrix["requested_amount"].to_numpy(dtype=float)
    return {
        "samples": {
            "scorecard": discrimination(y, card),
            "against_scorecard": paired(y, p, card),
        },
        "cells": [names[k] for k in np.searchsorted(bounds, p, side="left")],
        "admitted": answers["admitted"].to_numpy(dtype=bool),
        "grades": grade_rows(y, p, bounds, names, settings.gates.jeffreys_level),
        "monotonicity": monotonicity([model.booster], model.reference.fill(x), model.features),
        "reasons": reasons_hold(model, looked, decide(looked, model)),
        "stress": stressed(p, asked, settings.stress_odds, bounds),
        "limits": _limits(answers, y),
        "shifted_odds": float(np.exp(model.calibration.shift)),
    }


def _limits(answers: pd.DataFrame, y: Floats) -> dict[str, Any]:
    """How often each leg binds, the limits it gives, and the defaults behind them; who is referred is not declined."""
    admitted, referral = (answers[name].to_numpy(dtype=bool) for name in ("admitted", "referral"))
    decided = answers["binding_leg"].mask(~admitted & referral, "referral")
    table = answers.assign(bad=y).groupby(decided)
    legs = [
        {
            "leg": str(leg),
            "n": len(part),
            "share": len(part) / len(answers),
            "median": float(part["limit"].median()),
            "bad": float(part["bad"].mean()),
        }
        for leg, part in table
    ]
    return {
        "legs": sorted(legs, key=lambda line: -int(str(line["n"]))),
        "admitted": float(admitted.mean()),
        "referral": float((admitted & referral).mean()),
        "no_limit": float((~admitted & referral).mean()),
        "declined": float((~admitted & ~referral).mean()),
    }
