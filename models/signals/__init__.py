"""Warning signals over the months of each firm: what is measured, how severe it is, and for how long it stands.

A file a kind of measure. Each takes the months of one column, firms down and months across, and gives a number for each
month from that month and the ones before; ``states`` then says from these numbers alone which signal stands when.
"""

from collections.abc import Mapping

from models.signals import change, level, own_history, peer, persistence, trend
from models.signals.grid import Grid, Measure
from models.signals.season import splits_the_festival
from models.signals.state import States, states, why_held

KINDS: Mapping[str, Measure] = {
    "level": level.measure,
    "change": change.measure,
    "trend": trend.measure,
    "persistence": persistence.measure,
    "peer": peer.measure,
    "own_history": own_history.measure,
}

__all__ = ["KINDS", "Grid", "States", "splits_the_festival", "states", "why_held"]
