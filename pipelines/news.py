"""What new facts can change of a panel that stands: firms, from which day on, and months of accounts.

Rows known before the first new fact of a firm stay as they are. Labels look back over the firm's whole history, so that
all its lines are labelled again; but of what follows from labels only the months of accounts are worked out in which a
label begins, ends or becomes due from that day on.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pandas as pd
import pyarrow as pa

from features.contract import TABLES
from features.engine import connect, register
from features.panel.reopened import reopened
from pipelines.storage.duck import quoted, text
from pipelines.storage.parquet import read

if TYPE_CHECKING:
    from features.engine import Backend

NEWS = pa.schema({"enterprise_id": pa.string(), "since": pa.date32(), "latest": pa.date32()})
# Rows that news of their firm can change; and those that stand: of firms without news, and known before the first.
FRESH, OLD = "known_on >= since", "(since IS NULL OR known_on < since)"


def news(root: Path, facts: Sequence[str]) -> pd.DataFrame:
    """Firms of some files of a store: ``enterprise_id``, ``since`` and ``latest``, first and last day of knowledge."""
    backend = connect()
    found = [register(backend, "nothing", NEWS.empty_table())]
    for name, table in TABLES.items():
        if files := [root / fact for fact in facts if fact.split("/")[0] == name]:
            rows = read(backend, f"new_{name}", files, table.schema)
            found.append(rows.group_by("enterprise_id").agg(since=rows.known_at.min(), latest=rows.known_at.max()))
    every = ibis.union(*found) if len(found) > 1 else found[0]
    told = every.group_by("enterprise_id").agg(since=every.since.min(), latest=every.latest.max())
    frame: pd.DataFrame = told.order_by("enterprise_id").to_pyarrow().to_pandas(date_as_object=True)
    backend.disconnect()
    return frame


def tell(backend: "Backend", told: pd.DataFrame) -> None:
    """The news as the engine's table ``news``."""
    register(backend, "news", pa.Table.from_pandas(told, NEWS, preserve_index=False).drop_columns(["latest"]))


def leave_changed(backend: "Backend") -> None:
    """Take the firms without news out of the facts of a stretch."""
    for name in TABLES:
        backend.raw_sql(
            f"DELETE FROM {quoted(f'fact_{name}')} WHERE enterprise_id NOT IN (SELECT enterprise_id FROM news)"  # noqa: S608
        )


def leave_reopened(backend: "Backend") -> None:
    """Take the lines out of the labels that can change no row from their firm's day on."""
    names = ("panel_labels", "panel_findings", "fact_platform_month", "news")
    backend.create_table("left_open", reopened(*map(backend.table, names)), temp=True)
    backend.raw_sql("DROP TABLE panel_labels")
    backend.raw_sql("ALTER TABLE left_open RENAME TO panel_labels")


def write_rows(backend: "Backend", table: str, which: str, span: tuple[date, date], file: Path) -> None:
    """Rows of a table, ``FRESH`` or ``OLD``, that became known in a span, in order: those of a firm stand together."""
    first, end = (text(day.isoformat()) for day in span)
    file.parent.mkdir(parents=True, exist_ok=True)
    backend.raw_sql(
        f"COPY (SELECT held.* FROM {quoted(table)} AS held LEFT JOIN news USING (enterprise_id) "  # noqa: S608
        f"WHERE {which} AND known_on >= DATE {first} AND known_on < DATE {end} ORDER BY {_order(backend, table)}) "
        f"TO {text(str(file))}"
    )


def _order(backend: "Backend", table: str) -> str:
    """All columns; ids by their number, since to sort by an enumeration DuckDB reads all words of it once more."""
    held = backend.con.table(table)
    names = zip(map(quoted, held.columns), held.types, strict=True)
    return ", ".join(f"enum_code(held.{name})" if kind.id == "enum" else f"held.{name}" for name, kind in names)
