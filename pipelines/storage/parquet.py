"""Parquet files as tables of an engine, and tables of Spark as Parquet files."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from features.engine import DUCKDB, held, register
from pipelines.storage.duck import of_firms, quoted

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from features.engine import Backend


def read(
    backend: "Backend", name: str, files: Sequence[Path], schema: "pa.Schema", firms: tuple[str, str] | None = None
) -> "ir.Table":
    """Parquet files of one schema as the table ``name`` of the engine; Spark takes brackets in a path for a pattern.

    ``firms`` (DuckDB alone) leaves only rows of these, as in ``of_firms``.
    """
    if not files:
        return register(backend, name, schema.empty_table())
    if backend.name == DUCKDB and firms:
        backend.raw_sql(f"CREATE OR REPLACE TEMPORARY VIEW {quoted(name)} AS {of_firms(files, firms)}")
        return held(backend, name)
    if backend.name == DUCKDB:
        return backend.read_parquet([str(file) for file in files], table_name=name)
    from ibis import Schema
    from ibis.backends.pyspark.datatypes import PySparkSchema

    reader = backend._session.read.schema(PySparkSchema.from_ibis(Schema.from_pyarrow(schema)))
    paths = [re.sub(r"([\[\]{}*?\\])", r"\\\1", str(file.resolve())) for file in files]
    reader.option("recursiveFileLookup", "true").parquet(*paths).createOrReplaceTempView(name)
    return backend.table(name)


def write(backend: "Backend", table: "ir.Table", folder: Path) -> None:
    """A table of a build of Spark as Parquet files in ``folder``."""
    backend._session.table(table.get_name()).write.parquet(str(folder.resolve()))
