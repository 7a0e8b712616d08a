"""The page of features: what each means, how it is spread over a matrix, and what it tells of defaults alone."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.catalogue import EVERY, Feature
from features.catalogue.feature import FAMILIES, UNITS
from pipelines.modelling.outcomes import information_value
from pipelines.report.page import script, template
from pipelines.report.table import harmless
from pipelines.report.words import number

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS, WIDTH, HEIGHT = 32, 224, 34  # bars of a histogram, and its size in pixels
LEVELS = {
    "lines": ("需逐笔流水", "account lines needed"),
    "statistics": ("月度统计即可", "monthly statistics are enough"),
    "public": ("需公共缴费与申报数据", "bills, filings or contributions needed"),
    "register": ("登记与征信", "other facts"),
    "question": ("申请本身", "what was asked"),
}
DIRECTIONS = {1: ("↑ 越高风险越大", "higher is riskier"), -1: ("↓ 越高风险越小", "higher is safer"),
              0: ("○ 不定", "neither")}  # fmt: skip


@dataclass(frozen=True)
class Spread:
    """Where the values of a feature lie: quantiles, the path of a histogram, and where zero is in it, if it is."""

    quantiles: tuple[float, ...]
    path: str
    zero: float | None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A feature as the page shows it; ``iv`` is the information value and ``chance`` what one in twenty exceeds."""

    feature: Feature
    spread: Spread | None
    missing: float
    iv: float | None
    chance: float


def feature_page(matrix: pd.DataFrame, outcome: pd.Series) -> str:
    """The page, as HTML.

    Parameters
    ----------
    matrix : DataFrame
        As ``pipelines.features.compute`` gives it.
    outcome : Series
        As ``pipelines.modelling.outcomes.outcomes`` gives it for the rows of the matrix.
    """
    known = outcome.notna().to_numpy()
    bad = outcome.to_numpy(dtype="float64")[known]
    told = 0 < bad.sum() < len(bad)
    shown = [
        _shown(feature, matrix[name].to_numpy(dtype="float64"), known, bad if told else None)
        for name, feature in EVERY.items()
        if name in matrix
    ]
    return template("features.html").render(
        rows=[(one, _words(one.feature)) for one in shown],
        families=[(name, FAMILIES[name].zh, n) for name, n in Counter(one.feature.family for one in shown).items()],
        counts={
            "rows": len(matrix),
            "firms": matrix["enterprise_id"].nunique(),
            "outcomes": len(bad),
            "defaults": int(bad.sum()),
        },
        dates=sorted({f"{day:%Y-%m-%d}" for day in matrix["as_of"]}),
        told=told,
        number=number,
        size={"width": WIDTH, "height": HEIGHT},
        quantiles=[f"{q:.0%}" for q in QUANTILES],
        **script("features.js"),
    )


def _shown(feature: Feature, values: np.ndarray, known: np.ndarray, bad: np.ndarray | None) -> Shown:
    seen = values[~np.isnan(values)]
    iv, chance = (None, 0.0) if bad is None else information_value(values[known], bad)
    missing = 1 - len(seen) / len(values) if len(values) else 0.0
    return Shown(feature=feature, spread=spread(seen) if len(seen) else None, missing=missing, iv=iv, chance=chance)


def _words(feature: Feature) -> dict[str, str]:
    """The texts of a feature in both languages; none that a spreadsheet would run when the table is pasted there."""
    words = {
        "name": feature.name,
        "zh": feature.zh,
        "en": feature.en,
        "family_zh": FAMILIES[feature.family].zh,
        "window": f"{feature.window}个月" if feature.window else "当日",
        "window_en": f"{feature.window} months" if feature.window else "on the date",
        "unit": UNITS[feature.unit],
        "unit_en": feature.unit,
        "direction": DIRECTIONS[feature.direction][0],
        "direction_en": DIRECTIONS[feature.direction][1],
        "missing": feature.missing.zh,
        "missing_en": feature.missing.en,
        "level": LEVELS[feature.level][0],
        "level_en": LEVELS[feature.level][1],
        "source": feature.source.zh,
        "source_en": feature.source.en,
    }
    return {name: str(harmless(text)) for name, text in words.items()}


def spread(seen: np.ndarray) -> Spread:
    """Quantiles and a histogram from the first to the last percentile; what lies beyond stands in the end bars."""
    low, high = np.quantile(seen, (0.01, 0.99), method="nearest")
    if low == high:
        low, high = seen.min(), seen.max()
    width = (high - low) / BINS
    # One value alone, or two that no number lies between, are one bar in the middle.
    places = ((seen - low) / width).clip(0, BINS - 1).astype(int) if width > 0 else np.full(len(seen), BINS // 2)
    counts = np.bincount(places, minlength=BINS)
    step = WIDTH / BINS
    path = "".join(
        f"M{place * step:g} {HEIGHT}v-{max(1.0, count / counts.max() * (HEIGHT - 2)):.3g}h{step - 1:g}V{HEIGHT}z"
        for place, count in enumerate(counts)
        if count
    )
    zero = round(float(-low / width * step), 1) if width > 0 and low < 0 < high else None
    return Spread(tuple(float(q) for q in np.quantile(seen, QUANTILES)), path, zero)
