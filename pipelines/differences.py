"""Where a firm's own lines and the platform's statistics of one bank do not agree, from a store."""

from datetime import date
from typing import Any

import pandas as pd

from features.engine import connect, register
from features.evidence.coverage import differences
from pipelines.features import questions
from pipelines.panel import panel
from pipelines.store import Store


def differing(store: Store, enterprise_id: str, as_of: date, window: int = 12) -> list[dict[str, Any]]:
    """Bank, month, category and direction with amount (yuan) and count by lines and by statistics, where they differ.

    Over the ``window`` whole months before ``as_of``; empty where they agree or no month is told by both.
    """
    backend = connect()
    try:
        asked = questions(pd.DataFrame({"enterprise_id": [enterprise_id], "as_of": [as_of]}))
        compared = panel(store, backend)["compared"]
        found = differences(compared, register(backend, "population", asked), window).drop("row")
        rows: list[dict[str, Any]] = found.to_pyarrow().to_pylist()
    finally:
        backend.disconnect()
    return rows
