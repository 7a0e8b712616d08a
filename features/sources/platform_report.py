"""Source ``platform-report``: the monthly statistics of the national platform, in one JSON schema of ours.

The platform publishes no format: ``docs/platform-report.schema.json`` is an assumption that carries what it is said to
provide. Statistics become ``platform_month``, balances of accounts ``account_month``. A month is known on the day on
which its institution provided it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.contract import TABLES
from features.errors import ContractError
from features.sources.batch import Batch, Options
from features.sources.cells import scalar
from features.sources.limits import MOST_ROWS, read_json

FORMAT = "sme-credit/platform-report/1"
STATISTICS = {"platform_month": "statistics", "account_month": "balances"}
# What an entry has from the report, the institution and the month above it.
FROM_ABOVE = ("enterprise_id", "month", "institution", "known_at")
NOT_AN_OBJECT = "not_an_object"
Row = dict[str, str | int | None]


def read(path: Path, options: Options) -> Iterator[Batch]:
    """Yield statistics, then balances, in the order of the report."""
    report = _report(path)
    firm = options.firm(scalar(report.get("enterprise_id")), path)
    if not firm:
        raise ContractError(
            f"没有 enterprise_id，请用 --enterprise 为 {scalar(report.get('uscc'))} 指定企业编号",
            f"has no 'enterprise_id'; give --enterprise ID for {scalar(report.get('uscc'))}",
            path,
        )
    rows: dict[str, list[Row]] = {table: [] for table in STATISTICS}
    rejected: dict[str, list[Row]] = {table: [] for table in STATISTICS}
    for institution in _objects(path, report, "institutions"):
        for month in _objects(path, institution, "months"):
            above = _above(firm, institution, month, options)
            for table, name in STATISTICS.items():
                for entry in _list(path, month, name):
                    number = sum(map(len, rows.values())) + sum(map(len, rejected.values())) + 1
                    row = _row(table, entry if isinstance(entry, dict) else {}, above, path, number)
                    (rows if isinstance(entry, dict) else rejected)[table].append(row)
    for table in STATISTICS:
        if rows[table] or rejected[table]:
            yield _batch(table, rows[table], rejected[table])


def _report(path: Path) -> dict[str, Any]:
    content = read_json(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ContractError(
            f"应为 format 是“{FORMAT}”的报告，见 docs/ 中的格式说明",
            f"expected a report whose 'format' is '{FORMAT}', see the schema in docs/",
            path,
        )
    return content


def _objects(path: Path, parent: dict[str, Any], name: str) -> list[dict[str, Any]]:
    children = _list(path, parent, name)
    if not all(isinstance(child, dict) for child in children):
        raise ContractError(
            f"“{name}”中有不是对象的内容，应全为对象，见 docs/",
            f"'{name}' holds something that is no object; expected objects, see docs/",
            path,
        )
    return children


def _list(path: Path, parent: dict[str, Any], name: str) -> list[Any]:
    children = parent.get(name)
    if not isinstance(children, list) or len(children) > MOST_ROWS:
        raise ContractError(
            f"“{name}”缺失、不是列表或超过 {MOST_ROWS:,} 项，应为列表（可为空），见 docs/",
            f"'{name}' is missing or not a list, or longer than {MOST_ROWS:,}; expected a list, if need be empty, see "
            "docs/",
            path,
        )
    return children


def _above(firm: str, institution: dict[str, Any], month: dict[str, Any], options: Options) -> Row:
    told = options.known_at.isoformat() if options.known_at else scalar(month.get("provided_on"))
    said = scalar(month.get("month"))
    first = f"{said}-01" if said and len(said) == len("2024-01") else said
    return {"enterprise_id": firm, "month": first, "institution": scalar(institution.get("name")), "known_at": told}


def _row(table: str, entry: dict[str, Any], above: Row, path: Path, number: int) -> Row:
    names = TABLES[table].names
    own = {name: scalar(entry.get(name)) for name in names if name not in FROM_ABOVE}
    return {**own, **{n: v for n, v in above.items() if n in names}, "source_file": path.name, "source_row": number}


def _batch(table: str, rows: list[Row], rejected: list[Row]) -> Batch:
    names = [(name, pa.string()) for name in (*TABLES[table].names, "source_file")]
    schema = pa.schema([*names, ("source_row", pa.int64())])
    refused = pa.Table.from_pylist(rejected, schema)
    refused = refused.append_column("rejected_for", pa.repeat(pa.scalar(NOT_AN_OBJECT), len(rejected)))
    return Batch(table=table, rows=pa.Table.from_pylist(rows, schema), rejected=refused)
