"""The watch list: who is on it in each month within the alert budget, and what to do.

Its state follows from the months of the grid alone, so that a month can be run again. A firm past ``collection_days``
has left warning: it is collected, outside the budget.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Flags, Floats
from models.monitoring import Action, ListRules, Signal
from models.signals.state import Ints, States

ACTIONS: tuple[Action, ...] = ("none", "call", "visit", "freeze", "reduce", "collect_early")
BY_SEVERITY: Mapping[int, Action] = {0: "none", 1: "call", 2: "visit", 3: "reduce"}
ACTION_TEXTS: Mapping[str, tuple[str, str]] = {
    "none": ("无需行动", "nothing to do"),
    "call": ("电话核实", "call"),
    "visit": ("现场走访", "visit"),
    "freeze": ("冻结未用额度", "freeze what is unused"),
    "reduce": ("压降额度", "reduce the limit"),
    "collect_early": ("提前清收", "collect early"),
    "raise": ("增信提额", "raise the limit"),
}
YEAR = 12
WAITS = ("", "principal", "rest", "place")  # what keeps a firm off the list that is risky enough


@dataclass(frozen=True)
class Listed:
    """By firm and month: on the list, months on it, past due beyond warning, and what of ``WAITS`` keeps it off."""

    on: Flags
    age: NDArray[np.int16]
    collected: Flags
    waits: NDArray[np.int8]


def points(stood: Mapping[str, States], signals: Sequence[Signal]) -> Floats:
    """Points of each firm and month: severity x weight of the worst signal of each family, summed over families."""
    by_family: dict[str, Floats] = {}
    for signal in signals:
        scored = stood[signal.name].severity * signal.weight
        by_family[signal.family] = np.maximum(by_family.get(signal.family, 0.0), scored)
    total: Floats = np.sum(list(by_family.values()), axis=0)
    return total


def watch_list(
    score: Floats, risk: Floats, dpd: Floats, live: Flags, due: Floats, balance: Floats, rules: ListRules
) -> Listed:
    """Who is on the list in each month.

    A firm that comes on the list stays for ``stay_months``, by which it has been called or visited, and then rests for
    ``rest_months`` off it, so that its place goes to another. It waits until principal falls due within
    ``due_months``: before, nothing that matters can fail to be paid. The largest amounts at risk come first.

    Parameters
    ----------
    score : points of each firm (row) and month (column).
    risk : probability by the post-loan model, NaN without one.
    dpd : days past due at the month-end.
    live : whether a loan of ours runs.
    due : calendar months until principal falls due, NaN where none is known to, which is not waited for.
    balance : what is owed, in yuan. Times the risk it ranks the firms, or times the square of the points without one.
    rules : ListRules

    Returns
    -------
    Listed
        At most ``budget`` of the live firms a month, and ``yearly_budget`` of them distinct in twelve months, each at
        least one; of these about a twelfth are new in a month, so that the last month of a year has its share too.
    """
    shape = score.shape
    on, age, rests = np.zeros(shape, bool), np.zeros(shape, np.int16), np.zeros(shape, bool)
    collected, far = live & (dpd > rules.collection_days), due > rules.due_months
    risky = live & ~collected & ((score >= rules.enter_points) | (risk >= rules.enter_risk))
    rank = np.where(np.isnan(risk), score**2, risk) * np.nan_to_num(balance)
    stays, off = np.zeros(shape[0], np.int16), np.full(shape[0], rules.rest_months, np.int16)
    for month in range(shape[1]):
        bound = (stays > 0) & (stays < rules.stay_months) & live[:, month] & ~collected[:, month]
        rests[:, month] = (stays > 0) | (off < rules.rest_months)
        may = bound | (risky[:, month] & ~far[:, month] & ~rests[:, month])
        recent = np.asarray(on[:, max(0, month - YEAR + 1) : month].any(axis=1))
        allowed = _new_firms(int(live[:, month].sum()), int(recent.sum()), month, rules)
        room = _places(rules.budget, int(live[:, month].sum()))
        chosen = _choose(rank[:, month], bound, may, recent, allowed, room)
        stays, off = np.where(chosen, stays + 1, 0).astype(np.int16), np.where(chosen, 0, off + 1).astype(np.int16)
        on[:, month], age[:, month] = chosen, stays
    waits = np.where(risky & ~on, np.where(far, 1, np.where(rests, 2, 3)), 0).astype(np.int8)
    return Listed(on, age, collected, waits)


def _new_firms(live: int, recent: int, month: int, rules: ListRules) -> int:
    """How many firms may come on the list that were not on it in the eleven months before."""
    yearly = _places(rules.yearly_budget, live)
    return max(0, yearly - recent) if month == 0 else max(0, min(yearly - recent, -(-yearly // YEAR)))


def _places(share: float, live: int) -> int:
    """Whole firms within a share of the live ones, in a small book one; a share of ten that comes to 0.99999 is one.

    >>> _places(0.05, 100), _places(0.05, 19), _places(0.0, 19), _places(0.05, 0)
    (5, 1, 0, 0)
    """
    return max(int(np.floor(share * live + 1e-9)), 1 if share > 0 and live else 0)


def _choose(rank: Floats, bound: Flags, may: Flags, recent: Flags, allowed: int, room: int) -> Flags:
    """The firms bound to stay, then the riskiest of the others, as far as room and new firms go."""
    order = np.lexsort((-rank, ~bound))  # stable: equal ranks keep the order of the firms
    order = order[may[order]]
    fresh = ~recent[order]
    order = order[~fresh | (np.cumsum(fresh) <= allowed)][:room]
    chosen = np.zeros(len(rank), bool)
    chosen[order] = True
    return chosen


def suggested(severity: Mapping[str, Ints], signals: Sequence[Signal], collected: Flags) -> list[Action]:
    """What to do about each firm: the strongest that a standing signal asks for; what is collected is collected.

    A signal's own action holds from orange on; below that, and without one, severity says it.
    """
    strength = np.zeros(len(collected), dtype=np.int8)
    for signal in signals:
        now = severity[signal.name]
        plain = np.array([ACTIONS.index(BY_SEVERITY[level]) for level in range(4)], dtype=np.int8)[now]
        own = ACTIONS.index(signal.action) if signal.action else 0
        strength = np.maximum(strength, np.where((now >= 2) & (own > 0), np.int8(own), plain))
    strength = np.where(collected, ACTIONS.index("collect_early"), strength)
    return [ACTIONS[place] for place in strength]
