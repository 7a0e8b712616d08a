"""Source ``berka``: the folder of the PKDD'99 discovery challenge, a Czech bank's accounts and loans.

Households, not firms: each account stands for one enterprise. Operation and symbol go into ``channel`` and
``summary`` as written; ``conf/flow_rules.yaml`` gives them category and nature. ``order.asc`` is not read: it
holds the instalment of the loan to come. A loan's ``status`` is an outcome and is not read either; evaluations
ask ``outcomes`` for it.
"""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features.errors import ContractError
from features.sources.batch import ROWS_A_BATCH, Batch, Options
from features.sources.delimited import Chunk, read_delimited

LINES = ("trans_199301_199403.asc.gz", "trans_before_loans_1997_1998.csv.gz")
INFLOW, OUTFLOW = ("PRIJEM", "credit"), ("VYDAJ", "VYBER", "withdrawal", "withdrawal in cash")
BAD = ("B", "D")
INSTITUTION, CURRENCY = "PKDD'99", "CZK"


def read(path: Path, options: Options) -> Iterator[Batch]:
    """Yield accounts as enterprises and accounts, then loans as applications and loans, then the lines."""
    del options
    if not path.is_dir():
        raise ContractError(
            "应为存放 account.asc、loan.asc 和 trans 文件的文件夹",
            "expected the folder that holds account.asc, loan.asc and the trans files",
            path,
        )
    yield from _accounts(path)
    yield from _loans(path)
    found = [path / name for name in LINES if (path / name).exists()]
    if not found:
        raise ContractError(
            f"没有账户流水文件，应有 {' 或 '.join(LINES)}", f"no account lines; expected {' or '.join(LINES)}", path
        )
    for file in found:
        yield from _lines(file)


def outcomes(path: Path) -> dict[str, bool | None]:
    """Each loan's outcome: true for bad (B or D), false for good (A or C), ``None`` where it is not told."""
    rows = _whole(path / "loan.asc", ("loan_id", "status")).rows
    return {
        loan: None if status is None else status in BAD
        for loan, status in zip(rows["loan_id"].to_pylist(), rows["status"].to_pylist(), strict=True)
    }


def _whole(file: Path, required: tuple[str, ...]) -> Chunk:
    chunks = list(read_delimited(file, required=required, delimiter=";"))
    return Chunk(*(pa.concat_tables([getattr(c, part) for c in chunks]) for part in ("rows", "ragged")))


def _day(text: str | None) -> date | str | None:
    """``yymmdd`` of the last century as a date; what is not one stays text.

    >>> _day("930105"), _day("931399")
    (datetime.date(1993, 1, 5), '931399')
    """
    try:
        return datetime.strptime(f"19{text}", "%Y%m%d").date()  # noqa: DTZ007 - a date without a time
    except ValueError:
        return text


def _days(column: pa.ChunkedArray) -> pa.Array:
    """A date column, or text when a single cell is not a date, so that ingest can point at it."""
    values = [_day(text) for text in column.to_pylist()]
    plain = all(v is None or isinstance(v, date) for v in values)
    return pa.array(values, pa.date32()) if plain else pa.array([None if v is None else str(v) for v in values])


def _places(rows: pa.Table) -> dict[str, pa.Array]:
    return {name: rows[name] for name in ("source_file", "source_row")}


def _same(value: str | None, rows: pa.Table) -> pa.Array:
    return pa.array([value] * rows.num_rows, pa.string())


def _accounts(path: Path) -> Iterator[Batch]:
    chunk = _whole(path / "account.asc", ("account_id", "date"))
    rows = chunk.rows
    key, opened = rows["account_id"], _days(rows["date"])
    names = pc.binary_join_element_wise(pa.scalar("account"), key, " ")
    enterprise = pa.table({"enterprise_id": key, "name": names, "known_at": opened, **_places(rows)})
    yield Batch(table="enterprise", rows=enterprise, rejected=chunk.ragged)
    account = {
        "account_id": key,
        "enterprise_id": key,
        "holder": _same("owner", rows),
        "kind": _same("personal", rows),
        "institution": _same(INSTITUTION, rows),
        "currency": _same(CURRENCY, rows),
        "opened_on": opened,
        "known_at": opened,
    }
    yield Batch(table="account", rows=pa.table({**account, **_places(rows)}))


def _loans(path: Path) -> Iterator[Batch]:
    chunk = _whole(path / "loan.asc", ("loan_id", "account_id", "date", "amount", "duration"))
    rows, signed = chunk.rows, _days(chunk.rows["date"])
    shared = {"enterprise_id": rows["account_id"], "term_months": rows["duration"], "known_at": signed}
    application = {
        "application_id": rows["loan_id"],
        "applied_on": signed,
        "amount": rows["amount"],
        "purpose": _same("unknown", rows),
        "outcome": _same("admitted", rows),
    }
    yield Batch(table="application", rows=pa.table({**application, **shared, **_places(rows)}), rejected=chunk.ragged)
    loan = {
        "loan_id": rows["loan_id"],
        "application_id": rows["loan_id"],
        "product": _same("household loan", rows),
        "repayment": _same("equal_principal", rows),
        "committed": rows["amount"],
        "principal": rows["amount"],
        "annual_rate": _same("0", rows),
        "disbursed_on": signed,
        "matures_on": pa.array(
            [_later(d, m) for d, m in zip(signed.to_pylist(), rows["duration"].to_pylist(), strict=True)]
        ),
    }
    yield Batch(table="loan", rows=pa.table({**loan, **shared, **_places(rows)}))


def _later(day: date | str | None, months: str | None) -> date | None:
    """The same day of the month ``months`` later, at most the 28th."""
    if not isinstance(day, date) or not (months or "").isdigit():
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + int(months or 0), 12)
    return date(year, month + 1, min(day.day, 28))


def _lines(file: Path) -> Iterator[Batch]:
    chunk = _whole(file, ("trans_id", "account_id", "date", "type", "operation", "amount", "balance", "k_symbol"))
    rows = chunk.rows.append_column("sequence", pa.array(_sequence(chunk.rows), pa.int64()))
    rows = rows.sort_by([("account_id", "ascending"), ("sequence", "ascending")])
    booked = _days(rows["date"])
    kinds = {**dict.fromkeys(INFLOW, "in"), **dict.fromkeys(OUTFLOW, "out")}
    partner = pc.binary_join_element_wise(rows["bank"], rows["account"], "-")
    summary = pc.utf8_trim_whitespace(rows["k_symbol"])
    lines = {
        "line_id": rows["trans_id"],
        "account_id": rows["account_id"],
        "enterprise_id": rows["account_id"],
        "booked_at": booked,
        "sequence": rows["sequence"],
        "direction": pa.array([kinds.get(kind, kind) for kind in rows["type"].to_pylist()], pa.string()),
        "amount": rows["amount"],
        "balance_after": rows["balance"],
        "counterparty_id": partner,
        "counterparty_account": rows["account"],
        "channel": rows["operation"],
        "summary": pc.if_else(pc.equal(summary, ""), pa.scalar(None, pa.string()), summary),
        "known_at": booked,
    }
    table = pa.table({**lines, **_places(rows)})
    for start in range(0, max(table.num_rows, 1), ROWS_A_BATCH):
        part = chunk.ragged if start == 0 else None
        yield Batch(table="line", rows=table.slice(start, ROWS_A_BATCH), rejected=part)


def _sequence(rows: pa.Table) -> list[int]:
    """Positions within each account in booking order; a day's lines are put in the order in which balances add up."""
    columns = [rows[name].to_pylist() for name in ("account_id", "date", "trans_id", "type", "amount", "balance")]
    order = sorted(range(rows.num_rows), key=lambda i: (columns[0][i], columns[1][i], int(columns[2][i])))
    position = [0] * rows.num_rows
    for _, group in groupby(order, key=lambda i: columns[0][i]):
        number, balance = 0, 0
        for _, day in groupby(group, key=lambda i: columns[1][i]):
            for i in _chained(list(day), columns, balance):
                position[i] = number = number + 1
                balance = _cents(columns[5][i])
    return position


def _chained(day: list[int], columns: list[list[str]], balance: int) -> list[int]:
    """One day's lines, each next to the balance that it starts from; the bank rounds to a tenth, so nearest wins."""
    ordered = []
    while day:
        chosen = min(day, key=lambda i: abs(_before(i, columns) - balance))
        ordered.append(chosen)
        day.remove(chosen)
        balance = _cents(columns[5][chosen])
    return ordered


def _before(i: int, columns: list[list[str]]) -> int:
    amount = _cents(columns[4][i])
    return _cents(columns[5][i]) - (amount if columns[3][i] in INFLOW else -amount)


def _cents(text: str | None) -> int:
    """Yuan as text in cents; what is not a number counts as 0 and is quarantined by ingest."""
    try:
        return round(float(text or 0) * 100)
    except ValueError:
        return 0
