"""What a firm is, as known before the date of a question: the dimensions by which a validation looks at fairness."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from features.engine import connected, register
from features.knowledge import known_of
from pipelines.store import Store

UNKNOWN = "?"


def marks(store: Store, asked: pd.DataFrame, age_bands: Sequence[float]) -> Mapping[str, list[str]]:
    """Region (province), sector (section of GB/T 4754), age band and size class of each row; ``?`` where unknown.

    Parameters
    ----------
    asked : ``enterprise_id`` and ``as_of``, one row a question.
    age_bands : years at the upper end of each band, ascending; the last band is open.
    """
    found = _known(store, asked)
    age = (found["as_of"] - found["founded_on"]).dt.days.to_numpy(dtype=float) / 365.25
    return {
        "region": _short(found["region"], 2),
        "sector": _short(found["industry"], 1),
        "age": [UNKNOWN if np.isnan(years) else _band(years, age_bands) for years in age],
        "size": found["size_class"].fillna(UNKNOWN).tolist(),
    }


def _known(store: Store, asked: pd.DataFrame) -> pd.DataFrame:
    with connected() as backend:
        rows = pd.DataFrame({"row": range(len(asked)), "enterprise_id": asked["enterprise_id"].to_numpy()})
        rows["as_of"] = pd.to_datetime(asked["as_of"]).dt.date.to_numpy()
        population = register(backend, "population", pa.Table.from_pandas(rows, preserve_index=False))
        latest = known_of("enterprise", store.facts(backend), population)
        frame = latest.select("row", "region", "industry", "founded_on", "size_class").to_pandas()
    whole = rows[["row", "as_of"]].merge(frame, "left", "row").sort_values("row", ignore_index=True)
    return whole.astype({"as_of": "datetime64[us]", "founded_on": "datetime64[us]"})


def _short(values: pd.Series, letters: int) -> list[str]:
    cut = values.astype("string").str[:letters].fillna(UNKNOWN)
    return [str(value) for value in cut]


def _band(years: float, bands: Sequence[float]) -> str:
    """The band of an age, as ``2-5``.

    >>> _band(1.5, (2, 5)), _band(2, (2, 5)), _band(7, (2, 5))
    ('<2', '2-5', '≥5')
    """
    place = int(np.searchsorted(bands, years, side="right"))
    if place == 0:
        return f"<{bands[0]:g}"
    return f"≥{bands[-1]:g}" if place == len(bands) else f"{bands[place - 1]:g}-{bands[place]:g}"
