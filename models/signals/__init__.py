"""Warning signals over the months of each firm: what is measured, how severe it is, and for how long it stands.

A measure gives a number for each month; ``states`` then says from these numbers alone which signal stands when.
"""

from models.signals.measures import KINDS, Grid, splits_the_festival
from models.signals.state import States, states, why_held

__all__ = ["KINDS", "Grid", "States", "splits_the_festival", "states", "why_held"]
