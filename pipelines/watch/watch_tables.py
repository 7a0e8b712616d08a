"""From the batches of a run to its tables, a column at a time, so that memory grows with firms and months alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.catalogue import CATALOGUE
from models.arrays import Floats
from models.asset_class import CLASSES, SUBSTANDARD
from models.limit_actions import limit_actions
from models.monitoring import SEVERITIES, Monitoring
from models.signals import KINDS, Grid, States, splits_the_festival, states, why_held
from models.signals.quality import quality
from models.watch_list import WAITS, Listed, points, suggested, watch_list
from pipelines.store import Store
from pipelines.watch.claims import live_claims


@dataclass(frozen=True, kw_only=True)
class Tables:
    """What a run says: one row a firm, a standing signal, a signal's record, a limit, a claim.

    ``course`` holds for the firms on the page the months of what their signals are measured of; ``read`` are all firms
    whose data were read, those with a loan in an earlier month included.
    """

    watch_list: pd.DataFrame
    signals: pd.DataFrame
    signal_quality: pd.DataFrame
    limit_actions: pd.DataFrame
    classes: pd.DataFrame
    course: pd.DataFrame
    read: Sequence[str]

    def metrics(self, not_read: int) -> dict[str, float]:
        """Figures of the month for MLflow."""
        firms, claims = self.watch_list, self.classes
        bad = claims["asset_class"].isin(CLASSES[SUBSTANDARD:])
        balance = float(claims["balance"].sum())
        worst = self.signals.groupby("enterprise_id")["severity"].max() if len(self.signals) else pd.Series(dtype=int)
        return {
            "firms": float(len(firms)),
            "not_read": float(not_read),
            "loans": float(len(claims)),
            "balance": balance,
            "non_performing_share": float(claims["balance"][bad].sum()) / balance if balance else 0.0,
            **{name: float((worst == level).sum()) for level, name in enumerate(SEVERITIES, start=1)},
            **{name: float((firms["status"] == name).sum()) for name in ("watch", "collection")},
            **{f"limit_{name}": float((self.limit_actions["limit_action"] == name).sum())
               for name in ("raise", "keep", "freeze", "reduce")},
        }  # fmt: skip


@dataclass(frozen=True)
class Course:
    """The batches of a run as firms by months, read a column at a time."""

    files: Sequence[Path]
    months: Sequence[date]

    def column(self, name: str) -> Any:
        """Firms (rows) by months."""
        parts = [pq.read_table(file, columns=[name]).column(0) for file in self.files]
        values = pa.chunked_array([chunk for part in parts for chunk in part.chunks]).to_numpy()
        return values.reshape(-1, len(self.months))

    def number(self, name: str) -> Floats:
        """As ``column``, as floats."""
        values: Floats = self.column(name).astype("float64")
        return values

    def now(self, name: str) -> Any:
        """The values of the last month."""
        return self.column(name)[:, -1]


def tables(
    store: Store, work: Path, months: Sequence[date], settings: Monitoring, firms: Sequence[str], refused: Sequence[str]
) -> Tables:
    """All tables of a run from its batches; ``firms`` were read, ``refused`` were not for want of consent."""
    course = Course(sorted(work.glob("*.parquet")), months)
    grid = _grid(course, firms, months)
    stood = {signal.name: _stood(signal, course, grid) for signal in settings.signals}
    dpd = np.nan_to_num(course.number("dpd")) if firms else np.zeros((0, len(months)))
    risk = course.number("risk") if firms else np.full(dpd.shape, np.nan)
    due, balance = (course.number(name) if firms else risk for name in ("principal_months", "balance"))
    score = points(stood, settings.signals)
    listed = watch_list(score, risk, dpd, grid.live, due, balance, settings.watch_list)
    live = np.flatnonzero(grid.live[:, -1])
    signals = _signals(stood, settings, grid, live)
    claims = live_claims(store, months[-1], settings, signals, refused)
    entries = _entries(course, grid, stood, score, risk, listed, settings, live)
    moves = _limits(course, grid, stood, dpd, entries, signals, settings, live)
    entries = _with_claims(entries, claims, moves, signals, refused)
    shown = entries.loc[entries["status"].isin(("watch", "collection")), "enterprise_id"]
    return Tables(
        watch_list=entries,
        signals=signals,
        signal_quality=quality(stood, dpd, grid),
        limit_actions=moves,
        classes=claims,
        course=_course(course, grid, signals, shown.tolist(), settings),
        read=firms,
    )


def _grid(course: Course, firms: Sequence[str], months: Sequence[date]) -> Grid:
    empty = not firms
    industry = np.array([], dtype=object) if empty else course.now("industry")
    return Grid(
        firms=np.array(firms, dtype=object),
        months=np.array(months, dtype="datetime64[D]"),
        live=np.zeros((0, len(months)), bool) if empty else course.column("live").astype(bool),
        peers=pd.factorize(industry, sort=True)[0].astype(np.int64),
    )


def measured(signal: Any, values: Floats, grid: Grid) -> Floats:
    """What a signal measures, where a loan runs and the season can be compared."""
    found = KINDS[signal.kind](values, signal, grid)
    known = grid.live
    if signal.seasonal:
        window = CATALOGUE[signal.of].window if signal.of in CATALOGUE else 1
        known = known & ~splits_the_festival(grid.months, window)
    return np.where(known, found, np.nan)


def _stood(signal: Any, course: Course, grid: Grid) -> States:
    if not len(grid.firms):
        none = np.zeros(grid.live.shape, np.int8)
        return States(none, none, none.astype(bool), np.zeros(0), np.zeros(0, np.int8))
    return states(measured(signal, course.number(signal.of), grid), signal)


def _signals(stood: Mapping[str, States], settings: Monitoring, grid: Grid, live: Any) -> pd.DataFrame:
    """The signals that stand on the date, the firms in order and the worst of each first."""
    parts = []
    for signal in settings.signals:
        one = stood[signal.name]
        rows = live[one.severity[live, -1] > 0]
        if len(rows):
            parts.append(
                pd.DataFrame(
                    {
                        "enterprise_id": grid.firms[rows],
                        "signal": signal.name,
                        "family": signal.family,
                        "severity": one.severity[rows, -1].astype("int64"),
                        "value": one.measured[rows],
                        "since": _since(one.age[rows, -1], grid),
                        "alert": one.alert[rows, -1],
                        "held": why_held(one, signal)[rows],
                        "held_since": np.where(one.held[rows] > 0, _since(one.held[rows], grid), np.datetime64("NaT")),
                        "zh": signal.zh,
                        "en": signal.en,
                    }
                )
            )
    empty = {"enterprise_id": "str", "signal": "str", "family": "str", "severity": "int64", "value": "float64",
             "since": "datetime64[us]", "alert": "bool", "held": "str", "held_since": "datetime64[us]",
             "zh": "str", "en": "str"}  # fmt: skip
    every = pd.concat(parts) if parts else pd.DataFrame({name: [] for name in empty})
    every = every.astype(empty).sort_values(["enterprise_id", "severity"], ascending=[True, False], kind="stable")
    return every.reset_index(drop=True)


def _since(age: Any, grid: Grid) -> Any:
    """The date from which something has stood for so many months, no earlier than the first that is looked at."""
    last = len(grid.months) - 1
    return grid.months[np.clip(last - age.astype(int) + 1, 0, last)].astype("datetime64[us]")


def _entries(
    course: Course,
    grid: Grid,
    stood: Mapping[str, States],
    score: Floats,
    risk: Floats,
    listed: Listed,
    settings: Monitoring,
    live: Any,
) -> pd.DataFrame:
    """One row a live firm that was read."""
    rules = settings.watch_list
    collected = listed.collected[live, -1]
    severity = {signal.name: stood[signal.name].severity[live, -1] for signal in settings.signals}
    action = suggested(severity, settings.signals, collected)
    on = listed.on[live, -1]
    status = np.where(collected, "collection", np.where(on, "watch", "none"))
    before = max(len(grid.months) - 2, 0)
    as_of = pd.Timestamp(grid.months[-1])
    acted = [what if state != "none" else "none" for what, state in zip(action, status, strict=True)]
    return pd.DataFrame(
        {
            "enterprise_id": grid.firms[live].astype(str),
            "as_of": as_of.to_datetime64(),
            "status": status,
            "since": np.where(on, _since(listed.age[live, -1], grid), np.datetime64("NaT", "us")),
            "months_on_list": listed.age[live, -1].astype("int64"),
            "waits": np.array(WAITS, dtype="object")[listed.waits[live, -1]],
            "points": score[live, -1],
            "points_before": score[live, before],
            "risk": risk[live, -1],
            "risk_before": risk[live, before],
            "severity": np.max(np.stack([*severity.values()]), axis=0).astype("int64"),
            "action": acted,
            "asked_by_signals": action,
            "due_on": [as_of + pd.Timedelta(days=rules.due_days[what]) if what != "none" else pd.NaT for what in acted],
            "dpd": np.nan_to_num(course.now("dpd")[live]).astype("int64") if len(live) else [],
            "balance": course.now("balance")[live] if len(live) else [],
            "committed": course.now("committed")[live] if len(live) else [],
            "principal_months": course.now("principal_months")[live] if len(live) else [],
        }
    )


def _limits(
    course: Course,
    grid: Grid,
    stood: Mapping[str, States],
    dpd: Floats,
    entries: pd.DataFrame,
    signals: pd.DataFrame,
    settings: Monitoring,
    live: Any,
) -> pd.DataFrame:
    """What becomes of the limit of each live firm that was read."""
    rules = settings.increase
    if not len(live):
        none = {"enterprise_id": "str", "limit_action": "str", "committed": "float64", "new_limit": "float64"}
        return pd.DataFrame({name: [] for name in (*none, "decided_by")}).astype({**none, "decided_by": "str"})
    warned = np.max(np.stack([one.severity for one in stood.values()]), axis=0) > 0
    worst = signals.drop_duplicates("enterprise_id").set_index("enterprise_id")["signal"]
    hhi = course.number("hhi_inflow_12m")
    year_ago = hhi[:, -13] if hhi.shape[1] > 12 else np.full(len(hhi), np.nan)
    firms = pd.DataFrame(
        {
            "committed": entries["committed"],
            "balance": entries["balance"],
            "overdue_months": (dpd[live, -rules.overdue_free_months :] > 0).sum(axis=1),
            "growth": course.now("income_yoy_12m")[live],
            "retained": course.now("top10_overlap_inflow_24m")[live],
            "hhi": hhi[live, -1],
            "hhi_before": year_ago[live],
            "utilisation": course.now("utilisation")[live],
            "alert_months": warned[live, -rules.quiet_months :].sum(axis=1),
            "action": entries["asked_by_signals"].where(entries["waits"] != "", entries["action"]),  # needs no place
            "signal": entries["enterprise_id"].map(worst).astype("object").fillna(""),
            "new_money": course.now("new_money")[live],
            "leg": course.now("leg")[live],
        }
    )
    return entries[["enterprise_id", "committed"]].join(limit_actions(firms, rules))


def _with_claims(
    entries: pd.DataFrame, claims: pd.DataFrame, moves: pd.DataFrame, signals: pd.DataFrame, refused: Sequence[str]
) -> pd.DataFrame:
    """The entries with class, stage, signals and limit of each firm, and those of the firms that were not read."""
    place = claims.assign(worst=claims["asset_class"].map(CLASSES.index))
    by_firm = place.groupby("enterprise_id").agg(worst=("worst", "max"), stage=("stage", "max"))
    names = signals.groupby("enterprise_id")["signal"].agg(" ".join)
    entries = entries.merge(moves.drop(columns="committed"), "left", "enterprise_id", validate="1:1")
    entries = entries.assign(signals=entries["enterprise_id"].map(names).astype("object").fillna("").astype("str"))
    wants = (entries["limit_action"] == "raise") & (entries["status"] == "none")
    entries["action"] = entries["action"].where(~wants, "raise").astype("str")
    mine = claims[claims["enterprise_id"].isin(list(refused))].groupby("enterprise_id")
    unread = pd.DataFrame(
        {"enterprise_id": list(mine.groups), "status": "not_read", "action": "none", "signals": "",
         "dpd": mine["dpd"].max().to_numpy(), "balance": mine["balance"].sum().to_numpy()}
    )  # fmt: skip
    both = pd.concat([entries, unread]) if len(unread) else entries
    both = both.assign(
        months_on_list=both["months_on_list"].fillna(0).astype("int64"),
        severity=both["severity"].fillna(0).astype("int64"),
        waits=both["waits"].fillna("").astype("str"),
        asset_class=both["enterprise_id"].map(by_firm["worst"]).map(dict(enumerate(CLASSES))).astype("str"),
        stage=both["enterprise_id"].map(by_firm["stage"]).astype("float64"),
    )
    order = {"watch": 0, "collection": 1, "not_read": 2, "none": 3}
    both = both.assign(order=both["status"].map(order))
    both = both.sort_values(["order", "points", "enterprise_id"], ascending=[True, False, True], kind="stable")
    return both.drop(columns=["order", "asked_by_signals"]).reset_index(drop=True)


def _course(
    course: Course, grid: Grid, signals: pd.DataFrame, shown: Sequence[str], settings: Monitoring
) -> pd.DataFrame:
    """``enterprise_id, of, month, value`` behind the charts of the firms on the page."""
    of = {signal.name: signal.of for signal in settings.signals}
    wanted = signals[signals["enterprise_id"].isin(list(shown))]
    wanted = wanted.assign(of=wanted["signal"].map(of))[["enterprise_id", "of"]].drop_duplicates()
    place = {firm: number for number, firm in enumerate(grid.firms)}
    parts = []
    for name, firms in wanted.groupby("of")["enterprise_id"]:
        values = course.number(str(name))[[place[firm] for firm in firms]]
        parts.append(pd.DataFrame({"enterprise_id": np.repeat(firms.to_numpy(), len(grid.months)), "of": name,
                                   "month": np.tile(grid.months.astype("datetime64[us]"), len(firms)),
                                   "value": values.ravel()}))  # fmt: skip
    return (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=["enterprise_id", "of", "month", "value"])
    )
