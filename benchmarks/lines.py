"""Account lines of a peer's generator: 63 hand-written features of each account, and our whole catalogue.

The generator makes ``lines.parquet``, the query reads it; both lie in ``../shared/bench`` and are no part of the
project. Ours reads the same lines as a store, one firm an account, by queries that an earlier process has written.
``make bench`` compares ours with the query where both lie there, the whole catalogue and what months can tell of the
63, which is checked. ``python -m benchmarks.lines ROWS [ROWS ...]`` tells more: Polars and pandas work out the same 63,
which is checked at the first size. Each piece of work runs once in a
process of its own: wall seconds, processor seconds, peak memory; and from the first size to the last the exponent with
which its processor time grows.
"""

import math
import os
import runpy
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Case, Used, alone, duck, timed

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from pipelines.store import Store

AS_OF = date(2026, 1, 1)
FEW, MANY = 20_000, (1_000_000, 10_000_000)  # lines for the process that writes the queries; of ``make bench``
GENERATOR, QUERY = (Path(__file__).parents[2] / "shared" / "bench" / name for name in ("lines.py", "features63.sql"))
# What the generator calls a line, in the words of a bank's summary.
SUMMARIES = {
    "sales": "货款", "supplier": "货款", "payroll": "工资", "tax": "缴税 增值税", "utility": "电费", "rent": "房租",
    "loan": "归还贷款本金", "interest": "结息", "fee": "手续费", "transfer": "转账", "refund": "退款",
    "other": "往来款",
}  # fmt: skip
QUERIES = {
    "enterprise": "SELECT DISTINCT 'e' || account_id AS enterprise_id, '企业' || account_id AS name, "
    "DATE '2023-01-01' AS known_at FROM lines",
    "account": "SELECT DISTINCT 'ae' || account_id AS account_id, 'e' || account_id AS enterprise_id, 'firm' AS "
    "holder, 'basic' AS kind, 'bank' AS institution, 'CNY' AS currency, DATE '2023-01-01' AS known_at FROM lines",
    "line": "SELECT 'l' || row_number() OVER () AS line_id, 'ae' || account_id AS account_id, 'e' || account_id AS "
    "enterprise_id, date AS booked_at, 1::BIGINT AS sequence, direction, (amount / 100)::DECIMAL(18, 2) AS amount, "
    "'p' || counterparty_id AS counterparty_id, summary, date AS known_at FROM lines JOIN words USING (category)",
}


def canonical(lines: Path) -> "Iterator[tuple[str, pa.Table]]":
    """The lines in the tables of the contract, piece by piece; one firm an account."""
    import duckdb
    import pyarrow as pa

    from features.contract import TABLES

    con = duckdb.connect()
    con.register("lines", con.read_parquet(str(lines)))
    con.register("words", pa.table({"category": [*SUMMARIES], "summary": [*SUMMARIES.values()]}))
    for name, query in QUERIES.items():
        schema = TABLES[name].schema
        for batch in con.execute(query).to_arrow_reader(1_000_000):
            found = {field.name: batch[field.name] for field in schema if field.name in batch.schema.names}
            columns = [found.get(field.name, pa.nulls(batch.num_rows, field.type)) for field in schema]
            yield name, pa.table(columns, names=schema.names)


def store(folder: str) -> "Store":
    """The store of the lines in a folder."""
    from pipelines.store import Store

    return Store(Path(folder) / "store")


def by_hand(folder: str) -> float:
    """The 63 features of the query."""
    return timed(lambda: _by_query(folder))


def _by_query(folder: str) -> "pa.Table":
    query = Path(folder, "query.sql").read_text(encoding="utf-8")
    os.chdir(folder)
    return duck().execute(query).to_arrow_table()


def by_polars(folder: str) -> float:
    """The same in Polars."""
    from benchmarks.lines_polars import features

    return timed(lambda: features(Path(folder) / "lines.parquet"))


def by_pandas(folder: str) -> float:
    """The same in pandas."""
    from benchmarks.lines_pandas import features

    return timed(lambda: features(Path(folder) / "lines.parquet"))


def agree(folder: str) -> float:
    """Compare Polars and pandas with the query: to within 1e-9 of a value, or of 1 where it is smaller."""
    from benchmarks import lines_pandas, lines_polars

    file, query = Path(folder) / "lines.parquet", _by_query(folder).to_pandas()

    def compare() -> None:
        _same(query, lines_polars.features(file).to_pandas())
        _same(query, lines_pandas.features(file))

    return timed(compare)


def _same(query: "pd.DataFrame", found: "pd.DataFrame") -> None:
    import numpy as np

    for name in query.columns:
        np.testing.assert_allclose(
            found[name].astype("float64"), query[name].astype("float64"), rtol=1e-9, atol=1e-9, err_msg=name
        )


def panel_alone(folder: str) -> float:
    """The panel from lines."""
    from features.engine import connect
    from pipelines.panel import panel

    _with_queries(folder)
    shutil.rmtree(store(folder).derived("panel"), ignore_errors=True)
    return timed(lambda: panel(store(folder), connect()))


def catalogue(folder: str) -> float:
    """Every feature of every firm from a panel that stands."""
    from pipelines.features import compute, latest_applications

    _with_queries(folder)
    held = store(folder)
    return timed(lambda: compute(held, latest_applications(held, AS_OF)))


def sixty_three(folder: str) -> float:
    """What months can tell of the 63, from a panel that stands."""
    from benchmarks.lines_ours import features

    _with_queries(folder)
    return timed(lambda: features(store(folder), AS_OF))


def agree_ours(folder: str) -> float:
    """Compare what ours mean alike with the query, for the accounts that it tells of."""
    from benchmarks.lines_ours import SAME, features

    _with_queries(folder)

    def compare() -> None:
        query, ours = _by_query(folder).to_pandas(), features(store(folder), AS_OF).set_index("enterprise_id")
        _same(query[[*SAME]], ours.loc["e" + query["account_id"].astype(str)])

    return timed(compare)


def _with_queries(folder: str) -> None:
    """Queries are found, and left, beside the folder of a size, as a command does it in its home folder."""
    from features.engine import hold
    from pipelines.scripts import Scripts

    hold(Scripts(Path(folder).parent / "scripts"))


WORK = {
    "63 features by hand, DuckDB": by_hand,
    "the same, Polars": by_polars,
    "the same, pandas": by_pandas,
    "panel from lines": panel_alone,
    "catalogue from the panel": catalogue,
    "49 of the 63 from the panel": sixty_three,
}


def made(rows: int, folder: str) -> float:
    """So many lines, the query that reads them, and the store of them."""
    Path(folder).mkdir(parents=True)
    shutil.copy(QUERY, f"{folder}/query.sql")

    def make() -> None:
        runpy.run_path(str(GENERATOR))["main"](rows, f"{folder}/lines.parquet")
        store(folder).commit(canonical(Path(folder) / "lines.parquet"))

    return timed(make)


def prepare(rows: int, folder: str) -> None:
    """So many lines in a folder of their own, made in another process, and the queries of a few written."""
    if not Path(_of(rows, folder)).exists():
        alone(partial(made, rows), _of(rows, folder))  # or its memory would count in those that follow
    if not Path(_of(FEW, folder)).exists():
        for work in (partial(made, FEW), panel_alone, catalogue, sixty_three):
            alone(work, _of(FEW, folder))


def _of(rows: int, folder: str) -> str:
    return f"{folder}/generated/{rows}"


def from_lines(rows: int, folder: str) -> float:
    """The panel from lines, then every feature from it."""
    return panel_alone(_of(rows, folder)) + catalogue(_of(rows, folder))


def from_panel(rows: int, folder: str) -> float:
    """Every feature from the panel that stands."""
    return catalogue(_of(rows, folder))


def prepare_agreed(rows: int, folder: str) -> None:
    """As ``prepare``, and the panel made and ours compared with the query."""
    prepare(rows, folder)
    alone(agree_ours, _of(rows, folder))


def of_the_63(rows: int, folder: str) -> float:
    """What months can tell of the 63, from the panel that stands."""
    return sixty_three(_of(rows, folder))


def peer(rows: int, folder: str) -> float:
    """The 63 features of the query."""
    return by_hand(_of(rows, folder))


CASES = tuple(
    Case(
        f"{what} of {rows // 1_000_000} million generated lines, from {name}",
        "63 features by hand, DuckDB",
        *(partial(work, rows) for work in (ready, ours, peer)),
        runs=1,
    )
    for rows in (MANY if QUERY.exists() else ())
    for what, name, ready, ours in (
        ("catalogue", "lines", prepare, from_lines),
        ("catalogue", "the panel", prepare, from_panel),
        ("49 of the 63", "the panel", prepare_agreed, of_the_63),
    )
)


def main(*sizes: str) -> None:
    """Measure each size in turn and print a table."""
    taken: dict[str, list[tuple[int, Used]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for rows in map(int, sizes):
            prepare(rows, scratch)
            folder = _of(rows, scratch)
            if not taken:
                alone(agree, folder)
            for name, work in WORK.items():
                used = alone(work, folder)
                taken.setdefault(name, []).append((rows, used))
                print(f"{rows:12,} {name:30} {used.seconds:8.2f} s {used.processor:8.2f} s {used.megabytes:6.0f} MB")
            shutil.rmtree(folder)
    for name, runs in taken.items():
        (few_rows, least), (many, most) = runs[0], runs[-1]
        if many > few_rows:
            exponent = math.log(most.processor / least.processor) / math.log(many / few_rows)
            print(f"{name:30} exponent of processor time {exponent:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
