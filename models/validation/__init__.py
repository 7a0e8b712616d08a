"""What a validation measures: from outcomes and probabilities of held-out rows to plain figures.

Each function takes arrays of n rows and gives numbers, lists and dictionaries as JSON holds them, so that a dossier, a
gate and a record read the same figures. ``y`` is 1 for the bad outcome, ``p`` its probability.
"""

from models.validation.calibration import calibration, grade_rows
from models.validation.discrimination import by_cohort, curves, decline, discrimination
from models.validation.portfolio import concentration, segments, stressed
from models.validation.proofs import monotonicity, reasons_hold

__all__ = [
    "by_cohort",
    "calibration",
    "concentration",
    "curves",
    "decline",
    "discrimination",
    "grade_rows",
    "monotonicity",
    "reasons_hold",
    "segments",
    "stressed",
]
