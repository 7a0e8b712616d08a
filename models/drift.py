"""Drift of inputs and scores against the same month of the baseline that is kept with the model.

An alarm is significant and material: the shares of the bins differ by more than firms drawn at random would (firms, not
rows, are the witnesses, since the loans and months of one firm go together), with false discoveries controlled over
all that is watched; and the population stability index (PSI, of an input CSI) passes a bound.

Sources: Siddiqi, Credit Risk Scorecards (2006), for the index and its bounds; Benjamini and Hochberg, Journal of the
Royal Statistical Society B 57 (1995); Rao and Scott, JASA 76 (1981), for tests of shares when witnesses come in groups.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import f as fisher
from scipy.stats import false_discovery_control

from models.arrays import Floats, Places

BINS = 5
LEVEL = 0.05  # of false discoveries among the inputs called significant
MATERIAL = 0.1  # PSI below it is customarily called stable
POOLED = "all"
HALF = 0.5  # of a firm is added to each bin for the index, so that an empty one stays finite


@dataclass(frozen=True)
class Shares:
    """Mean share of each bin over firms, the covariance of a firm's shares, and the number of firms."""

    firms: int
    mean: Floats
    spread: Floats


@dataclass(frozen=True)
class Baseline:
    """What each input looked like, by calendar month and pooled: edges of its bins, and shares of these."""

    edges: Mapping[str, Floats]
    months: Mapping[str, Mapping[str, Shares]]

    def month(self, month: int) -> tuple[str, Mapping[str, Shares]]:
        """The shares of the same calendar month, or of all months where the baseline has none of it."""
        key = str(month) if str(month) in self.months else POOLED
        return key, self.months[key]

    def to_json(self) -> dict[str, Any]:
        """Plain content for an artefact."""
        months = {
            month: {
                n: {"firms": s.firms, "mean": s.mean.tolist(), "spread": s.spread.tolist()} for n, s in held.items()
            }
            for month, held in self.months.items()
        }
        return {"edges": {name: edges.tolist() for name, edges in self.edges.items()}, "months": months}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Baseline":
        """Read back what ``to_json`` gave."""
        months = {
            month: {n: Shares(s["firms"], np.array(s["mean"]), np.array(s["spread"])) for n, s in held.items()}
            for month, held in content["months"].items()
        }
        return cls({name: np.array(edges) for name, edges in content["edges"].items()}, months)


def baseline(frame: pd.DataFrame, firms: pd.Series, as_of: pd.Series) -> Baseline:
    """The baseline of a frame of inputs and scores.

    Parameters
    ----------
    frame : one float column an input or score, NaN where missing.
    firms, as_of : firm and date of each row.
    """
    edges = {str(name): bin_edges(frame[name].to_numpy(dtype=float)) for name in frame}
    code = pd.factorize(firms)[0]
    month = pd.to_datetime(as_of).dt.month.to_numpy()
    parts = {POOLED: np.ones(len(frame), dtype=bool)} | {str(m): month == m for m in np.unique(month)}
    held = {
        key: {name: shares(frame[name].to_numpy(dtype=float)[own], code[own], cuts) for name, cuts in edges.items()}
        for key, own in parts.items()
    }
    return Baseline(edges, held)


def bin_edges(values: Floats) -> Floats:
    """Upper edges of all but the last of up to ``BINS`` bins of equally many known values."""
    known = values[~np.isnan(values)]
    return np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if len(known) else np.zeros(0)


def shares(values: Floats, firm: Places, edges: Floats) -> Shares:
    """Shares of the bins and, last, of missing values; each firm counts once, by the mean of its rows.

    Examples
    --------
    Two firms: one row below 1.5 and one above, and one row above.

    >>> shares(np.array([1.0, 2.0, 2.0]), np.array([0, 0, 1]), np.array([1.5])).mean.tolist()
    [0.25, 0.75, 0.0]
    """
    return of_firms(firm_shares(values, firm, edges))


def firm_shares(values: Floats, firm: Places, edges: Floats) -> Floats:
    """Each firm's share of rows in each bin, shape (firms, bins), missing values last."""
    bins = len(edges) + 2
    code = np.where(np.isnan(values), bins - 1, np.searchsorted(edges, values, side="left"))
    _, place = np.unique(firm, return_inverse=True)
    count = int(place.max()) + 1 if len(place) else 0
    table = np.bincount(place * bins + code, minlength=count * bins).reshape(count, bins).astype(float)
    share: Floats = table / table.sum(axis=1, keepdims=True)
    return share


def of_firms(table: Floats, times: Places | None = None) -> Shares:
    """Mean and covariance of the shares of firms, each firm counted so many ``times``, by default once."""
    count = len(table) if times is None else int(times.sum())
    spread = np.cov(table, rowvar=False, fweights=times) if count > 1 else np.zeros((table.shape[1],) * 2)
    return Shares(count, np.average(table, axis=0, weights=times), spread)


def drift(
    held: Baseline, frame: pd.DataFrame, firms: pd.Series, month: int, level: float = LEVEL, material: float = MATERIAL
) -> pd.DataFrame:
    """Every watched input of a month against the baseline's same month.

    Parameters
    ----------
    held : the model's baseline.
    frame : the month's inputs and scores; every input of the baseline as a column.
    firms : firm of each row.
    month : calendar month, 1 to 12.
    level : share of false discoveries allowed among the inputs called significant.
    material : PSI above which a difference matters.

    Returns
    -------
    DataFrame
        ``input, psi, p_value, adjusted`` (Benjamini and Hochberg), ``significant, material, alarm, firms, against``
        (month of the baseline), and lists of each: ``edges`` of its bins, and their shares ``before`` and ``now``, the
        last of them of missing values. The largest index first.
    """
    key, before = held.month(month)
    code = pd.factorize(firms)[0]
    now = {name: shares(frame[name].to_numpy(dtype=float), code, cuts) for name, cuts in held.edges.items()}
    table = compared(before, now, level, material)
    lists = {
        "edges": [held.edges[name].tolist() for name in table["input"]],
        "before": [before[name].mean.tolist() for name in table["input"]],
        "now": [now[name].mean.tolist() for name in table["input"]],
    }
    return table.assign(firms=int(code.max()) + 1 if len(code) else 0, against=key, **lists)


def compared(
    before: Mapping[str, Shares], now: Mapping[str, Shares], level: float = LEVEL, material: float = MATERIAL
) -> pd.DataFrame:
    """The table of ``drift`` without firms and month, from shares by input."""
    lines = [{"input": n, "psi": index(before[n], now[n]), "p_value": p_value(before[n], now[n])} for n in now]
    table = pd.DataFrame(lines)
    table["adjusted"] = false_discovery_control(table["p_value"])
    table["significant"] = table["adjusted"] <= level
    table["material"] = table["psi"] > material
    table["alarm"] = table["significant"] & table["material"]
    return table.sort_values(["psi", "input"], ascending=[False, True], ignore_index=True)


def index(before: Shares, now: Shares) -> float:
    """Population stability index of two sets of shares."""
    a, b = ((s.mean * s.firms + HALF) / (s.firms + HALF * len(s.mean)) for s in (before, now))
    return float(((b - a) * np.log(b / a)).sum())


def p_value(before: Shares, now: Shares) -> float:
    """Chance of shares that differ as much, were the firms of both drawn from one population.

    Hotelling's T squared of two samples, Annals of Mathematical Statistics 2 (1931): the covariance is that of all
    firms together, which few firms of a month could not tell well by themselves.
    """
    n, m = before.firms, now.firms
    if min(n, m) < 2:
        return 1.0
    seen = np.flatnonzero(before.mean + now.mean > 0)[:-1]  # shares add up to one: the last says nothing new
    gap = (now.mean - before.mean)[seen]
    pooled = ((n - 1) * before.spread + (m - 1) * now.spread) / (n + m - 2) * (1 / n + 1 / m)
    values, vectors = np.linalg.eigh(pooled[np.ix_(seen, seen)]) if len(seen) else (np.zeros(0), np.zeros((0, 0)))
    real = values > 1e-12 * max(values.max(initial=0.0), 1e-300)
    rank, left = int(real.sum()), n + m - int(real.sum()) - 1
    if not rank or left < 1:
        return 1.0
    distance = float((((vectors.T @ gap)[real]) ** 2 / values[real]).sum())
    return float(fisher.sf(distance * left / ((n + m - 2) * rank), rank, left))
