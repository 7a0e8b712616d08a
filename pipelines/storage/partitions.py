"""Batches in any order become one sorted Parquet file per table and month, in bounded memory."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import feather

from features.contract import TABLES, Table
from features.errors import ContractError
from pipelines.storage.manifest import File

BUFFER_BYTES = 256 << 20
# Small, so that whoever reads a few firms skips the rest of a month.
ROW_GROUP = 16_384
Place = tuple[str, str]


class Partitions:
    """Collects batches under ``root`` and writes the files of a store's layout there."""

    def __init__(self, root: Path, buffer_bytes: int = BUFFER_BYTES) -> None:
        self.root, self.spool = root, root / "spool"
        self.buffer_bytes = buffer_bytes
        self._pieces: dict[Place, list[pa.Table]] = defaultdict(list)
        self._spooled: dict[Place, list[Path]] = defaultdict(list)
        self._bytes = 0

    def write(self, batches: Iterable[tuple[str, pa.Table]]) -> Iterator[tuple[str, File]]:
        """Yield the table and each file of it, once all batches are read."""
        for name, rows in batches:
            self._add(TABLES[name], conform(TABLES[name], rows))
        for place in sorted({*self._pieces, *self._spooled}):
            yield place[0], self._file(TABLES[place[0]], place)

    def _add(self, table: Table, rows: pa.Table) -> None:
        for month, piece in _by_month(table, rows):
            self._pieces[table.name, month].append(piece)
            self._bytes += piece.nbytes
        if self._bytes > self.buffer_bytes:
            self._flush()

    def _flush(self) -> None:
        for place, pieces in self._pieces.items():
            folder = self.spool.joinpath(*place)
            folder.mkdir(parents=True, exist_ok=True)
            piece = folder / f"{len(self._spooled[place])}.arrow"
            feather.write_feather(pa.concat_tables(pieces), str(piece), compression="uncompressed")
            self._spooled[place].append(piece)
        self._pieces.clear()
        self._bytes = 0

    def _file(self, table: Table, place: Place) -> File:
        spooled = self._spooled.pop(place, [])
        pieces = [feather.read_table(str(piece)) for piece in spooled] + self._pieces.pop(place, [])
        rows = _sorted(table, pa.concat_tables(pieces))
        folder = self.root.joinpath(table.name, *([f"month={place[1]}"] if place[1] else []))
        file = _write(rows, folder)
        for piece in spooled:
            piece.unlink()
        return File(path=file.relative_to(self.root).as_posix(), rows=rows.num_rows)


def conform(table: Table, rows: pa.Table) -> pa.Table:
    """``rows`` in the published columns and types of ``table``.

    Raises
    ------
    ContractError
        When a column is missing, has another type, or has a null where none may be.
    """
    if missing := [name for name in table.names if name not in rows.column_names]:
        raise ContractError(
            f"缺少列 {'、'.join(missing)}，应有 {'、'.join(table.names)}",
            f"lacks column {', '.join(missing)}; expected {', '.join(table.names)}",
            table.name,
        )
    columns = []
    for field in table.schema:
        column = rows.column(field.name)
        if not field.nullable and column.null_count:
            raise ContractError(
                f"列“{field.name}”有 {column.null_count} 个空值，不应有空值",
                f"column '{field.name}' has {column.null_count} nulls; expected none",
                table.name,
            )
        columns.append(_cast(table, field, column))
    return pa.table(columns, schema=table.schema)


def _cast(table: Table, field: pa.Field, column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(field.type)
    except pa.ArrowException as error:
        raise ContractError(
            f"列“{field.name}”不是 {field.type} 类型（{error}）",
            f"column '{field.name}' is not {field.type} ({error})",
            table.name,
        ) from error


def _by_month(table: Table, rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """(``YYYY-MM``, rows of that month); one piece under no month for a table without months."""
    if not rows.num_rows:
        return
    if not table.month_of:
        yield "", rows
        return
    month = pc.strftime(pc.floor_temporal(rows.column(table.month_of), unit="month"), format="%Y-%m")
    order = pc.sort_indices(month)
    rows, month = rows.take(order), month.take(order).combine_chunks()
    start = 0
    for run in pc.run_end_encode(month).run_ends.to_pylist():
        yield month[start].as_py(), rows.slice(start, run - start)
        start = run


def _sorted(table: Table, rows: pa.Table) -> pa.Table:
    """Rows of one firm side by side and in order, so that readers of one firm skip the rest."""
    firm = ("enterprise_id",) if "enterprise_id" in table.names else ()
    keys = dict.fromkeys((*firm, *table.ordered_by, *table.version_key))
    return rows.take(pc.sort_indices(rows, [(key, "ascending") for key in keys])).combine_chunks()


def _write(rows: pa.Table, folder: Path) -> Path:
    """Write ``<digest>.parquet``: the name is the content, so the same rows are the same file."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / "draft"
    with draft.open("wb") as file:
        pq.write_table(rows, file, compression="zstd", row_group_size=ROW_GROUP)
        file.flush()
        os.fsync(file.fileno())
    with draft.open("rb") as file:
        digest = _digest(file.read())
    return draft.rename(folder / f"{digest}.parquet")


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:32]
