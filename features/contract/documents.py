"""The contract as documents: a page to read, and YAML in the Open Data Contract Standard 3.1."""

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from features.contract import TABLES, VERSION
from features.contract.model import ARROW, EARLIEST, LATEST, Column, Table

LOGICAL = {
    "string": "string",
    "date": "date",
    "money": "number",
    "quantity": "number",
    "integer": "integer",
    "boolean": "boolean",
}
CONTINUITY = (
    "Within an account, in the order of {order}, balance_after is the balance before it plus what came in or less what "
    "went out, to the cent."
)
INTRODUCTION = """# 数据契约 Data contract {version}

此页由 `features/contract` 生成，请勿手改。This page is made from `features/contract` by
`python -m pipelines.documents`; do not edit it.

事实只增不改：每行都有 `known_at`（获知日期），同一主键的较晚 `known_at` 即新版本。
Facts are append-only: every row has `known_at`, the date on which the bank learned it; a later `known_at` for the same
key is a new version. Money is decimal with two places in the account's currency, dates are `YYYY-MM-DD` from
{earliest} to {latest}, text is UTF-8. Files are `<table>.csv` or `<table>.parquet` with
these column names, all of them; a column beyond them is told and not read.
"""


def markdown() -> str:
    """The documentation page, in Chinese and English."""
    introduction = INTRODUCTION.format(version=VERSION, earliest=EARLIEST, latest=LATEST)
    overview = ["| table | 表 | rows |", "|---|---|---|"]
    overview += [f"| [`{table.name}`](#{table.name}) | {table.zh} | {table.en} |" for table in TABLES.values()]
    return "\n".join([introduction, *overview, "", *(_section(table) for table in TABLES.values())])


def _section(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in table.version_key)
    facts = [
        f"主键与版本 key and version: {key}.",
        f"保留 kept {table.retention_years} years after the credit relation ends.",
    ]
    if table.month_of:
        facts.append(f"按月分区 partitioned by the month of `{table.month_of}`.")
    if table.ordered_by:
        facts.append(CONTINUITY.format(order=", ".join(table.ordered_by)))
    head = ["| column | 列 | type | unit | null | meaning | must be | privacy |", "|---|---|---|---|---|---|---|---|"]
    rows = [_row(column) for column in table.columns]
    return "\n".join([f"## {table.name}", "", f"**{table.zh}** {table.en}", "", *facts, "", *head, *rows, ""])


def _row(column: Column) -> str:
    cells = (
        f"`{column.name}`",
        column.zh,
        str(ARROW[column.type]),
        column.unit,
        "yes" if column.nullable else "",
        column.en,
        "; ".join(_constraints(column)).replace("|", "\\|"),
        column.privacy,
    )
    return f"| {' | '.join(cells)} |"


def _constraints(column: Column) -> Iterator[str]:
    if column.values:
        yield "one of " + ", ".join(f"`{value}`" for value in column.values)
    if column.pattern:
        yield f"like `{column.pattern}`"
    if column.minimum is not None:
        yield f"at least {column.minimum:g}"
    if column.maximum is not None:
        yield f"at most {column.maximum:g}"
    if column.first_of_month:
        yield "first day of a month"
    if column.references:
        yield f"found in `{column.references}`"


def odcs() -> str:
    """The contract as YAML of the Open Data Contract Standard (bitol.io), version 3.1.0."""
    contract = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "sme-cashflow-credit",
        "name": "sme-cashflow-credit canonical tables",
        "version": VERSION,
        "status": "active",
        "domain": "sme-credit",
        "description": {
            "purpose": "Facts about small firms from which credit decisions are made as of a date.",
            "limitations": "Append-only: a change is a new version of its key with a later known_at.",
        },
        "schema": [_object(table) for table in TABLES.values()],
        "slaProperties": [
            {"property": "retention", "value": table.retention_years, "unit": "y", "element": table.name}
            for table in TABLES.values()
        ],
    }
    return str(yaml.safe_dump(contract, sort_keys=False, allow_unicode=True, width=120))


def _object(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "physicalName": table.name,
        "physicalType": "parquet",
        "logicalType": "object",
        "businessName": table.zh,
        "description": table.en,
        "properties": [_property(table, column) for column in table.columns],
        "quality": _table_quality(table),
    }


def _table_quality(table: Table) -> list[dict[str, Any]]:
    unique: dict[str, Any] = {
        "type": "library",
        "name": "key",
        "metric": "duplicateValues",
        "dimension": "uniqueness",
        "arguments": {"properties": list(table.version_key)},
        "mustBe": 0,
    }
    if not table.ordered_by:
        return [unique]
    order = ", ".join(table.ordered_by)
    return [unique, _rule("balance_continuity", "consistency", CONTINUITY.format(order=order))]


def _rule(name: str, dimension: str, words: str) -> dict[str, Any]:
    return {"type": "text", "name": name, "dimension": dimension, "description": words}


def _property(table: Table, column: Column) -> dict[str, Any]:
    described = {
        "name": column.name,
        "businessName": column.zh,
        "description": f"{column.en} ({column.unit})" if column.unit else column.en,
        "logicalType": LOGICAL[column.type],
        "logicalTypeOptions": dict(_options(column)),
        "physicalType": str(ARROW[column.type]),
        "required": not column.nullable,
        "classification": column.privacy,
        **_place(table, column),
        "relationships": [{"type": "foreignKey", "to": column.references}] if column.references else [],
        "quality": list(_column_quality(column)),
    }
    return {name: value for name, value in described.items() if value not in ({}, [])}


def _place(table: Table, column: Column) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if column.name in table.version_key:
        place |= {"primaryKey": True, "primaryKeyPosition": table.version_key.index(column.name) + 1}
    if column.name == table.month_of:
        place |= {"partitioned": True, "partitionKeyPosition": 1}
    return place


def _options(column: Column) -> Iterable[tuple[str, Any]]:
    if column.type == "date":
        yield from (("format", "yyyy-MM-dd"), ("minimum", EARLIEST.isoformat()), ("maximum", LATEST.isoformat()))
    if column.pattern:
        yield "pattern", column.pattern
    if column.minimum is not None:
        yield "minimum", column.minimum
    if column.maximum is not None:
        yield "maximum", column.maximum


def _column_quality(column: Column) -> Iterable[dict[str, Any]]:
    if column.values:
        yield {
            "type": "library",
            "name": "code",
            "metric": "invalidValues",
            "dimension": "conformity",
            "arguments": {"validValues": list(column.values)},
            "mustBe": 0,
        }
    if column.first_of_month:
        yield _rule("first_of_month", "conformity", "The first day of a month.")
