"""From the batches of a run to its tables, a column at a time, so that memory grows with firms and months alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
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
from models.monitoring import SEVERITIES, Monitoring, Signal
from models.signals import KINDS, Grid, States, splits_the_festival, states, why_held
from models.signals.quality import quality
from models.watch_list import WAITS, points, suggested, watch_list
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
        values = (
            pa.chunked_array([chunk for part in parts for chunk in part.chunks]).to_numpy() if parts else np.empty(0)
        )
        return values.reshape(-1, len(self.months))

    def number(self, name: str) -> Floats:
        """As ``column``, as floats."""
        values: Floats = self.column(name).astype("float64")
        return values

    def now(self, name: str) -> Any:
        """The values of the last month."""
        return self.column(name)[:, -1]


def tables(
    store: Store,
    work: Path,
    months: Sequence[date],
    settings: Monitoring,
    firms: Sequence[str],
    refused: Sequence[str],
    step: float,
) -> Tables:
    """All tables of a run from its batches; ``firms`` were read, ``refused`` were not for want of consent.

    ``step``: yuan of the product, down to a multiple of which limits are raised.
    """
    watched = Watched(Course(sorted(work.glob("*.parquet")), months), firms, settings, step)
    signals, entries = watched.signals(), watched.entries()
    claims = live_claims(store, months[-1], settings, signals, refused)
    moves = watched.limits(entries, signals)
    entries = _with_claims(entries, claims, moves, signals, refused)
    return Tables(
        watch_list=entries,
        signals=signals,
        signal_quality=quality(watched.stood, watched.dpd, watched.grid),
        limit_actions=moves,
        classes=claims,
        course=watched.charted(signals, entries.loc[entries["status"].isin(("watch", "collection")), "enterprise_id"]),
        read=firms,
    )


def measured(signal: Signal, values: Floats, grid: Grid) -> Floats:
    """What a signal measures, where a loan runs and the season can be compared."""
    found = KINDS[signal.kind](values, signal, grid)
    known = grid.live
    if signal.seasonal:
        window = CATALOGUE[signal.of].window if signal.of in CATALOGUE else 1
        known = known & ~splits_the_festival(grid.months, window)
    return np.where(known, found, np.nan)


@dataclass(frozen=True)
class Watched:
    """The firms that a run has read: which signals stand in which month, and who is on the list."""

    course: Course
    firms: Sequence[str]
    settings: Monitoring
    step: float

    @cached_property
    def grid(self) -> Grid:
        """Firms by months."""
        return Grid(
            firms=np.array(self.firms, dtype=object),
            months=np.array(self.course.months, dtype="datetime64[D]"),
            live=self.course.column("live").astype(bool),
            peers=pd.factorize(self.course.now("industry"), sort=True)[0].astype(np.int64),
        )

    @cached_property
    def live(self) -> Any:
        """The rows of the firms with a loan that runs on the date."""
        return np.flatnonzero(self.grid.live[:, -1])

    @cached_property
    def dpd(self) -> Floats:
        """Days past due."""
        return np.nan_to_num(self.course.number("dpd"))

    @cached_property
    def risk(self) -> Floats:
        """What the post-loan model says; NaN without one."""
        return self.course.number("risk")

    @cached_property
    def stood(self) -> dict[str, States]:
        """Each signal by its name."""
        columns = ((signal, self.course.number(signal.of)) for signal in self.settings.signals)
        return {signal.name: states(measured(signal, values, self.grid), signal) for signal, values in columns}

    @cached_property
    def score(self) -> Floats:
        """Points."""
        return points(self.stood, self.settings.signals)

    def signals(self) -> pd.DataFrame:
        """The signals that stand on the date, the firms in order and the worst of each first."""
        every = pd.concat(map(self._standing, self.settings.signals))
        every = every.sort_values(["enterprise_id", "severity"], ascending=[True, False], kind="stable")
        return every.reset_index(drop=True)

    def _standing(self, signal: Signal) -> pd.DataFrame:
        one = self.stood[signal.name]
        rows = self.live[one.severity[self.live, -1] > 0]
        return pd.DataFrame(
            {
                "enterprise_id": self.grid.firms[rows].astype(str),
                "signal": signal.name,
                "family": signal.family,
                "severity": one.severity[rows, -1].astype("int64"),
                "value": one.measured[rows],
                "since": self._since(one.age[rows, -1]),
                "alert": one.alert[rows, -1],
                "held": why_held(one, signal)[rows],
                "held_since": np.where(one.held[rows] > 0, self._since(one.held[rows]), np.datetime64("NaT", "us")),
                "zh": signal.zh,
                "en": signal.en,
            }
        )

    def _since(self, age: Any) -> Any:
        """The date from which something has stood for so many months, no earlier than the first that is looked at."""
        last = len(self.grid.months) - 1
        return self.grid.months[np.clip(last - age.astype(int) + 1, 0, last)].astype("datetime64[us]")

    def entries(self) -> pd.DataFrame:
        """One row a live firm that was read."""
        rules, live, column = self.settings.watch_list, self.live, self.course.number
        due, balance = column("principal_months"), column("balance")
        listed = watch_list(self.score, self.risk, self.dpd, self.grid.live, due, balance, rules)
        on, collected, age = listed.on[live, -1], listed.collected[live, -1], listed.age[live, -1]
        severity = {name: one.severity[live, -1] for name, one in self.stood.items()}
        action = suggested(severity, self.settings.signals, collected)
        status = np.where(collected, "collection", np.where(on, "watch", "none"))
        acted = [what if state != "none" else "none" for what, state in zip(action, status, strict=True)]
        before, as_of = max(len(self.grid.months) - 2, 0), pd.Timestamp(self.grid.months[-1])
        return pd.DataFrame(
            {
                "enterprise_id": self.grid.firms[live].astype(str),
                "as_of": as_of.to_datetime64(),
                "status": status,
                "since": np.where(on, self._since(age), np.datetime64("NaT", "us")),
                "months_on_list": age.astype("int64"),
                "waits": np.array(WAITS, dtype="object")[listed.waits[live, -1]],
                "points": self.score[live, -1],
                "points_before": self.score[live, before],
                "risk": self.risk[live, -1],
                "risk_before": self.risk[live, before],
                "severity": np.max(np.stack([*severity.values()]), axis=0).astype("int64"),
                "action": acted,
                "asked_by_signals": action,
                "due_on": [as_of + pd.Timedelta(days=rules.due_days[a]) if a != "none" else pd.NaT for a in acted],
                "dpd": self.dpd[live, -1].astype("int64"),
                "balance": balance[live, -1],
                "committed": self._now("committed"),
                "principal_months": due[live, -1],
            }
        )

    def _now(self, name: str) -> Any:
        """Of the live firms, on the date."""
        return self.course.now(name)[self.live]

    def limits(self, entries: pd.DataFrame, signals: pd.DataFrame) -> pd.DataFrame:
        """What becomes of the limit of each live firm that was read."""
        rules, live = self.settings.increase, self.live
        warned = np.max(np.stack([one.severity for one in self.stood.values()]), axis=0) > 0
        worst = signals.drop_duplicates("enterprise_id").set_index("enterprise_id")["signal"]
        hhi = self.course.number("hhi_inflow_12m")[live]
        late = (self.dpd[live, -rules.overdue_free_months :] > 0).sum(axis=1)
        paid_between = self._now("late_instalments_12m") > 0  # late, and paid before the month's date came
        firms = pd.DataFrame(
            {
                "committed": entries["committed"],
                "balance": entries["balance"],
                "overdue_months": np.maximum(late, paid_between),
                "growth": self._now("income_yoy_12m"),
                "retained": self._now("top10_overlap_inflow_24m"),
                "hhi": hhi[:, -1],
                "hhi_before": hhi[:, -13] if hhi.shape[1] > 12 else np.nan,
                "utilisation": self._now("utilisation"),
                "alert_months": warned[live, -rules.quiet_months :].sum(axis=1),
                "action": entries["asked_by_signals"].where(
                    entries["waits"] != "", entries["action"]
                ),  # needs no place
                "signal": entries["enterprise_id"].map(worst).astype("object").fillna(""),
                "new_money": self._now("new_money"),
                "leg": self._now("leg"),
            }
        )
        moves = limit_actions(firms, rules, self.step).astype({"limit_action": "str", "decided_by": "str"})
        return entries[["enterprise_id", "committed"]].join(moves)

    def charted(self, signals: pd.DataFrame, firms: pd.Series) -> pd.DataFrame:
        """``enterprise_id, of, month, value`` behind the charts of some firms."""
        of = {signal.name: signal.of for signal in self.settings.signals}
        wanted = signals[signals["enterprise_id"].isin(firms)]
        wanted = wanted.assign(of=wanted["signal"].map(of))[["enterprise_id", "of"]].drop_duplicates()
        place, months = {firm: row for row, firm in enumerate(self.firms)}, self.grid.months.astype("datetime64[us]")
        parts = []
        for name, told in wanted.groupby("of")["enterprise_id"]:
            values = self.course.number(str(name))[told.map(place)]
            parts.append(pd.DataFrame({"enterprise_id": np.repeat(told.to_numpy(), len(months)), "of": name,
                                       "month": np.tile(months, len(told)), "value": values.ravel()}))  # fmt: skip
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["enterprise_id", "of"])


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
