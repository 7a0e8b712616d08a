"""The months that the cash-flow chart shows, for many firms in one pass over the panel."""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from features.engine import connected, run
from features.series import series
from pipelines.features import asked_of
from pipelines.panel import panel
from pipelines.store import Store

SERIES = ("inflow_operating", "outflow_operating", "income")
MONTHS = 24


def histories(store: Store, enterprise_ids: Sequence[str], as_of: date) -> dict[str, pd.DataFrame]:
    """For each firm ``month`` and ``SERIES`` in yuan, oldest month first, from the first month that is known."""
    with connected() as backend:
        asked = asked_of(backend, enterprise_ids, as_of)
        held = panel(store, backend)
        reads = (held["flow"], asked)
        found = run(backend, "history", lambda keep: {"flow": series("flow", held, asked, keep)}, reads=reads)
        lists = {row.pop("row"): row for row in found["flow"].select("row", *SERIES).to_pyarrow().to_pylist()}
    last, none = pd.Timestamp(as_of).to_period("M") - 1, dict.fromkeys(SERIES, ())
    return {firm: _frame(lists.get(row, none), last) for row, firm in enumerate(enterprise_ids)}


def _frame(lists: Mapping[str, Sequence[float]], last: pd.Period) -> pd.DataFrame:
    frame = pd.DataFrame({name: lists[name][:MONTHS][::-1] for name in SERIES}, dtype="float64")
    frame.insert(0, "month", pd.period_range(end=last, periods=len(frame), freq="M").to_timestamp())
    return frame
