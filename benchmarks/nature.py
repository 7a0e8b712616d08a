"""Nature of account lines against the truth of a simulated world: ``python -m benchmarks.nature [STORE]``.

STORE is a folder that ``sme-credit simulate`` wrote; without it a world of 300 firms and 24 months is made and
thrown away. The rules see what a bank sees; the truth is read here alone. Truth stands in rows, findings in columns.
"""

import sys
import tempfile
from pathlib import Path

import pandas as pd

from features.engine import connect
from features.evidence.flows import flows
from pipelines.panel import rules
from pipelines.simulate import simulate_into
from pipelines.store import Store

ENTERPRISES, MONTHS, SEED = 300, 24, 17
LARGEST = 25


def main(folder: str | None = None) -> None:
    """Print the confusion by lines and by yuan, the score of each nature, and the largest confusions."""
    if folder:
        return report(found(Store(Path(folder))))
    with tempfile.TemporaryDirectory() as made:
        simulate_into(Store(Path(made)), ENTERPRISES, MONTHS, SEED)
        return report(found(Store(Path(made))))


def found(store: Store) -> pd.DataFrame:
    """Lines and yuan by true kind and nature and by the nature and rule found; latest versions only."""
    backend = connect()
    label = flows(store.facts(backend), rules())
    truth = backend.read_parquet(store.root / "truth" / "line.parquet")
    truth = truth.select("line_id", "kind", truth="nature")
    held = label.filter(label.known_until.isnull()).join(truth, "line_id")
    keys = ("kind", "direction", "truth", "nature", "rule")
    rows = held.group_by(*keys).agg(lines=held.count(), yuan=held.amount.sum().cast("float64"))
    return pd.DataFrame(rows.to_pandas())


def scores(rows: pd.DataFrame, weight: str) -> pd.DataFrame:
    """Precision, recall and F1 of each nature that is true of some line.

    >>> rows = pd.DataFrame({"truth": ["tax", "tax", "fee"], "nature": ["tax", "fee", "fee"], "lines": [3, 1, 1]})
    >>> scores(rows, "lines").round(3).values.tolist()
    [[0.5, 1.0, 0.667], [1.0, 0.75, 0.857]]
    """
    right = rows[rows.truth == rows.nature].groupby("truth")[weight].sum()
    true, told = rows.groupby("truth")[weight].sum(), rows.groupby("nature")[weight].sum()
    right = right.reindex(true.index, fill_value=0)
    told = told.reindex(true.index, fill_value=0)
    precision = (right / told.where(told > 0)).fillna(0.0)
    return pd.DataFrame({"precision": precision, "recall": right / true, "f1": 2 * right / (told + true)})


def report(rows: pd.DataFrame) -> None:
    """Print all tables."""
    with pd.option_context("display.width", 250, "display.max_columns", None, "display.max_rows", None):
        for weight, unit in (("lines", 1), ("yuan", 1e3)):
            table = rows.pivot_table(index="truth", columns="nature", values=weight, aggfunc="sum", fill_value=0)
            print(f"\n{weight}{' (thousands)' if unit > 1 else ''}\n{(table / unit).round().astype('int64')}")
            f1 = scores(rows, weight)
            print(f"\n{f1.round(3)}\nmacro-F1 by {weight}: {f1.f1.mean():.4f}")
        wrong = rows[rows.truth != rows.nature]
        for weight in ("lines", "yuan"):
            print(f"\nlargest confusions by {weight}\n{wrong.nlargest(LARGEST, weight).to_string(index=False)}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
