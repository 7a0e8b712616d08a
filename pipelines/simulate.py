"""Write a simulated world: its tables into a store, its truth beside them under ``truth/``."""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue
from threading import Event

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import CreditError
from pipelines.store import Store
from simulation import digest, simulate

TRUTH, MONTHLY = "truth", "truth/income"
WAITING = 16
Tables = Iterator[tuple[str, pa.Table]]


@dataclass(frozen=True)
class WorldRecord:
    """What a world follows from; two worlds with the same record have the same bytes."""

    enterprises: int
    months: int
    seed: int
    variant: str
    futures: int
    parameters: str


def is_simulated(store: Store) -> bool:
    """Whether the store holds a simulated world: figures on it are to be called simulated."""
    return (store.root / TRUTH).is_dir()


def simulate_into(
    store: Store,
    enterprises: int,
    months: int,
    seed: int,
    variant: str = "base",
    futures: int = 0,
    progress: Callable[[int], None] = lambda _: None,
    designs: str = "first",
) -> WorldRecord:
    """Make a world and write it; the same world twice changes nothing.

    ``progress`` is called with the number of months made so far; ``designs`` is the set of held-out designs of deceit,
    ``first`` to ``sixth``, which the record tells by its fingerprint.

    Raises
    ------
    CreditError
        When the store already holds another world or other facts, whose firms would share identifiers.
    """
    record = WorldRecord(enterprises, months, seed, variant, futures, digest(designs))
    truth = store.root / TRUTH
    if _same_world(store, truth, record):
        return record
    with store.writing():
        shutil.rmtree(truth, ignore_errors=True)
        truth.mkdir(parents=True)
        # Before the commit: a world cut short has no rows and is made again, a world that is there is recognised.
        (truth / "world.json").write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
        tables = _ahead(simulate(enterprises, months, seed, variant=variant, futures=futures, designs=designs))
        store.commit(_without_truth(tables, truth, progress))
    return record


def _same_world(store: Store, truth: Path, record: WorldRecord) -> bool:
    """Tell whether this very world is there already; refuse a store that holds anything else."""
    if not store.rows("enterprise"):
        return False
    found = truth / "world.json"
    if found.exists() and json.loads(found.read_text(encoding="utf-8")) == asdict(record):
        return True
    raise CreditError(
        "已有其他数据，请用 --out 指定新文件夹，或删除该文件夹",
        "already holds other facts; give --out a new folder, or remove this one",
        store.root,
    )


def _ahead(tables: Tables) -> Tables:
    """Make the next tables on a second core while the last are written; the order stays the same."""
    waiting: Queue[tuple[str, pa.Table] | Future[None]] = Queue(maxsize=WAITING)
    stop = Event()

    def fill() -> None:
        for item in tables:
            if stop.is_set():
                return
            waiting.put(item)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(fill).add_done_callback(waiting.put)
        item: tuple[str, pa.Table] | Future[None] | None = None
        try:
            while not isinstance(item := waiting.get(), Future):
                yield item
            item.result()
        finally:
            stop.set()
            while not isinstance(item, Future):
                item = waiting.get()


def _without_truth(tables: Tables, folder: Path, progress: Callable[[int], None]) -> Tables:
    """Pass the tables of the contract on and write those of the truth to ``folder`` on the way."""
    writers: dict[str, pq.ParquetWriter] = {}
    months = 0
    try:
        for name, rows in tables:
            if not name.startswith(f"{TRUTH}/"):
                yield name, rows
                continue
            if name not in writers:
                path = folder / f"{name.removeprefix(f'{TRUTH}/')}.parquet"
                writers[name] = pq.ParquetWriter(path, rows.schema, compression="zstd")
            writers[name].write_table(rows)
            if name == MONTHLY:
                months += 1
                progress(months)
    finally:
        for writer in writers.values():
            writer.close()
