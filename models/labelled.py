"""Rows to learn from: features, outcome, what may be fitted on, and which rows belong to one firm."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from features.catalogue import Feature
from models.arrays import Flags, Floats, Places
from models.feature import ModelFeature, model_features
from models.reference import at_worst, filled


@dataclass(frozen=True)
class Labelled:
    """Rows with their outcome.

    ``fits`` is false for rows that are held out of every fit and yet judged: 31 to 90 days past due, which count
    as no default. ``group`` keeps the rows of one firm on one side of every cut. ``shown`` is the share of defaults
    that show by the age of a row's loan, 1 where its window has passed; the others are fitted on and never judged by.
    Without it all have passed.
    """

    x: Floats
    default: Floats
    fits: Flags
    group: Places
    features: tuple[ModelFeature, ...]
    shown: Floats | None = None

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        default: Sequence[float] | Floats,
        features: Sequence[Feature],
        *,
        grey: Sequence[bool] | Flags | None = None,
        groups: Sequence[str] | None = None,
        shown: Sequence[float] | Floats | None = None,
    ) -> Self:
        """Rows of a feature matrix with their outcome.

        Parameters
        ----------
        frame : one row an application, with every one of ``features`` as a float column, NaN where unknown.
        default : 1 for a default, 0 otherwise, one a row.
        features : catalogue entries: the columns that a score may read, with their directions.
        grey : rows that are left out of fitting alone; they are calibrated and judged as no default.
        groups : the firm of each row, so that held-out rows are of firms that the fold's model did not see.
        shown : rows below 1 shape the booster and nothing else.
        """
        known = model_features(features)
        firms = np.arange(len(frame)) if groups is None else np.asarray(groups, dtype=str)
        return cls(
            x=frame[[f.name for f in known]].to_numpy(dtype=np.float64, na_value=np.nan),
            default=np.asarray(default, dtype=np.float64),
            fits=np.ones(len(frame), dtype=bool) if grey is None else ~np.asarray(grey, dtype=bool),
            group=np.unique(firms, return_inverse=True)[1],
            features=known,
            shown=None if shown is None else np.asarray(shown, dtype=np.float64),
        )

    @property
    def whole(self) -> Flags:
        """Rows whose window has passed, shape (n,)."""
        return np.ones(len(self.x), dtype=bool) if self.shown is None else self.shown == 1

    @property
    def directions(self) -> list[int]:
        """Direction of each column."""
        return [f.direction for f in self.features]

    @property
    def unknown_sides(self) -> list[int]:
        """The side on which an unknown value of each column counts as the riskiest."""
        return [f.unknown_side for f in self.features]

    @cached_property
    def counted(self) -> Floats:
        """``x`` as a score before the loan reads it: what a firm did not choose to show counts as the riskiest."""
        return filled(self.x, at_worst(self.unknown_sides))

    @property
    def names(self) -> list[str]:
        """Name of each column."""
        return [f.name for f in self.features]

    def part(self, rows: Places) -> "Labelled":
        """Those of ``rows`` that may be fitted on."""
        return self.take(rows[self.fits[rows]])

    def take(self, rows: Places) -> "Labelled":
        """These rows."""
        shown = None if self.shown is None else self.shown[rows]
        return Labelled(self.x[rows], self.default[rows], self.fits[rows], self.group[rows], self.features, shown)
