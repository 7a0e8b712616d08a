"""Rows of cells as text, from delimited text or from an Excel workbook. Nothing is evaluated: a formula is text."""

import csv
import io
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from features.errors import ContractError
from features.sources.limits import MOST_ROWS, UNREADABLE_ARCHIVE, refuse_archive, refuse_size, short_lines

Row = tuple[int, list[str]]
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
    """Whether a file is an Excel workbook, by its first bytes."""
    refuse_size(path)
    try:
        with path.open("rb") as stream:
            return stream.read(4) == b"PK\x03\x04"
    except OSError as error:
        raise ContractError(f"{path}: cannot be read ({error.strerror}); expected a statement") from error


def workbook_rows(path: Path) -> Iterator[Row]:
    """Number and cells of each row of the first sheet; blank rows are left out."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    refuse_archive(path)
    try:
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                _refuse_more(path, number)
                row = [_written(cell) for cell in cells]
                if any(row):
                    yield number, row
        finally:
            book.close()
    except (*DAMAGED, InvalidFileException) as error:
        raise ContractError(
            f"{path}: not a sound workbook ({type(error).__name__}: {error}); save it as .xlsx again"
        ) from error


def _refuse_more(path: Path, number: int) -> None:
    if number > MOST_ROWS:
        raise ContractError(f"{path}: has more than the {MOST_ROWS:,} rows allowed; split it by month")


def _written(value: Any) -> str:
    """A cell as text: numbers without exponent, dates by ISO."""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time.min else value.date().isoformat()
    return "" if value is None else str(value)


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
            raise ContractError(f"{path}: a quote is not properly closed ({error}): export the file again") from error
        except OSError as error:
            raise ContractError(f"{path}: cannot be read ({error.strerror}); expected a statement") from error
    raise ContractError(f"{path}: not text in {' or '.join(encodings)}; save it as UTF-8 and ingest it again")


def _cells(path: Path, stream: io.TextIOWrapper, delimiter: str) -> Iterator[Row]:
    reader, reached = csv.reader(short_lines(path, stream), delimiter=delimiter, strict=True), 0
    for cells in reader:
        first, reached = reached + 1, reader.line_num
        _refuse_more(path, reached)
        if reached > first:
            # A stray quote makes one cell of several lines: lines may be hidden in it.
            raise ContractError(f"{path}: row {first} has a quote that spans lines up to {reached}: export it again")
        if any(cell.strip() for cell in cells):
            yield first, cells
