"""An economy of small firms whose truth is known.

Firms trade, pay, borrow and fail; what a bank would see of it comes out as the canonical tables, what really happened
as tables named ``truth/...``. Nobody here looks at a feature: a loan goes bad because the money has run out, or
because its owner has left. What is held out - banks' dialects and designs of deceit - is for judging rules that were
written without having seen it.
"""

from simulation.dialects import HELD_OUT_DIALECTS
from simulation.economy import simulate
from simulation.frozen import digest
from simulation.parameters import VARIANTS
from simulation.schemes import HELD_OUT_DESIGNS

__all__ = ["HELD_OUT_DESIGNS", "HELD_OUT_DIALECTS", "VARIANTS", "digest", "simulate"]
