"""Delimited text read as text: nothing is guessed, converted or evaluated.

Cells stay as written; an empty cell is null. A cell such as ``=1+1`` is data. What makes the file as a whole
unreadable raises ``ContractError``; a line with too many or too few cells is a fault of that row.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
import pyarrow.compute as pc

from features.errors import ContractError, unreadable
from features.sources.batch import ROWS_A_BATCH, reject
from features.sources.limits import no_rows, short_lines, spanning

CELL_COUNT = "cell_count"


@dataclass(frozen=True)
class Chunk:
    """Rows of text under the file's own header, in the order of the file.

    ``ragged`` are those with a wrong number of cells: surplus cells are joined into the last column, missing ones
    are null. Both have ``source_file`` and ``source_row``; ``ragged`` also has ``rejected_for``.
    """

    rows: pa.Table
    ragged: pa.Table


def read_delimited(
    path: Path,
    *,
    required: Sequence[str] = (),
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
    rows_a_chunk: int = ROWS_A_BATCH,
    one_line: bool = False,
) -> Iterator[Chunk]:
    """Yield the rows of a text file (``.gz`` is unpacked on the way), at most ``rows_a_chunk`` at a time.

    With ``one_line``, a row must not span lines: where cells never do, a stray quote would hide rows in one of them.

    Raises
    ------
    ContractError
        When the file is missing, a folder, empty, cut off, not in ``encoding``, or lacks a column of ``required``,
        and when a line is too long for text or the file unpacks to far more than it is.
    """
    reached = _Reached(path, one_line)
    try:
        with _open(path) as binary, io.TextIOWrapper(binary, encoding=encoding, newline="") as stream:
            yield from _chunks(path, reached.lines(stream), reached, required, delimiter, rows_a_chunk)
    except UnicodeDecodeError as error:
        raise ContractError(
            f"第 {reached.row} 行附近的文字不是 {encoding.removesuffix('-sig').upper()} 编码（{error.reason}），"
            "请另存为 UTF-8 后重新导入",
            f"not {encoding.removesuffix('-sig').upper()} text at row {reached.row} or soon after it "
            f"({error.reason}); save the file as UTF-8 and ingest it again",
            path,
        ) from error
    except csv.Error as error:
        raise ContractError(
            f"第 {reached.row + 1} 行的引号没有正确闭合（{error}），文件被截断或缺少引号，请重新导出",
            f"row {reached.row + 1} opens a quote that is not properly closed ({error}); the file was cut off or a "
            "quote is missing: export it again",
            path,
        ) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ContractError(
            f"压缩文件被截断或已损坏（{error}），请重新复制",
            f"the compressed file is cut off or damaged ({error}); copy it again",
            path,
        ) from error
    except OSError as error:
        raise unreadable(path, error.strerror) from error


@dataclass
class _Reached:
    """How far reading has come: the last line read, and the line on which the last whole row ended."""

    path: Path
    one_line: bool
    row: int = 0
    line: str = ""

    def lines(self, stream: io.TextIOWrapper) -> Iterator[str]:
        for line in short_lines(self.path, stream):
            self.line = line
            yield line

    def spans(self, first: int) -> None:
        if self.one_line and self.row > first:
            raise spanning(self.path, first, self.row)


@dataclass
class _Rows:
    """Cells collected for one chunk, each row with the line on which it starts."""

    header: list[str]
    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def add(self, cells: list[str], line: int) -> None:
        self.cells.append(cells)
        self.lines.append(line)

    def table(self, file: Path) -> pa.Table:
        columns = list(zip(*self.cells, strict=True)) or [()] * len(self.header)
        arrays = [_emptied(pa.array(column, pa.string())) for column in columns]
        names = pa.array([file.name] * len(self.lines), pa.string())
        places = [names, pa.array(self.lines, pa.int64())]
        return pa.table([*arrays, *places], names=[*self.header, "source_file", "source_row"])


def _emptied(cells: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _chunks(
    path: Path, lines: Iterator[str], reached: _Reached, required: Sequence[str], delimiter: str, size: int
) -> Iterator[Chunk]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header = _header(path, next(reader, []), required)
    reached.row = reader.line_num
    rows, ragged, width = _Rows(header), _Rows(header), len(header)
    for cells in reader:
        first, reached.row = reached.row + 1, reader.line_num
        reached.spans(first)
        if len(cells) == width:
            rows.add(cells, first)
        elif cells:
            _refuse_cut_off(path, cells, width, first, reached.line)
            ragged.add(_fitted(cells, width, delimiter), first)
        if len(rows.lines) + len(ragged.lines) >= size:
            yield _chunk(path, rows, ragged)
            rows, ragged = _Rows(header), _Rows(header)
    if rows.lines or ragged.lines:
        yield _chunk(path, rows, ragged)


def _header(path: Path, header: list[str], required: Sequence[str]) -> list[str]:
    names = [name.strip() for name in header]
    if not any(names):
        raise no_rows(path)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ContractError(
            f"第 1 行的列“{twice[0]}”重复，每列只应出现一次",
            f"row 1 names column '{twice[0]}' twice; expected each column once",
            path,
        )
    if reserved := {"source_file", "source_row", "rejected_for"}.intersection(names):
        raise ContractError(
            f"第 1 行的列名“{min(reserved)}”为系统保留，请改名",
            f"row 1 names column '{min(reserved)}', which is kept for ingest; rename it",
            path,
        )
    if missing := [name for name in required if name not in names]:
        raise ContractError(
            f"第 1 行缺少列 {_listed(missing)}，应有 {_listed(required)}，请补齐",
            f"row 1 lacks column {_listed(missing)}; expected {_listed(required)}; add it to the file",
            path,
        )
    return names


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _refuse_cut_off(path: Path, cells: list[str], width: int, row: int, line: str) -> None:
    if len(cells) < width and not line.endswith(("\n", "\r")):
        raise ContractError(
            f"末行（第 {row} 行）只有 {len(cells)} 个单元格，应有 {width} 个，文件被截断，请重新导出",
            f"row {row}, the last, has {len(cells)} of {width} cells: the file was cut off; export it again",
            path,
        )


def _fitted(cells: list[str], width: int, delimiter: str) -> list[str]:
    padded = cells + [""] * (width - len(cells))
    return [*padded[: width - 1], delimiter.join(padded[width - 1 :])]


def _chunk(path: Path, rows: _Rows, ragged: _Rows) -> Chunk:
    return Chunk(rows.table(path), reject(ragged.table(path), CELL_COUNT))
