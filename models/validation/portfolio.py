"""What the rows look like together: concentration in grades, segments, and what harder times make of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import Flags, Floats
from models.intervals import wilson
from models.refused import times_odds

FOUR_FIFTHS = 0.8  # Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D, as lenders use it


def concentration(cells: Sequence[str]) -> dict[str, Any]:
    """Share of each cell, the largest, and the Herfindahl index with the number of equal cells that would give it.

    Examples
    --------
    >>> found = concentration(["A", "A", "B", "B"])
    >>> found["herfindahl"], found["equal_cells"], found["largest"]
    (0.5, 2.0, 0.5)
    """
    names, counts = np.unique(np.asarray(cells, dtype=str), return_counts=True)
    shares = counts / counts.sum()
    index = float((shares**2).sum())
    table = [{"cell": n, "share": s} for n, s in zip(names.tolist(), shares.tolist(), strict=True)]
    return {"cells": table, "largest": float(shares.max()), "herfindahl": index, "equal_cells": 1 / index}


def segments(
    y: Floats, p: Floats, marks: Mapping[str, Sequence[str]], admitted: Flags | None, smallest: int
) -> dict[str, list[dict[str, Any]]]:
    """By each dimension a line a segment: n, observed share with Wilson's interval, mean probability, share admitted.

    ``holds`` tells whether the mean probability lies in the interval; ``impact`` is the share admitted over that of
    all rows, and ``low_impact`` whether even the upper end of its interval is below four fifths. Segments of fewer
    than ``smallest`` rows are not told apart: they are one line ``hidden`` with their number of rows alone.
    """
    return {name: _segment(y, p, np.asarray(cells, dtype=str), admitted, smallest) for name, cells in marks.items()}


def _segment(
    y: Floats, p: Floats, cells: NDArray[np.str_], admitted: Flags | None, smallest: int
) -> list[dict[str, Any]]:
    names, place, counts = np.unique(cells, return_inverse=True, return_counts=True)
    rows: list[dict[str, Any]] = []
    for k in np.flatnonzero(counts >= smallest).tolist():
        own = place == k
        bad, n, predicted = int(y[own].sum()), int(counts[k]), float(p[own].mean())
        low, high = wilson(bad, n)
        line: dict[str, Any] = {
            "segment": str(names[k]),
            "n": n,
            "bad": bad,
            "observed": bad / n,
            "low": low,
            "high": high,
        }
        line |= {"predicted": predicted, "holds": low <= predicted <= high}
        rows.append(line | ({} if admitted is None else _impact(admitted, own)))
    hidden = int(counts[counts < smallest].sum())
    return rows + ([{"segment": "", "n": hidden, "hidden": True}] if hidden else [])


def _impact(admitted: Flags, own: Flags) -> dict[str, Any]:
    n, taken, everywhere = int(own.sum()), int(admitted[own].sum()), float(admitted.mean())
    if not everywhere:
        return {"admitted": 0.0}
    high = wilson(taken, n)[1]
    return {
        "admitted": taken / n,
        "impact": taken / n / everywhere,
        "low_impact": high / everywhere < FOUR_FIFTHS,
    }


def stressed(p: Floats, amount: Floats, odds: Sequence[float], bounds: Sequence[float]) -> list[dict[str, Any]]:
    """What becomes of the rows when every row's odds of default are so many times what they are.

    Parameters
    ----------
    amount : yuan at stake in each row, NaN where unknown.
    bounds : upper end of each grade's probability.

    Returns
    -------
    A line for each of ``odds``, 1 first: ``odds``, mean probability ``predicted``, by amount ``weighted``, and the
    share of rows that fall by at least one grade, ``migrated``.

    Examples
    --------
    >>> lines = stressed(np.array([0.5]), np.array([1.0]), [3.0], [0.6, 1.0])
    >>> lines[1]["predicted"], lines[1]["migrated"]  # odds 1 become 3
    (0.75, 1.0)
    """
    weights = np.nan_to_num(amount)
    base = np.searchsorted(np.asarray(bounds), p, side="left")
    rows: list[dict[str, Any]] = []
    for times in (1.0, *odds):
        harder = times_odds(p, times)
        worse = np.searchsorted(np.asarray(bounds), harder, side="left") > base
        line = {"odds": float(times), "predicted": float(harder.mean()), "migrated": float(worse.mean())}
        weighted = float((harder * weights).sum() / weights.sum()) if weights.sum() > 0 else None
        rows.append(line | {"weighted": weighted})
    return rows
