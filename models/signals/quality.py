"""How good each signal has been, measured on nothing that the last month did not know."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.arrays import Flags, Floats
from models.signals.measures import Grid
from models.signals.state import States

# Days past due from which on the event has come, as practice has it (30+ dpd; the model's label passes 30); months by
# which an alert must come before it
LATE, EARLIEST, LATEST = 30, 1, 6


def quality(stood: Mapping[str, States], dpd: Floats, grid: Grid) -> pd.DataFrame:
    """Alerts, hits and lead of each signal over the months whose next six have passed.

    An alert is a rise while nothing is past due, in any month but the first. It is a hit when the firm's first 30 days
    past due or more on a date of ``grid`` come one to six months later.

    Returns
    -------
    DataFrame
        ``signal, alerts, hits, hit_rate, false_alarms`` (alerts that were none), ``median_lead`` (months),
        ``base_rate`` (share of all such firm-months that the event follows) and ``lift``. NaN where nothing is judged.
    """
    lead = months_to_event(dpd)
    judged = grid.live & (dpd == 0)
    judged[:, 0] = False
    judged[:, max(0, judged.shape[1] - LATEST) :] = False
    follows = (lead >= EARLIEST) & (lead <= LATEST)
    base = _share(int((judged & follows).sum()), int(judged.sum()))
    rows = [_one(name, one.alert & judged, follows, lead, base) for name, one in stood.items()]
    return pd.DataFrame(rows)


def _one(name: str, alerts: Flags, follows: Flags, lead: Floats, base: float) -> dict[str, object]:
    hits = alerts & follows
    total, good = int(alerts.sum()), int(hits.sum())
    rate = _share(good, total)
    return {
        "signal": name,
        "alerts": total,
        "hits": good,
        "hit_rate": rate,
        "false_alarms": total - good,
        "median_lead": float(np.median(lead[hits])) if good else np.nan,
        "base_rate": base,
        "lift": rate / base if base else np.nan,
    }


def months_to_event(dpd: Floats) -> Floats:
    """Months from each month to the first later one with 30 or more days past due; infinite when none is known.

    >>> months_to_event(np.array([[0.0, 0.0, 31.0, 62.0]]))
    array([[ 2.,  1.,  1., inf]])
    """
    lead = np.full(dpd.shape, np.inf)
    next_one = np.full(dpd.shape[0], np.inf)
    for month in range(dpd.shape[1] - 1, -1, -1):
        lead[:, month] = next_one - month
        next_one = np.where(dpd[:, month] >= LATE, month, next_one)
    return lead


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
