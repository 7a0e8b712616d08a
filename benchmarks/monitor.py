"""How good the watch list is on a simulated world, and how fast a month is.

``python -m benchmarks.monitor STORE [ROWS [OTHER OTHER_ROWS]] [--of OUT] [--risk FILE] [--speed]``, by itself.
STORE is a simulated world of at least 30 months with its truth; ROWS keeps what was read of it between two runs, which
is taken from OUT of ``benchmarks.watch_rows`` where that was made, without what became of the proceeds. From OTHER,
another world, two models are learned that the list is compared with: of days past due and utilisation, and of all that
the signals read. FILE is what ``post-loan-risk`` says of the world's loans (``benchmarks.watch_rows``), by which the
list is then ranked as ``monitor`` ranks it where the model is in use. All figures are of simulated firms. With
``--speed`` the month is timed instead, see ``speed``.
"""

import json
import resource
import shutil
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measure import timed
from benchmarks.watch_rows import every_month
from features.catalogue import CATALOGUE
from features.engine import connect
from features.labels import DEFAULT
from features.post_loan import by_firm, live_loans
from models.arrays import Floats
from models.feature import ModelFeature
from models.hazard import fit_hazard
from models.labelled import Labelled
from models.monitoring import Monitoring
from models.signals import Grid, States, states
from models.signals.quality import months_to_event
from models.watch_list import points, watch_list
from pipelines.store import Store
from pipelines.watch.watch_tables import Course, measured, tables
from pipelines.watch.watched import (
    COVER,
    FIRMS_A_BATCH,
    USES,
    batches,
    borrowers,
    current_monitoring,
    kept_features,
    months_of,
    read_firms,
)

WARM_UP, HORIZON, LATE = 13, 6, 30  # months before the first event that counts, months of a hit, days past due
YEAR = 12  # months off the list after which an alert is the first of its kind in the strictest reading
BUDGETS = (0.02, 0.03, 0.05, 0.08, 0.10, 0.15)
LOOPED = 200  # firms that the loop is timed on
DRAWS = 1000
PLAIN = {"dpd": 1, "utilisation": 0}
CHANGED = {"without waiting for principal": {"due_months": 10**6}, "a rest of a year": {"rest_months": 12}}


@dataclass(frozen=True)
class World:
    """What was read of a world, firms by months, and which firms' defaults could be foreseen."""

    grid: Grid
    column: Callable[[str], Floats]
    dpd: Floats
    balance: Floats
    due: Floats
    foreseeable: np.ndarray


def read(store: Store, rows: Path, settings: Monitoring, out: Path | None = None) -> World:
    """All months of the world, read once; or taken from ``out``, as ``benchmarks.watch_rows`` made it."""
    if not rows.exists():
        found = _read(store, settings) if out is None else _taken(store, out, settings)
        found.to_parquet(rows, index=False)
    months_read = pd.read_parquet(rows, columns=["as_of"])["as_of"].drop_duplicates().dt.date.tolist()
    course = Course([rows], months_read)
    firms = course.column("enterprise_id")[:, 0].astype(object)
    told = pd.read_parquet(store.root / "truth" / "default.parquet")
    told = told[told["flows_told"].fillna(False).astype(bool) | told["facts_told"].fillna(False).astype(bool)]
    grid = Grid(firms=firms, months=np.array(months_read, dtype="M8[D]"),
                live=course.column("live").astype(bool),
                peers=pd.factorize(course.column("industry")[:, 0], sort=True)[0].astype(np.int64))  # fmt: skip
    dpd, balance = (np.nan_to_num(course.number(name)) for name in ("dpd", "balance"))
    due = course.number("principal_months")
    return World(grid, course.number, dpd, balance, due, np.isin(firms, told["enterprise_id"].to_numpy()))


def _read(store: Store, settings: Monitoring) -> pd.DataFrame:
    days = every_month(store)
    firms = borrowers(store, days)["enterprise_id"].tolist()
    return pd.concat(read_firms(store, batch, days, settings) for batch in batches(firms))


def _taken(store: Store, out: Path, settings: Monitoring) -> pd.DataFrame:
    """As ``_read``, but for what was read before: months without a loan are unknown, and so is where its money went."""
    days = pd.to_datetime(every_month(store))
    names = ["enterprise_id", "as_of", *(n for n in dict.fromkeys([*settings.columns, COVER]) if n in CATALOGUE)]
    read_before = pd.concat(pd.read_parquet(file, columns=names) for file in sorted(out.glob("*.parquet")))
    course = pd.concat(_course(store, list(days[n : n + YEAR].date)) for n in range(0, len(days), YEAR))
    firm = pd.concat(pd.read_parquet(file, columns=["enterprise_id", "industry"]) for file in store.files("enterprise"))
    key = pd.MultiIndex.from_product([sorted(course["enterprise_id"].unique()), days], names=names[:2])
    both = course.merge(read_before.drop_duplicates(names[:2]), "left", names[:2])
    wide = both.set_index(names[:2]).reindex(key).reset_index()
    letter = firm.drop_duplicates("enterprise_id").set_index("enterprise_id")["industry"].str[0]
    return wide.assign(
        live=wide["loans"].notna(), industry=wide["enterprise_id"].map(letter).fillna(""),
        due_cover=wide[COVER] / wide["due_soon"].where(wide["due_soon"] > 0), **dict.fromkeys(USES, 0.0),
    )  # fmt: skip


def _course(store: Store, days: list[date]) -> pd.DataFrame:
    found: pd.DataFrame = by_firm(live_loans(store.facts(connect()), days)).to_pandas()
    return found.assign(as_of=pd.to_datetime(found["as_of"]))


def risk_of(world: World, file: Path, model: str = "risk") -> Floats | None:
    """The chance of default within twelve months of the riskiest of each firm's loans, on the grid; NaN where none."""
    told = pd.read_parquet(file)
    if f"{model}_{DEFAULT}" not in told:
        return None
    wide = told.pivot_table(f"{model}_{DEFAULT}", "enterprise_id", "as_of", "max")
    return wide.reindex(world.grid.firms, columns=pd.to_datetime(world.grid.months)).to_numpy()


def stood(world: World, settings: Monitoring) -> dict[str, States]:
    """Every signal over all months."""
    return {s.name: states(measured(s, world.column(s.of), world.grid), s) for s in settings.signals}


def listed(
    world: World,
    score: Floats,
    settings: Monitoring,
    budget: float,
    enter: float | None = None,
    risk: Floats | None = None,
    **rules: Any,
) -> np.ndarray:
    """Who is on the list in each month by a score; three times the monthly budget of distinct firms in a year."""
    entry = enter or settings.watch_list.enter_points
    changes = {"budget": budget, "yearly_budget": 3 * budget, "enter_points": entry, **rules}
    told = np.full(score.shape, np.nan) if risk is None else risk
    changed = settings.watch_list.model_copy(update=changes)
    return watch_list(score, told, world.dpd, world.grid.live, world.due, world.balance, changed).on


def judge(world: World, on: np.ndarray) -> dict[str, float]:
    """Recall by balance and count of foreseeable first 30 days past due, precision, lead and size of a list.

    ``recall``: on the list in one of the six months before, at no days past due, weighted by balance. ``strict``: the
    stay began in these six months, after ``rest_months`` off the list at least. ``first``: and after a year off it at
    least, or for the first time. ``precision``: of stays begun at no days past due, those that the event follows
    within six months. ``lead``: median months from the begin of the stay.
    """
    live, late, found = world.grid.live, _late(world), events(world, on)
    told = found[found["told"]]
    first = np.where(late.any(axis=1), late.argmax(axis=1), 10**6)[:, None] - np.arange(late.shape[1])
    stays = _begins(on) & (world.dpd == 0)
    stays[:, :WARM_UP] = stays[:, -HORIZON:] = False
    weight = told["balance"] / told["balance"].sum()
    return {
        "foreseeable": len(told), "events": len(found),
        "recall": float(weight @ told["hit"]), "recall_firms": float(told["hit"].mean()),
        "strict": float(weight @ told["strict"]), "strict_firms": float(told["strict"].mean()),
        "first": float(weight @ told["first"]), "lead_strict": float(told.loc[told["strict"], "lead"].median()),
        "recall_all": float(found["hit"].mean()),
        "precision": float(((first >= 1) & (first <= HORIZON) & stays).sum() / max(stays.sum(), 1)),
        "lead": float(told["lead"].median()),
        "on_list": float(on[:, WARM_UP:].sum() / live[:, WARM_UP:].sum()),
        "distinct_a_year": float(np.mean([on[:, m - 11 : m + 1].any(axis=1).sum() / live[:, m].sum()
                                          for m in range(WARM_UP + 11, on.shape[1])])),
    }  # fmt: skip


def events(world: World, on: np.ndarray) -> pd.DataFrame:
    """A row for each firm's first 30 days past due after the warm-up: ``firm, hit, strict, first, lead, ...``."""
    late, begins = _late(world), _begins(on)
    firms = np.flatnonzero(late.any(axis=1))
    event = late[firms].argmax(axis=1)
    firms, event = firms[event >= WARM_UP], event[event >= WARM_UP]
    rows = [_one(on[f], begins[f], world.dpd[f], int(e)) for f, e in zip(firms, event, strict=True)]
    found = pd.DataFrame(rows, columns=["hit", "strict", "first", "lead"])
    return found.assign(firm=firms, balance=world.balance[firms, event], told=world.foreseeable[firms])


def _late(world: World) -> np.ndarray:
    return (world.dpd >= LATE) & world.grid.live


def _begins(on: np.ndarray) -> np.ndarray:
    return on & ~np.pad(on, ((0, 0), (1, 0)))[:, :-1]


def _one(on: np.ndarray, begins: np.ndarray, dpd: np.ndarray, event: int) -> tuple[bool, bool, bool, float]:
    """Hit, strict, first and lead: months from the first begin within the six months, else from that of the stay."""
    span = np.arange(max(0, event - HORIZON), event)
    seen = span[on[span] & (dpd[span] == 0)]
    if not len(seen):
        return False, False, False, np.nan
    fresh = span[begins[span] & (dpd[span] == 0)]
    begin = int(fresh[0]) if len(fresh) else int(np.flatnonzero(begins[: seen[0] + 1])[-1])
    return True, len(fresh) > 0, len(fresh) > 0 and not on[max(0, begin - YEAR) : begin].any(), float(event - begin)


def drawn(world: World, on: np.ndarray) -> dict[str, Floats]:
    """Recall by balance in each draw of firms, of all hits, strict and first ones; all lists have the same draws."""
    rng, firms = np.random.default_rng(0), len(on)
    times = np.stack([np.bincount(rng.integers(0, firms, firms), minlength=firms) for _ in range(DRAWS)])
    told = events(world, on).query("told")
    weight = times[:, told["firm"]] * told["balance"].to_numpy()
    hits = {of: told[of] for of in ("hit", "strict", "first")}
    return {name: weight @ hit.to_numpy(dtype=float) / weight.sum(axis=1) for name, hit in hits.items()}


def interval(values: Mapping[str, Floats]) -> dict[str, list[float]]:
    """95 % intervals of values over draws."""
    return {name: np.nanquantile(of, [0.025, 0.975]).tolist() for name, of in values.items()}


def model(world: World, other: World, columns: Mapping[str, int]) -> Floats:
    """Chance that 30 days past due come within six months, from another world, by columns with their directions."""
    features = tuple(ModelFeature(name, "behaviour", up, name, name) for name, up in columns.items())
    to_event = months_to_event(other.dpd)
    told = other.grid.live & (other.dpd < LATE)
    told[:, -HORIZON:] = False
    firm = np.broadcast_to(np.arange(len(told))[:, None], told.shape)[told]
    event = (to_event[told] <= HORIZON).astype(float)
    fitted = fit_hazard(Labelled(_stacked(other, columns)[told], event, np.ones(len(event), bool), firm, features))
    chance: Floats = fitted.probability(_stacked(world, columns).reshape(-1, len(columns))).reshape(world.dpd.shape)
    return chance


def _stacked(world: World, columns: Mapping[str, int]) -> Floats:
    return np.stack([world.dpd if name == "dpd" else world.column(name) for name in columns], axis=-1)


def _signals(settings: Monitoring) -> dict[str, int]:
    """All that the signals read, with the directions that the catalogue argues for."""
    known = dict.fromkeys(signal.of for signal in settings.signals)
    return {**PLAIN, **{name: CATALOGUE[name].direction if name in CATALOGUE else 0 for name in known}}


def quality(store: Store, rows: Path, other: World | None = None, said: Path | None = None) -> dict[str, Any]:
    """The list at its budgets, beside a random list and three plain rules, each under the same rules of stay.

    Also the list with one of its rules changed.
    """
    settings = current_monitoring()
    world = read(store, rows, settings)
    score = points(stood(world, settings), settings.signals)
    budget, live = settings.watch_list.budget, world.grid.live
    risk = None if said is None else risk_of(world, said)
    ours = listed(world, score, settings, budget, risk=risk)
    rng = np.random.default_rng(1)
    inflow = np.nan_to_num(-world.column("income_yoy_3m"), nan=0.0)
    rivals = {
        "random, as many and as long": (rng.random(score.shape[0])[:, None] + rng.random(score.shape), 1e-9),
        "days past due": (world.dpd, 1.0),
        "utilisation": (np.nan_to_num(world.column("utilisation")), 0.8),
        "income down 30 %": (inflow, 0.3),
    }
    if said is not None and (plain := risk_of(world, said, "plain")) is not None:
        rivals["model of days past due and utilisation, on the same rows"] = (plain, 1e-9)
    if other is not None:
        rivals["model of days past due and utilisation"] = (model(world, other, PLAIN), 1e-9)
        rivals["model of all that the signals read"] = (model(world, other, _signals(settings)), 1e-9)
    mine = drawn(world, ours)
    told: dict[str, Any] = {"ours": judge(world, ours) | {"interval": interval(mine)}}
    for name, (by, enter) in rivals.items():
        chance = by if name.startswith("model") else None
        on = listed(world, np.where(live, np.nan_to_num(by), 0), settings, budget, enter, chance)
        theirs = drawn(world, on)
        less = {of: mine[of] - theirs[of] for of in mine}
        told[name] = judge(world, on) | {"interval": interval(theirs), "ours_less": interval(less)}
    for name, changes in CHANGED.items():
        on = listed(world, score, settings, budget, risk=risk, **changes)
        told[name] = judge(world, on) | {"interval": interval(drawn(world, on))}
    flat = replace(world, balance=np.ones(world.dpd.shape))
    told["not by balance"] = judge(world, listed(flat, score, settings, budget, risk=risk))
    if risk is not None:
        told["by points"] = judge(world, listed(world, score, settings, budget))
    curve = {str(b): judge(world, listed(world, score, settings, b, risk=risk)) for b in BUDGETS}
    missed = _missed(world, ours, listed(world, score, settings, 1.0, risk=risk))
    counts = {"firms": len(world.grid.firms), "months": len(world.grid.months)}
    return {**counts, "lists": told, "budgets": curve, "missed": missed}


def _missed(world: World, on: np.ndarray, without_budget: np.ndarray) -> dict[str, float]:
    """What the list lacks of the foreseeable balance: listed too early alone, no place, too few points or risk."""
    told, free = (events(world, of).query("told") for of in (on, without_budget))
    share = told["balance"] / told["balance"].sum()
    early = told["hit"] & ~told["strict"]
    return {"too early": float(share[early].sum()), "no place": float(share[~told["hit"] & free["hit"]].sum()),
            "not seen": float(share[~told["hit"] & ~free["hit"]].sum())}  # fmt: skip


def speed(store: Store) -> dict[str, float]:
    """A month over live loans: reading a batch of firms, measured, and all that follows over so many copies of it.

    The copies stand for a book of 100,000 live loans; reading is told for one batch and scaled by their number: of all
    its months, as the first run does, and of the last month where the run before kept the others. The peer is a loop
    over loans that takes the signals of one at a time, timed on some and scaled.
    """
    settings, as_of = current_monitoring(), date(2025, 7, 1)
    months = months_of(as_of)
    firms = borrowers(store, months)
    some = firms.loc[firms["live"], "enterprise_id"].tolist()[:FIRMS_A_BATCH]
    shutil.rmtree(store.derived("kept"), ignore_errors=True)
    read_firms(store, some[:2], months, settings)  # compiles
    found: list[pd.DataFrame] = []
    reading = timed(lambda: found.append(read_firms(store, some, months, settings)))
    loans = found[0].loc[found[0]["as_of"] == pd.Timestamp(as_of), "loans"].sum()
    copies = int(np.ceil(100_000 / loans))
    with TemporaryDirectory() as folder:
        before = Path(folder) / "before.parquet"
        found[0].to_parquet(before, index=False)
        kept_features(store, settings).keep([before], months[:-1])
        before.unlink()
        month = timed(lambda: read_firms(store, some, months, settings))
        names: list[str] = []
        for copy in range(copies):
            rows = found[0].assign(
                enterprise_id=f"{copy:03}" + found[0]["enterprise_id"], risk=np.nan, new_money=np.nan, leg=""
            )
            rows.to_parquet(Path(folder) / f"{copy:06}.parquet", index=False)
            names += rows["enterprise_id"].unique().tolist()
        rest = timed(lambda: tables(store, Path(folder), months, settings, names, []))
    loop = timed(lambda: _loop(found[0], months, settings)) / min(LOOPED, len(some)) * len(some) * copies
    return {
        "loans": float(loans * copies), "firms": float(len(names)), "months": float(len(months)),
        "firms_a_batch": float(len(some)),
        "first_run_reading_seconds_a_batch": reading, "first_run_reading_seconds_scaled": reading * copies,
        "reading_seconds_a_batch": month, "reading_seconds_scaled": month * copies,
        "rest_seconds": rest, "loans_a_second": loans * copies / (month * copies + rest),
        "signals_loop_seconds_scaled": loop,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def _loop(rows: pd.DataFrame, months: list[date], settings: Monitoring) -> None:
    """The signals of one firm after the other."""
    dates = np.array(months, dtype="M8[D]")
    for firm, one in rows.head(LOOPED * len(months)).groupby("enterprise_id"):
        grid = Grid(firms=np.array([firm], dtype=object), months=dates, peers=np.zeros(1, np.int64),
                    live=one["live"].to_numpy().reshape(1, -1))  # fmt: skip
        for signal in settings.signals:
            states(measured(signal, one[signal.of].to_numpy(dtype="float64").reshape(1, -1), grid), signal)


def main(arguments: list[str]) -> None:
    """Print the figures as JSON."""
    parsed = ArgumentParser(description=__doc__)
    parsed.add_argument("places", nargs="+", type=Path)
    parsed.add_argument("--risk", type=Path)
    parsed.add_argument("--of", type=Path)
    parsed.add_argument("--speed", action="store_true")
    asked = parsed.parse_args(arguments)
    store = Store(asked.places[0])
    rows = asked.places[1] if len(asked.places) > 1 else store.derived("monitor_rows.parquet")
    other = read(Store(asked.places[2]), asked.places[3], current_monitoring()) if len(asked.places) > 3 else None
    if not asked.speed:
        read(store, rows, current_monitoring(), asked.of)
    print(json.dumps(speed(store) if asked.speed else quality(store, rows, other, asked.risk), indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
