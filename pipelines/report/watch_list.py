"""The post-loan manager's page: the month in pictures, then a card for each firm to act on, the riskiest first."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from features.catalogue import CATALOGUE
from features.catalogue.feature import UNITS
from models.asset_class import CLASSES
from models.limit import LEGS
from models.limit_actions import CONDITIONS
from models.monitoring import SEVERITIES, Monitoring
from models.watch_list import ACTION_TEXTS
from pipelines.report.page import script, template
from pipelines.report.standing import standing_section
from pipelines.report.words import NONE, number

if TYPE_CHECKING:
    from pipelines.watch.drift import Standing
    from pipelines.watch.watch_tables import Tables

CARDS = 200  # firms with a card; the Parquet file has them all
WAITING = 50  # firms named that wait for a place
WIDTH, HEIGHT = 150, 30  # pixels of a small chart
BAR = 55  # percent of its place that the longest bar takes, so that its figure has room
CLASS_ZH = dict(zip(CLASSES, ("正常", "关注", "次级", "可疑", "损失"), strict=True))
SEVERITY_ZH = dict(zip(SEVERITIES, ("黄", "橙", "红"), strict=True))
STATUS = {
    "watch": ("预警名单", "watch list"),
    "collection": ("逾期催收", "in collection"),
    "none": ("未上名单", "not on the list"),
}
HELD = {
    "unknown": (
        "本月数值未知或不可比，不足以解除",
        "this month's value is unknown or not comparable, which lifts nothing",
    ),
    "quiet": ("数值已回落，但未满连续 {} 个月", "the value has eased, but not yet for {} months in a row"),
    "milder": ("数值有所好转，但尚未回到解除线以内", "the value is milder, but not yet within the bound to clear"),
}
UNIT = {"dpd": "days", "due_cover": "ratio"}  # of what a loan has beside the catalogue
SPAN = {unit: f" {UNITS[unit]} {unit}" for unit in ("days", "months")}
DECIDED = {
    **CONDITIONS,
    **{leg.name: (leg.zh, leg.en) for leg in LEGS},
    "growth_rule": ("收入增幅", "growth of income"),
    "admission": ("准入规则", "admission rules"),
}


def watch_list_page(
    found: "Tables",
    refused: Mapping[str, str],
    months: Sequence[date],
    settings: Monitoring,
    names: Mapping[str, str],
    stand: "Standing | None" = None,
) -> str:
    """The page, as HTML.

    Parameters
    ----------
    found : the tables of a run.
    refused : firms that were not read, and why.
    months : the dates that the charts show, the oldest first.
    settings : the settings of the run.
    names : registered names by enterprise.
    stand : how the post-loan model stands; None where none is in use, or no sound loan is live.
    """
    firms = found.watch_list
    acted = firms[firms["status"].isin(("watch", "collection"))]
    raised = firms[firms["action"] == "raise"]
    red = firms[(firms["severity"] == len(SEVERITIES)) & (firms["status"] == "none") & (firms["waits"] == "")]
    waiting = firms[firms["waits"] != ""].sort_values(["severity", "points"], ascending=False, kind="stable")
    return template("watch_list.html").render(
        as_of=months[-1],
        metrics=found.metrics(len(refused)),
        classes=_classes(found.classes),
        actions=_actions(firms),
        cards=[_card(row, found, months, settings, names) for row in _records(acted.head(CARDS))],
        more=max(0, len(acted) - CARDS),
        waiting=[_limit(row, found, names) | _waits(row) for row in _records(waiting.head(WAITING))],
        waiting_more=max(0, len(waiting) - WAITING),
        red=[_limit(row, found, names) | _red(row, found) for row in _records(red.head(CARDS))],
        red_more=max(0, len(red) - CARDS),
        raised=[_limit(row, found, names) for row in _records(raised.head(CARDS))],
        quality=_quality(found.signal_quality, settings),
        refused=dict(islice(refused.items(), CARDS)),
        refused_more=max(0, len(refused) - CARDS),
        names=names,
        rules=settings.watch_list,
        version=settings.version,
        model=standing_section(stand) if stand else None,
        with_model=bool(firms["risk"].notna().any()),
        action_texts=ACTION_TEXTS,
        **script("watch_list.js"),
    )


def _classes(claims: pd.DataFrame) -> list[dict[str, Any]]:
    """Loans and balance of each class, with the width of its bar."""
    balance = claims.groupby("asset_class")["balance"].sum()
    count = claims["asset_class"].value_counts()
    largest = float(balance.max()) if len(balance) else 1.0
    return [
        {"code": name, "zh": CLASS_ZH[name], "loans": int(count.get(name, 0)), "balance": float(balance.get(name, 0.0)),
         "width": round(BAR * float(balance.get(name, 0.0)) / largest, 1)}
        for name in CLASSES
    ]  # fmt: skip


def _actions(firms: pd.DataFrame) -> list[dict[str, Any]]:
    count = firms["action"].value_counts()
    largest = max((int(count.get(name, 0)) for name in ACTION_TEXTS if name != "none"), default=1) or 1
    return [
        {"code": name, "zh": zh, "en": en, "firms": int(count.get(name, 0)),
         "width": round(BAR * int(count.get(name, 0)) / largest, 1)}
        for name, (zh, en) in ACTION_TEXTS.items() if name != "none"
    ]  # fmt: skip


def _card(
    row: Mapping[str, Any], found: "Tables", months: Sequence[date], settings: Monitoring, names: Mapping[str, str]
) -> dict[str, Any]:
    firm = str(row["enterprise_id"])
    standing = found.signals[found.signals["enterprise_id"] == firm]
    course = found.course[found.course["enterprise_id"] == firm]
    by_name = {signal.name: signal for signal in settings.signals}
    return {
        **row,
        "name": names.get(firm, ""),
        "status_texts": STATUS[str(row["status"])],
        "action_texts": ACTION_TEXTS[str(row["action"])],
        "class_zh": CLASS_ZH[str(row["asset_class"])],
        "tone": _tone(row)["tone"],
        "limit": _limit(row, found, names),
        "signals": [_signal(one, course, months, by_name) for one in _records(standing)],
    }


def _signal(
    one: Mapping[str, Any], course: pd.DataFrame, months: Sequence[date], by_name: Mapping[str, Any]
) -> dict[str, Any]:
    signal = by_name[one["signal"]]
    values = course.loc[course["of"] == signal.of, "value"].to_numpy()
    unit = CATALOGUE[signal.of].unit if signal.of in CATALOGUE else UNIT.get(signal.of, "share")
    unit = "share" if "_yoy_" in signal.of else unit  # against the year before: in percent
    return {
        **one,
        **_tone(one),
        "shown": measure(float(one["value"]), signal.kind, unit),
        "since": pd.Timestamp(one["since"]).date(),
        "held_texts": [text.format(signal.quiet_months) for text in HELD.get(str(one["held"]), ())],
        "held_since": pd.Timestamp(one["held_since"]).date() if one["held"] else None,
        "chart": spark(values, sum(pd.Timestamp(m) >= one["held_since"] for m in months) if one["held"] else 0),
        "first": months[0],
    }


def _tone(row: Mapping[str, Any]) -> dict[str, str]:
    """The colour of the worst signal of a firm, or of one signal, and its Chinese."""
    if not row["severity"]:
        return {"tone": "none", "tone_zh": ""}
    worst = SEVERITIES[int(row["severity"]) - 1]
    return {"tone": worst, "tone_zh": SEVERITY_ZH[worst]}


def measure(value: float, kind: str, unit: str) -> str:
    """What a signal measures, as it stands: a level, a difference or slope of it, months, or deviations.

    >>> measure(31.0, "level", "days"), measure(2.0, "change", "instalments"), measure(-0.25, "trend", "share")
    ('31 天 days', '+2', '−25% /月 a month')
    >>> measure(4.0, "persistence", "ratio"), measure(-3.2, "peer", "share"), measure(float("nan"), "level", "days")
    ('4 个月 months', '−3.2 σ', '—')
    """
    if np.isnan(value):
        return NONE
    if kind == "persistence":
        return number(value, "months") + SPAN["months"]
    if kind in ("peer", "own_history"):
        return number(value, "ratio") + " σ"
    sign = "+" if kind in ("change", "trend") and value > 0 else ""
    return sign + number(value, unit) + SPAN.get(unit, "") + " /月 a month" * (kind == "trend")


def spark(values: Any, held: int = 0) -> dict[str, Any]:
    """The course of a signal as points of a line, with the last one apart; unknown months are left out.

    ``held``: of how many of the last months the level is held though the value has left it; from where the ground of
    these is shaded, None where none is.

    >>> spark([0.0, 1.0])["path"]
    'M0.0 27.0L146.0 3.0'
    >>> spark([float("nan")])["path"]
    ''
    """
    every = np.asarray(values, dtype="float64")
    month = (WIDTH - 4) / max(len(every) - 1, 1)
    since = round(max(0.0, (len(every) - held - 0.5) * month), 1) if held else None
    known = np.flatnonzero(np.isfinite(every))
    if not len(known):
        return {"path": "", "x": 0.0, "y": 0.0, "zero": None, "held": since}
    low, high = float(every[known].min()), float(every[known].max())
    span = high - low or 1.0
    x = known * month
    y = HEIGHT - 3 - (every[known] - low) / span * (HEIGHT - 6)
    path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
    zero = round(HEIGHT - 3 + low / span * (HEIGHT - 6), 1) if low < 0 < high else None
    return {"path": path, "x": round(float(x[-1]), 1), "y": round(float(y[-1]), 1), "zero": zero, "held": since}


def _limit(row: Mapping[str, Any], found: "Tables", names: Mapping[str, str]) -> dict[str, Any]:
    decided = str(row["decided_by"])
    texts = {one["signal"]: (one["zh"], one["en"]) for one in _records(found.signals.drop_duplicates("signal"))}
    return {
        "enterprise_id": row["enterprise_id"],
        "name": names.get(str(row["enterprise_id"]), ""),
        "action": row["limit_action"],
        "texts": ACTION_TEXTS.get(str(row["limit_action"]), ("维持额度", "keep")),
        "committed": row["committed"],
        "new_limit": row["new_limit"],
        "decided": {**DECIDED, **texts}.get(decided, (decided, decided)),
    }


def _waits(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a firm that is risky enough waits for: principal that falls due, the end of its rest, or a place."""
    return {
        "points": row["points"],
        "risk": row["risk"],
        **_tone(row),
        "waits": row["waits"],
        "due": row["principal_months"],
    }


def _red(row: Mapping[str, Any], found: "Tables") -> dict[str, Any]:
    """The red signals of a firm that has no place on the list."""
    own = found.signals["enterprise_id"] == row["enterprise_id"]
    standing = _records(found.signals[own & (found.signals["severity"] == len(SEVERITIES))])
    since = [(one["zh"], one["en"], pd.Timestamp(one["since"]).date()) for one in standing]
    return {"points": row["points"], "balance": row["balance"], "signals": since}


def _quality(quality: pd.DataFrame, settings: Monitoring) -> list[dict[str, Any]]:
    """The record of the signals that were ever judged, the best first."""
    texts = {signal.name: (signal.zh, signal.en) for signal in settings.signals}
    judged = quality[quality["alerts"] > 0].sort_values("hit_rate", ascending=False, kind="stable")
    return [{**row, "zh": texts[row["signal"]][0], "en": texts[row["signal"]][1]} for row in _records(judged)]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as mappings by column."""
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False, name=None)]
