"""Hazard by the age of a loan: the chance that a loan that is still sound meets its event in the coming period.

Rows are loans x periods (discrete time), one for each period that a loan enters sound and that is told whole, so that
a loan whose end is not told yet (censored) counts for as long as it was watched. The same rows, read without a model,
are a product-limit (Kaplan-Meier) curve; with behaviour in them, they are the panel of the loans after disbursement.
Sources: Singer and Willett, Journal of Educational Statistics 18 (1993); Kaplan and Meier, JASA 53 (1958).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from models.arrays import Flags, Floats, Places
from models.boosted import fit_booster, raw_score
from models.calibration import Calibration, fit_calibration
from models.fit import prove
from models.intervals import Z95, exact_interval
from models.labelled import Labelled
from models.metrics import summary

FOLDS = 3


@dataclass(frozen=True)
class Hazard:
    """A fitted chance of the event within one period, calibrated on rows that its ranking had not seen.

    ``held_out`` has the figures of ``metrics.summary`` on these rows.
    """

    names: tuple[str, ...]
    booster: lgb.Booster
    calibration: Calibration
    held_out: Mapping[str, float] = field(default_factory=dict)

    def probability(self, x: Floats) -> Floats:
        """Chance of the event within the period of each row of ``x``, shape (n, len(names)) -> (n,)."""
        return self.calibration.probability(raw_score(self.booster, x))


def fit_hazard(
    rows: Labelled, seed: int = 0, later: Flags | None = None, settings: Mapping[str, Any] | None = None
) -> Hazard:
    """Learn from loans x periods; ``rows.default`` is 1 where the event came in the row's period.

    Parameters
    ----------
    rows : ``group`` keeps the rows of one loan or firm on one side of a cut.
    seed : the same rows and seed give the same model.
    later : rows of the last stretch of time, on which the map from score to chance is learned by a ranking of the
        rows before them; without it, on folds cut by group.
    settings : of the booster, in place of those of ``models.boosted``.

    Raises
    ------
    ArtifactError
        When the fitted score moves against a direction.
    """
    told = np.zeros(0), np.zeros(0)
    for test in _tests(rows, later):
        learned = rows.part(np.flatnonzero(~np.isin(np.arange(len(rows.x)), test)))
        booster = fit_booster(learned.x, learned.default, rows.directions, rows.names, seed, settings)
        told = np.append(told[0], raw_score(booster, rows.x[test])), np.append(told[1], rows.default[test])
    whole = rows.part(np.arange(len(rows.x)))
    booster = fit_booster(whole.x, whole.default, rows.directions, rows.names, seed, settings)
    prove(booster, whole.x, rows.directions)
    calibration = fit_calibration(*told)
    held_out = summary(told[1], calibration.probability(told[0]))
    return Hazard(tuple(rows.names), booster, calibration, held_out)


def _tests(rows: Labelled, later: Flags | None) -> list[Places]:
    if later is not None:
        return [np.flatnonzero(later)]
    return [np.flatnonzero(rows.group % FOLDS == fold) for fold in range(FOLDS)]


def loan_periods(watched: ArrayLike, event: ArrayLike, length: int, most: int) -> pd.DataFrame:
    """One row for each period of a loan that it entered sound and that was watched to its end, or to the event.

    Parameters
    ----------
    watched : months from disbursement to the event, or to the last day that is told.
    event : 1 where ``watched`` ends with the event.
    length : months of a period.
    most : periods that are followed.

    Returns
    -------
    DataFrame
        ``loan`` (position), ``period`` (from 0) and ``event``, ordered by loan and period.

    Examples
    --------
    >>> loan_periods([7.0, 7.0], [1, 0], length=6, most=20).to_numpy().tolist()  # the second was not watched to 12
    [[0, 0, 0], [0, 1, 1], [1, 0, 0]]
    """
    months, ends = np.asarray(watched, dtype=float), np.asarray(event, dtype=bool)
    last = np.floor(months / length).astype(int)
    entered = np.minimum(np.where(ends, last + 1, last), most)
    loan = np.repeat(np.arange(len(months)), entered)
    period = np.arange(len(loan)) - np.repeat(np.cumsum(entered) - entered, entered)
    return pd.DataFrame({"loan": loan, "period": period, "event": (ends[loan] & (period == last[loan])).astype(int)})


def product_limit(period: ArrayLike, event: ArrayLike) -> pd.DataFrame:
    """Kaplan-Meier's curve of rows of loans x periods; loans may enter late, as when a year of all ages is read.

    The interval, of 95 %, is Greenwood's on the scale of log(-log), which keeps it between 0 and 1.

    Returns
    -------
    DataFrame
        ``period, at_risk, events, hazard, low, high`` (the hazard with its exact binomial interval), and ``sound,
        sound_low, sound_high``: the share still sound at the end of the period.

    Examples
    --------
    >>> product_limit([0, 0, 0, 0, 1, 1, 1], [1, 0, 0, 0, 0, 0, 1])["sound"].tolist()  # 3/4, then 3/4 x 2/3
    [0.75, 0.5]
    """
    rows = pd.DataFrame({"period": np.asarray(period), "event": np.asarray(event, dtype=float)})
    table = rows.groupby("period")["event"].agg(at_risk="size", events="sum").reset_index()
    n, d = table["at_risk"].to_numpy(dtype=float), table["events"].to_numpy()
    low, high = exact_interval(d, n)
    sound = np.cumprod(1 - d / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.sqrt(np.cumsum(d / (n * (n - d)))) / np.abs(np.log(sound))
        spread = np.exp(Z95 * deviation)
        bounds = sound**spread, sound ** (1 / spread)
    inside = (sound > 0) & (sound < 1)
    lower, upper = (np.where(inside, bound, sound) for bound in bounds)
    return table.assign(hazard=d / n, low=low, high=high, sound=sound, sound_low=lower, sound_high=upper)


def by_age(period: ArrayLike, event: ArrayLike, expected: ArrayLike) -> pd.DataFrame:
    """Expected beside observed, by age.

    Returns
    -------
    DataFrame
        The table of ``product_limit`` with ``expected`` (mean chance of each period), ``expected_sound`` (the curve
        that it makes) and ``within``: whether it lies in the interval of the observed hazard.
    """
    table = product_limit(period, event)
    chance = pd.Series(np.asarray(expected, dtype=float)).groupby(np.asarray(period)).mean().to_numpy()
    within = (table["low"] <= chance) & (chance <= table["high"])
    return table.assign(expected=chance, expected_sound=np.cumprod(1 - chance), within=within)
