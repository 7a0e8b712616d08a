"""The engines that run the expressions: DuckDB, embedded, or Spark, on this machine or a cluster."""

import atexit
import gc
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir, mkdtemp
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import uuid4

from features.errors import EngineError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa
    from ibis.expr.datatypes import DataType

Backend: TypeAlias = Any  # of Ibis: its DuckDB or its PySpark
Keep = Callable[[str, "ir.Table"], "ir.Table"]
Build = Callable[[Keep], Mapping[str, "ir.Table"]]
Then = Callable[[Backend], None]
Store = Callable[[Backend, str, str], None]

DUCKDB, SPARK = "duckdb", "spark"
MASTERS = ("local[", "spark://", "yarn", "k8s://")
LOGGING = Path(__file__).with_name("log4j2.yaml")
STARTING: dict[str, Any] = {
    "spark.app.name": "sme-credit",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={LOGGING}",
    "spark.sql.warehouse.dir": gettempdir(),
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}
# A sort or a sum takes memory in pages, by default of 64 MB here: thirty in one task, and the next finds none.
LOCAL = {"spark.driver.memory": "4g", "spark.buffer.pageSize": "2m"}
SESSION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, as on DuckDB
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.constraintPropagation.enabled": "false",  # Spark 4.0 loses them in unions of stored steps
}


def as_one(name: str, table: "ir.Table") -> "ir.Table":
    """A ``Keep`` that stores nothing: steps are parts of one expression."""
    del name
    return table


def is_engine(name: str) -> bool:
    """Whether ``name`` is ``duckdb``, ``spark`` or the address of a Spark master."""
    return name in (DUCKDB, SPARK) or name.startswith(MASTERS)


def engine(name: str = DUCKDB) -> Backend:
    """A new engine: ``duckdb``, ``spark`` (in local mode), or the address of a Spark master."""
    return connect() if name == DUCKDB else spark("local[*]" if name == SPARK else name)


def connect(threads: int | None = None, memory: str | None = None) -> Backend:
    """A new in-memory DuckDB; nothing is shared between two calls. ``memory`` (``1GB``) bounds what it may take."""
    import duckdb
    import ibis

    backend = ibis.duckdb.connect()
    backend.raw_sql("SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
    with suppress(duckdb.InvalidInputException):  # a notebook without ipywidgets has no bar to switch off
        backend.raw_sql("SET enable_progress_bar = false")
    backend.con.execute("SET temp_directory = ?", [str(_spilled() / uuid4().hex)])
    if memory:
        backend.con.execute("SET memory_limit = ?", [memory])
    if threads:
        backend.raw_sql(f"SET threads = {int(threads)}")
    return backend


@contextmanager
def connected(memory: str | None = None) -> Iterator[Backend]:
    """What ``connect`` gives, let go at the end of the block."""
    backend = connect(memory=memory)
    try:
        yield backend
    finally:
        backend.disconnect()


@cache
def _spilled() -> Path:
    """Where engines put what has no room, each in a folder of its own: two in one crash on each other's files.

    Lines of accounts may be in it, so that nobody else may look into it, and it goes with the process.
    """
    folder = Path(mkdtemp(prefix="sme-credit-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    return folder


def spark(master: str) -> Backend:
    """A new session of Spark with tables of its own; the first master of a process serves all its sessions.

    Raises
    ------
    EngineError
        When PySpark or Java is missing, or the master does not answer.
    """
    try:
        import ibis
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineError(
            f"计算引擎 {master} 不可用：{error}，请安装 sme-cashflow-credit[spark] 和 Java 17",
            f"engine {master}: {error}; pip install 'sme-cashflow-credit[spark]' and Java 17",
        ) from error
    starting = STARTING
    if master.startswith("local"):
        starting = STARTING | LOCAL | {"spark.sql.shuffle.partitions": str(os.cpu_count() or 1)}
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        session = SparkSession.builder.master(master).config(map=starting).getOrCreate().newSession()
    except (PySparkException, Py4JError) as error:
        raise EngineError(
            f"计算引擎 {master}：Spark 未能启动，请检查 Java 17 和主节点地址",
            f"engine {master}: Spark does not start; it needs Java 17 and the master's address",
        ) from error
    for name, value in SESSION.items():
        session.conf.set(name, value)
    return ibis.pyspark.connect(session)


def register(backend: Backend, name: str, rows: "pa.Table") -> "ir.Table":
    """Rows in memory as the table ``name`` of the engine."""
    if backend.name == DUCKDB:
        backend.con.register(name, rows)
    else:
        backend._session.createDataFrame(rows).createOrReplaceTempView(name)
    return held(backend, name)


def held(backend: Backend, name: str) -> "ir.Table":
    """A table of the engine; of DuckDB's enumerations Ibis would read every word to learn that they are texts."""
    if backend.name != DUCKDB:
        return backend.table(name)
    import ibis.expr.operations as ops
    from ibis import schema

    relation = backend.con.table(name)
    kinds = ("string" if kind.id == "enum" else _kind(str(kind)) for kind in relation.types)
    table = ops.DatabaseTable(name, schema(dict(zip(relation.columns, kinds, strict=True))), backend, ops.Namespace())
    return table.to_expr()


@cache
def _kind(name: str) -> "DataType":
    """The type of Ibis that a type of DuckDB is."""
    from ibis.backends.sql.datatypes import DuckDBType

    return DuckDBType.from_string(name)


def frame(table: "ir.Table") -> "pd.DataFrame":
    """The rows of a table that a build stored; Spark's own way to pandas warns of pandas 3."""
    backend = table.get_backend()
    if backend.name == DUCKDB:  # Ibis looks at each of hundreds of columns once more
        rows: pd.DataFrame = backend.con.table(table.get_name()).to_arrow_table().to_pandas()
        return rows
    from ibis.formats.pandas import PandasData

    found: pd.DataFrame = PandasData.convert_table(
        backend._session.table(table.get_name()).toArrow().to_pandas(), table.schema()
    )
    return found


@dataclass
class Script:
    """What a build runs, step by step, the columns of each, and the tables it gives by the name it gives them."""

    steps: dict[str, str] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)


Key = tuple[str, ...]  # dialect, name and version of a build, and the shape of what it reads

# Writing the expressions of a build takes seconds and gives the same text each time.
_SCRIPTS: MutableMapping[Key, Script] = {}
_WRITING = Lock()  # of several threads with one build, one writes its text


def hold(scripts: "MutableMapping[Key, Script]") -> None:
    """From now on texts of builds are looked for in ``scripts`` and put there; at first, in the process's memory."""
    global _SCRIPTS
    _SCRIPTS = scripts


def stored(backend: Backend, table: str, text: str) -> None:
    """The rows of a query as a table; on Spark without lineage, or each step would carry the plans of all before.

    Raises
    ------
    EngineError
        When the rows do not fit into DuckDB's memory.
    """
    if backend.name == DUCKDB:
        import duckdb

        try:
            backend.raw_sql(f'CREATE TEMP TABLE "{table}" AS {text}')
        except duckdb.OutOfMemoryException as error:
            bound = backend.con.execute("SELECT current_setting('memory_limit')").fetchone()[0]
            raise EngineError(
                f"步骤 {table} 超出可用内存 {bound}：一家企业流水过多或一次询问过多，请用 Spark 计算（--engine spark）",
                f"step {table}: does not fit into the {bound} that it may take: one firm has too many lines, or too "
                "much is asked at once; compute the features on Spark (--engine spark)",
            ) from error
    else:
        backend.raw_sql(text).localCheckpoint().createOrReplaceTempView(table)


def run(
    backend: Backend,
    name: str,
    build: "Build",
    version: str = "",
    then: "Mapping[str, Then] | None" = None,
    codes: "Mapping[str, str] | None" = None,
    reads: "Iterable[ir.Table]" = (),
    lasting: "Collection[str] | None" = None,
    store: Store = stored,
) -> "dict[str, ir.Table]":
    """The tables of a build, stored in the engine as ``<name>_<table>`` like every step that it keeps.

    The text of the build is written once for a dialect, ``name``, ``version``, and names and columns of the tables
    that it ``reads``; these must stand for one build. ``then`` is done to the engine once a step is stored, and what it
    leaves of the tables is what later steps read. ``codes`` are the types of the engine (DuckDB alone) as which columns
    of these names are stored in every step. ``store`` makes the table of a step from its query. With ``lasting`` DuckDB
    drops each step, and each table of ``reads``, once the last step that reads it is stored, but for what the build
    gives and the tables ``lasting``; a run that writes the text does not know it yet.

    Raises
    ------
    ValueError
        When two steps have one name, or ``then`` names a step that the build does not have.
    """
    after = {f"{name}_{step}": do for step, do in (then or {}).items()}

    def step(table: str, text: str, columns: Sequence[str]) -> None:
        store(backend, table, _coded(text, columns, codes or {}))
        if table in after:
            after[table](backend)

    key = (backend.name, name, version, _shape(reads))
    with _WRITING:
        script = _SCRIPTS.get(key)
        steps = script.steps if script else {}
        if not script:  # who writes the text runs it step by step
            with _uncollected():
                script = _SCRIPTS[key] = _written(backend, name, build, step)
    spent = {} if lasting is None or backend.name != DUCKDB else _spent(script, reads, lasting)
    for table, text in steps.items():
        step(table, text, script.columns[table])
        for name in spent.get(table, ()):
            _drop(backend, name)
    if missed := sorted({*after} - {*script.steps}):
        raise ValueError(f"build '{name}' has no step named {', '.join(missed)}")
    return {given: held(backend, table) for given, table in script.tables.items()}


def _spent(script: Script, reads: "Iterable[ir.Table]", lasting: "Collection[str]") -> dict[str, list[str]]:
    """The tables that no step reads any more after each step."""
    last = dict[str, str]()
    read = [table.get_name() for table in reads]
    for table, text in script.steps.items():
        last[table] = table
        last |= {name: table for name in (*read, *last) if f'"{name}"' in text}
    stay = {*script.tables.values(), *lasting}
    spent: dict[str, list[str]] = {}
    for name, table in last.items():
        if name not in stay:
            spent.setdefault(table, []).append(name)
    return spent


def _drop(backend: Backend, table: str) -> None:
    """Give back the room of a table; a view takes none, and stays."""
    import duckdb

    with suppress(duckdb.CatalogException):
        backend.raw_sql(f'DROP TABLE "{table}"')


@contextmanager
def _uncollected() -> "Iterator[None]":
    """Expressions are millions of small objects that live: the collector would look at them again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _written(backend: Backend, name: str, build: "Build", step: Callable[[str, str, Sequence[str]], None]) -> Script:
    script = Script()

    def keep(called: str, table: "ir.Table") -> "ir.Table":
        kept, text = f"{name}_{called}", str(backend.compile(table))
        if kept in script.steps:
            raise ValueError(f"two steps of one build are named '{kept}'")
        script.steps[kept], script.columns[kept] = text, [*table.columns]
        step(kept, text, table.columns)
        return held(backend, kept)

    script.tables.update({given: keep(given, table).get_name() for given, table in build(keep).items()})
    return script


def _shape(tables: "Iterable[ir.Table]") -> str:
    """Names and columns of tables, in any order."""
    return repr(sorted((table.get_name(), [*map(str, table.schema().items())]) for table in tables))


def _coded(text: str, columns: Sequence[str], codes: "Mapping[str, str]") -> str:
    """A query whose columns have the types of ``codes``."""
    casts = ", ".join(f'CAST("{name}" AS "{codes[name]}") AS "{name}"' for name in columns if name in codes)
    return f"SELECT * REPLACE ({casts}) FROM ({text})" if casts else text  # noqa: S608
