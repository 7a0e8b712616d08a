"""What new facts can change of a panel that stands: firms, from which day on, and months of accounts.

Rows known before the first new fact of a firm stay as they are. Labels of single lines stand too
(``pipelines.labels``). What several lines tell together looks back over the firm's whole history and is found anew; but
of what follows from labels only the months of accounts are worked out in which a label begins, ends or becomes due from
that day on.
"""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pandas as pd
import pyarrow as pa

from features.contract import TABLES
from features.engine import connect, register
from features.panel.reopened import reopened
from pipelines.labels import BESIDE
from pipelines.storage.duck import quoted, text
from pipelines.storage.parquet import read

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from features.engine import Backend

NEWS = pa.schema({"enterprise_id": pa.string(), "since": pa.date32(), "latest": pa.date32(), "whole": pa.bool_()})
# Rows that news of their firm can change; and those that stand: of firms without news, and known before the first.
FRESH, OLD = "known_on >= since", "(since IS NULL OR known_on < since)"


def news(root: Path, facts: Sequence[str], held: Sequence[str] = ()) -> pd.DataFrame:
    """Firms of some files of a store: ``enterprise_id``, ``since`` and ``latest``, first and last day of knowledge.

    ``whole`` are those all of whose lines are labelled again: what labels read of them beside the lines is news, or was
    known no earlier in the files ``held``, as a line in them may have been.
    """
    backend = connect()
    told = _of_firms(backend, "new", root, facts, TABLES)
    beside = _of_firms(backend, "beside", root, facts, BESIDE).select("enterprise_id", beside="latest")
    before = _of_firms(backend, "held", root, held, (*BESIDE, "line")).select("enterprise_id", before="latest")
    for other in (beside, before):
        told = told.left_join(other, "enterprise_id").drop("enterprise_id_right")
    told = told.mutate(whole=told.beside.notnull() | (told.before >= told.since).fill_null(False))
    told = told.select(*NEWS.names).order_by("enterprise_id")
    frame: pd.DataFrame = told.to_pyarrow().to_pandas(date_as_object=True)
    backend.disconnect()
    return frame


def _of_firms(backend: "Backend", called: str, root: Path, facts: Sequence[str], tables: Collection[str]) -> "ir.Table":
    """First and last day of knowledge of each firm in some files, as far as they are of some tables."""
    found = [register(backend, "nothing", NEWS.empty_table().drop_columns("whole"))]
    for name in tables:
        if files := [root / fact for fact in facts if fact.split("/")[0] == name]:
            rows = read(backend, f"{called}_{name}", files, TABLES[name].schema)
            found.append(rows.group_by("enterprise_id").agg(since=rows.known_at.min(), latest=rows.known_at.max()))
    every = ibis.union(*found) if len(found) > 1 else found[0]
    return every.group_by("enterprise_id").agg(since=every.since.min(), latest=every.latest.max())


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


def write_rows(
    backend: "Backend", table: str, which: str, span: tuple[date, date], file: Path, *, many: bool = False
) -> None:
    """Rows of a table, ``FRESH`` or ``OLD``, that became known in a span, in order: those of a firm stand together.

    Where they are ``many`` they are not put in order but packed closer.
    """
    first, end = (text(day.isoformat()) for day in span)
    file.parent.mkdir(parents=True, exist_ok=True)
    how = "" if many else f"ORDER BY {_order(backend, table)}"
    backend.raw_sql(
        f"COPY (SELECT held.* FROM {quoted(table)} AS held LEFT JOIN news USING (enterprise_id) "  # noqa: S608
        f"WHERE {which} AND known_on >= DATE {first} AND known_on < DATE {end} {how}) "
        f"TO {text(str(file))} (COMPRESSION {'zstd' if many else 'snappy'})"
    )


def _order(backend: "Backend", table: str) -> str:
    """All columns; ids by their number, since to sort by an enumeration DuckDB reads all words of it once more."""
    held = backend.con.table(table)
    names = zip(map(quoted, held.columns), held.types, strict=True)
    return ", ".join(f"enum_code(held.{name})" if kind.id == "enum" else f"held.{name}" for name, kind in names)
