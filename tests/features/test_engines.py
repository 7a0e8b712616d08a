"""DuckDB and Spark give the same panel and the same features; one file, so that one worker has the one Spark."""

import gc
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from by_hand import round_loans, wallet_of, withdrawals

from features.catalogue import CATALOGUE, EVERY
from features.contract import TABLES
from features.engine import engine
from pipelines.features import compute
from pipelines.panel import TABLES as PANEL
from pipelines.panel import panel
from pipelines.settings import ROOT
from pipelines.store import Store
from serving.cli.app import main

pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed <socket:ResourceWarning"
)  # PySpark leaves them to the collector
# For a few rows compiling costs more than it saves.
SMALL = {
    "PYSPARK_SUBMIT_ARGS": "--conf spark.sql.codegen.wholeStage=false --conf spark.sql.codegen.factoryMode=NO_CODEGEN "
    "--conf spark.sql.adaptive.enabled=false pyspark-shell",
    "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
BANK = "abcdefghijkl"  # enough of them to be peers
FIRMS, DAYS = "abcf", (date(2024, 5, 15), date(2025, 6, 1))
SAMPLES = 8  # of the sample firms, evenly chosen
RUNS = {"duckdb": ("ours", "duckdb"), "spark on DuckDB's panel": ("ours", "spark"),
        "duckdb on Spark's panel": ("theirs [1]", "duckdb")}  # fmt: skip


@pytest.fixture(scope="module")
def spark() -> Iterator[None]:
    """Spark may start, and is stopped in the end."""
    if not shutil.which("java"):
        pytest.skip("no Spark: java is not installed")
    sql = pytest.importorskip("pyspark.sql", reason="no Spark: pyspark is not installed")
    patch = pytest.MonkeyPatch()
    for name, value in SMALL.items():
        patch.setenv(name, value)
    yield
    patch.undo()
    if session := sql.SparkSession.getActiveSession():
        session.stop()
    with warnings.catch_warnings(action="ignore"):
        gc.collect()


def features(*arguments: object) -> int:
    """The exit code of ``sme-credit features``, run in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["sme-credit", "features", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def matrices(spark, trading_world, table, tmp_path_factory):
    """Two stores of one content, one panel built by each engine, and features by each engine from the other's panel."""
    folder = tmp_path_factory.mktemp("engines")
    samples = {path.stem: pq.read_table(path) for path in (ROOT / "data_samples").glob("*.parquet")}
    every = sorted(samples["enterprise"]["enterprise_id"].unique().to_pylist())
    firms = every[:: len(every) // SAMPLES][:SAMPLES]
    some = {name: rows.filter(pc.is_in(rows["enterprise_id"], pa.array(firms))) for name, rows in samples.items()}
    rng = np.random.default_rng(3)
    lines = round_loans(rng, "a", "a0") + withdrawals(rng, "a", "aw", "a0")
    added = {"line": table("line", lines), "account": table("account", [wallet_of("a", "aw")])}
    rows = [(name, rows) for facts in (some, trading_world(3, BANK), added) for name, rows in facts.items()]
    stores = {place: Store(folder / place) for place in ("ours", "theirs [1]")}
    for store in stores.values():
        store.commit((name, some.cast(TABLES[name].schema)) for name, some in rows)
    panel(stores["theirs [1]"], engine("spark"))
    asked = [*product(firms, [date(2025, 12, 1)]), *product(FIRMS, DAYS)]
    population = pd.DataFrame(asked, columns=["enterprise_id", "as_of"])
    population.assign(requested_amount=1e5, requested_term_months=12).to_csv(folder / "asked.csv", index=False)
    found = {}
    for run, (place, by) in RUNS.items():
        out = folder / "matrix.parquet"
        asked = ("--store", folder / place, "--population", folder / "asked.csv", "--out", out)
        assert features(*asked, "--engine", by) == 0
        found[run] = pd.read_parquet(out)
    return stores, found


@pytest.mark.slow
@pytest.mark.parametrize("name", PANEL)
def test_the_panel_is_the_same(matrices, name):
    stores, _ = matrices
    ours, theirs = (pd.read_parquet(store.derived("panel") / name) for store in stores.values())
    assert len(ours) > 0
    ours, theirs = (side.sort_values(list(ours.columns), ignore_index=True) for side in (ours, theirs))
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("run", [run for run in RUNS if run != "duckdb"])
def test_every_feature_is_the_same(matrices, run):
    _, found = matrices
    ours = found["duckdb"]
    assert len(ours) == SAMPLES + len(FIRMS) * len(DAYS)
    assert ours[list(CATALOGUE)].notna().any().mean() > 0.9
    assert ours.filter(like="_distance_").notna().any().all()
    assert (ours[["bridged_months_24m", "came_back_months_12m"]] > 0).any().all()
    pd.testing.assert_frame_equal(ours, found[run], rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_counterparties_health_is_the_same(matrices):
    stores, _ = matrices
    asked = pd.DataFrame(product(FIRMS, DAYS), columns=["enterprise_id", "as_of"])
    names = [name for name in EVERY if name not in CATALOGUE]
    ours, theirs = (
        compute(store, asked, by, names) for store, by in zip(stores.values(), ("duckdb", "spark"), strict=True)
    )
    assert ours[names].notna().any().all()
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["sparkle", "postgres", "http://localhost"])
def test_an_engine_that_is_none_is_a_usage_error(tmp_path, capsys, name):
    assert features("--as-of", "2025-12-01", "--out", tmp_path / "matrix.parquet", "--engine", name) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert f"'{name}' is no engine; expected duckdb, spark, or a Spark master" in said


def test_a_wrong_master_is_told_without_a_stack(spark):
    start = """if True:
        from features.engine import EngineError, spark
        try:
            spark("local[x]")
        except EngineError as error:
            print(error)
    """
    done = subprocess.run([sys.executable, "-c", start], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "engine local[x]: Spark does not start; it needs Java 17 and the master's address" in done.stdout
    assert "ERROR SparkContext: Error initializing SparkContext. Could not parse Master URL: 'local[x]'" in done.stderr
    assert "\tat " not in done.stderr
