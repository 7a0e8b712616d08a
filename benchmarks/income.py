"""True monthly income against the truth of a simulated world: ``python -m benchmarks.income [STORE]``.

STORE is a folder that ``sme-credit simulate`` wrote; without it a world of 300 firms and 36 months is made and thrown
away. Both sides are of the accounts that were shown and before the haircut on cash. The interval is as it stands.
Errors are of months, in yuan; a firm's error is the sum of its months' absolute errors over its true income.
"""

import sys
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.labels import labelled
from pipelines.simulate import simulate_into
from pipelines.store import Store

ENTERPRISES, MONTHS, SEED = 300, 36, 5
MONTHLY = """
    select enterprise_id, date_trunc('month', booked_at)::date as month,
           sum(income_low)::double low, sum(income_high)::double high,
           (sum(income) + coalesce(sum(amount - income) filter (
               category = 'cash' and nature = 'operating' and direction = 'in'), 0))::double found
    from label group by all
"""


def main(folder: str | None = None) -> None:
    """Print errors and the interval's coverage and width, of all firms and of those that were held out."""
    if folder:
        return report(*months(Store(Path(folder))))
    with tempfile.TemporaryDirectory() as made:
        simulate_into(Store(Path(made)), ENTERPRISES, MONTHS, SEED)
        return report(*months(Store(Path(made))))


def months(store: Store) -> tuple[pd.DataFrame, frozenset[str]]:
    """Truth, what was found and the interval of every firm and month, latest versions only; the firms held out."""
    truth = store.root / "truth"
    firms = pd.read_parquet(truth / "firm.parquet")
    held_out = firms.loc[firms.held_out, "enterprise_id"] if "held_out" in firms else ()
    told = pd.concat(backend.raw_sql(MONTHLY).df() for backend in labelled(store))
    rows = pd.read_parquet(truth / "income.parquet", columns=["enterprise_id", "month", "income_seen"])
    rows = rows.assign(truth=rows.pop("income_seen").astype("float64"), month=pd.to_datetime(rows.month))
    rows = rows.merge(told.assign(month=pd.to_datetime(told.month)), how="left", on=["enterprise_id", "month"])
    return rows[(rows.truth != 0) | rows.found.notna()].fillna(0.0), frozenset(held_out)


def scores(rows: pd.DataFrame) -> dict[str, float]:
    """Errors by yuan and by firm, and how often and how tightly the interval holds the truth.

    >>> rows = pd.DataFrame({"enterprise_id": ["a", "a"], "truth": [100.0, 300.0], "found": [110.0, 300.0],
    ...                      "low": [90.0, 301.0], "high": [110.0, 301.0]})
    >>> float(round(scores(rows)["yuan-weighted error"], 3))
    0.025
    """
    off = (rows.found - rows.truth).abs()
    by_firm = rows.assign(off=off, size=rows.truth.abs()).groupby("enterprise_id")[["off", "size"]].sum()
    firm = (by_firm["off"] / by_firm["size"].where(by_firm["size"] > 0)).fillna(0.0)
    held = (rows.low - 0.005 <= rows.truth) & (rows.truth <= rows.high + 0.005)
    width = rows.high - rows.low
    return {
        "firm-months": float(len(rows)),
        "yuan-weighted error": off.sum() / rows.truth.abs().sum(),
        "net error": (rows.found - rows.truth).sum() / rows.truth.sum(),
        "firm error, median": firm.quantile(0.5),
        "firm error, 90th percentile": firm.quantile(0.9),
        "firm error, 95th percentile": firm.quantile(0.95),
        "firm error, mean of the worst 5 %": firm[firm >= firm.quantile(0.95)].mean(),
        "interval holds the truth": held.mean(),
        "interval width, by yuan": width.sum() / rows.truth.abs().sum(),
        "interval width, median month": (width / rows.truth.abs().clip(lower=1.0)).median(),
    }


def report(rows: pd.DataFrame, held_out: frozenset[str]) -> None:
    """Print one column for all firms and, where some were held out, one for each part."""
    apart = rows.enterprise_id.isin(held_out)
    parts = {"all": rows, "held out": rows[apart], "not held out": rows[~apart]} if held_out else {"all": rows}
    table = pd.DataFrame({name: scores(part) for name, part in parts.items()})
    print(table.to_string(float_format=lambda value: f"{value:,.4f}"))


if __name__ == "__main__":
    main(*sys.argv[1:2])
