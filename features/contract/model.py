"""What a canonical table is made of: columns with their meaning and checks."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import pyarrow as pa

Type = Literal["string", "date", "money", "quantity", "integer", "boolean"]

ARROW: dict[Type, pa.DataType] = {
    "string": pa.string(),
    "date": pa.date32(),
    "money": pa.decimal128(18, 2),
    "quantity": pa.decimal128(18, 4),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
}

EARLIEST, LATEST = date(1950, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its type, its meaning in both languages, and the checks that a row must pass.

    ``references`` names the column ``table.column`` in which the value must be found. ``minimum`` and
    ``maximum`` are inclusive. ``privacy`` is ``public``, ``internal``, ``confidential`` or ``personal``.
    """

    name: str
    type: Type
    zh: str
    en: str
    nullable: bool = False
    unit: str = ""
    privacy: Literal["public", "internal", "confidential", "personal"] = "internal"
    values: tuple[str, ...] = ()
    pattern: str = ""
    first_of_month: bool = False
    minimum: float | None = None
    maximum: float | None = None
    references: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One canonical table. A row's identity is ``key`` and ``known_at``; a later ``known_at`` is a new version.

    ``month_of`` names the date column by whose month the files are partitioned; ``retention_years`` counts from
    the end of the credit relation. ``ordered_by`` is the order in which ``balance_after`` must add up.
    """

    name: str
    zh: str
    en: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    retention_years: int = 5
    month_of: str = ""
    ordered_by: tuple[str, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema, columns in published order."""
        return pa.schema([pa.field(c.name, ARROW[c.type], nullable=c.nullable) for c in self.columns])

    @property
    def version_key(self) -> tuple[str, ...]:
        """The columns that name one version of one fact."""
        return (*self.key, "known_at")

    def column(self, name: str) -> Column:
        """The column called ``name``; raises ``KeyError`` when there is none."""
        return {c.name: c for c in self.columns}[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in published order."""
        return tuple(c.name for c in self.columns)
