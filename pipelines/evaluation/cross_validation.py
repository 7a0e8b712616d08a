"""Cross-validation in which everything is learned inside the training folds, the naive bars included."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from features.catalogue import CATALOGUE, scored
from features.catalogue.feature import Family, Feature
from models.arrays import Flags, Floats, Places
from models.boosted import fit_booster, raw_score
from models.credit_model import CreditModel
from models.decide import decide_table
from models.fit import fit_credit_model
from models.intervals import Z95
from models.labelled import Labelled
from models.metrics import (
    auc,
    brier,
    calibration_bins,
    calibration_slope,
    calibration_slope_interval,
    ks,
    paired,
    paired_auc_difference,
)
from models.policy import Policy
from models.reference import at_worst, filled
from pipelines.evaluation.samples import Sample

Track = Callable[[list[Any]], Iterable[Any]]
Judge = Callable[[pd.DataFrame, Floats, pd.DataFrame, Sequence[Feature], int], Floats]
FOLDS, SEEDS, LADDER_SEEDS = 5, 5, 8
# What each rung adds to the one below: what a register tells, the flows, and the kinds of evidence beside them.
# Peers are other firms, as counterparties are. The health of counterparties has a rung where it is in the matrix.
LADDER: dict[str, tuple[Family, ...]] = {
    "static": ("profile", "application"),
    "flows": ("level", "stability", "trend", "liquidity", "integrity", "coverage"),
    "public payments": ("public_payments",),
    "counterparties": ("concentration", "peers"),
    "counterparties' health": ("health",),
    "credit use": ("credit",),
}
LARGEST = "log_in"  # the bar of which nothing is learned: who takes in the most is the safest
PROTOCOL = (
    f"Stratified {FOLDS}-fold cross-validation over {SEEDS} seeds on the labelled rows, everything learned inside the "
    "training folds. auc is the mean over seeds of the AUC of a seed's held-out predictions, sd its deviation over "
    "seeds, by_fold the mean and deviation over folds; ks, brier, calibration and the paired DeLong intervals are of "
    "the predictions averaged over seeds."
)


def measure(sample: Sample, policy: Policy, track: Track) -> tuple[dict[str, Any], pd.DataFrame]:
    """The figures on the labelled rows, and predictions of every row by models that did not see it."""
    told = ~np.isnan(sample.outcome)
    y, features = sample.outcome[told], sample.features[told].reset_index(drop=True)
    totals = sample.totals[told].reset_index(drop=True)
    held = {name: np.empty((SEEDS, len(y))) for name in ("model", "single", "logistic")}
    tables, chosen, by_fold = [], [], []
    for seed, train, test in track(_cuts(features, y, SEEDS)):
        model = _fit(features.iloc[train], y[train], policy)
        table = decide_table(features.iloc[test], model).assign(row=test, seed=seed)
        held["model"][seed, test] = table["pd"]
        held["single"][seed, test], name = _single(features, y, train, test)
        held["logistic"][seed, test] = _logistic(totals, y, train, test)
        tables.append(table)
        chosen.append(name)
        by_fold.append(auc(y[test], held["model"][seed, test]))
    figures = _figures(y, held, chosen, by_fold, sample)
    figures["ladder"] = ladder(features, y, ranked, track)
    everyone = _fit(features, y, policy)
    return figures, _predictions(sample, told, pd.concat(tables), everyone)


def ladder(features: pd.DataFrame, y: Floats, judge: Judge, track: Track) -> list[dict[str, Any]]:
    """What each kind of evidence adds: the model on the families up to each rung, out of fold, over several seeds.

    Parameters
    ----------
    features : the matrix with ``enterprise_id``; a rung of which it has nothing is left out.
    y : 1 for bad, one a row.
    judge : learns from rows and their outcomes by some features and a seed, and gives figures of other rows that rise
        with risk.
    track : is handed the folds and gives them back one by one.

    Returns
    -------
    list of dict
        ``rung``, its number of ``features``, ``auc`` and ``sd`` (mean and deviation over seeds, which draw cuts and
        fits) and, from the second on, ``added``: the difference to the rung below with its interval (``_added``).
    """
    rungs: list[dict[str, Any]] = []
    known: list[Feature] = []
    below: Floats = np.zeros(0)
    for name, families in LADDER.items():
        added = [feature for feature in scored(features) if feature.family in families]
        if not added:
            continue
        known += added
        held = np.empty((LADDER_SEEDS, len(y)))
        for seed, train, test in track(_cuts(features, y, LADDER_SEEDS)):
            held[seed, test] = judge(features.iloc[train], y[train], features.iloc[test], known, seed)
        areas = [auc(y, row) for row in held]
        rung = {"rung": name, "features": len(known), "auc": float(np.mean(areas)), "sd": float(np.std(areas, ddof=1))}
        rungs.append(rung | ({"added": _added(y, held, below)} if rungs else {}))
        below = held
    return rungs


def _added(y: Floats, held: Floats, below: Floats) -> dict[str, float]:
    """Mean over seeds of the AUC less that of the rung below, with a 95 % interval.

    Its width holds that other loans might have come (DeLong, paired, of predictions averaged over seeds) and that other
    cuts and fits might have been drawn (the standard error over seeds): with few defaults draws alone move a booster's
    AUC by a hundredth.
    """
    gains = [auc(y, row) - auc(y, other) for row, other in zip(held, below, strict=True)]
    middle, low, _ = paired_auc_difference(y, held.mean(axis=0), below.mean(axis=0))
    half = float(np.hypot(middle - low, Z95 * np.std(gains, ddof=1) / np.sqrt(len(gains))))
    mean = float(np.mean(gains))
    return {"difference": mean, "low": mean - half, "high": mean + half}


def ranked(
    learn: pd.DataFrame, default: Floats, judge: pd.DataFrame, known: Sequence[Feature], seed: int = 0
) -> Floats:
    """Scores of other rows by a booster that learns from these; not calibrated, since nothing but the order counts."""
    rows = Labelled.of(learn, default, known)
    booster = fit_booster(rows.counted, rows.default, rows.directions, rows.names, seed)
    asked = judge[rows.names].to_numpy(dtype=np.float64, na_value=np.nan)
    return raw_score(booster, filled(asked, at_worst(rows.unknown_sides)))


def _cuts(features: pd.DataFrame, y: Floats, seeds: int) -> list[tuple[int, Places, Places]]:
    """Number of the seed, rows to learn from and rows to judge; a firm of several rows is on one side alone."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    firms, x = features["enterprise_id"], np.zeros((len(y), 1))
    cutter, of = (StratifiedKFold, (x, y)) if firms.is_unique else (StratifiedGroupKFold, (x, y, firms))
    return [
        (seed, train, test)
        for seed in range(seeds)
        for train, test in cutter(FOLDS, shuffle=True, random_state=seed).split(*of)
    ]


def _fit(features: pd.DataFrame, y: Floats, policy: Policy) -> CreditModel:
    return fit_credit_model(Labelled.of(features, y, scored(features)), policy, benchmark=False)


def _single(features: pd.DataFrame, y: Floats, train: Places, test: Places) -> tuple[Floats, str]:
    """The feature that ranks the training rows best, in its better direction; ranks so that folds can be joined."""
    best, name, sign = 0.0, "", 1.0
    for candidate in CATALOGUE:
        area = auc(y[train], _filled(features[candidate].to_numpy()[train]))
        if max(area, 1 - area) > best:
            best, name, sign = max(area, 1 - area), candidate, 1.0 if area >= 0.5 else -1.0
    values = features[name].to_numpy()
    known, asked = sign * _filled(values[train]), sign * _filled(values[test], values[train])
    return np.searchsorted(np.sort(known), asked, side="right") / len(known), name


def _filled(values: Floats, learned: Floats | None = None) -> Floats:
    """Missing values at the median of the training rows, or 0 where all of them are missing."""
    source = values if learned is None else learned
    middle = float(np.nanmedian(source)) if not np.isnan(source).all() else 0.0
    return np.nan_to_num(values, nan=middle)


def _logistic(totals: pd.DataFrame, y: Floats, train: Places, test: Places) -> Floats:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=1000))
    pipeline.fit(totals.iloc[train], y[train])
    probability: Floats = pipeline.predict_proba(totals.iloc[test])[:, 1]
    return probability


def _figures(
    y: Floats, held: dict[str, Floats], chosen: list[str], by_fold: list[float], sample: Sample
) -> dict[str, Any]:
    area = {name: [auc(y, row) for row in rows] for name, rows in held.items()}
    mean = {name: rows.mean(axis=0) for name, rows in held.items()}
    p, largest = mean["model"], -sample.totals[LARGEST].to_numpy()[~np.isnan(sample.outcome)]
    intercept, _ = calibration_slope(y, p)
    slope, low, high = calibration_slope_interval(y, p)
    return {
        "protocol": f"{sample.protocol} {PROTOCOL}",
        "rows": len(sample.ids),
        "n": len(y),
        "bad": int(y.sum()),
        "auc": {
            "mean": float(np.mean(area["model"])),
            "sd": float(np.std(area["model"], ddof=1)),
            "by_fold": {"mean": float(np.mean(by_fold)), "sd": float(np.std(by_fold, ddof=1))},
        },
        "ks": ks(y, p),
        "brier": brier(y, p),
        "calibration": {
            "intercept": intercept,
            "slope": slope,
            "slope_low": low,
            "slope_high": high,
            "slope_holds": low <= 1 <= high,
            "bins": [vars(b) for b in calibration_bins(y, p, 5)],
        },
        "naive": {
            "single": {
                "auc": float(np.mean(area["single"])),
                "feature": max(set(chosen), key=chosen.count),
                "chosen": {name: chosen.count(name) for name in sorted(set(chosen))},
                "paired": paired(y, p, mean["single"]),
            },
            "largest": {"auc": auc(y, largest), "input": LARGEST, "paired": paired(y, p, largest)},
            "logistic": {
                "auc": float(np.mean(area["logistic"])),
                "inputs": list(sample.totals.columns),
                "paired": paired(y, p, mean["logistic"]),
            },
        },
    }


def _predictions(sample: Sample, told: Flags, held: pd.DataFrame, everyone: CreditModel) -> pd.DataFrame:
    """Every row by models that did not see it: labelled rows the mean over seeds, the others by the model of all."""
    seen = held.groupby("row")[["pd", "score", "limit"]].mean()
    rows = decide_table(sample.features, everyone)[["pd", "score", "limit"]].astype("float64")
    rows[told] = seen.sort_index().to_numpy()
    return rows.assign(id=sample.ids)[["id", "pd", "score", "limit"]]
