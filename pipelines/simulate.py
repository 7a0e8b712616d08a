"""Write a simulated world: its tables into a store, its truth beside them under ``truth/``."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import CreditError
from pipelines.store import Store
from simulation import digest, simulate

TRUTH = "truth"


@dataclass(frozen=True)
class WorldRecord:
    """What a world follows from; two worlds with the same record have the same bytes."""

    enterprises: int
    months: int
    seed: int
    variant: str
    parameters: str


def simulate_into(store: Store, enterprises: int, months: int, seed: int, variant: str = "base") -> WorldRecord:
    """Make a world and write it; the same world twice changes nothing.

    Raises
    ------
    CreditError
        When the store already holds another world or other facts, whose firms would share identifiers.
    """
    record = WorldRecord(enterprises, months, seed, variant, digest())
    truth = store.root / TRUTH
    if _same_world(store, truth, record):
        return record
    with store.writing():
        shutil.rmtree(truth, ignore_errors=True)
        store.commit(_without_truth(simulate(enterprises, months, seed, variant=variant), truth))
        (truth / "world.json").write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
    return record


def _same_world(store: Store, truth: Path, record: WorldRecord) -> bool:
    """Tell whether this very world is there already; refuse a store that holds anything else."""
    if not store.rows("enterprise"):
        return False
    found = truth / "world.json"
    if found.exists() and json.loads(found.read_text(encoding="utf-8")) == asdict(record):
        return True
    raise CreditError(f"{store.root}: already holds other facts; give --out a new folder, or remove this one")


def _without_truth(tables: Iterator[tuple[str, pa.Table]], folder: Path) -> Iterator[tuple[str, pa.Table]]:
    """Pass the tables of the contract on and write those of the truth to ``folder`` on the way."""
    writers: dict[str, pq.ParquetWriter] = {}
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for name, rows in tables:
            if not name.startswith(f"{TRUTH}/"):
                yield name, rows
                continue
            if name not in writers:
                path = folder / f"{name.removeprefix(f'{TRUTH}/')}.parquet"
                writers[name] = pq.ParquetWriter(path, rows.schema, compression="zstd")
            writers[name].write_table(rows)
    finally:
        for writer in writers.values():
            writer.close()
