"""Capacity: quantiles of the coming twelve months' operating cash flow, after tax and drawings, before debt service.

LightGBM cannot be monotone and a quantile at once. So it learns only the change of the cash flow as a share of income,
and only from features that stay the same when all income is scaled and that know nothing of debt: level and debt enter
by arithmetic, and by it more income never means less capacity. Held-out firms of later dates then set an offset a
quantile, so that the promised share of firms comes out above it (conformalised quantile regression, one-sided; Romano,
Patterson and Candes 2019).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Places
from models.boosted import Scorer, raw_score, scorer

LOW, LEVELS = 0.2, (0.2, 0.5, 0.8)
TABLE, BOOSTERS = "capacity.json", tuple(f"capacity_q{level * 100:.0f}.txt" for level in LEVELS)
LEAST_CHANGE = -0.8  # of income a year; above it more income is more capacity, whatever a tax takes
LEVEL_FEATURES = ("net_operating_mean_12m", "drawings_mean_12m", "income_mean_12m")
# Of accounts and register alone: bills and contributions may be withheld, and a quantile that reads them may rise then.
SHAPE_FEATURES = (
    "months_observed",
    "firm_age_months",
    "industry_section",
    "size_class",
    "income_cv_12m",
    "income_cv_24m",
    "income_gap_months_12m",
    "income_silent_months_12m",
    "income_peak_share_12m",
    "income_floor_share_12m",
    "income_slope_12m",
    "income_last1_to_6m",
    "income_last3_to_12m",
    "income_last6_to_24m",
    "income_yoy_3m",
    "income_yoy_12m",
    "customers_slope_12m",
    "customers_last3_to_12m",
    "top1_share_inflow_12m",
    "hhi_inflow_12m",
    "retained_share_inflow_12m",
    "lost_share_inflow_12m",
    "top10_overlap_inflow_24m",
)
SETTINGS = {
    "objective": "quantile",
    "learning_rate": 0.05,
    "num_leaves": 7,
    "min_data_in_leaf": 20,
    "lambda_l2": 1.0,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
ROUNDS = 120
FEWEST = 80  # rows to learn from, and to judge by: below it a fifth in the tail says little


@dataclass(frozen=True)
class CapacityModel:
    """A booster and an offset for each of ``LEVELS``; ``living_costs`` in yuan a month are taken from the cash flow."""

    names: tuple[str, ...]
    boosters: tuple[lgb.Booster, ...]
    offsets: tuple[float, ...]
    living_costs: float

    def files(self) -> dict[str, Any]:
        """Texts by file name; what ends in ``.json`` is plain content."""
        table = {"names": list(self.names), "offsets": list(self.offsets), "living_costs": self.living_costs}
        boosters = zip(BOOSTERS, self.boosters, strict=True)
        return {TABLE: table} | {name: booster.model_to_string() for name, booster in boosters}

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> "CapacityModel | None":
        """Read back what ``files`` gave; None where there is nothing of it."""
        if TABLE not in content:
            return None
        table, boosters = content[TABLE], tuple(lgb.Booster(model_str=content[name]) for name in BOOSTERS)
        return cls(tuple(table["names"]), boosters, tuple(table["offsets"]), table["living_costs"])

    @cached_property
    def _scores(self) -> tuple[Scorer, ...]:
        return tuple(scorer(booster) for booster in self.boosters)

    def quantile(self, columns: Mapping[str, Floats], level: float = LOW) -> Floats:
        """Yuan of the coming year that are passed with probability ``1 - level``; NaN where income is not known.

        Parameters
        ----------
        columns : features by name, each of shape (n,).
        """
        place = LEVELS.index(level)
        x = np.column_stack([columns[name] for name in self.names])
        change = self._scores[place](x) - self.offsets[place]
        return at_level(change, columns, self.living_costs)


def present(columns: Mapping[str, Floats], living_costs: float) -> tuple[Floats, Floats]:
    """A year's cash flow as the last twelve months had it, after what the owner lives on, and a year's income."""
    drawings = columns["drawings_mean_12m"]
    drawings = np.clip(np.where(np.isnan(drawings), 0.0, drawings), 0.0, living_costs)
    return 12 * (columns["net_operating_mean_12m"] - drawings), 12 * np.maximum(columns["income_mean_12m"], 0.0)


def at_level(change: Floats, columns: Mapping[str, Floats], living_costs: float) -> Floats:
    """Cash flow after a change by a share of income."""
    cash, income = present(columns, living_costs)
    return cash + income * np.maximum(change, LEAST_CHANGE)


def fit_capacity(
    columns: Mapping[str, Floats],
    net_operating: Floats,
    drawings: Floats,
    day: NDArray[np.datetime64],
    firm: NDArray[np.str_],
    living_costs: float,
    seed: int = 0,
) -> CapacityModel | None:
    """Learn on some firms up to a date, and set the offsets on other firms after it; None with too few rows.

    Parameters
    ----------
    columns : features by name, one value a row.
    net_operating, drawings : yuan of the twelve months that followed; NaN where they have not passed.
    day : the date of each row.
    firm : the firm of each row.
    """
    names = tuple(name for name in SHAPE_FEATURES if name in columns)
    cash, income = present(columns, living_costs)
    coming = net_operating - np.clip(drawings, 0.0, 12 * living_costs)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(income > 0, (coming - cash) / income, np.nan)
    known = np.flatnonzero(np.isfinite(change))
    learn, judge = split(day[known], firm[known], seed)
    if not names or min(len(learn), len(judge)) < FEWEST:
        return None
    learn, judge = known[learn], known[judge]
    x = np.column_stack([columns[name] for name in names])
    boosters = tuple(_booster(x[learn], change[learn], names, level, seed) for level in LEVELS)
    offsets = tuple(
        offset(raw_score(booster, x[judge]), change[judge], level)
        for booster, level in zip(boosters, LEVELS, strict=True)
    )
    return CapacityModel(names, boosters, offsets, living_costs)


def split(day: NDArray[np.datetime64], firm: NDArray[np.str_], seed: int = 0) -> tuple[Places, Places]:
    """Rows to learn from and rows to set offsets on: no firm is in both, and every date of the second is later.

    Three firms in five teach with the earlier three fifths of the rows, the others judge with the rest.
    """
    firms, place = np.unique(firm, return_inverse=True)
    teaches = (np.random.default_rng(seed).random(len(firms)) < 0.6)[place]
    cut = np.quantile(day.astype("datetime64[D]").astype(np.int64), 0.6) if len(day) else 0.0
    early = day.astype("datetime64[D]").astype(np.int64) < cut
    return np.flatnonzero(teaches & early), np.flatnonzero(~teaches & ~early)


def offset(predicted: Floats, actual: Floats, level: float) -> float:
    """What must be taken off a quantile so that the share ``1 - level`` of like rows comes out above it.

    The rank is that of split conformal prediction, ``ceil((n + 1)(1 - level))``.

    Examples
    --------
    Nine rows: the eighth of their shortfalls, so that two of ten, a new row among them, may be above it

    >>> offset(np.zeros(9), -np.arange(9.0), 0.2)
    7.0
    """
    short = np.sort(predicted - actual)
    rank = int(np.ceil((len(short) + 1) * (1 - level)))
    return float(short[min(rank, len(short)) - 1])


def _booster(x: Floats, change: Floats, names: tuple[str, ...], level: float, seed: int) -> lgb.Booster:
    data = lgb.Dataset(x, change, feature_name=list(names), params={"verbosity": -1})
    trained = lgb.train(SETTINGS | {"alpha": level, "seed": seed}, data, ROUNDS)
    return lgb.Booster(model_str=trained.model_to_string())
