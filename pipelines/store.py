"""The store: a folder with a folder of Parquet files per table, and a manifest that says which files count.

A reader trusts the manifest alone, so what a killed job left behind is never seen and is swept away by the next
commit. A commit writes new files beside the old ones and then replaces the manifest in one step. Files are sorted
and named by their own digest, so the same rows make the same files in whatever order they arrive.
"""

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pyarrow as pa

from features.contract import TABLES
from features.engine import DUCKDB, held
from features.errors import CreditError
from pipelines.storage.duck import TYPES, of_firms, quoted
from pipelines.storage.manifest import Manifest, SourceRecord
from pipelines.storage.parquet import read
from pipelines.storage.partitions import Partitions

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table as IbisTable

__all__ = ["Firms", "SourceRecord", "Store", "move"]

Firms = tuple[str, str]  # the first and the last of a stretch of enterprise_id

MANIFEST, LOCK, STAGING = "manifest.json", ".lock", ".staging"
PAUSE = 0.1  # seconds between two looks at a lock that is waited for


class Store:
    """A folder of canonical tables; ``root`` need not exist before the first commit."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root).absolute()  # Data Docs take no other
        self._thread, self._nested = threading.RLock(), 0

    def files(self, table: str) -> list[Path]:
        """The Parquet files of one table, in a fixed order."""
        return [self.root / file.path for file in self._manifest().files.get(table, [])]

    def rows(self, table: str) -> int:
        """Number of rows of one table."""
        return sum(file.rows for file in self._manifest().files.get(table, []))

    @property
    def largest(self) -> int:
        """Number of rows of the largest table."""
        return max((sum(file.rows for file in files) for files in self._manifest().files.values()), default=0)

    @property
    def content_hash(self) -> str:
        """Hash over all files that count: equal when the rows are equal and were committed in the same portions."""
        return self._manifest().content_hash

    def source(self, digest: str) -> SourceRecord | None:
        """What is recorded of a source ingested before, or ``None``."""
        return next((source for source in self._manifest().sources if source.digest == digest), None)

    def derived(self, name: str) -> Path:
        """The folder for derived data called ``name``; it is never part of the manifest and can be rebuilt."""
        return self.root / "derived" / name

    def docs(self, digest: str) -> Path:
        """The folder for the Data Docs of one source."""
        return self.root / "quality" / digest[:16]

    def quarantine(self, digest: str) -> Path:
        """The folder for the rows of one source that did not pass."""
        return self.root / "quarantine" / digest[:16]

    def facts(
        self, backend: "Backend", firms: Firms | None = None, unread: Collection[str] = ()
    ) -> "dict[str, IbisTable]":
        """Every canonical table as an Ibis table; a table without files is there too, typed and empty.

        Names in the engine do not depend on the content, so that a compiled expression serves every store. ``firms``
        (DuckDB alone) leaves only rows of these firms, read once into the engine but for tables that stay ``unread``;
        little else is read for them, since the rows of a firm stand side by side.
        """
        manifest = self._manifest()
        files = {name: [self.root / file.path for file in manifest.files.get(name, [])] for name in TABLES}
        return {
            name: _fact(backend, name, f"fact_{name}", files[name], firms, once=name not in unread) for name in TABLES
        }

    def commit(self, batches: Iterable[tuple[str, pa.Table]], source: SourceRecord | None = None) -> None:
        """Add rows, all or nothing.

        ``batches`` is consumed once and may be longer than memory: pieces are spooled by table and month, then
        each partition is sorted and written. Committing rows whose files are there already changes nothing.

        Raises
        ------
        ContractError
            When a batch does not have the columns and types of its table, or a null where none may be.
        CreditError
            When another process is writing to this store.
        """
        with self.writing() as staging:
            written = Partitions(staging / "files").write(batches)
            manifest = self._manifest()
            for table, file in written:
                move(staging / "files" / file.path, self.root / file.path)
                manifest.add(table, file)
            if source:
                manifest.sources.append(source)
            manifest.write(staging / MANIFEST)
            move(staging / MANIFEST, self.root / MANIFEST)

    @contextmanager
    def writing(self, wait: float = 0.0) -> Iterator[Path]:
        """Hold the store's lock; gives an empty staging folder on the same disk. A thread may nest it.

        Who holds it, another process or another thread of this one, is waited for as many seconds as ``wait`` says.
        """
        if not self._thread.acquire(timeout=wait):
            raise self._taken()
        try:
            if self._nested:
                yield self._staging()
                return
            with self._locked(time.monotonic() + wait):
                self._nested += 1
                try:
                    self._sweep()
                    yield self._staging()
                finally:
                    self._nested -= 1
                    shutil.rmtree(self.root / STAGING, ignore_errors=True)
                    self._leave_nothing()
        finally:
            self._thread.release()

    @contextmanager
    def _locked(self, until: float) -> Iterator[None]:
        while True:
            self.root.mkdir(parents=True, exist_ok=True)
            with (self.root / LOCK).open("w") as lock:
                if self._acquired(lock):
                    yield
                    return
            if time.monotonic() >= until:
                raise self._taken()
            time.sleep(PAUSE)

    def _acquired(self, lock: IO[str]) -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.fstat(lock.fileno()).st_ino == (self.root / LOCK).stat().st_ino
        except OSError:
            return False

    def _taken(self) -> CreditError:
        return CreditError(
            "另一进程正在写入该数据目录，请待其结束",
            "another process is writing to this store; wait until it has ended",
            self.root,
        )

    def _staging(self) -> Path:
        folder = self.root / STAGING
        folder.mkdir(exist_ok=True)
        return folder

    def _sweep(self) -> None:
        """Remove what a killed job left: its staging folder, and what the manifest does not name."""
        shutil.rmtree(self.root / STAGING, ignore_errors=True)
        manifest = self._manifest()
        counted = {self.root / file.path for files in manifest.files.values() for file in files}
        for found in (found for table in TABLES for found in (self.root / table).rglob("*.parquet")):
            if found not in counted:
                found.unlink()
        digests = [source.digest for source in manifest.sources]
        findings = {place for digest in digests for place in (self.docs(digest), self.quarantine(digest))}
        for folder in (*self.root.glob("quality/*"), *self.root.glob("quarantine/*")):
            if folder not in findings:
                shutil.rmtree(folder, ignore_errors=True)

    def _leave_nothing(self) -> None:
        """A store that was never written to leaves no folder behind."""
        if not (self.root / MANIFEST).exists() and [path.name for path in self.root.iterdir()] == [LOCK]:
            (self.root / LOCK).unlink()
            self.root.rmdir()

    def _manifest(self) -> Manifest:
        return Manifest.read(self.root / MANIFEST)


def move(staged: Path, target: Path) -> None:
    """Put a staged file or folder in its place in one step; a folder of the same name is replaced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
    staged.replace(target)


def _fact(
    backend: "Backend", table: str, name: str, files: list[Path], firms: Firms | None, *, once: bool
) -> "IbisTable":
    if backend.name != DUCKDB:
        return read(backend, name, files, TABLES[table].schema)
    columns = [f"CAST(NULL AS {TYPES[column.type]}) AS {quoted(column.name)}" for column in TABLES[table].columns]
    some = firms if "enterprise_id" in TABLES[table].names else None
    query = of_firms(files, some) if files else f"SELECT {', '.join(columns)} WHERE false"
    kind = "TABLE" if firms and once else "VIEW"
    backend.raw_sql(f"CREATE OR REPLACE TEMPORARY {kind} {quoted(name)} AS {query}")
    return held(backend, name)
