"""Where a firm's own lines and the platform's statistics of one bank do not agree, from a store."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from features.engine import connected
from features.evidence.coverage import differences
from pipelines.features import asked_of
from pipelines.panel import panel
from pipelines.store import Store


def differing(store: Store, enterprise_id: str, as_of: date, window: int = 12) -> list[dict[str, Any]]:
    """Bank, month, category and direction with amount (yuan) and count by lines and by statistics, where they differ.

    Over the ``window`` whole months before ``as_of``; empty where they agree or no month is told by both.
    """
    with connected() as backend:
        compared = panel(store, backend)["compared"]
        found = differences(compared, asked_of(backend, [enterprise_id], as_of), window).drop("row")
        rows: list[dict[str, Any]] = found.to_pyarrow().to_pylist()
    return rows


def differing_text(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The differences in lines for a person; nothing where there are none."""
    if rows:
        yield "流水与平台统计不一致 own lines and platform statistics differ"
    for row in rows:
        sides = (
            f"{words} {row[f'{side}_amount']:,.2f} ({row[f'{side}_count']})"
            for side, words in (("lines", "流水 lines"), ("statistics", "统计 statistics"))
        )
        where = f"{row['month']:%Y-%m}  {row['institution']}  {row['category']} {row['direction']}"
        yield f"  {where}  {'  '.join(sides)}"
