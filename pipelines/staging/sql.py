"""The SQL of the working database: reading text as values, and telling what failed.

Per canonical table ``t`` there is ``t:load`` (every row: columns as written, and ``column:value`` as read),
``t:failed`` (row, position and label of each failed check), the view ``t:sound`` (rows that failed nothing so far)
and ``t:cross`` (the helper columns of the cross checks, null where all is well).
"""
# ruff: noqa: S608 - names come from the contract, words go through ``text``

from collections.abc import Sequence

from features.contract import Column, Table
from features.contract.model import EARLIEST, LATEST
from pipelines.checks import day_of_month, unread, value
from pipelines.storage.duck import TYPES, quoted, text

FORMS = {
    "date": r"\d{4}-\d{2}-\d{2}( 00:00:00(\.0+)?)?",
    "money": r"-?\d{1,16}(\.\d{1,2}0*)?",
    "quantity": r"-?\d{1,14}(\.\d{1,4}0*)?",
    "integer": r"-?\d{1,18}(\.0+)?",
    "boolean": "(?i)true|false|1|0",
}
PLACES = ("row", "source_file", "source_row")


def named(table: Table, part: str) -> str:
    """Name of one of the working tables of ``table``."""
    return quoted(f"{table.name}:{part}")


def read(column: Column) -> str:
    """Where the value of a column is found: text needs no reading."""
    return quoted(column.name if column.type == "string" else value(column.name))


def create(table: Table) -> str:
    """Empty working tables of one canonical table."""
    typed = [f"{read(c)} {TYPES[c.type]}" for c in table.columns if c.type != "string"]
    written = [f"{quoted(name)} VARCHAR" for name in table.names]
    load, failed = named(table, "load"), named(table, "failed")
    return (
        f"CREATE TABLE {load} (row BIGINT, source_file VARCHAR, source_row BIGINT, {', '.join([*written, *typed])});"
        f"CREATE TABLE {failed} (row BIGINT, position INTEGER, label VARCHAR);"
        f"CREATE VIEW {named(table, 'sound')} AS FROM {load} WHERE row NOT IN (SELECT row FROM {failed});"
    )


def insert(table: Table, given: Sequence[str]) -> str:
    """Add the rows registered as ``batch``; columns that are not ``given`` stay null."""
    written = [
        f"CAST({quoted(name) if name in given else 'NULL'} AS VARCHAR) AS {quoted(name)}" for name in table.names
    ]
    typed = [_as_value(column) for column in table.columns if column.type != "string"]
    places = ", ".join(PLACES)
    return (
        f"INSERT INTO {named(table, 'load')} SELECT {', '.join([places, *map(quoted, table.names), *typed])} "
        f"FROM (SELECT {', '.join([places, *written])} FROM batch)"
    )


def _as_value(column: Column) -> str:
    name = quoted(column.name)
    cell = f"left({name}, 10)" if column.type == "date" else name
    fits = f"regexp_full_match({name}, {text(FORMS[column.type])})"
    return f"CASE WHEN {fits} THEN TRY_CAST({cell} AS {TYPES[column.type]}) END"


def row_frame(table: Table) -> str:
    """What the row checks look at, for rows from ``$first`` to before ``$end``."""
    columns = [f"CAST(row AS BIGINT) AS row, {', '.join(map(quoted, table.names))}"]
    columns += [part for column in table.columns if column.type != "string" for part in _checked(column)]
    failed = f"SELECT row FROM {named(table, 'failed')} WHERE position = 0"
    return f"SELECT {', '.join(columns)} FROM {named(table, 'load')} WHERE {_span()} AND row NOT IN ({failed})"


def cross_frame(table: Table) -> str:
    """What the cross checks look at, for rows from ``$first`` to before ``$end``."""
    return f"FROM {named(table, 'cross')} WHERE {_span()}"


def _span() -> str:
    return "row >= $first AND row < $end"


def _checked(column: Column) -> list[str]:
    name, typed = quoted(column.name), read(column)
    parts = [f"CASE WHEN {typed} IS NULL THEN {name} END AS {quoted(unread(column.name))}"]
    if column.type == "date":
        # pandas counts nanoseconds and holds no year 9999; what lies this far out is out of range anyway.
        before = f"WHEN {typed} < DATE '{EARLIEST}' THEN DATE '1900-01-01'"
        after = f"WHEN {typed} > DATE '{LATEST}' THEN DATE '2200-01-01'"
        near = f"CAST(CASE {before} {after} ELSE {typed} END AS TIMESTAMP_NS)"
        parts.append(f"{near} AS {quoted(value(column.name))}")
    elif column.minimum is not None or column.maximum is not None:
        parts.append(f"CAST({typed} AS DOUBLE) AS {quoted(value(column.name))}")
    if column.first_of_month:
        parts.append(f"CAST(day({typed}) AS DOUBLE) AS {quoted(day_of_month(column.name))}")
    return parts


def kept(table: Table) -> str:
    """Sound rows in canonical columns and types."""
    columns = [f"{read(column)} AS {quoted(column.name)}" for column in table.columns]
    return f"SELECT {', '.join(columns)} FROM {named(table, 'sound')}"


def readable(table: Table) -> str:
    """Rows that passed the row checks, in canonical columns and types, whatever the cross checks found."""
    columns = [f"{read(column)} AS {quoted(column.name)}" for column in table.columns]
    return f"SELECT {', '.join(columns)} FROM {named(table, 'load')} SEMI JOIN {named(table, 'cross')} USING (row)"


def quarantined(table: Table) -> str:
    """Failed rows as written, with every failed check (the first counts), the key, file and row."""
    key = " || ', ' || ".join(f"{text(f'{name}=')} || coalesce({quoted(name)}, '')" for name in table.version_key)
    return f"""
        WITH why AS (SELECT row, list(label ORDER BY position) AS failed FROM {named(table, "failed")} GROUP BY row)
        SELECT failed, {key} AS key, source_file, source_row, {", ".join(map(quoted, table.names))}
        FROM {named(table, "load")} JOIN why USING (row) ORDER BY row"""


def counts(table: Table) -> str:
    """Per first failed check: its rows, and the place of the first of them."""
    return f"""
        WITH why AS (SELECT row, arg_min(label, position) AS label FROM {named(table, "failed")} GROUP BY row)
        SELECT label, count(*), min(row), arg_min(source_file, row), arg_min(source_row, row)
        FROM why JOIN {named(table, "load")} USING (row) GROUP BY label ORDER BY min(row)"""


def shares(table: Table, harmless: Sequence[str]) -> str:
    """Per file: its rows, and how many failed for a reason that is not ``harmless``."""
    listed = ", ".join(text(reason) for reason in harmless) or "''"
    bad = f"SELECT row FROM {named(table, 'failed')} WHERE label NOT IN ({listed})"
    return f"""
        SELECT source_file, count(*), count(*) FILTER (row IN ({bad}))
        FROM {named(table, "load")} GROUP BY source_file ORDER BY source_file"""
