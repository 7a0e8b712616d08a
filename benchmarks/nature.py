"""Nature of account lines against the truth of a simulated world: ``python -m benchmarks.nature [STORE [PICTURE]]``.

STORE is a folder that ``sme-credit simulate`` wrote; without it a world of 300 firms and 24 months is made and
thrown away. PICTURE is a PNG file of the confusion. The rules see what a bank sees; the truth is read here alone.
Truth stands in rows, findings in columns.
Firms whose banks word their lines in a way that the rules were not written beside, and designs of deceit that they were
not written against (docs/adr/0006), are *held out* and judged apart.

Washed flows are found a second time by three published rules of bank-statement engines: round sums in and out on one
day, large sums in and out with one counterparty on one day, and inflows above the mean by two deviations.
"""

import sys
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.confusion import confusion
from benchmarks.labels import labelled
from pipelines.simulate import simulate_into
from pipelines.store import Store
from simulation.schemes import HELD_OUT

ENTERPRISES, MONTHS, SEED = 300, 24, 17
LARGEST = 25
UNSEEN = "sixth"
HELD = """
    select label.*, line.kind, line.nature as truth, firm.held_out, ring.design
    from label join read_parquet('{truth}/line.parquet') line using (line_id)
    join read_parquet('{truth}/firm.parquet') firm on firm.enterprise_id = label.enterprise_id
    left join (select distinct ring, design from read_parquet('{truth}/ring.parquet')) ring
        on line.nature = 'wash' and ring.ring = line.reference
"""
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
COUNTED = """
    select held_out, kind, direction, truth, nature, rule, coalesce(design, '') as design,
           line_id in (from published) as published, count(*) as lines, sum(amount)::double as yuan
    from held group by all
"""


def main(folder: str | None = None, picture: str | None = None) -> None:
    """Print the confusion by lines and by yuan, the score of each nature, the largest confusions and washed flows."""
    if folder:
        rows = found(Store(Path(folder)))
        if picture:
            confusion(rows, Path(picture))
        return report(rows)
    with tempfile.TemporaryDirectory() as made:
        simulate_into(Store(Path(made)), ENTERPRISES, MONTHS, SEED, designs=UNSEEN)
        return report(found(Store(Path(made))))


def found(store: Store) -> pd.DataFrame:
    """Lines and yuan by truth, by what was found, and by whether the published rules call them washed.

    Latest versions only.
    """
    counted = []
    for backend in labelled(store):
        backend.raw_sql(f"CREATE TEMP TABLE held AS {HELD.format(truth=store.root / 'truth')}")
        backend.raw_sql(f"CREATE TEMP TABLE published AS {PUBLISHED}")
        counted.append(backend.raw_sql(COUNTED).df())
    rows = pd.concat(counted)
    return rows.groupby([name for name in rows if name not in ("lines", "yuan")], as_index=False).sum()


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

    >>> rows = pd.DataFrame({"truth": ["wash", "wash", "tax"], "nature": ["wash", "wash", "tax"]})
    >>> rows = rows.assign(published=[True, False, True], lines=[1, 3, 4], yuan=[1.0, 3.0, 4.0])
    >>> washed(rows).loc["published"].values.tolist()
    [0.25, 0.2, 0.25, 0.2]
    """
    true = rows.truth == "wash"
    told: dict[str, dict[str, float]] = {}
    for way, by in (("ours", rows.nature == "wash"), ("published", rows.published)):
        told[way] = {}
        for weight in ("lines", "yuan"):
            right = rows.loc[by & true, weight].sum()
            told[way][f"recall, {weight}"] = right / rows.loc[true, weight].sum()
            told[way][f"precision, {weight}"] = right / max(rows.loc[by, weight].sum(), 1)
    return pd.DataFrame(told).T


def report(rows: pd.DataFrame) -> None:
    """Print all tables, of firms held out and of the others."""
    with pd.option_context("display.width", 250, "display.max_columns", None, "display.max_rows", None):
        for held_out, words in ((False, "banks and designs the rules were written beside"), (True, "held out")):
            _labels(rows[rows.held_out == held_out], f"firms: {words}")
            unseen = rows.design.isin(HELD_OUT[UNSEEN])
            if held_out and not unseen.any():
                print(f"\nwashed flows, designs: {words}: this world has none of the {UNSEEN} set")
                continue
            _washed(rows[(rows.design == "") | (unseen == held_out)], f"washed flows, designs: {words}")
        designs = rows[rows.design != ""].assign(hit=lambda t: t.lines * (t.nature == "wash"))
        by_design = designs.groupby("design")[["lines", "hit"]].sum()
        print(f"\nrecall by design\n{by_design.assign(recall=by_design.hit / by_design.lines).round(3)}")


def _labels(rows: pd.DataFrame, title: str) -> None:
    print(f"\n=== {title}: {rows.lines.sum():,} lines")
    for weight, unit in (("lines", 1), ("yuan", 1e3)):
        table = rows.pivot_table(index="truth", columns="nature", values=weight, aggfunc="sum", fill_value=0)
        print(f"\n{weight}{' (thousands)' if unit > 1 else ''}\n{(table / unit).round().astype('int64')}")
        f1 = scores(rows, weight)
        print(f"\n{f1.round(3)}\nmacro-F1 by {weight}: {f1.f1.mean():.4f}")
    wrong = rows[rows.truth != rows.nature].groupby(["kind", "direction", "truth", "nature", "rule"])[["lines", "yuan"]]
    for weight in ("lines", "yuan"):
        print(f"\nlargest confusions by {weight}\n{wrong.sum().nlargest(LARGEST, weight)}")


def _washed(rows: pd.DataFrame, title: str) -> None:
    told = washed(rows)
    missed = 1 - told["recall, lines"]
    print(f"\n{title}\n{told.round(3)}\nmissed, ours over published: {missed.ours / missed.published:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
