"""Panel and catalogue of a million lines by Spark in local mode, against DuckDB; every feature must agree.

``make bench`` runs it, once; ``python -m benchmarks.engines [FIRMS]`` alone, by default as many firms.
"""

import shutil
import sys
import tempfile
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Case, measure, timed

if TYPE_CHECKING:
    import pandas as pd

FIRMS, MONTHS, SEED, AS_OF, AGREE = 600, 36, 1, date(2026, 1, 1), 1e-9


def prepare(folder: str, firms: int = FIRMS) -> None:
    """A simulated world in ``folder/engines``, and in ``folder/expected.parquet`` the features that DuckDB gives it."""
    from pipelines.simulate import simulate_into
    from pipelines.store import Store

    simulate_into(Store(Path(folder) / "engines"), firms, MONTHS, SEED)
    _features(folder, "duckdb")[1].to_parquet(Path(folder) / "expected.parquet")


def spark(folder: str) -> float:
    """Spark's panel and matrix; it starts before. Raises where a feature differs from DuckDB's."""
    import pandas as pd
    from pandas.testing import assert_frame_equal
    from pyspark import SparkContext

    from features.engine import engine

    engine("spark")
    seconds, found = _features(folder, "spark")
    java = Path(f"/proc/{SparkContext._gateway.proc.pid}/status").read_text(encoding="utf-8")
    expected = pd.read_parquet(Path(folder) / "expected.parquet").astype(found.dtypes)
    assert_frame_equal(expected, found, rtol=AGREE, atol=AGREE)
    peak = next(line.split()[1] for line in java.splitlines() if line.startswith("VmHWM"))
    print(f"{len(found):,} firms: every feature within {AGREE} of DuckDB's; Java took {int(peak) // 1024} MB")
    return seconds


def duckdb(folder: str) -> float:
    """DuckDB's panel and matrix."""
    return _features(folder, "duckdb")[0]


def _features(folder: str, engine: str) -> "tuple[float, pd.DataFrame]":
    from pipelines.features import compute, latest_applications
    from pipelines.store import Store

    store = Store(Path(folder) / "engines")
    shutil.rmtree(store.derived("panel"), ignore_errors=True)
    asked, found = latest_applications(store, AS_OF), []
    return timed(lambda: found.append(compute(store, asked, engine))), found[0]


CASES = (Case(f"panel and features of {FIRMS} firms x {MONTHS} months", "DuckDB", prepare, spark, duckdb, runs=1),)


def main(firms: str = str(FIRMS)) -> None:
    """Measure once and print."""
    with tempfile.TemporaryDirectory() as folder:
        print(measure(replace(CASES[0], name="Spark", prepare=partial(prepare, firms=int(firms))), folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
