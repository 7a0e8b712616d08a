"""Is the model still right? The manager's section: what moved, how well it ranks, and whether to train it again."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from features.labels import HORIZONS
from pipelines.modelling.post_loan import FEATURES
from pipelines.report.words import NONE, number

if TYPE_CHECKING:
    from models.performance import Performance
    from pipelines.watch.drift import Standing

WIDTH, HEIGHT = 330, 66  # pixels of a picture of shares, without the words below it
GAP = 0.2  # of a bin's width to either side of its two bars
LEFT, SPAN = 152, 180  # pixels of the picture of AUCs: words to the left, and 0.5 to 1
TEXTS = {f.name: (f.zh, f.en, f.unit) for f in FEATURES} | {n: (h.zh, h.en, "share") for n, h in HORIZONS.items()}
MEASURES = (
    ("learned", "训练时留出 held out", "gross"),
    ("measured", "结果已知 told", "income"),
    ("expected", "结果未到期，预计 expected", "expected"),
)


def standing_section(stand: "Standing") -> dict[str, Any]:
    """What the template ``standing.html`` shows of how a model stands."""
    rows = stand.inputs.to_dict("records")
    of_inputs = [row for row in rows if row["input"] not in HORIZONS]
    alarms = [row for row in of_inputs if row["alarm"]]
    against = str(stand.inputs["against"].iloc[0])
    return {
        "evidence": [(_named(zh, 0), _named(en, 1)) for zh, en in stand.evidence],
        "watched": len(of_inputs),
        "firms": int(stand.inputs["firms"].iloc[0]),
        "against": (f"{against}月", f"month {against}") if against.isdigit() else ("各月合并", "all months"),
        "alarms": [_moved(row) for row in alarms],
        "scores": [_moved(row) for name in HORIZONS for row in rows if row["input"] == name],
        "performance": [_horizon(name, stand) for name in HORIZONS],
        "axis": [(round(_at(tick / 10), 1), f"{tick / 10:.1f}") for tick in range(5, 11)],
    }


def _named(text: str, language: int) -> str:
    """The words of inputs and scores in place of their codes.

    >>> _named("late_3m 实测AUC下降", 0)
    '“3个月内首次逾期超过30天” 实测AUC下降'
    """
    return re.sub(
        r"[a-z]\w*_\w+", lambda found: f"“{TEXTS[found[0]][language]}”" if found[0] in TEXTS else found[0], text
    )


def _moved(row: Mapping[Any, Any]) -> dict[str, Any]:
    name = str(row["input"])
    zh, en, unit = TEXTS.get(name, (name, name, "ratio"))
    p = float(row["adjusted"])
    return {
        "name": name, "zh": zh, "en": en, "alarm": bool(row["alarm"]), "psi": f"{row['psi']:.2f}",
        "p": "< 0.0001" if p < 0.0001 else f"{p:.4f}",
        "bins": shares(row["edges"], row["before"], row["now"], unit),
    }  # fmt: skip


def shares(edges: Sequence[float], before: Sequence[float], now: Sequence[float], unit: str) -> list[dict[str, Any]]:
    """Two bars for each bin, the baseline's and this month's; the bin of missing values only where there are some.

    >>> two = shares([0.5], [0.5, 0.5, 0.0], [0.25, 0.75, 0.0], "ratio")
    >>> [(bar["label"], bar["before"], bar["now"]) for bar in two]  # pixels; the largest share has the whole height
    [('≤ 0.5', 44.0, 22.0), ('> 0.5', 44.0, 66.0)]
    """
    labels = [f"≤ {number(edge, unit)}" for edge in edges]
    labels += [f"> {number(edges[-1], unit)}" if len(edges) else "全部 all", "缺失 none"]
    kept = [bin for bin in zip(labels, before, now, strict=True) if bin[0] != labels[-1] or bin[1] + bin[2] > 0]
    step, most = WIDTH / len(kept), max(max(old, new) for _, old, new in kept)
    return [
        {"label": label, "x": round(step * (place + GAP), 1), "width": round(step * (0.5 - GAP), 1),
         "middle": round(step * (place + 0.5), 1), "before": round(HEIGHT * old / most, 1),
         "now": round(HEIGHT * new / most, 1), "said": f"{label}: {old:.1%} → {new:.1%}"}
        for place, (label, old, new) in enumerate(kept)
    ]  # fmt: skip


def _horizon(name: str, stand: "Standing") -> dict[str, Any]:
    told, awaited = stand.measured.get(name), stand.expected.get(name)
    rows = [_area(text, tone, {"learned": None, "measured": told, "expected": awaited}[key],
                  stand.learned[name] if key == "learned" else None) for key, text, tone in MEASURES]  # fmt: skip
    return {"zh": HORIZONS[name].zh, "en": HORIZONS[name].en, "rows": rows, "told": told and _told(told)}


def _area(text: str, tone: str, found: "Performance | None", auc: float | None) -> dict[str, Any]:
    """One line of the picture: the AUC, its interval where there is one, and what it says."""
    if found is None and auc is None:
        return {"text": text, "tone": tone, "x": None, "said": NONE}
    if found is None:
        return {"text": text, "tone": tone, "x": _at(auc or 0.5), "low": None, "said": f"{auc:.3f}"}
    return {
        "text": text, "tone": tone, "x": _at(found.auc), "low": _at(found.auc_low), "high": _at(found.auc_high),
        "said": f"{found.auc:.3f}（{found.auc_low:.3f} – {found.auc_high:.3f}）",
    }  # fmt: skip


def _at(auc: float) -> float:
    return round(LEFT + SPAN * (min(max(auc, 0.5), 1.0) - 0.5) * 2, 1)


def _told(found: "Performance") -> dict[str, str]:
    return {
        "rows": f"{found.rows:,}", "firms": f"{found.firms:,}", "bad": f"{found.bad:,.0f}",
        "ratio": f"{found.ratio:.2f}（{found.ratio_low:.2f} – {found.ratio_high:.2f}）",
    }  # fmt: skip
