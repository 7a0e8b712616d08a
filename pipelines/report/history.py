"""The months that the cash-flow chart shows, for many firms in one pass over the panel."""

from collections.abc import Sequence
from datetime import date

import pandas as pd
import pyarrow as pa

from features.catalogue import column
from features.engine import connect, register, run
from features.matrix import POPULATION, months
from pipelines.panel import panel
from pipelines.store import Store

SERIES = ("inflow_operating", "outflow_operating", "income")


def histories(store: Store, enterprise_ids: Sequence[str], as_of: date, window: int = 24) -> dict[str, pd.DataFrame]:
    """For each firm ``month`` and ``SERIES`` in yuan, oldest month first, from the first month that is known."""
    backend = connect()
    try:
        asked = register(backend, "population", _questions(enterprise_ids, as_of))
        columns = [column(series, k) for series in SERIES for k in range(window, 0, -1)]
        held = panel(store, backend)
        found = run(backend, "history", lambda keep: {"months": months(held, asked, keep)})
        values = found["months"].select("row", *columns).to_pandas()
    finally:
        backend.disconnect()
    values = values.set_index("row").loc[range(len(enterprise_ids)), columns].to_numpy(dtype="float64")
    cube = values.reshape(len(enterprise_ids), len(SERIES), window)
    last = pd.Timestamp(as_of).to_period("M") - 1
    calendar = pd.period_range(end=last, periods=window, freq="M").to_timestamp()
    frames = [pd.DataFrame({"month": calendar, **dict(zip(SERIES, block, strict=True))}) for block in cube]
    return {
        firm: frame.dropna(subset=["inflow_operating"], ignore_index=True)
        for firm, frame in zip(enterprise_ids, frames, strict=True)
    }


def _questions(enterprise_ids: Sequence[str], as_of: date) -> pa.Table:
    rows = [{"row": n, "enterprise_id": firm, "as_of": as_of} for n, firm in enumerate(enterprise_ids)]
    return pa.Table.from_pylist(rows, schema=POPULATION.to_pyarrow())
