"""The engine that runs the expressions: DuckDB, embedded."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from ibis.backends.duckdb import Backend

Keep = Callable[[str, Callable[[], "ir.Table"]], "ir.Table"]


def as_one(name: str, expression: "Callable[[], ir.Table]") -> "ir.Table":
    """A ``Keep`` that stores nothing: steps are parts of one expression."""
    del name
    return expression()


def connect(threads: int | None = None, memory: str | None = None) -> "Backend":
    """A new in-memory DuckDB; nothing is shared between two calls. ``memory`` (``1GB``) bounds what it may take."""
    import duckdb
    import ibis

    backend = ibis.duckdb.connect()
    backend.raw_sql("SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
    with suppress(duckdb.InvalidInputException):  # a notebook without ipywidgets has no bar to switch off
        backend.raw_sql("SET enable_progress_bar = false")
    if memory:
        backend.con.execute("SET memory_limit = ?", [memory])
    if threads:
        backend.raw_sql(f"SET threads = {int(threads)}")
    return backend


def register(backend: "Backend", name: str, rows: "pa.Table") -> "ir.Table":
    """Rows in memory as the table ``name`` of the engine."""
    backend.con.register(name, rows)
    return backend.table(name)


# Compiling the catalogue takes seconds and gives the same text each time, as long as names are the same.
_COMPILED: dict[str, str] = {}


def materialise(backend: "Backend", name: str, expression: "Callable[[], ir.Table]") -> "ir.Table":
    """Run an expression once and keep its rows as the table ``name``; ``name`` stands for one expression only."""
    if name not in _COMPILED:
        _COMPILED[name] = str(backend.compile(expression()))
    backend.raw_sql(f'CREATE TEMP TABLE "{name}" AS {_COMPILED[name]}')
    return backend.table(name)
