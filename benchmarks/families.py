"""What a family of features adds to the whole model: with it and without, the same loans and folds.

``python -m benchmarks.families STORE FAMILY ...``, of a simulated store. A family of the catalogue is taken out of it;
that of counterparties' health, which is not, is added. Held-out scores are by models of other firms, as those that
a training is calibrated on, each the mean over ``SEEDS``.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from features.catalogue import CATALOGUE, EVERY
from models.held_out import held_out_scores
from models.metrics import auc, paired_auc_difference
from pipelines.features import compute
from pipelines.modelling.credit_limit import labelled
from pipelines.modelling.recipe import last_known, rows_of
from pipelines.modelling.recipes import RECIPES
from pipelines.simulate import is_simulated
from pipelines.store import Store

SEEDS = 3


def added(matrix: pd.DataFrame, asked: pd.DataFrame, family: str) -> str:
    """A line of the figures: AUC without and with, and the paired difference with its 95 % interval (DeLong)."""
    own = [name for name, feature in EVERY.items() if feature.family == family]
    without = [name for name in CATALOGUE if name not in own]
    y = asked["default"].to_numpy(dtype=float)
    before, after = (scores(matrix, asked, names) for names in (without, [*without, *own]))
    difference, low, high = paired_auc_difference(y, after, before)
    return (
        f"{family}: {len(own)} features, {len(y)} loans, {int(y.sum())} defaults, AUC {auc(y, before):.4f} without, "
        f"{auc(y, after):.4f} with, {difference:+.4f} ({low:+.4f} to {high:+.4f})"
    )


def scores(matrix: pd.DataFrame, asked: pd.DataFrame, names: list[str]) -> np.ndarray:
    """The mean held-out score of every loan by models that read these features."""
    rows = rows_of(matrix, asked, [feature for feature in RECIPES["credit-limit"].features if feature.name in names])
    total = np.zeros(len(asked))
    for seed in range(SEEDS):
        tests, raw = held_out_scores(rows, seed, 1)
        total[tests] += raw / SEEDS
    return total


def main() -> None:
    """Print a line a family."""
    store = Store(Path(sys.argv[1]))
    if not is_simulated(store):
        raise SystemExit(
            f"{store.root}: is no simulated store; of real firms nobody has permitted all that is read here"
        )
    asked = labelled(store, last_known(store))
    matrix = compute(store, asked, names=EVERY)
    print("simulated data")
    for family in sys.argv[2:]:
        print(added(matrix, asked, family), flush=True)


if __name__ == "__main__":
    main()
