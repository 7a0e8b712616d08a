"""A hazard restated by age as outcomes are told: what came in the last quarter beside what was expected of it.

No fit knows the level of the years after it. So expected chances are brought up to date each quarter, as a bank does:
for each band of age by the events told within a window before the day, over those that were expected of the loans in
the time for which they were watched in it. A band with few events leans on the level of all bands, and that on the
chances as they were (credibility by a gamma prior).
Sources: Breslow and Day, Statistical Methods in Cancer Research II, IARC 1987, ch. 2 (expected events of person-time,
exact interval of their ratio); Bühlmann, ASTIN Bulletin 4 (1967), credibility.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import gamma

from models.arrays import Floats

WINDOW = 3  # months of outcomes looked back on
CREDIBILITY = 5.0  # events that what was believed before weighs as much as: it may be off by 1/sqrt(5), 45 %


def observed_to_expected(band: ArrayLike, events: ArrayLike, expected: ArrayLike, level: float = 0.95) -> pd.DataFrame:
    """Events over expected events of each band, with the exact interval of a Poisson count.

    Returns
    -------
    DataFrame
        ``band, observed, expected, ratio, low, high``, by band.

    Examples
    --------
    >>> table = observed_to_expected([0, 0, 1], [1, 1, 0], [0.5, 0.5, 2.0])
    >>> table.round(2).to_numpy().tolist()  # 2 events: 0.24 to 7.22; none: 0 to 3.69
    [[0.0, 2.0, 1.0, 2.0, 0.24, 7.22], [1.0, 0.0, 2.0, 0.0, 0.0, 1.84]]
    """
    rows = pd.DataFrame({"band": np.asarray(band), "observed": np.asarray(events), "expected": np.asarray(expected)})
    table = rows.groupby("band")[["observed", "expected"]].sum().astype("float64").reset_index()
    count, mean, tail = table["observed"].to_numpy(), table["expected"].to_numpy(), (1 - level) / 2
    low = np.where(count > 0, gamma.ppf(tail, np.maximum(count, 1)), 0.0)
    high = gamma.ppf(1 - tail, count + 1)
    return table.assign(ratio=count / mean, low=low / mean, high=high / mean)


def told(rows: pd.DataFrame, day: pd.Timestamp, bands: int, months: int = WINDOW) -> tuple[Floats, Floats]:
    """Events told in the months before a day, and those expected of the time watched in them, by band of age.

    Parameters
    ----------
    rows : ``band`` (from 0), ``chance`` of the event within the period, its ``begin`` and ``end``, and ``left``: the
        day of the event where there is one, else missing. A row counts for as long as it had no event; its chance
        is spread over its period evenly.
    day : what is of this day or later is not looked at.
    bands : how many there are.
    months : that are looked back on.
    """
    since = day - pd.DateOffset(months=months)
    seen = rows[(rows["begin"] < day) & (rows["end"] > since) & ~(rows["left"] < since)]
    event = (seen["left"] >= since) & (seen["left"] < day)
    out = seen["left"].where(event, seen["end"])
    out, begin = out.where(out < day, day), seen["begin"].where(seen["begin"] > since, since)
    watched = (out - begin) / (seen["end"] - seen["begin"])
    expected = -np.log1p(-seen["chance"].to_numpy()) * watched.to_numpy()
    band = seen["band"].to_numpy()
    observed = np.bincount(band, event.to_numpy(dtype="float64"), bands)
    return observed.astype("float64"), np.bincount(band, expected, bands).astype("float64")


def factors(observed: Floats, expected: Floats, credibility: float = CREDIBILITY) -> Floats:
    """By how much the hazard of each band is restated; 1 where nothing speaks against it.

    Examples
    --------
    >>> factors(np.array([20.0, 0.0]), np.array([10.0, 0.0]), credibility=10)  # level 30 / 20; 30 / (10 + 10 / 1.5)
    array([1.8, 1.5])
    """
    level = (observed.sum() + credibility) / (expected.sum() + credibility)
    restated: Floats = (observed + credibility) / (expected + credibility / level)
    return restated


def restate(chance: ArrayLike, factor: ArrayLike) -> Floats:
    """The chance of a period whose hazard is ``factor`` times as high.

    >>> restate([0.5], [2.0]).tolist()  # sound twice over: 0.5 x 0.5
    [0.75]
    """
    told: Floats = -np.expm1(np.asarray(factor, dtype=float) * np.log1p(-np.asarray(chance, dtype=float)))
    return told


def rolled(known: pd.DataFrame, asked: pd.DataFrame, bands: int) -> Floats:
    """Chances of rows, each restated on the first day of the quarter in which its period begins.

    Parameters
    ----------
    known : rows as of ``told``; of these, a row asked uses nothing of its quarter's first day or later.
    asked : ``band``, ``chance`` and ``begin``.
    bands : how many there are.
    """
    quarter = asked["begin"].dt.to_period("Q")
    place, quarters = pd.factorize(quarter)
    table = np.array([factors(*told(known, q.start_time, bands)) for q in quarters]).reshape(-1, bands)
    return restate(asked["chance"], table[place, asked["band"]])
