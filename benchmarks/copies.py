"""A large book from a small one: copies of a simulated store side by side in one, with its panel.

``python -m benchmarks.copies STORE COPIES OUT`` writes ``OUT``, a store whose firms are those of ``STORE`` so many
times over, each copy under ids of its own; counterparties stay who they are. Its panel is copied too, so that jobs on
100,000 live loans can be timed without the hours that simulating them and building their panel take.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.progress import track

from features.contract import TABLES
from pipelines.storage.manifest import File, Manifest
from pipelines.storage.parts import Parts
from pipelines.store import MANIFEST, Store

# What names a firm or something of it alone.
OWN = ("enterprise_id", "account_id", "line_id", "reversal_of", "invoice_id", "bill_id", "filing_id", "event_id",
       "query_id", "credit_line_id", "guarantee_id", "consent_id", "application_id", "loan_id", "renewed_from",
       "group_id", "recovery_id")  # fmt: skip


def copied(file: Path, copies: int, out: Path) -> int:
    """Write the rows of a Parquet file so many times, a copy a row group; gives the number of rows."""
    rows = pq.read_table(file)
    out.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(out, rows.schema, compression="zstd", compression_level=1) as writer:
        for copy in range(copies):
            writer.write_table(_renamed(rows, f"{copy:03}"))
    return copies * rows.num_rows


def _renamed(rows: pa.Table, copy: str) -> pa.Table:
    for place, name in enumerate(rows.column_names):
        if name in OWN:
            field = rows.schema.field(place)
            named = pc.binary_join_element_wise(pa.scalar(copy), rows[name].cast("string"), "")
            rows = rows.set_column(place, field, named.cast(field.type))
    return rows


def copy_store(store: Store, copies: int, out: Store) -> None:
    """Copies of all facts of a store and of its panel, which must be up to date."""
    manifest = Manifest()
    files = [(name, file) for name in TABLES for file in store.files(name)]
    for name, file in track(files, "facts"):
        path = file.relative_to(store.root)
        manifest.add(name, File(path=path.as_posix(), rows=copied(file, copies, out.root / path)))
    manifest.write(out.root / MANIFEST)
    folder, target = store.derived("panel"), out.derived("panel")
    for file in track([*_parquet(folder)], "panel"):
        copied(file, copies, target / file.relative_to(folder))
    facts = tuple(file.relative_to(out.root).as_posix() for name in TABLES for file in out.files(name))
    replace(Parts.read(folder), facts=facts).write(target)


def _parquet(folder: Path) -> Iterator[Path]:
    names = Parts.read(folder).names
    return (file for name in names for file in sorted(folder.glob(f"*/{name}/*.parquet")))


if __name__ == "__main__":
    copy_store(Store(Path(sys.argv[1])), int(sys.argv[2]), Store(Path(sys.argv[3])))
