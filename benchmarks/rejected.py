"""What refused applicants would have done, against what is said of them, on a simulated store: ``... rejected STORE``.

The economy is lived again from its seed. On the eve of each month a copy of it admits everybody who is not late with a
loan and lives nineteen months more: so every applicant has an outcome, refused ones among them. Models of the loans of
other firms say what they say of refused applicants (``models.refused``); beside that stands what became of those whom
the bank lent to by lot, and whether a booster that learns from refused rows too ranks better (parcelling: their
outcomes are drawn from the middle of the bounds).
"""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.catalogue import scored
from models.arrays import Flags, Floats, Places
from models.boosted import fit_booster, raw_score
from models.fit import fit_credit_model
from models.metrics import auc_interval, paired_auc_difference
from models.refused import against, times_odds
from pipelines.features import compute
from pipelines.modelling.credit_limit import labelled
from pipelines.modelling.recipe import last_known, rows_of
from pipelines.modelling.refused import applications
from pipelines.modelling.settings import validation_settings
from pipelines.policy import current_policy
from pipelines.store import Store
from simulation.economy import start
from simulation.month import live
from simulation.oracle import if_admitted
from simulation.public import Notices

FIRST, LAST = date(2022, 7, 1), date(2024, 7, 1)
FOLDS, FIFTHS, SEED = 5, 5, 0
MONTHS = 19  # eighteen from the day of any loan of the month
DECLINED, BY_LOT = "declined", "admitted_at_random"


def if_all_were_admitted(
    record: dict[str, Any], first: date = FIRST, last: date = LAST, futures: int = 0
) -> pd.DataFrame:
    """``application_id, bad`` of all who asked in these months and were not late with a loan of ours.

    Parameters
    ----------
    record : ``enterprises, months, seed, variant`` of the world.
    futures : lives with other luck after the month of the loan, over which ``bad`` is the mean; none: the luck that
        there really was.
    """
    world, calendar = start(record["enterprises"], record["months"], record["seed"], variant=record["variant"])
    kept, found = Notices(), []
    for place, month in enumerate(calendar):
        if date(month.year, month.number, 1) >= last:
            break
        if date(month.year, month.number, 1) >= first:
            ahead = calendar[place : place + MONTHS]
            lives = [if_admitted(world, kept, ahead, luck) for luck in (range(futures) if futures else (None,))]
            bad = np.mean([(loans["default"] >= 0) & (loans["default"] <= loans["day"] + 548) for _, loans in lives], 0)
            found.append(pd.DataFrame({"application_id": [f"Q{k:07}" for k in lives[0][0]], "bad": bad}))
        live(world, kept, month)
    return pd.concat(found, ignore_index=True)


def held_out(matrix: pd.DataFrame, rows: pd.DataFrame, odds: float) -> pd.DataFrame:
    """The rows with ``pd`` by models of other firms' loans, and with ``raw`` and ``raw_more`` of boosters of them.

    Parameters
    ----------
    matrix : features beside the rows.
    rows : ``enterprise_id, answer, default, grey``; the last two are missing where there was no loan or no outcome.
    odds : those of refused rows that ``raw_more`` has learned from too, as a multiple of what the model says of them.
    """
    fold = pd.util.hash_array(rows["enterprise_id"].to_numpy(dtype=object)) % FOLDS
    parts = []
    for k in range(FOLDS):
        own = np.flatnonzero(fold == k)
        parts.append(rows.iloc[own].assign(**_one_fold(matrix, rows, fold != k, own, odds)))
    return pd.concat(parts, ignore_index=True)


def _one_fold(matrix: pd.DataFrame, rows: pd.DataFrame, others: Flags, own: Places, odds: float) -> dict[str, Floats]:
    known = np.flatnonzero(others & rows["default"].notna())
    refused = np.flatnonzero(others & (rows["answer"] == DECLINED))
    model = fit(matrix.iloc[known].reset_index(drop=True), rows.iloc[known].assign(shown=1.0))
    drawn = np.random.default_rng(SEED).random(len(refused))
    parcelled = drawn < times_odds(model.probability(matrix.iloc[refused]), odds)
    x, clear = matrix[list(model.names)].to_numpy(dtype=float), known[~rows["grey"].iloc[known].to_numpy(dtype=bool)]
    y = np.r_[rows["default"].iloc[clear].to_numpy(dtype=float), parcelled]
    more = fit_booster(x[np.r_[clear, refused]], y, [f.direction for f in model.features], model.names)
    return {
        "pd": model.probability(matrix.iloc[own]),
        "raw": raw_score(model.booster, x[own]),
        "raw_more": raw_score(more, x[own]),
    }


def fit(matrix: pd.DataFrame, known: pd.DataFrame) -> Any:
    """The credit model of loans with an outcome, as far as it has ``shown``, by the policy of today."""
    return fit_credit_model(rows_of(matrix, known, scored(matrix)), current_policy(), benchmark=False)


def report(rows: pd.DataFrame, odds: tuple[float, float]) -> str:
    """Ranking of all and of the refused, calibration and bounds of the refused, and those lent to by lot.

    Parameters
    ----------
    rows : ``held_out`` with ``bad``, what would have become of each; missing where it was not lived.
    """
    lot = rows[(rows["answer"] == BY_LOT) & rows["default"].notna()]
    rows = rows[rows["bad"].notna()]
    y, p = rows["bad"].to_numpy(dtype=float), rows["pd"].to_numpy()
    refused = (rows["answer"] == DECLINED).to_numpy()
    groups = {"all": np.ones(len(y), dtype=bool), "lent to": ~refused, "refused": refused}
    lines = ["simulated data"]
    for name, some in groups.items():
        area, step = auc_interval(y[some], p[some]), _step(paired_auc_difference, rows[some])
        lines.append(f"AUC, {name}: {some.sum()} rows, {y[some].sum():.0f} bad, {_told(*area)}; parcelled {step}")
    fifths = pd.qcut(p[refused], FIFTHS, labels=False)
    table = {"refused": against(y[refused], p[refused], odds)}
    table |= {f"fifth {k + 1}": against(y[refused][fifths == k], p[refused][fifths == k], odds) for k in range(FIFTHS)}
    table["lent to"] = against(y[~refused], p[~refused], odds)
    table["by lot, as it came"] = against(lot["default"].to_numpy(dtype=float), lot["pd"].to_numpy(), odds)
    return "\n".join([*lines, pd.DataFrame(table).T.to_string()])


def _step(difference: Any, rows: pd.DataFrame) -> str:
    return _told(*difference(rows["bad"].to_numpy(dtype=float), rows["raw_more"].to_numpy(), rows["raw"].to_numpy()))


def _told(value: float, low: float, high: float) -> str:
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def main() -> None:
    """Print the tables of a store."""
    store = Store(Path(sys.argv[1]))
    record = json.loads((store.root / "truth" / "world.json").read_text(encoding="utf-8"))
    told, until = if_all_were_admitted(record), last_known(store)
    outcomes = labelled(store, until)[["application_id", "default", "grey"]]
    rows = applications(store).merge(outcomes, "left", "application_id").merge(told, "left", "application_id")
    rows = rows[rows["default"].notna() | rows["bad"].notna()].reset_index(drop=True)
    odds = validation_settings().refused.odds_between
    found = held_out(compute(store, rows), rows, float(np.sqrt(odds[0] * odds[1])))
    print(report(found, odds))


if __name__ == "__main__":
    main()
