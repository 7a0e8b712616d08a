"""Source ``utility-bills``: a supplier's list of electricity, water and gas bills as CSV, an assumption of ours.

Each row is a version of a bill: as issued, and again when it is paid. 更新日期 is the day on which the row was told.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from features.sources.batch import Batch, Options
from features.sources.cells import day, plain, signed, text
from features.sources.delimited import read_delimited
from features.sources.limits import refuse_size

KIND, PERIOD, UPDATED, FIRM = "用能种类", "所属月份", "更新日期", "企业编号"
KINDS = {"电": "electricity", "电力": "electricity", "电费": "electricity"}
KINDS |= {"水": "water", "自来水": "water", "水费": "water", "气": "gas", "燃气": "gas", "燃气费": "gas"}
AMOUNTS = {"usage": "用量", "usage_peak": "峰段用电量", "usage_valley": "谷段用电量", "amount": "账单金额"}
DATES = {"due_on": "缴费截止日", "paid_on": "缴费日期"}
FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d")
MONTHS = ("%Y-%m", "%Y/%m", "%Y%m", "%Y年%m月", *FORMATS)
REQUIRED = ("账单编号", KIND, PERIOD, *AMOUNTS.values(), *DATES.values(), UPDATED)


def read(path: Path, options: Options) -> Iterator[Batch]:
    """Yield the bills as written, known when updated unless ``options`` say otherwise."""
    refuse_size(path)
    for chunk in read_delimited(path, required=REQUIRED, one_line=True):
        yield Batch(table="utility_bill", rows=_bills(chunk.rows, options, path))
        if chunk.ragged.num_rows:
            refused = _bills(chunk.ragged, options, path).append_column("rejected_for", chunk.ragged["rejected_for"])
            yield Batch(table="utility_bill", rows=refused.slice(0, 0).drop_columns(["rejected_for"]), rejected=refused)


def _bills(rows: pa.Table, options: Options, path: Path) -> pa.Table:
    def cells(heading: str) -> list[str | None]:
        return list(rows[heading].to_pylist()) if heading in rows.column_names else [None] * rows.num_rows

    bills = {
        "bill_id": cells("账单编号"),
        "enterprise_id": [options.firm(text(firm), path) for firm in cells(FIRM)],
        "kind": [KINDS.get(plain(cell), cell) for cell in cells(KIND)],
        "period": [_day(cell, MONTHS) for cell in cells(PERIOD)],
        **{name: [_number(cell) for cell in cells(heading)] for name, heading in AMOUNTS.items()},
        **{name: [_day(cell, FORMATS) for cell in cells(heading)] for name, heading in DATES.items()},
        "known_at": [
            options.known_at.isoformat() if options.known_at else _day(cell, FORMATS) for cell in cells(UPDATED)
        ],
    }
    arrays = {name: pa.array(values, pa.string()) for name, values in bills.items()}
    return pa.table({**arrays, "source_file": rows["source_file"], "source_row": rows["source_row"]})


def _day(cell: str | None, formats: tuple[str, ...]) -> str | None:
    found = day(cell, formats)
    return found.isoformat() if found else cell


def _number(cell: str | None) -> str | None:
    found = signed(cell)
    return cell if found is None else format(found, "f")
