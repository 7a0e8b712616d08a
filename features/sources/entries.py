"""From the entries of a statement to canonical lines: their order, their sequence and their identity.

``line_id`` is a hash of what the entry says and of its ordinal among equal entries of the account and day, so that
a line has the same identity in every statement that shows it and overlapping statements merge. The time of day is no
part of it: one export of an account tells it and another does not. ``sequence`` is date, time and ordinal (18 digits);
it rises in booking order.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from features.contract import TABLES
from features.errors import ContractError
from features.sources.batch import ROWS_A_BATCH, Batch, Options

Money = Decimal | str | None
TEXTS = {field: pa.string() for field in (*TABLES["line"].names, "source_file")}
SEQUENCE_DIGITS = 18
SCHEMA = pa.schema([*TEXTS.items(), ("source_row", pa.int64())])


@dataclass(kw_only=True)
class Entry:
    """One entry. Dates and amounts that cannot be read are the text as written; ``row`` is its place in the file.

    ``refused`` is the reason for which the reader itself rejects it.
    """

    row: int
    booked_at: date | str | None
    direction: str | None
    amount: Money
    account: str | None = None
    enterprise: str | None = None
    time: str = ""
    balance: Money = None
    counterparty: str | None = None
    counterparty_account: str | None = None
    channel: str | None = None
    summary: str | None = None
    known_at: date | str | None = None
    refused: str = ""


def batches(entries: Sequence[Entry], file: Path, options: Options, note: str = "") -> Iterator[Batch]:
    """Batches of lines in booking order. Options fill in what the entries leave out.

    Without a date of its own, a statement is known from its last line on: before that day it did not exist.

    Raises
    ------
    ContractError
        When account or firm is neither in the file nor given, or one account is given for a file with several.
    """
    ordered = in_booking_order(entries)
    _fill(file, ordered, options)
    ordered = timed(ordered)
    rows = _rows(file, ordered)
    sound = [row for row, entry in zip(rows, ordered, strict=True) if not entry.refused]
    refused = [row for row, entry in zip(rows, ordered, strict=True) if entry.refused]
    reasons = pa.array([entry.refused for entry in ordered if entry.refused], pa.string())
    rejected = pa.Table.from_pylist(refused, SCHEMA).append_column("rejected_for", reasons)
    for start in range(0, max(len(sound), 1), ROWS_A_BATCH):
        part = pa.Table.from_pylist(sound[start : start + ROWS_A_BATCH], SCHEMA)
        yield Batch(table="line", rows=part, rejected=None if start else rejected, note="" if start else note)


def in_booking_order(entries: Sequence[Entry]) -> list[Entry]:
    """Oldest first. A statement that runs backwards, by its dates or else its balances, is turned round."""
    told = [(entry.booked_at, entry.time) for entry in entries if isinstance(entry.booked_at, date)]
    first, last = (told[0], told[-1]) if told else (None, None)
    if first is None or last is None:
        return list(entries)
    forward = [*entries]
    if first != last and first[0] != last[0]:
        return forward if first[0] < last[0] else forward[::-1]
    return forward[::-1] if links(forward[::-1]) > links(forward) or first[1] > last[1] else forward


def timed(entries: Sequence[Entry]) -> list[Entry]:
    """Entries of which one without a time of day has that of the one before it on its account and day."""
    told: list[Entry] = []
    for entry in entries:
        after = told and not entry.time and (told[-1].account, told[-1].booked_at) == (entry.account, entry.booked_at)
        told.append(replace(entry, time=told[-1].time) if after else entry)
    return told


def links(entries: Sequence[Entry]) -> int:
    """How many balances follow from the one before."""
    return sum(1 for before, after in pairwise(entries) if _flow(after) == _step(before.balance, after.balance))


def _step(before: Money, after: Money) -> Decimal | None:
    return after - before if isinstance(before, Decimal) and isinstance(after, Decimal) else None


def _flow(entry: Entry) -> Decimal | str:
    if not isinstance(entry.amount, Decimal):
        return "unknown"
    return entry.amount if entry.direction == "in" else -entry.amount


def _fill(file: Path, entries: Sequence[Entry], options: Options) -> None:
    accounts = {entry.account for entry in entries if entry.account}
    if options.account and len(accounts) > 1:
        listed = ", ".join(sorted(accounts)[:5])
        raise ContractError(
            f"含多个账户的流水（{listed}），请不带 --account 或拆分文件",
            f"holds lines of several accounts ({listed}); leave --account out or split the file",
            file,
        )
    last = max((entry.booked_at for entry in entries if isinstance(entry.booked_at, date)), default=None)
    if options.known_at and last and options.known_at < last:
        raise ContractError(
            f"--known-at {options.known_at} 早于最后一笔流水 {last}，当日尚无此表，请改为取得日期",
            f"--known-at {options.known_at} is before the last line of {last}, when there was no such statement; give "
            "the day on which it came",
            file,
        )
    for entry in entries:
        entry.account = options.account or entry.account
        entry.enterprise = options.enterprise or entry.enterprise
        entry.known_at = options.known_at or entry.known_at or last
    _require(file, "account", [entry.account for entry in entries if not entry.refused])
    _require(file, "enterprise", [entry.enterprise for entry in entries if not entry.refused])


def _require(file: Path, name: str, values: Sequence[str | None]) -> None:
    if not all(values):
        raise ContractError(
            f"没有说明流水的归属，请用 --{name} 指定编号", f"does not say whose lines these are; give --{name} ID", file
        )


def _rows(file: Path, entries: Sequence[Entry]) -> list[dict[str, str | int | None]]:
    same: Counter[tuple[str | None, ...]] = Counter()
    place: Counter[tuple[str | None, str]] = Counter()
    rows, before = [], "00000000"
    for entry in entries:
        content = _content(entry)
        same[content] += 1
        before = f"{entry.booked_at:%Y%m%d}".zfill(8) if isinstance(entry.booked_at, date) else before
        moment = (entry.account, before + entry.time)
        place[moment] += 1
        identity = "\x1f".join([*(part or "" for part in content), str(same[content])])
        rows.append(
            {
                "line_id": blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest(),
                "account_id": entry.account,
                "enterprise_id": entry.enterprise,
                "booked_at": _written(entry.booked_at),
                "sequence": f"{moment[1]}{place[moment]:0{SEQUENCE_DIGITS - len(moment[1])}d}",
                "direction": entry.direction,
                "amount": _written(entry.amount),
                "balance_after": _written(entry.balance),
                "counterparty_name": entry.counterparty,
                "counterparty_account": entry.counterparty_account,
                "channel": entry.channel,
                "summary": entry.summary,
                "known_at": _written(entry.known_at),
                "source_file": file.name,
                "source_row": entry.row,
            }
        )
    return rows


def _content(entry: Entry) -> tuple[str | None, ...]:
    """What makes two entries equal; equal amounts written differently (1.5, 1.50) are equal."""
    written = (entry.booked_at, entry.amount, entry.balance)
    words = (entry.direction, entry.counterparty, entry.counterparty_account, entry.channel, entry.summary)
    return entry.account, *map(_written, written), *(word and word.strip() for word in words)


def _written(value: date | Money) -> str | None:
    """Canonical text: dates by ISO, amounts with at least two decimals.

    >>> _written(Decimal("1.5")), _written(Decimal("1.005")), _written("=1+1")
    ('1.50', '1.005', '=1+1')
    """
    if isinstance(value, Decimal):
        cents = value.quantize(Decimal("0.01")) if abs(value) < Decimal("1e20") else value
        return format(cents if cents == value else value, "f")
    return value.isoformat() if isinstance(value, date) else value
