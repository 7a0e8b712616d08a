"""What a reader hands over: rows of one canonical table, each with the file and row it came from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from features.errors import ContractError
from features.sources.layout import Layout

ROWS_A_BATCH = 100_000


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user says about a file that does not say it itself.

    ``layouts`` are the layouts that a bank statement may have: one, or all when the reader is to detect it.
    """

    enterprise: str | None = None
    account: str | None = None
    known_at: date | None = None
    layouts: tuple[Layout, ...] = ()

    def firm(self, told: str | None, file: Path) -> str | None:
        """The firm as the file tells it, else as the user does.

        Raises
        ------
        ContractError
            When the two name different firms: facts of one would be stored as the other's.
        """
        if told and self.enterprise and told != self.enterprise:
            raise ContractError(
                f"文件写明属于企业 {told}，而 --enterprise 为 {self.enterprise}；文件无误则请去掉 --enterprise",
                f"says that it is of firm {told}, --enterprise is {self.enterprise}; leave --enterprise out where the "
                "file is right",
                file,
            )
        return told or self.enterprise


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some rows of one canonical table, in the order of the file.

    ``rows`` has canonical columns, each either as text exactly as written or in its canonical type, and
    ``source_file`` and ``source_row`` (from 1, the line at which a text row starts). Text that cannot be read as
    its type stays text: ingest quarantines that row. A nullable column may be absent.

    ``rejected`` has the rows that the reader itself refuses (void invoices, lines with too few cells): the same
    columns, as far as they are known, and ``rejected_for``, a word that becomes the failed check.

    ``note`` tells the user what the reader decided by itself.
    """

    table: str
    rows: pa.Table
    rejected: pa.Table | None = None
    note: str = ""


Reader = Callable[[Path, Options], Iterator[Batch]]


def numbered(rows: pa.Table, file: Path, first: int = 1) -> pa.Table:
    """``rows`` with ``source_file`` and ``source_row``, counted from ``first``.

    >>> numbered(pa.table({"amount": ["1", "2"]}), Path("line.csv"), first=2).column("source_row").to_pylist()
    [2, 3]
    """
    count = rows.num_rows
    places = pa.array(range(first, first + count), pa.int64())
    return rows.append_column("source_file", pa.repeat(file.name, count)).append_column("source_row", places)


def reject(rows: pa.Table, reason: str) -> pa.Table:
    """``rows`` as the rejected part of a batch, all for one reason.

    >>> reject(pa.table({"invoice_id": ["a"]}), "void").column("rejected_for").to_pylist()
    ['void']
    """
    return rows.append_column("rejected_for", pa.repeat(reason, rows.num_rows))
