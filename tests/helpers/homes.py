"""Homes and stores of a test's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.contract import TABLES
from pipelines.settings import ROOT
from pipelines.store import Store


@contextmanager
def home_in(folder: Path) -> Iterator[pytest.MonkeyPatch]:
    """A home in a folder, whatever servers the environment names; what else is patched lasts as long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SME_CREDIT_HOME", str(folder))
        for name in ("DATABASE_URL", "MLFLOW_TRACKING_URI"):
            patch.delenv(name, raising=False)
        yield patch


def sample_store(folder: Path, keep: Callable[[str, pa.Table], pa.Table] = lambda _, rows: rows) -> Store:
    """The sample firms as a store, less what ``keep`` leaves out of a table."""
    store, samples = Store(folder), sorted((ROOT / "data_samples").glob("*.parquet"))
    store.commit((s.stem, keep(s.stem, pq.read_table(s).cast(TABLES[s.stem].schema))) for s in samples)
    return store
