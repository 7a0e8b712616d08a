"""What tests of held-out designs share: a month's dates, schemes at the first firms, and the invoices of shams."""

from collections.abc import Callable, Sequence

import numpy as np

from simulation.calendar import Month
from simulation.ledger import rows
from simulation.schemes import SCHEME
from simulation.world import World

March = tuple[World, Month]
Planned = dict[int, tuple[np.ndarray, np.ndarray]]
Plan = Callable[[int], tuple[World, Planned]]
RICH, WEEKEND = 40, 2
MARCH_1, APRIL_1 = (int(np.datetime64(day, "D").astype(int)) for day in ("2025-03-01", "2025-04-01"))


def at_work(
    design: int, ring: Sequence[int] | np.ndarray, size: float | np.ndarray = 0.4, last: int = 9, **more: int
) -> np.ndarray:
    """A scheme of the given ring at each of the first firms."""
    made = rows(SCHEME, len(ring), design=design, ring=np.asarray(ring), firm=np.arange(len(ring)), last=last, **more)
    made["size"] = size
    return made


def rings(design: int, members: int) -> np.ndarray:
    """As many rings as there are firms for, of so many members each, at work for two months before the first."""
    return at_work(design, np.arange(RICH // members * members) // members, first=-2)


def invoices(world: World) -> np.ndarray:
    """Every invoice of a sham, of this month and of the next."""
    return world.papers.issued(APRIL_1 + 40, np.ones_like(world.alive))
