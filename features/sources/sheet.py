"""Rows of cells as text, from delimited text or from an Excel workbook. Nothing is evaluated: a formula is text."""

import csv
import io
import re
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, time
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from defusedxml.ElementTree import iterparse
from openpyxl import load_workbook

from features.errors import ContractError, unreadable
from features.sources.cells import whole
from features.sources.limits import (
    MOST_ROWS,
    UNREADABLE_ARCHIVE,
    refuse_archive,
    refuse_size,
    short_lines,
    spanning,
    too_much,
)

Row = tuple[int, list[str]]
OTHERS = {
    ("旧版 Excel 工作簿（.xls）", "an old Excel workbook (.xls)"): re.compile(rb"\xd0\xcf\x11\xe0"),
    (" PDF 文件", "a PDF file"): re.compile(rb"%PDF"),
    ("网页（扩展名可能是 .xls）", "a web page, whatever its suffix"): re.compile(
        rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|table|head|meta)", re.IGNORECASE
    ),
}
# What openpyxl is seen to raise on workbooks that are not quite workbooks.
DAMAGED = (
    *UNREADABLE_ARCHIVE,
    BadZipFile,
    zlib.error,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    SyntaxError,
    AssertionError,
)


def is_workbook(path: Path) -> bool:
    """Whether a file is an Excel workbook, by its first bytes.

    Raises
    ------
    ContractError
        When these are of what banks and people hand over in its place: an old workbook, a web page, a PDF.
    """
    refuse_size(path)
    try:
        with path.open("rb") as stream:
            start = stream.read(512)
    except OSError as error:
        raise unreadable(path, error.strerror) from error
    if kind := next((kind for kind, form in OTHERS.items() if form.match(start)), None):
        raise ContractError(
            f"这是{kind[0]}，不能读取；请用 Excel 或网银另存为 .xlsx 或 CSV 后导入",
            f"is {kind[1]}, which is not read; save it as .xlsx or CSV, or export it so, and ingest that",
            path,
        )
    return start.startswith(b"PK\x03\x04")


def workbook_rows(path: Path) -> list[Row]:
    """Number and cells of each row of every sheet, numbered on from sheet to sheet; blank rows are left out."""
    refuse_archive(path)
    try:
        _refuse_hidden(path)
        # openpyxl warns of parts that it leaves out: styles, names, validations. None of them holds lines.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(_sheet_rows(path))
    except DAMAGED as error:
        reason = f"{type(error).__name__}: {error}"
        raise ContractError(
            f"不是完好的 Excel 文件（{reason}），请重新另存为 .xlsx",
            f"not a sound workbook ({reason}); save it as .xlsx again",
            path,
        ) from error


def _refuse_hidden(path: Path) -> None:
    """Refuse rows and cells that stand twice or out of order: openpyxl would leave them out without a word."""
    with ZipFile(path) as archive:
        for part in archive.namelist():
            if part.endswith((".xml", ".rels")):
                with archive.open(part) as stream:
                    _refuse_disorder(path, stream)


def _refuse_disorder(path: Path, stream: IO[bytes]) -> None:
    before = 0
    for _, element in iterparse(stream, forbid_dtd=True):
        if str(element.tag).endswith("}row"):
            number = int(element.get("r", before + 1))
            places = [cell.get("r") for cell in element if cell.get("r")]
            if number <= before or len(set(places)) < len(places):
                raise ContractError(
                    f"第 {number} 行重复或次序错乱，请重新保存该文件",
                    f"row {number} stands twice or out of order; save the workbook again",
                    path,
                )
            before = number
            element.clear()


def _sheet_rows(path: Path) -> Iterator[Row]:
    # By stream: by path, openpyxl refuses other suffixes than its own.
    with path.open("rb") as stream, closing(load_workbook(stream, read_only=True, keep_links=False)) as book:
        for number, cells in enumerate(chain.from_iterable(map(_every_row, book.worksheets)), start=1):
            _refuse_more(path, number)
            row = [_written(cell) for cell in cells]
            if any(row):
                yield number, row


def _every_row(sheet: Any) -> Iterator[tuple[Any, ...]]:
    # The size that a workbook states of itself may be wrong, or meant to be.
    sheet.reset_dimensions()
    yield from sheet.iter_rows(values_only=True)


def _refuse_more(path: Path, number: int) -> None:
    if number > MOST_ROWS:
        raise too_much(path, f" {MOST_ROWS:,} 行", f"{MOST_ROWS:,} rows")


def _written(value: Any) -> str:
    """A cell as text: numbers without exponent, dates by ISO."""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time.min else value.date().isoformat()
    return "" if value is None else whole(str(value))


def text_rows(path: Path, encodings: Sequence[str], delimiter: str) -> tuple[str, list[Row]]:
    """The encoding that fits the whole file, and number and cells of each row that is not blank."""
    refuse_size(path)
    for encoding in encodings:
        try:
            with path.open("rb") as binary, io.TextIOWrapper(binary, encoding=encoding, newline="") as stream:
                return encoding, list(_cells(path, stream, delimiter))
        except UnicodeError:
            continue
        except csv.Error as error:
            raise ContractError(
                f"引号没有正确闭合（{error}），请重新导出",
                f"a quote is not properly closed ({error}): export the file again",
                path,
            ) from error
        except OSError as error:
            raise unreadable(path, error.strerror) from error
    raise ContractError(
        f"文字编码不是 {' 或 '.join(encodings)}，请另存为 UTF-8 后重新导入",
        f"not text in {' or '.join(encodings)}; save it as UTF-8 and ingest it again",
        path,
    )


def _cells(path: Path, stream: io.TextIOWrapper, delimiter: str) -> Iterator[Row]:
    reader, reached = csv.reader(short_lines(path, stream), delimiter=delimiter, strict=True), 0
    for cells in reader:
        first, reached = reached + 1, reader.line_num
        _refuse_more(path, reached)
        if reached > first:
            raise spanning(path, first, reached)  # lines may be hidden in it
        if any(cell.strip() for cell in cells):
            yield first, cells
