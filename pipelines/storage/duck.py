"""Words of DuckDB's SQL: the contract's types, and names, texts and files safely written."""

from collections.abc import Sequence
from pathlib import Path

TYPES = {
    "string": "VARCHAR",
    "date": "DATE",
    "money": "DECIMAL(18, 2)",
    "quantity": "DECIMAL(18, 4)",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
}


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def text(words: str) -> str:
    """``words`` as an SQL string."""
    escaped = words.replace("'", "''")
    return f"'{escaped}'"


def parquet(files: Sequence[Path]) -> str:
    """Stored files as a relation."""
    listed = ", ".join(text(str(file)) for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def of_firms(files: Sequence[Path], firms: tuple[str, str] | None) -> str:
    """A query of stored files; with ``firms`` of the rows of these, the first and the last in the order of their ids.

    Where the rows of a firm stand together little else is read.
    """
    between = f" WHERE enterprise_id BETWEEN {text(firms[0])} AND {text(firms[1])}" if firms else ""
    return f"SELECT * FROM {parquet(files)}{between}"  # noqa: S608
