"""Real loans to small firms, out of time: who will be charged off, from what was known on approval.

``pipelines.evaluation.loan_age`` follows the same loans after disbursement.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.sources import sba
from models.arrays import Flags, Floats, Places
from models.feature import ModelFeature
from models.hazard import fit_hazard
from models.labelled import Labelled
from models.metrics import auc, brier, calibration_bins, calibration_slope, ks, paired, paired_auc_difference

SEEDS = 2
WINDOW = 60  # months; a charge-off comes late, in the middle 57 months after disbursement
SINCE = pd.Timestamp("1990-01-01")
SECTORS = ("11", "23", "31", "32", "33", "42", "44", "45", "48", "51", "53", "54", "56", "61", "62", "71", "72", "81")
STATES = ("CA", "FL", "TX", "NY", "OH", "MA", "PA", "IL", "NJ", "MO", "GA", "MN")
PROTOCOL = (
    "Loans by the date of approval: fitted on those approved from 1990 until the cut, judged on those approved "
    f"from it on. Bad is a charge-off within {WINDOW} months of disbursement. Term, the disbursed amount, balances "
    "and the fields of the charge-off are no features: they know the outcome. The few loans of 1971-81 stay out: "
    "of these the register holds hardly any but those charged off. auc is that of the probabilities averaged over "
    f"{SEEDS} seeds, each calibrated on held-out folds of the fitted loans; intervals are DeLong's. In main the cut "
    "is 2005-01-01 and outcomes of fitted loans are told after it, as any hold-out of later vintages does; in "
    "strict every outcome that is learned was told before the first loan that is judged was approved."
)


@dataclass(frozen=True)
class Split:
    """Which loans are learned from and which are judged."""

    name: str
    cut: str
    window: int = WINDOW
    strict: bool = False

    def rows(self, loans: pd.DataFrame) -> tuple[Flags, Flags]:
        """Flags of the loans to learn from and to judge, among those whose outcome is told."""
        cut, told = pd.Timestamp(self.cut), outcome(loans, self.window).notna()
        before = (loans["approved"] >= SINCE) & (loans["approved"] < cut)
        if self.strict:
            before &= loans["disbursed"] + pd.DateOffset(months=self.window) < cut
        return (told & before).to_numpy(), (told & (loans["approved"] >= cut)).to_numpy()


MAIN = Split("main", "2005-01-01")
STRICT = Split("strict", "2003-01-01", strict=True)
SPLITS = (MAIN, STRICT, Split("three years", "2005-01-01", 36), Split("cut in autumn 2004", "2004-09-01"))


def read_sba(path: Path) -> tuple[pd.DataFrame, dict[str, int]]:
    """The sound loans with their outcome beside them, and how many rows were refused for each reason."""
    rows = sba.loans(path)
    refused = rows.loc[rows["rejected_for"] != "", "rejected_for"].value_counts().sort_index()
    sound = rows[rows["rejected_for"] == ""]
    loans = sound.merge(sba.outcomes(path), "left", "loan_id", validate="one_to_one")
    return loans, {str(name): int(count) for name, count in refused.items()}


def outcome(loans: pd.DataFrame, window: int) -> pd.Series:
    """1 for a charge-off within ``window`` months of disbursement, 0 for none, NaN where it is not told.

    The last charge-off that the register holds is the end of what it tells.
    """
    end = loans["disbursed"] + pd.DateOffset(months=window)
    bad = (loans["charged_off_on"] < end).astype(float)
    undated = (loans["charged_off"] == 1) & loans["charged_off_on"].isna()
    return bad.where(loans["charged_off"].notna() & ~undated & (end <= loans["charged_off_on"].max()))


def columns(loans: pd.DataFrame) -> pd.DataFrame:
    """What was known on approval, as numbers; codes that the register does not explain are missing."""
    number = {
        name: pd.to_numeric(loans[name], errors="coerce")
        for name in ("NoEmp", "CreateJob", "RetainedJob", "UrbanRural", "FranchiseCode")
    }
    sector = loans["NAICS"].str[:2]
    plain = {
        "amount": loans["amount"],
        "guaranteed_share": loans["guaranteed"] / loans["amount"],
        "employees": number["NoEmp"],
        "jobs_created": number["CreateJob"],
        "jobs_retained": number["RetainedJob"],
        "amount_per_employee": loans["amount"] / number["NoEmp"].where(number["NoEmp"] > 0),
        "new_business": loans["NewExist"].map({"1": 0.0, "2": 1.0}),
        "franchise": (number["FranchiseCode"] > 1).astype(float),
        "urban": number["UrbanRural"].map({1: 1.0, 2: 0.0}),
        "revolving": loans["RevLineCr"].map({"Y": 1.0, "N": 0.0}),
        "low_documentation": loans["LowDoc"].map({"Y": 1.0, "N": 0.0}),
        "bank_in_state": (loans["State"] == loans["BankState"]).astype(float),
        "sector_unknown": (loans["NAICS"] == "0").astype(float),
    }
    plain |= {f"sector_{code}": (sector == code).astype(float) for code in SECTORS}
    plain |= {f"state_{code.lower()}": (loans["State"] == code).astype(float) for code in STATES}
    return pd.DataFrame(plain).astype("float64")


def labelled(x: pd.DataFrame, y: Floats, group: Places) -> Labelled:
    """Rows as the fit takes them; none of the register's columns has a direction that could be argued for."""
    features = tuple(ModelFeature(name, "register", 0, name, name) for name in map(str, x))
    return Labelled(x.to_numpy(dtype=float), y, np.ones(len(x), dtype=bool), group, features)


def discrimination(loans: pd.DataFrame) -> tuple[dict[str, Any], Floats]:
    """Figures of every split, those of ``MAIN`` in full, and the main model's probability for every loan.

    Loans that the main model learned from have the probability of a model of other folds.
    """
    x = columns(loans)
    figures: dict[str, Any] = {}
    tried = []
    for split in SPLITS:
        learn, judge = split.rows(loans)
        y = outcome(loans, split.window).to_numpy()
        p = np.mean([_fit(x, y, learn, seed, split is MAIN) for seed in range(SEEDS)], axis=0)
        shown = _figures(x, y, p, learn, judge) | {"cut": split.cut, "window_months": split.window}
        tried.append({"name": split.name, **{k: shown[k] for k in ("cut", "window_months", "n", "bad", "auc")}})
        if split in (MAIN, STRICT):
            figures[split.name] = shown
        if split is MAIN:
            predicted = p
    return {**figures.pop("main"), **figures, "configurations_tried": tried}, predicted


def _fit(x: pd.DataFrame, y: Floats, learn: Flags, seed: int, everyone: bool) -> Floats:
    rows = np.flatnonzero(learn)
    p = fit_hazard(labelled(x[learn], y[learn], rows), seed).probability(x.to_numpy())
    if everyone:
        for fold in (0, 1):
            inside, outside = rows[rows % 2 == fold], rows[rows % 2 != fold]
            other = fit_hazard(labelled(x.iloc[outside], y[outside], outside), seed)
            p[inside] = other.probability(x.iloc[inside].to_numpy())
    return p


def ranking_and_level(y: Floats, p: Floats) -> dict[str, Any]:
    """Rows and bad ones, AUC with its interval, and how the level fits."""
    intercept, slope = calibration_slope(y, p)
    area = [part + 0.5 for part in paired_auc_difference(y, p, np.zeros_like(p))]
    level = {"intercept": intercept, "slope": slope, "expected": float(p.mean()), "observed": float(y.mean())}
    ranking = dict(zip(("mean", "low", "high"), area, strict=True))
    return {"n": len(y), "bad": int(y.sum()), "auc": ranking, "calibration": level}


def _figures(x: pd.DataFrame, y: Floats, p: Floats, learn: Flags, judge: Flags) -> dict[str, Any]:
    truth, ours = y[judge], p[judge]
    single, name = _single(x, y, learn, judge)
    logistic = _logistic(x, y, learn, judge)
    figures = ranking_and_level(truth, ours)
    figures["calibration"]["bins"] = [vars(b) for b in calibration_bins(truth, ours)]
    return figures | {
        "learned": {"n": int(learn.sum()), "bad": int(y[learn].sum())},
        "ks": ks(truth, ours),
        "brier": brier(truth, ours),
        "naive": {
            "single": {"auc": auc(truth, single), "feature": name, "paired": paired(truth, ours, single)},
            "logistic": {"auc": auc(truth, logistic), "paired": paired(truth, ours, logistic)},
        },
    }


def _single(x: pd.DataFrame, y: Floats, learn: Flags, judge: Flags) -> tuple[Floats, str]:
    """The column that ranks the fitted loans best, in its better direction; a missing cell is the middle one."""
    filled = x.fillna(x[learn].median()).fillna(0.0)
    areas = {str(name): auc(y[learn], filled[name].to_numpy()[learn]) for name in x}
    best = max(areas, key=lambda name: abs(areas[name] - 0.5))
    sign = 1.0 if areas[best] >= 0.5 else -1.0
    return sign * filled[best].to_numpy()[judge], best


def _logistic(x: pd.DataFrame, y: Floats, learn: Flags, judge: Flags) -> Floats:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    skewed = ["amount", "employees", "jobs_created", "jobs_retained", "amount_per_employee"]
    logs = {name: np.log1p(x[name]) for name in skewed}
    shown = x.assign(**logs)
    filled = shown.fillna(shown[learn].median()).fillna(0.0)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(filled[learn], y[learn])
    p: Floats = pipeline.predict_proba(filled[judge])[:, 1]
    return p


def digest(path: Path) -> str:
    """Hash of the data set's file."""
    files = [path] if path.is_file() else sorted(path.glob("*.csv*"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
