"""Source ``statement:<layout>``: a bank's account statement as CSV or Excel, by a layout of ``conf/statements``.

The header is the first row that has every column which the layout needs; what stands above may say account, firm
and date of printing. Totals and repeated headers below it are rejected as such. ``statement:auto`` tries every
layout and takes the one that fits best; two that fit equally well are not guessed between.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path

from features.errors import ContractError
from features.sources.batch import Batch, Options
from features.sources.cells import clock, day, empty, plain, signed, text
from features.sources.entries import Entry, Money, batches, in_booking_order, links
from features.sources.layout import Columns, Layout
from features.sources.sheet import Row, is_workbook, text_rows, workbook_rows

SAMPLE = 200
SHOWN = 200  # letters of a row that is shown in a message
UNIT = re.compile(r"\(.*?\)|\[.*?\]|\s")
TOTAL, HEADER, VOID, TOO_LONG = "total", "repeated_header", "no_money_moved", "cell_count"
NO_AMOUNT, TWO_AMOUNTS = "no_amount", "two_amounts"


@dataclass(frozen=True)
class Found:
    """A header in a file: the layout, the places of each of its columns, and the rows above and below."""

    layout: Layout
    places: dict[str, list[int]]
    width: int
    told: dict[str, str]
    header: list[str]
    above: list[Row]
    rows: list[Row]
    how: str

    @property
    def score(self) -> tuple[float, float, int]:
        """Shares of sample rows that read as lines and whose balances add up, then how many columns are known."""
        sample = [entry for entry in map(self.entry, self.rows[:SAMPLE]) if entry.refused not in (TOTAL, HEADER, VOID)]
        count = max(len(sample), 1)
        return sum(map(_reads, sample)) / count, links(in_booking_order(sample)) / count, len(self.places)

    def entry(self, row: Row) -> Entry:
        """One row as an entry."""
        number, cells = row
        direction, amount, refused = self._amount(cells)
        return Entry(
            row=number,
            account=text(self._cell(cells, "account")) or self.told.get("account"),
            enterprise=self.told.get("enterprise"),
            booked_at=day(self._cell(cells, "date"), self.layout.date_formats) or text(self._cell(cells, "date")),
            time=clock(self._cell(cells, "time")),
            direction=direction,
            amount=amount,
            balance=_money(self._cell(cells, "balance")),
            counterparty=self._other(cells, direction, ""),
            counterparty_account=self._other(cells, direction, "_account"),
            channel=text(self._cell(cells, "channel")),
            summary=" ".join(dict.fromkeys(filter(None, map(text, self._filled(cells, "summary"))))) or None,
            known_at=day(self.told.get("printed"), self.layout.date_formats),
            refused=self._refused(cells) or refused,
        )

    def _filled(self, cells: Sequence[str], column: str) -> Iterator[str]:
        """The cells of a column that say something."""
        return (cells[place] for place in self.places.get(column, ()) if place < len(cells) and plain(cells[place]))

    def _cell(self, cells: Sequence[str], column: str) -> str:
        return next(self._filled(cells, column), "")

    def _other(self, cells: Sequence[str], direction: str | None, part: str) -> str | None:
        """Name or account of the counterparty: as told, or of payer and payee the one who is not the firm."""
        side = "payee" if direction == "out" else "payer"
        return text(self._cell(cells, f"counterparty{part}") or self._cell(cells, f"{side}{part}"))

    def _refused(self, cells: Sequence[str]) -> str:
        if self.layout.total(next((plain(cell) for cell in cells if plain(cell)), "")):
            return TOTAL
        if [_heading(cell) for cell in cells if cell] == self.header:
            return HEADER
        if plain(self._cell(cells, "status")) in self.layout.void:
            return VOID
        return TOO_LONG if any(plain(cell) for cell in cells[self.width :]) else ""

    def _amount(self, cells: Sequence[str]) -> tuple[str | None, Money, str]:
        """Direction, amount without sign, and why there is none."""
        if "amount" in self.places:
            return self._of_one_column(self._cell(cells, "amount"), cells)
        out, into = self._cell(cells, "debit"), self._cell(cells, "credit")
        if empty(out) == empty(into):
            return None, None, NO_AMOUNT if empty(out) else TWO_AMOUNTS
        if not empty(out):
            return _turned("in" if self.layout.debit_negative else "out", _money(out))
        return _turned("in", _money(into))

    def _of_one_column(self, cell: str, cells: Sequence[str]) -> tuple[str | None, Money, str]:
        amount = _money(cell)
        if "direction" in self.places:
            word = plain(self._cell(cells, "direction")).lower()
            known = {**dict.fromkeys(self.layout.in_words, "in"), **dict.fromkeys(self.layout.out_words, "out")}
            return _turned(known.get(word, word), amount)
        return _turned("out" if self.layout.out_positive else "in", amount)


def read(path: Path, options: Options) -> Iterator[Batch]:
    """Yield the lines of a statement by the one layout of ``options`` that fits it best."""
    found = detect(path, options.layouts)
    entries = [found.entry(row) for row in found.rows]
    yield from batches(entries, path, options, found.how)


def detect(path: Path, layouts: Sequence[Layout]) -> Found:
    """The header and rows of a statement under the best of ``layouts``.

    Raises
    ------
    ContractError
        When none fits, or two fit equally well.
    """
    candidates = list(_candidates(path, layouts))
    if not candidates:
        raise _unknown(path, layouts)
    ranked = sorted(candidates, key=lambda found: found.score, reverse=True)
    best, *others = ranked
    if others and others[0].score == best.score and others[0].places != best.places:
        names = f"statement:{best.layout.name} or statement:{others[0].layout.name}"
        raise ContractError(
            f"两种版式同样吻合，请指定一种：{names}", f"two layouts fit equally well; say which: {names}", path
        )
    if hidden := next((number for number, cells in best.above if _reads(best.entry((number, cells)))), 0):
        raise ContractError(
            f"第 {hidden} 行是表头以上的流水，请改正或写明列名",
            f"row {hidden} is an account line above the header; mend or name the columns",
            path,
        )
    return best


def _candidates(path: Path, layouts: Sequence[Layout]) -> Iterator[Found]:
    if is_workbook(path):
        rows = workbook_rows(path)
        yield from (found for layout in layouts if (found := _under(layout, rows, "Excel")))
        return
    forms = dict.fromkeys((layout.encodings, delimiter) for layout in layouts for delimiter in layout.delimiters)
    for encodings, delimiter in forms:
        encoding, rows = text_rows(path, encodings, delimiter)
        fitting = (layout for layout in layouts if layout.encodings == encodings and delimiter in layout.delimiters)
        form = f"{encoding}, delimiter {delimiter!r}"
        yield from (found for layout in fitting if (found := _under(layout, rows, form)))


def _unknown(path: Path, layouts: Sequence[Layout]) -> ContractError:
    """What was wanted, one layout with its columns and many by name, and the row that looks most like a header."""
    wanted = ", ".join(layout.name for layout in layouts)
    if len(layouts) == 1:
        wanted += f": {_wanted(layouts[0])}"
    rows = workbook_rows(path) if is_workbook(path) else _text(path, layouts)
    within = rows[: max((layout.header_within for layout in layouts), default=0)]
    number, cells = max(within, key=lambda row: len([cell for cell in row[1] if plain(cell)]), default=(0, []))
    seen = ", ".join(filter(None, map(plain, cells)))[:SHOWN]
    seen = "".join(letter if letter.isprintable() else "\ufffd" for letter in seen)
    return ContractError(
        f"没有一行是已知版式（{wanted}）的表头，最像表头的是第 {number} 行“{seen}”；新银行的版式写在 "
        "conf/statements/<版式>.yaml，写法见 CONTRIBUTING.md",
        f"no row is the header of a known layout ({wanted}); most like one is row {number}, '{seen}'. The layout of a "
        "new bank is a file conf/statements/<layout>.yaml, see CONTRIBUTING.md",
        path,
    )


def _text(path: Path, layouts: Sequence[Layout]) -> list[Row]:
    """The rows by the delimiter that finds most cells."""
    forms = dict.fromkeys((layout.encodings, delimiter) for layout in layouts for delimiter in layout.delimiters)
    read = [text_rows(path, *form)[1] for form in forms]
    return max(read, key=lambda rows: sum(len(cells) for _, cells in rows), default=[])


def _under(layout: Layout, rows: list[Row], form: str) -> Found | None:
    told: dict[str, str] = {}
    for place, (number, cells) in enumerate(rows[: layout.header_within]):
        if places := _places(layout.columns, [_heading(cell) for cell in cells]):
            how = f"layout {layout.name} ({form}): header in row {number}, columns {', '.join(sorted(places))}"
            header = [_heading(cell) for cell in cells if cell]
            return Found(layout, places, len(cells), told, header, rows[:place], rows[place + 1 :], how)
        told |= layout.told(" ".join(map(plain, cells)))
    return None


def _places(columns: Columns, header: list[str]) -> dict[str, list[int]]:
    """Where each column stands; empty when the header lacks one that the layout cannot do without."""
    places: dict[str, list[int]] = {}
    for column in fields(columns):
        names = dict.fromkeys(map(_heading, getattr(columns, column.name)))
        if found := [header.index(name) for name in names if name in header]:
            places[column.name] = found
    needed = ("date", *(name for name in ("debit", "credit", "amount", "direction") if getattr(columns, name)))
    return places if all(name in places for name in needed) else {}


def _heading(cell: str) -> str:
    return UNIT.sub("", plain(cell)).lower()


def _wanted(layout: Layout) -> str:
    named = (getattr(layout.columns, column.name) for column in fields(layout.columns))
    return ", ".join(dict.fromkeys(names[0] for names in named if names))


def _money(cell: str) -> Money:
    return text(cell) if (amount := signed(cell)) is None else amount


def _turned(direction: str, amount: Money) -> tuple[str, Money, str]:
    """A negative amount goes the other way: a reversal in red, or money out in a signed column."""
    if not isinstance(amount, Decimal):
        return direction, amount, "" if amount else NO_AMOUNT
    other = {"in": "out", "out": "in"}.get(direction, direction)
    return (other, -amount, "") if amount < 0 else (direction, amount, "")


def _reads(entry: Entry) -> bool:
    return isinstance(entry.booked_at, date) and isinstance(entry.amount, Decimal) and not entry.refused
