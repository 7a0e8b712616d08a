"""The engine that runs the expressions: DuckDB, embedded."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from ibis.backends.duckdb import Backend

Keep = Callable[[str, "ir.Table"], "ir.Table"]
Build = Callable[[Keep], Mapping[str, "ir.Table"]]


def as_one(name: str, table: "ir.Table") -> "ir.Table":
    """A ``Keep`` that stores nothing: steps are parts of one expression."""
    del name
    return table


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


@dataclass
class _Script:
    """What a build runs, step by step, and the tables that it gives by the name that it gives them."""

    steps: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)


# Writing the expressions of a build takes seconds and gives the same text each time.
_SCRIPTS: dict[tuple[str, str], _Script] = {}


def run(backend: "Backend", name: str, build: "Build", version: str = "") -> "dict[str, ir.Table]":
    """The tables of a build, stored in the engine as ``<name>_<table>`` like every step that it keeps.

    The text of the build is written once a process; ``name`` and ``version`` stand for one build over tables of one
    name and shape.
    """
    script = _SCRIPTS.get((name, version))
    if script:
        for table, text in script.steps.items():
            _store(backend, table, text)
    else:
        script = _SCRIPTS[name, version] = _written(backend, name, build)
    return {given: backend.table(table) for given, table in script.tables.items()}


def _written(backend: "Backend", name: str, build: "Build") -> _Script:
    script = _Script()

    def keep(step: str, table: "ir.Table") -> "ir.Table":
        kept, text = f"{name}_{step}", str(backend.compile(table))
        if kept in script.steps:
            raise ValueError(f"two steps of one build are named '{kept}'")
        script.steps[kept] = text
        _store(backend, kept, text)
        return backend.table(kept)

    script.tables.update({given: keep(given, table).get_name() for given, table in build(keep).items()})
    return script


def _store(backend: "Backend", table: str, text: str) -> None:
    backend.raw_sql(f'CREATE TEMP TABLE "{table}" AS {text}')
