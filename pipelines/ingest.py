"""From files to a store: read, validate, quarantine, commit.

A fault of a file raises ``ContractError`` and leaves the store as it was; a fault of a row takes the row out, with
its reason, its key, its file and its row, into ``STORE/quarantine``. Rows in are rows kept plus rows quarantined.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import Field

from features.contract import TABLES, Table
from features.errors import ContractError
from features.sources import Options, Reader
from models.checked import Part
from models.policy_parts import Share
from pipelines.checks import cross_checks, row_checks
from pipelines.credibility import Credibility, credibility
from pipelines.fingerprint import fingerprint
from pipelines.kinds import resolve
from pipelines.settings import checked
from pipelines.staging import Fault, Staging
from pipelines.store import SourceRecord, Store, move
from pipelines.tracking import runs

Progress = Callable[[str, int, int], None]


class IngestSettings(Part):
    """What an analyst may set about ingest; the file explains each."""

    max_quarantined_share: Share
    harmless: tuple[str, ...]
    balance_tolerance: dict[str, float]
    rows_a_chunk: int = Field(gt=0)
    memory: str = Field(pattern=r"^\d+(MB|GB)$")


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of a source. ``quarantined`` counts each row once, under the first check that it failed.

    ``notes`` say what the reader decided by itself; ``credibility`` is told of statements, which hold lines alone.
    """

    rows_in: int
    kept: dict[str, int]
    quarantined: dict[str, int]
    already_ingested: bool
    dataset_hash: str
    docs: Path
    quarantine: Path
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    credibility: Credibility | None = None

    @classmethod
    def of(
        cls,
        store: Store,
        record: SourceRecord,
        faults: Sequence[Fault] = (),
        notes: Sequence[str] = (),
        credibility: Credibility | None = None,
        *,
        already: bool,
    ) -> "Report":
        """The report of a source that is recorded, or about to be."""
        return cls(
            rows_in=record.rows_in,
            kept=record.kept,
            quarantined=record.quarantined,
            already_ingested=already,
            dataset_hash=record.digest,
            docs=store.docs(record.digest) / "index.html",
            quarantine=store.quarantine(record.digest),
            faults=tuple(faults),
            notes=tuple(notes),
            credibility=credibility,
        )


def ingest(
    store: Store,
    kind: str,
    path: Path,
    *,
    enterprise: str | None = None,
    account: str | None = None,
    known_at: date | None = None,
    progress: Progress = lambda *_: None,
) -> Report:
    """Read ``path`` as a source of ``kind`` into ``store``; the same source again changes nothing.

    ``enterprise``, ``account`` and ``known_at`` say what the file leaves out. ``progress`` is called with what is
    being done, how many rows of it are done, and how many there are (0 when that is not known).

    Raises
    ------
    ContractError
        When a file as a whole cannot be used; the store is as it was.
    CreditError
        When ``kind`` is not known, a check crashed, or another process is writing to the store.
    """
    reader, layouts = resolve(kind)
    options = Options(enterprise=enterprise, account=account, known_at=known_at, layouts=layouts)
    with store.writing() as staging:
        digest, files = fingerprint(kind, Path(path), options)
        if before := store.source(digest):
            return Report.of(store, before, already=True)
        return _Load(store, staging, kind, digest, files, progress).run(reader, Path(path), options)


class _Load:
    """One source on its way into the store."""

    def __init__(
        self, store: Store, folder: Path, kind: str, digest: str, files: tuple[str, ...], progress: Progress
    ) -> None:
        self.store, self.folder, self.kind, self.digest, self.files = store, folder, kind, digest, files
        self.progress = progress
        self.notes: list[str] = []
        self.settings = checked(IngestSettings, "ingest.yaml")

    def run(self, reader: Reader, path: Path, options: Options) -> Report:
        self.rows = Staging(self.folder / "load", self.settings.memory)
        try:
            self._read(reader, path, options)
            self._validate()
            self._refuse_wrong_files()
            return self._commit()
        finally:
            self.rows.close()

    def _read(self, reader: Reader, path: Path, options: Options) -> None:
        for batch in reader(path, options):
            self.rows.load(batch)
            self.notes += [batch.note] if batch.note else []
            self.progress("reading", self.rows.rows_in, 0)
        if not self.rows.rows_in:
            raise ContractError("没有数据行，表头以下应有数据", "holds no rows; expected data below the header", path)

    def _validate(self) -> None:
        from pipelines.expectations import Quality

        self.quality, done = Quality(), 0
        for table in self.rows.tables:
            for frame_rows in self._validated(table):
                done += frame_rows
                self.progress("validating", done, 2 * self.rows.rows_in)

    def _validated(self, table: Table) -> Iterator[int]:
        """Row checks, then cross checks of the rows that passed; yields how many rows were looked at."""
        size = self.settings.rows_a_chunk
        for frame in self.rows.row_frames(table, size):
            self.rows.fail(table, self.quality.validate(table.name, row_checks(table), frame))
            yield len(frame)
        stored = {name: self.store.files(name) for name in TABLES}
        tolerance = self.settings.balance_tolerance.get(self.kind, 0.0)
        for frame in self.rows.cross_frames(table, size, stored, tolerance):
            self.rows.fail(table, self.quality.validate(table.name, cross_checks(table), frame))
            yield len(frame)

    def _refuse_wrong_files(self) -> None:
        most = self.settings.max_quarantined_share
        for file, rows, bad in self.rows.shares(self.settings.harmless):
            if bad > most * rows:
                faults = [fault for fault in self.rows.faults() if fault.file == file]
                raise ContractError(
                    f"{rows} 行中有 {bad} 行未通过校验，超过 conf/ingest.yaml 允许的比例 {most:g}"
                    f"（max_quarantined_share），未写入任何数据：{'；'.join(fault.zh for fault in faults)}",
                    f"{bad} of {rows} rows fail, more than the share of {most:g} that conf/ingest.yaml allows "
                    f"(max_quarantined_share); nothing was stored. {'; '.join(fault.en for fault in faults)}",
                    file,
                )

    def _commit(self) -> Report:
        faults = self.rows.faults()
        record = self._record(faults)
        judged = self._credibility()
        with runs.start_run("ingest", f"{self.kind} {self.digest[:8]}"):
            self._log(record)
            self._place_findings()
            self.store.commit(self.rows.sound(self.settings.rows_a_chunk), record)
        return Report.of(self.store, record, faults, self.notes, judged, already=False)

    def _credibility(self) -> Credibility | None:
        table = TABLES["line"]
        if self.kind == "contract" or self.rows.tables != [table]:
            return None
        lines = self.rows.readable(table)
        return credibility(self.store, lines) if lines.num_rows else None

    def _place_findings(self) -> None:
        """Quarantine and Data Docs go first: without the manifest nothing refers to them."""
        docs, quarantine = self.folder / "docs", self.folder / "quarantine"
        self.quality.write_docs(docs)
        quarantine.mkdir()
        for table in self.rows.tables:
            self.rows.write_quarantine(table, quarantine / f"{table.name}.parquet")
        move(docs, self.store.docs(self.digest))
        move(quarantine, self.store.quarantine(self.digest))

    def _record(self, faults: Sequence[Fault]) -> SourceRecord:
        by_check: Counter[str] = Counter()
        for fault in faults:
            by_check[fault.check.name] += fault.rows
        return SourceRecord(
            digest=self.digest,
            kind=self.kind,
            files=self.files,
            rows_in=self.rows.rows_in,
            kept=self.rows.kept(),
            quarantined=dict(by_check),
        )

    def _log(self, record: SourceRecord) -> None:
        metrics = {"rows_in": record.rows_in, "rows_kept": sum(record.kept.values())}
        metrics |= {f"kept/{table}": rows for table, rows in record.kept.items()}
        metrics |= {f"quarantined/{check}": rows for check, rows in record.quarantined.items()}
        runs.log(
            params={"kind": self.kind, "files": ", ".join(self.files)},
            metrics=metrics,
            documents={"great_expectations.json": self.quality.summary()},
            dataset=(self.kind, self.digest),
        )
