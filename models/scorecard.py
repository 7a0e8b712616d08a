"""The points scorecard: a table that a person can check with a pencil; benchmark and fallback of the booster."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.arrays import Floats
from models.policy_parts import Scale


@dataclass(frozen=True)
class Characteristic:
    """One feature of the card: bins from below, ``edges[i] <= value < edges[i + 1]``, and the points of each.

    ``woe`` is ln(share of good / share of bad) of each bin, ``iv`` the information value of the feature.
    """

    feature: str
    edges: tuple[float, ...]
    points: tuple[float, ...]
    missing: float
    woe: tuple[float, ...] = ()
    iv: float = 0.0

    def __post_init__(self) -> None:
        if len(self.points) != len(self.edges) + 1:
            raise ValueError(f"{self.feature}: {len(self.edges)} edges need {len(self.edges) + 1} points")

    def score(self, values: Floats) -> Floats:
        """Points of each value, those of ``missing`` where it is NaN."""
        points = np.array(self.points)[np.searchsorted(np.array(self.edges), values, side="right")]
        return np.where(np.isnan(values), self.missing, points)


@dataclass(frozen=True)
class Scorecard:
    """Base points and one table for each feature; the score is their sum.

    Examples
    --------
    Base 500; income below 10,000 gives 10 points, from there 40; an unknown share 0, up to 0.5 25, above 5:

    >>> card = Scorecard(
    ...     base=500.0,
    ...     scale=Scale(points=600.0, odds=20.0, double=40.0),
    ...     rows=(
    ...         Characteristic("income", edges=(10_000.0,), points=(10.0, 40.0), missing=0.0),
    ...         Characteristic("share", edges=(0.5,), points=(25.0, 5.0), missing=0.0),
    ...     ),
    ... )
    >>> firm = {"income": np.array([10_000.0, 500.0]), "share": np.array([0.2, np.nan])}
    >>> card.score(firm)  # 500 + 40 + 25, 500 + 10 + 0
    array([565., 510.])
    >>> card.probability(firm).round(4)  # 1 / (1 + 20 x 2 ** (-35 / 40)), 1 / (1 + 20 x 2 ** (-90 / 40))
    array([0.084 , 0.1921])
    """

    base: float
    scale: Scale
    rows: tuple[Characteristic, ...]

    def score(self, columns: Mapping[str, Floats]) -> Floats:
        """Points, one a row; features are added in the order of the card, so that no bit depends on the batch."""
        first = columns[self.rows[0].feature] if self.rows else next(iter(columns.values()))
        total = np.full(len(first), self.base)
        for row in self.rows:
            total = total + row.score(columns[row.feature])
        return total

    def probability(self, columns: Mapping[str, Floats]) -> Floats:
        """Probability of default, one a row."""
        return self.scale.probability(self.score(columns))

    def to_json(self) -> dict[str, Any]:
        """The table that an artefact keeps."""
        return asdict(self) | {"scale": self.scale.model_dump()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Scorecard":
        """Read back what ``to_json`` gave."""
        rows = tuple(_read_row(row) for row in content["rows"])
        return cls(content["base"], Scale(**content["scale"]), rows)


def _read_row(row: Mapping[str, Any]) -> Characteristic:
    lists = {name: tuple(row[name]) for name in ("edges", "points", "woe")}
    return Characteristic(feature=row["feature"], missing=row["missing"], iv=row["iv"], **lists)
