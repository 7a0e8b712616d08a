"""Every feature of every firm, from lines and from a standing panel, against scanning and grouping the same lines."""

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Case, timed

if TYPE_CHECKING:
    from pipelines.store import Store

FIRMS, MONTHS, SEED, AS_OF = 1000, 36, 1, date(2026, 1, 1)


def prepare(folder: str) -> None:
    """A simulated world in ``folder/world``."""
    from pipelines.simulate import simulate_into
    from pipelines.store import Store

    simulate_into(Store(Path(folder) / "world"), FIRMS, MONTHS, SEED)


def from_lines(folder: str) -> float:
    """The panel built anew, then the matrix."""
    store = _store(folder)
    shutil.rmtree(store.derived("panel"), ignore_errors=True)
    return _matrix(folder)


def from_panel(folder: str) -> float:
    """The matrix from a panel that stands."""
    _matrix(folder)
    return _matrix(folder)


def scan(folder: str) -> float:
    """DuckDB reads every line once and sums by account, month, direction and summary."""
    import duckdb

    store = _store(folder)
    files = [str(file) for file in store.files("line")]
    query = (
        "SELECT account_id, date_trunc('month', booked_at) AS m, direction, summary, sum(amount), count(*) "
        "FROM read_parquet(?, hive_partitioning = false) GROUP BY ALL"
    )
    return timed(lambda: duckdb.connect().execute(query, [files]).arrow())


def _store(folder: str) -> "Store":
    from pipelines.store import Store

    return Store(Path(folder) / "world")


def _matrix(folder: str) -> float:
    from features.engine import hold
    from pipelines.features import compute, latest_applications
    from pipelines.scripts import Scripts

    hold(Scripts(Path(folder) / "scripts"))  # as in any command: queries that an earlier process has written
    store = _store(folder)
    population = latest_applications(store, AS_OF)
    return timed(lambda: compute(store, population))


CASES = (
    Case("features of 1,000 firms x 36 months, from lines", "DuckDB scan and group by", prepare, from_lines, scan),
    Case("features of 1,000 firms x 36 months, from the panel", "DuckDB scan and group by", prepare, from_panel, scan),
)
