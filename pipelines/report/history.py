"""The months that the cash-flow chart shows, for many firms in one pass over the panel."""

from collections.abc import Mapping, Sequence
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from features.engine import Keep, connected, run
from features.knowledge import known_months
from features.series import series
from pipelines.features import asked_of
from pipelines.panel import panel
from pipelines.store import Store

SERIES = ("inflow_operating", "outflow_operating", "income")
MONTHS = 24


def histories(store: Store, enterprise_ids: Sequence[str], as_of: date) -> dict[str, pd.DataFrame]:
    """For each firm ``month`` and ``SERIES`` in yuan, oldest month first, from the first month that is known.

    A month without any flow is 0 where a firm shows its lines, and not known (NaN) where statistics tell of it.
    """
    with connected() as backend:
        asked = asked_of(backend, enterprise_ids, as_of)
        held = panel(store, backend)
        reads = (held["flow"], held["shown"], asked)
        found = run(backend, "history", lambda keep: _history(held, asked, keep), reads=reads)
        lists = {row.pop("row"): row for row in found["flow"].select("row", *SERIES).to_pyarrow().to_pylist()}
        reported: dict[int, set[int]] = {}
        for row, offset in found["reported"].to_pyarrow().to_pandas().itertuples(index=False):
            reported.setdefault(row, set()).add(offset)
    last, none = pd.Timestamp(as_of).to_period("M") - 1, dict.fromkeys(SERIES, ())
    return {firm: _frame(lists.get(row, none), reported.get(row), last) for row, firm in enumerate(enterprise_ids)}


def _history(held: Mapping[str, ir.Table], asked: ir.Table, keep: Keep) -> dict[str, ir.Table]:
    """The flows, and of firms of which statistics tell the months of which anything was shown."""
    shown = known_months(held["shown"], asked)
    told = shown.filter(shown.account_id.isnull()).select("row").distinct()
    return {
        "flow": series("flow", held, asked, keep),
        "reported": shown.semi_join(told, "row").select("row", "offset").distinct(),
    }


def _frame(lists: Mapping[str, Sequence[float]], reported: set[int] | None, last: pd.Period) -> pd.DataFrame:
    frame = pd.DataFrame({name: lists[name][:MONTHS][::-1] for name in SERIES}, dtype="float64")
    if reported is not None:
        frame.loc[[len(frame) - place not in reported for place in frame.index], :] = float("nan")
    frame.insert(0, "month", pd.period_range(end=last, periods=len(frame), freq="M").to_timestamp())
    return frame
