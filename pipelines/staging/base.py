"""One load in DuckDB: rows go in batch by batch, frames for validation and sound rows come out."""

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa

from features.contract import TABLES, Table
from features.errors import ContractError
from features.sources import REASONS, Batch
from pipelines.checks import Check, cross_checks, row_checks
from pipelines.staging import sql
from pipelines.staging.cross import cross, in_chinese
from pipelines.storage.duck import quoted, text

if TYPE_CHECKING:
    import pandas as pd

ZH = (
    "{check.label}：{table} 表 {rows} 行，首见于 {file} 第 {row} 行",
    "列“{check.column}”",
    "，应为{check.zh}",
    "，实为 {value!r}",
)
EN = (
    "{check.label}: {rows} of {table}, first in {file}, row {row}",
    ", column '{check.column}'",
    ": expected {check.en}",
    ", found {value!r}",
)
Failing = Mapping[Check, Sequence[int]]
Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Rows that one check took out of one table, with the first of them."""

    table: str
    check: Check
    rows: int
    file: str
    row: int
    value: str | None

    @property
    def zh(self) -> str:
        """In Chinese."""
        value = None if self.value is None else in_chinese(self.value)
        return replace(self, value=value)._told(*ZH)

    @property
    def en(self) -> str:
        """In English."""
        return self._told(*EN)

    def _told(self, place: str, column: str, expected: str, found: str) -> str:
        """The words with what is known put into them."""
        known = place, column if self.check.column else "", expected, "" if self.value is None else found
        return "".join(known).format(**vars(self))

    def __str__(self) -> str:
        return f"{self.zh}。{self.en}"


class Staging:
    """Rows of one load, by canonical table, numbered from 1 in the order in which they came."""

    def __init__(self, folder: Path, memory: str = "1GB") -> None:
        folder.mkdir(parents=True)
        self._base = duckdb.connect(str(folder / "load.duckdb"))
        self._base.execute(f"SET memory_limit = '{memory}'; SET temp_directory = '{folder / 'spill'}'")
        self._base.execute("SET TimeZone = 'UTC'")
        self._rows: dict[str, int] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    @property
    def tables(self) -> list[Table]:
        """Tables of this load; ``TABLES`` has each after those that it refers to."""
        return [table for table in TABLES.values() if self._rows.get(table.name)]

    @property
    def rows_in(self) -> int:
        """Number of all rows."""
        return sum(self._rows.values())

    def load(self, batch: Batch) -> None:
        """Add a batch, with the rows that its reader refused."""
        table = TABLES[batch.table]
        if table.name not in self._rows:
            self._base.execute(sql.create(table))
        self._insert(table, batch.rows)
        if batch.rejected is not None and batch.rejected.num_rows:
            rows = self._insert(table, batch.rejected.drop_columns(["rejected_for"]))
            self._note(table, rows, 0, batch.rejected.column("rejected_for"))

    def row_frames(self, table: Table, size: int) -> "Iterator[pd.DataFrame]":
        """Frames for the row checks, ``size`` rows at a time, indexed by row number."""
        return self._frames(table, sql.row_frame(table), size)

    def cross_frames(
        self, table: Table, size: int, stored: Mapping[str, Sequence[Path]], tolerance: float
    ) -> "Iterator[pd.DataFrame]":
        """Frames for the cross checks of the rows that are sound so far, against the ``stored`` files too."""
        self._base.execute(cross(table, list(self._rows), stored, tolerance))
        return self._frames(table, sql.cross_frame(table), size)

    def fail(self, table: Table, failing: Failing) -> None:
        """Take rows out for the checks that they failed."""
        order = {check: place for place, check in enumerate(_checks(table), start=1)}
        for check, rows in ((check, rows) for check, rows in failing.items() if rows):
            labels = pa.repeat(check.label, len(rows))
            self._note(table, np.asarray(rows, dtype=np.int64), order[check], labels)

    def sound(self, size: int) -> Iterator[tuple[str, pa.Table]]:
        """The rows that failed nothing, in canonical columns and types."""
        for table in self.tables:
            for batch in self._base.execute(sql.kept(table)).to_arrow_reader(size):
                yield table.name, pa.Table.from_batches([batch])

    def readable(self, table: Table) -> pa.Table:
        """The rows that passed the row checks, whatever the cross checks found, in canonical columns and types."""
        return self._base.execute(sql.readable(table)).to_arrow_table()

    def write_quarantine(self, table: Table, file: Path) -> None:
        """Write the failed rows of ``table``, as written and with their reasons, when there are any."""
        if self._count(table, "failed"):
            file.parent.mkdir(parents=True, exist_ok=True)
            self._base.execute(f"COPY ({sql.quarantined(table)}) TO {text(str(file))} (FORMAT parquet)")

    def kept(self) -> dict[str, int]:
        """Number of sound rows by table."""
        return {table.name: self._count(table, "sound") for table in self.tables}

    def faults(self) -> list[Fault]:
        """What was taken out, each row under the first check that it failed."""
        return [self._fault(table, *found) for table in self.tables for found in self._rows_of(sql.counts(table))]

    def shares(self, harmless: Sequence[str]) -> list[tuple[str, int, int]]:
        """(file, rows, rows that failed for a reason that is not harmless)."""
        queries = [sql.shares(table, harmless) for table in self.tables]
        return [(file, rows, bad) for query in queries for file, rows, bad in self._rows_of(query)]

    def _insert(self, table: Table, rows: pa.Table) -> Numbers:
        first = self._rows.get(table.name, 0) + 1
        numbers = np.arange(first, first + rows.num_rows, dtype=np.int64)
        self._base.register("batch", rows.append_column("row", pa.array(numbers)))
        try:
            self._base.execute(sql.insert(table, rows.column_names))
        except duckdb.Error as error:
            if os.strerror(errno.ENOSPC) in str(error):  # no fault of the file
                raise
            file = rows.column("source_file")[0]
            raise ContractError(
                f"含无法读取的文字（{error}），请以 UTF-8 导出",
                f"holds text that cannot be read ({error}); export it as UTF-8",
                file,
            ) from error
        self._base.unregister("batch")
        self._rows[table.name] = first + rows.num_rows - 1
        return numbers

    def _note(self, table: Table, rows: Numbers, position: int, labels: pa.Array) -> None:
        failed = pa.table({"row": rows, "label": labels})
        self._base.register("noted", failed)
        into = sql.named(table, "failed")
        self._base.execute(f"INSERT INTO {into} SELECT row, $position, label FROM noted", {"position": position})  # noqa: S608
        self._base.unregister("noted")

    def _frames(self, table: Table, query: str, size: int) -> "Iterator[pd.DataFrame]":
        for first in range(1, self._rows[table.name] + 1, size):
            frame = self._base.execute(query, {"first": first, "end": first + size}).df().set_index("row")
            # GX reports numbers for an unnamed index, and a dictionary per cell for a named one.
            frame.index.name = None
            if len(frame):
                yield frame

    def _count(self, table: Table, part: str) -> int:
        return int(self._rows_of(f"SELECT count(*) FROM {sql.named(table, part)}")[0][0])  # noqa: S608

    def _rows_of(self, query: str) -> list[tuple[Any, ...]]:
        return self._base.execute(query).fetchall()

    def _fault(self, table: Table, label: str, rows: int, number: int, file: str, row: int) -> Fault:
        expected = REASONS.get(label, ("读取程序接受的行", "a row that its reader accepts"))
        check = next((one for one in _checks(table) if one.label == label), Check(label, "", "", "empty", *expected))
        value = self._value(table, check, number) if check.subject else None
        return Fault(table=table.name, check=check, rows=rows, file=file, row=row, value=value)

    def _value(self, table: Table, check: Check, number: int) -> str | None:
        """The cell at fault, or what a cross check found; personal text is not shown."""
        if check.column and table.column(check.column).privacy == "personal":
            return "(personal)"
        part, column = ("cross", check.subject) if check in cross_checks(table) else ("load", check.column)
        query = f"SELECT {quoted(column)} FROM {sql.named(table, part)} WHERE row = {number}"  # noqa: S608
        found: str | None = self._base.execute(query).fetchall()[0][0]
        return found


def _checks(table: Table) -> list[Check]:
    return [*row_checks(table), *cross_checks(table)]
