"""Those of the 63 features that months can tell, in the words of our catalogue, for ``benchmarks.lines``.

The panel keeps months, not lines: how far single lines lie from their mean (8), the longest time between two receipts
(1) and the quantiles of daily balances (5) are not in it. Of the other 49 the 36 of ``SAME`` mean what the query means.
Nine are of parties, whom we count by trade alone, refunds taken off, where the query counts every receipt, and four of
wages, which ours finds more of than the word for them tells. What has another name here joins the catalogue of this
process alone, which has the like of it over the windows that lenders ask for.
"""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from features.catalogue import EVERY, Feature, Row
from features.catalogue.feature import Months, Number, divide
from features.catalogue.grammar import MISSING, OWN

if TYPE_CHECKING:
    import pandas as pd

    from pipelines.store import Store

WINDOWS, FEN, YEAR = (1, 3, 6, 12), 100.0, 12
SIDES = {"in": "inflow", "out": "outflow"}
PARTIES = {"cp_n": "parties", "hhi": "hhi", "top1": "top1_share", "top5": "top5_share"}


def _sum(subject: str, window: int) -> Callable[[Row], Number]:
    return lambda row: row.months(subject, window).sum()


def _fen(subject: str, window: int) -> Callable[[Row], Number]:
    return lambda row: row.months(subject, window).sum() * FEN


def _mean(side: str, window: int) -> Callable[[Row], Number]:
    return lambda row: divide(_fen(f"{side}_total", window)(row), _sum(f"lines_{side}", window)(row))


def _net(row: Row) -> Months:
    received, paid = (row.months(f"{side}_total", YEAR) for side in SIDES.values())
    return received.against(paid, lambda came, went: (came - went) * FEN)


def _net_mean(row: Row) -> Number:
    return _net(row).sum() / YEAR


def _net_std(row: Row) -> Number:
    around = _net(row).squares() - _net(row).sum() * _net(row).sum() / YEAR
    return (around.abs() / (YEAR - 1)).sqrt()


def _net_slope(row: Row) -> Number:
    """Least squares over places 0 to 11, the earliest first."""
    by_place = _net(row).each(lambda net, place: (YEAR - 1 - place) * net).sum()
    places, squares = YEAR * (YEAR - 1) / 2, (YEAR - 1) * YEAR * (2 * YEAR - 1) / 6
    return (YEAR * by_place - places * _net(row).sum()) / (YEAR * squares - places * places)


SAME: dict[str, Callable[[Row], Number]] = {
    **{f"{short}_sum_{w}": _fen(f"{side}_total", w) for short, side in SIDES.items() for w in WINDOWS},
    **{f"{short}_cnt_{w}": _sum(f"lines_{side}", w) for short, side in SIDES.items() for w in WINDOWS},
    **{f"{short}_mean_{w}": _mean(side, w) for short, side in SIDES.items() for w in WINDOWS},
    **{f"{kind}_sum_{w}": _fen(f"outflow_{kind}", w) for kind in ("tax", "utility") for w in WINDOWS},
    "net_mean": _net_mean,
    "net_std": _net_std,
    "net_cv": lambda row: divide(_net_std(row), _net_mean(row).abs()),
    "net_slope": _net_slope,
}
WAGES = {f"payroll_sum_{w}": _fen("outflow_payroll", w) for w in WINDOWS}
OF_TRADE = {f"{theirs}_{w}": f"{ours}_inflow_{w}m" for theirs, ours in PARTIES.items() for w in (6, 12)}
OF_TRADE["retention"] = "retained_share_inflow_6m"


def features(store: "Store", as_of: date) -> "pd.DataFrame":
    """One row a firm from the panel that stands, by the query's names; amounts in fen."""
    from pipelines.features import compute, latest_applications

    EVERY.update((name, _feature(name, formula)) for name, formula in (SAME | WAGES).items())
    found = compute(store, latest_applications(store, as_of), names=[*SAME, *WAGES, *OF_TRADE.values()])
    return found.rename(columns={ours: theirs for theirs, ours in OF_TRADE.items()})


def _feature(name: str, formula: Callable[[Row], Number]) -> Feature:
    return Feature(
        name=name, family="level", window=YEAR, unit="CNY", direction=0, missing=MISSING, level="lines", zh=name,
        en=name, source=OWN, formula=formula,
    )  # fmt: skip
