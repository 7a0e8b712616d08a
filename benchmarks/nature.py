"""Nature of account lines against the truth of a simulated world: ``python -m benchmarks.nature [STORE]``.

STORE is a folder that ``sme-credit simulate`` wrote; without it a world of 300 firms and 24 months is made and
thrown away. The rules see what a bank sees; the truth is read here alone. Truth stands in rows, findings in columns.
Washed flows are found a second time by three published rules of bank-statement engines: round sums in and out on one
day, large sums in and out with one counterparty on one day, and inflows above the mean by two deviations.
"""

import sys
import tempfile
from functools import partial
from pathlib import Path

import pandas as pd

from features.engine import connect, materialise
from features.evidence.flows import flows
from pipelines.panel import rules
from pipelines.simulate import simulate_into
from pipelines.store import Store

ENTERPRISES, MONTHS, SEED = 300, 24, 17
LARGEST = 25
PUBLISHED = """
    with trade as (select *, stddev(amount::double) over w deviation, avg(amount::double) over w mean
                   from held where nature in ('operating', 'wash') window w as (partition by enterprise_id, direction)),
         a_day as (select enterprise_id, booked_at from trade where amount >= 200000 and amount % 10000 = 0
                   group by all having count(distinct direction) = 2),
         a_party as (select enterprise_id, booked_at, party from trade where amount >= 500000 and party is not null
                     group by all having count(distinct direction) = 2)
    select line_id from trade join a_day using (enterprise_id, booked_at) where amount >= 200000 and amount % 10000 = 0
    union select line_id from trade join a_party using (enterprise_id, booked_at, party) where amount >= 500000
    union select line_id from trade where direction = 'in' and amount > mean + 2 * deviation
"""
WASHED = """
    select nature = 'wash' as by_us, line_id in (from published) by_published, truth = 'wash' as washed,
           count(*) as lines, sum(amount)::double yuan from held group by all
"""


def main(folder: str | None = None) -> None:
    """Print the confusion by lines and by yuan, the score of each nature, the largest confusions and washed flows."""
    if folder:
        return report(*found(Store(Path(folder))))
    with tempfile.TemporaryDirectory() as made:
        simulate_into(Store(Path(made)), ENTERPRISES, MONTHS, SEED)
        return report(*found(Store(Path(made))))


def found(store: Store) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines and yuan by true kind and nature and by what was found, and of washed flows by who found them.

    Latest versions only.
    """
    backend = connect()
    keep = partial(materialise, backend)
    label = flows(store.facts(backend), rules(), keep)
    truth = backend.read_parquet(store.root / "truth" / "line.parquet")
    truth = truth.select("line_id", "kind", truth="nature")
    held = keep("held", lambda: label.filter(label.known_until.isnull()).join(truth, "line_id"))
    keys = ("kind", "direction", "truth", "nature", "rule")
    rows = held.group_by(*keys).agg(lines=held.count(), yuan=held.amount.sum().cast("float64"))
    backend.raw_sql(f"CREATE TEMP TABLE published AS {PUBLISHED}")
    return rows.to_pandas(), backend.raw_sql(WASHED).df()


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


def washed(rows: pd.DataFrame) -> pd.DataFrame:
    """Recall and precision of both ways to find washed flows.

    >>> rows = pd.DataFrame({"by_us": [True, True, False], "by_published": [True, False, True]})
    >>> rows = rows.assign(washed=[True, True, False], lines=[1, 3, 4], yuan=[1.0, 3.0, 4.0])
    >>> washed(rows).loc["by_published"].values.tolist()
    [0.25, 0.2, 0.25, 0.2]
    """
    told: dict[str, dict[str, float]] = {}
    for way in ("by_us", "by_published"):
        told[way] = {}
        for weight in ("lines", "yuan"):
            right = rows.loc[rows[way] & rows.washed, weight].sum()
            told[way][f"recall, {weight}"] = right / rows.loc[rows.washed, weight].sum()
            told[way][f"precision, {weight}"] = right / max(rows.loc[rows[way], weight].sum(), 1)
    return pd.DataFrame(told).T


def report(rows: pd.DataFrame, wash: pd.DataFrame) -> None:
    """Print all tables."""
    told = washed(wash)
    missed = 1 - told["recall, lines"]
    print(f"washed flows\n{told.round(3)}\nmissed, ours over published: {missed.by_us / missed.by_published:.3f}")
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
