"""Make the sample files again, bit for bit: ``python -m data_samples.make [FOLDER]``."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.contract import TABLES
from simulation import simulate

HERE = Path(__file__).resolve().parent
ENTERPRISES, MONTHS, SEED = 60, 24, 20260101


def make(folder: Path = HERE) -> None:
    """Write one Parquet file a table, rows in the order of their keys."""
    tables: dict[str, list[pa.Table]] = {}
    for name, rows in simulate(ENTERPRISES, MONTHS, SEED):
        if name in TABLES and rows.num_rows:
            tables.setdefault(name, []).append(rows)
    for name, parts in tables.items():
        keys = dict.fromkeys((*TABLES[name].ordered_by, *TABLES[name].version_key))
        rows = pa.concat_tables(parts).sort_by([(key, "ascending") for key in keys])
        pq.write_table(rows.combine_chunks(), folder / f"{name}.parquet", compression="zstd", compression_level=12)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
