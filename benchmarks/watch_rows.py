"""What ``post-loan-risk`` says of every live loan of a world: ``python -m benchmarks.watch_rows STORE OUT [MODEL...]``.

OUT gets a file a month, features and outcomes, so that a run that was stopped goes on. MODEL is the folder of an
artefact, as ``train`` registers it, or OUT of other worlds, from whose rows one is learned as ``train`` learns, and
beside it one of days past due and utilisation. What they say goes to ``OUT/risk/``, by which ``benchmarks.monitor``
ranks the list; printed is their AUC on rows with no day past due.
"""

import json
import sys
from datetime import date
from pathlib import Path

import pandas as pd

from benchmarks.post_loan import PLAIN
from features.engine import connect
from features.labels import HORIZONS, post_loan_labels
from models.artefact import load
from models.performance import measured
from models.post_loan import PostLoanModel, fit_post_loan
from pipelines.modelling.post_loan import FEATURES, in_turn, post_loan_matrix
from pipelines.modelling.recipe import last_known
from pipelines.store import Store

ROWS_AT_ONCE = 12_000


def every_month(store: Store) -> list[date]:
    """From the first month a year after the first loan to the month after the last news."""
    loans = pd.concat(pd.read_parquet(file, columns=["disbursed_on", "known_at"]) for file in store.files("loan"))
    first, last = pd.Timestamp(loans["disbursed_on"].min()), pd.Timestamp(loans["known_at"].max())
    first = (first + pd.DateOffset(months=12)).to_period("M").to_timestamp()
    return [month.date() for month in pd.date_range(first, last + pd.Timedelta(days=1), freq="MS")]


def make(store: Store, out: Path) -> None:
    """Every live loan of every month that is not there yet, so many rows at a time that they fit in memory."""
    out.mkdir(parents=True, exist_ok=True)
    asked = post_loan_labels(store.facts(connect()), every_month(store), last_known(store))
    made = {day: out / f"{day:%Y-%m}.parquet" for day in asked["as_of"].unique()}
    asked = asked[~asked["as_of"].map(made).map(Path.exists)]
    size = asked.groupby("as_of").size()
    for _, days in size.groupby(size.cumsum() // ROWS_AT_ONCE):
        rows = asked[asked["as_of"].isin(days.index)].reset_index(drop=True)
        told = post_loan_matrix(store, rows).join(rows[["dpd", *HORIZONS]])
        for day, month in told.groupby("as_of"):
            staged = made[day].with_suffix(".part")
            month.to_parquet(staged, index=False)
            staged.replace(made[day])


def learned(folders: list[Path], names: set[str]) -> PostLoanModel:
    """Learned from the rows of other worlds, each firm once a quarter, by these features."""
    rows = pd.concat(pd.read_parquet(file) for folder in folders for file in sorted(folder.glob("*.parquet")))
    rows = rows[in_turn(rows)].reset_index(drop=True)
    return fit_post_loan(rows, rows, features=[f for f in FEATURES if f.name in names])


def say(out: Path, name: str, models: dict[str, PostLoanModel]) -> dict[str, dict[str, float]]:
    """Write what models say of each loan and date; AUC of each at no days past due, with the interval of firms."""
    rows = pd.concat(
        pd.concat(
            [month[["enterprise_id", "as_of", "loan_id", "dpd", *HORIZONS]]]
            + [model.risk(month).add_prefix(f"{of}_") for of, model in models.items()],
            axis=1,
        )
        for month in map(pd.read_parquet, sorted(out.glob("*.parquet")))
    )
    (out / "risk").mkdir(exist_ok=True)
    rows.to_parquet(out / "risk" / name, index=False)
    clean, figures = rows[rows["dpd"] == 0], {}
    for horizon in HORIZONS:
        told = clean[clean[horizon].notna()]
        for of in models:
            found = measured(told[horizon], told[f"{of}_{horizon}"], told["enterprise_id"])
            figures[f"{of}_{horizon}"] = vars(found)
    return figures


def main(store: Path, out: Path, *sources: Path) -> None:
    """Make the rows; with sources, what models say of them."""
    make(Store(store), out)
    ready = [source for source in sources if (source / "manifest.json").exists()]
    worlds = [source for source in sources if source not in ready]
    models = {"risk": load(ready[0])} if ready else {}
    if worlds:
        models = {"risk": learned(worlds, {f.name for f in FEATURES}), **models, "plain": learned(worlds, set(PLAIN))}
    if models:
        print(json.dumps(say(out, "_".join(s.name for s in sources) + ".parquet", models), indent=1))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
