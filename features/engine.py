"""The engine that runs the expressions: DuckDB, embedded."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


def connect(threads: int | None = None) -> "Backend":
    """A new in-memory DuckDB; nothing is shared between two calls."""
    import ibis

    backend = ibis.duckdb.connect()
    backend.raw_sql("SET preserve_insertion_order = false; SET enable_progress_bar = false; SET TimeZone = 'UTC'")
    if threads:
        backend.raw_sql(f"SET threads = {int(threads)}")
    return backend
