"""Plans that stand: builds are planned once, then run over the rows of one firm after another.

Planning the steps of panel and features costs more than running them over one firm, and the plans are the same for
every firm.
"""

from collections.abc import Collection, Iterable, Mapping
from threading import Lock
from typing import TYPE_CHECKING

from features.engine import Backend, Build, connect, held, run

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa

# Plans must serve any rows, so nothing may be concluded from the rows that are there when they are made: DuckDB makes
# no new plan when rows alone have changed, and would go on believing in the least and greatest value of before.
CONCLUDING = "statistics_propagation,compressed_materialization"


class Standing:
    """An embedded DuckDB of empty tables and of builds that read them.

    Each answer is a transaction that fills the tables, runs the builds and is taken back, so that nothing of a firm
    stays. One thread, which is the fastest for so few rows; callers on several threads wait for each other.

    Parameters
    ----------
    tables : mapping
        The schema of each table that is filled, by name.

    Examples
    --------
    >>> import pyarrow as pa
    >>> standing = Standing({"sale": pa.schema([("yuan", pa.int64())])})
    >>> sale = standing.table("sale")
    >>> _ = standing.build("year", lambda keep: {"total": sale.agg(yuan=sale.yuan.sum())}, reads=[sale])
    >>> sold = (pa.table({"yuan": yuan}) for yuan in ([1, 2], [5], []))
    >>> [standing.over({"sale": rows}, ["year"], "year_total").yuan[0] for rows in sold]
    [Decimal('3'), Decimal('5'), None]
    """

    def __init__(self, tables: "Mapping[str, pa.Schema]") -> None:
        self._lock, self._planned = Lock(), False
        self._backend = connect(threads=1)
        self._backend.con.execute("SET disabled_optimizers = ?", [CONCLUDING])
        for name, schema in tables.items():
            self._backend.con.from_arrow(schema.empty_table()).create(name)
        self._tables, self._steps = [*tables], dict[str, dict[str, str]]()

    def table(self, name: str) -> "ir.Table":
        """A table that is filled or that a build gives."""
        return held(self._backend, name)

    def build(
        self, name: str, build: Build, version: str = "", reads: "Iterable[ir.Table]" = ()
    ) -> "dict[str, ir.Table]":
        """Add a build, as ``features.engine.run`` takes it; builds run in the order in which they were added."""
        steps = self._steps.setdefault(name, {})

        def stand(backend: Backend, table: str, text: str) -> None:
            backend.raw_sql(f'CREATE TEMP TABLE "{table}" AS {text} WITH NO DATA')
            steps[table] = text

        self._planned = False
        return run(self._backend, name, build, version, reads=reads, store=stand)

    def reads(self, build: str) -> list[str]:
        """The tables, of those that are filled or that another build gives, which the steps of a build read."""
        given = [*self._tables, *(step for name, steps in self._steps.items() if name != build for step in steps)]
        text = " ".join(self._steps[build].values())
        return [name for name in given if f'"{name}"' in text]

    def over(self, rows: "Mapping[str, pa.Table]", builds: Collection[str], wanted: str) -> "pd.DataFrame":
        """The table ``wanted`` after ``builds`` ran over ``rows``; tables that are not given are empty."""
        found: pd.DataFrame = self.each(rows, builds, [wanted])[wanted].to_pandas()
        return found

    def each(
        self, rows: "Mapping[str, pa.Table]", builds: Collection[str], wanted: Collection[str]
    ) -> "dict[str, pa.Table]":
        """As ``over``, of several tables."""
        with self._lock:
            self._plan()
            con = self._backend.con
            con.begin()
            try:
                for name, table in rows.items():
                    con.from_arrow(table.select(con.table(name).columns)).insert_into(name)
                for build in builds:
                    for step in self._steps[build]:
                        con.execute(f'EXECUTE "{step}"')
                return {name: con.table(name).to_arrow_table() for name in wanted}
            finally:
                con.rollback()

    def _plan(self) -> None:
        """Make all plans; a table made after a plan would make DuckDB plan once more."""
        if not self._planned:
            for steps in self._steps.values():
                for step, text in steps.items():
                    self._backend.raw_sql(f'PREPARE "{step}" AS INSERT INTO "{step}" {text}')
            self._planned = True
