"""Reading the cells of statements: amounts, dates and words as people and banks write them.

What cannot be read is given back as written, so that ingest quarantines the row and shows it.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from unicodedata import normalize

BANK_TIME = timezone(timedelta(hours=8))  # the calendar in which every date of a fact is
NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+")
CURRENCY = re.compile(r"人民币|CNY|RMB|GBP|EUR|USD|HKD|[¥£€$]|元$", re.IGNORECASE)
CREDIT, DEBIT = ("CR", "贷", "收"), ("DR", "借", "付", "支")
DASHES = dict.fromkeys(map(ord, "−–—﹣"), "-")
NOTHING = {"", "-", "--", "/"}
MARK = "`"


def plain(cell: str | None) -> str:
    """Half-width characters, no blanks around and no mark against Excel's guesses; ``""`` for no text.

    >>> plain(" ￥１，２３４．５０ "), plain("`12.00")
    ('¥1,234.50', '12.00')
    """
    return normalize("NFKC", cell or "").strip().removeprefix(MARK).translate(DASHES)


def text(cell: str | None) -> str | None:
    """Text as written; ``None`` for blanks. Tabs and the mark that exports put against Excel's guesses are dropped.

    >>> text("货款 "), text("  "), text("`4200")
    ('货款 ', None, '4200')
    """
    word = (cell or "").strip("\t\r\n").removeprefix(MARK)
    return word if word.strip() else None


def signed(cell: str | None) -> Decimal | None:
    """An amount with its sign; ``None`` when it is none. Minus, parentheses, and DR or 借 at an end are outflows.

    >>> signed("1,234.50"), signed("(12.00)"), signed("￥５－"), signed("8.00 DR"), signed("1,23"), signed("=1+1")
    (Decimal('1234.50'), Decimal('-12.00'), Decimal('-5'), Decimal('-8.00'), None, None)
    """
    word, sign = plain(cell).upper(), 1
    for ending, meaning in (*((w, 1) for w in CREDIT), *((w, -1) for w in DEBIT)):
        if word.startswith(ending) or word.endswith(ending):
            word, sign = word.removeprefix(ending).removesuffix(ending).strip(), meaning
            break
    if word.startswith("(") and word.endswith(")"):
        word, sign = word[1:-1], -sign
    word = CURRENCY.sub("", word).replace(" ", "")
    if word.endswith(("-", "+")):
        word = word[-1] + word[:-1]
    if word.startswith(("-", "+")):
        word, sign = CURRENCY.sub("", word[1:]), -sign if word[0] == "-" else sign
    return sign * Decimal(word.replace(",", "")) if NUMBER.fullmatch(word) else None


def empty(cell: str | None) -> bool:
    """Whether an amount's cell says nothing: blank, a dash, or zero."""
    return plain(cell) in NOTHING or signed(cell) == 0


def local(word: str) -> str:
    """A moment that tells its zone, as the clock and the calendar of the bank have it; any other text as it is.

    >>> local("2024-01-31T23:30:00+02:00"), local("2024-02-29T16:00:00Z"), local("2024-01-31T23:30:00")
    ('2024-02-01T05:30:00', '2024-03-01T00:00:00', '2024-01-31T23:30:00')
    """
    try:
        moment = datetime.fromisoformat(word)
    except ValueError:
        return word
    return moment.astimezone(BANK_TIME).strftime("%Y-%m-%dT%H:%M:%S") if moment.tzinfo else word


def day(cell: str | None, formats: Sequence[str]) -> date | None:
    """The date of a cell, by the first of ``formats`` (as of ``strptime``) that fits; a time after it is left out.

    A moment that tells its zone is of the day that it has in the bank's calendar (``local``).

    >>> day("２０２４/01/31 10:00", ["%Y/%m/%d"]), day("31.02.2024", ["%d.%m.%Y"])
    (datetime.date(2024, 1, 31), None)
    """
    word = local(plain(cell))
    for form in formats:
        for candidate in (word, *word.replace("T", " ").split(" ")[:1]):
            try:
                return datetime.strptime(candidate, form).date()  # noqa: DTZ007 - a date without a time
            except ValueError:
                continue
    return None


def clock(cell: str | None) -> str:
    """Six digits of a time of day, ``""`` when there is none.

    >>> clock("2024-01-31 09:30:05"), clock("093005"), clock("93005"), clock("9:30"), clock("noon")
    ('093005', '093005', '093005', '093000', '')
    """
    word = re.split(r"[ T]", local(plain(cell)))[-1]
    if found := re.match(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", word):
        return "".join(part.zfill(2) for part in found.groups("00"))
    return word.zfill(6) if re.fullmatch(r"\d{5,6}", word) else ""


def scalar(value: Any) -> str | None:
    """A value of a JSON document or a workbook as text; what holds others is not a value.

    >>> scalar("a"), scalar(True), scalar(None), scalar([1])
    ('a', 'true', None, None)
    """
    if isinstance(value, bool):
        return str(value).lower()
    return whole(str(value)) if isinstance(value, str | int | float | Decimal) else None


def whole(word: str) -> str:
    """``word`` with halves of characters, which escapes can make and no encoding holds, replaced by a mark."""
    return word if word.isascii() else word.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
