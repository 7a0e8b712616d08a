"""The oracle: who will default, for somebody who knows everything but the future's luck.

It takes the whole state of a world, hidden traits and all, lives the coming months many times over with other luck,
and counts. No lender can do better; what it cannot foresee, nobody could. It also tells what would have become of the
applicants whom the bank refused.
"""

from copy import deepcopy
from dataclasses import replace

import numpy as np

from simulation.calendar import Month
from simulation.ledger import NOBODY
from simulation.month import live
from simulation.public import Notices
from simulation.world import World

HORIZON = 18


def defaults(world: World, kept: Notices, months: list[Month], luck: int | None = None) -> np.ndarray:
    """Live the months on a copy of the world; return the day of default of each loan, or -1.

    ``luck`` picks other luck; without it things go as they really go.
    """
    copy, notices = deepcopy((world, kept))
    copy.seed = _seed(world, luck)
    for month in months:
        live(copy, notices, month)
    return np.asarray(copy.book.loans["default"])


def oracle_pd(world: World, kept: Notices, months: list[Month], branches: int) -> np.ndarray:
    """Share of ``branches`` futures in which each loan that lives now, and is not in default, defaults."""
    live_now = at_risk(world)
    count = np.zeros(len(live_now))
    for luck in range(branches):
        late = defaults(world, kept, months, luck)
        count += late[live_now] >= 0
    return np.asarray(count / branches)


def if_admitted(
    world: World, kept: Notices, months: list[Month], luck: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """What becomes of the applicants of the first month when the bank refuses none that is not late with a loan of it.

    Lives the months on a copy, the first with the luck that there really is, so that the same firms ask; ``luck`` picks
    other luck for the months that follow. Returns the numbers of the applications that are admitted, which are those of
    the real world, and their loans as they stand at the end.
    """
    copy, notices = deepcopy((world, kept))
    first = len(copy.book.applications)
    copy.parameters = replace(world.parameters, random_admission_share=1.0)
    live(copy, notices, months[0])
    copy.parameters, copy.seed = world.parameters, _seed(world, luck)
    lent = np.flatnonzero((copy.book.loans["application"] >= first) & (copy.book.loans["renews"] == NOBODY))
    for month in months[1:]:
        live(copy, notices, month)
    return copy.book.loans["application"][lent], copy.book.loans[lent]


def _seed(world: World, luck: int | None) -> int:
    return world.seed if luck is None else (world.seed + 1) * 1_000_003 + luck


def at_risk(world: World) -> np.ndarray:
    """Numbers of the loans that live and are not in default."""
    live_now = world.book.live()
    return np.asarray(live_now[world.book.loans["default"][live_now] < 0])
