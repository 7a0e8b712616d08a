"""An economy of small firms whose truth is known.

Firms trade, pay, borrow and fail; what a bank would see of it comes out as the canonical tables, what really happened
as tables named ``truth/...``. Nobody here looks at a feature: a loan goes bad because the money has run out, or
because its owner has left.
"""

from simulation.economy import simulate
from simulation.parameters import VARIANTS, digest

__all__ = ["VARIANTS", "digest", "simulate"]
