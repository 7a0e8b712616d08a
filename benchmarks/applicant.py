"""One firm with 20,000 lines, from canonical lines to its whole vector in a warm process.

``python -m benchmarks.applicant STORE``: the firms of the store with the most lines, as many as have 20,000 together,
taken as one with all their accounts and invoices; beside it the time of reading the lines. First answers of a process
are told apart: where it writes the expressions, and where it finds them written.
"""

import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import alone, timed
from features.contract import TABLES
from features.engine import connect, hold
from features.matrix import POPULATION
from features.peers import PEER
from pipelines.applicant import from_facts
from pipelines.scripts import Scripts
from pipelines.store import Store

LINES, RUNS = 20_000, 5
UNITED = ("line", "account", "account_month", "invoice")


def vector(facts: dict[str, pa.Table]) -> None:
    """Panel and features of the only firm, in the engine's memory."""
    row = {"row": 0, "enterprise_id": facts["enterprise"]["enterprise_id"][0].as_py(), "as_of": date(2026, 1, 1)}
    from_facts(facts, pa.Table.from_pylist([row], POPULATION.to_pyarrow()), {"peer": PEER.to_pyarrow().empty_table()})


def first(folder: str) -> float:
    """Seconds of the first answer of a process, from the facts in a folder and the scripts that it finds there."""
    hold(Scripts(Path(folder) / "scripts"))
    facts = {name: pq.read_table(Path(folder) / f"{name}.parquet") for name in TABLES}
    return timed(lambda: vector(facts))


def largest(store: Store) -> dict[str, pa.Table]:
    """Facts of the firm that the largest firms are together; what is not of accounts or invoices is of the first."""
    counts = store.facts(connect())["line"].group_by("enterprise_id").agg(lines=lambda t: t.count()).to_pandas()
    counts = counts.sort_values(["lines", "enterprise_id"], ascending=False)
    several = counts["enterprise_id"][counts["lines"].cumsum() - counts["lines"] < LINES].tolist()
    worlds = [{n: rows.to_pyarrow() for n, rows in store.facts(connect(), (f, f)).items()} for f in several]
    firm = pa.scalar(several[0])

    def renamed(rows: pa.Table) -> pa.Table:
        place = rows.column_names.index("enterprise_id")
        return rows.set_column(place, rows.schema.field(place), pa.repeat(firm, rows.num_rows))

    return worlds[0] | {name: pa.concat_tables(renamed(world[name]) for world in worlds) for name in UNITED}


def main(folder: str) -> None:
    """Print seconds of first answers, the median of later ones, and the median of reading the lines."""
    facts = largest(Store(Path(folder)))
    with tempfile.TemporaryDirectory() as scratch:
        for name, rows in facts.items():
            pq.write_table(rows, Path(scratch) / f"{name}.parquet")
        writing, finding = alone(first, scratch), alone(first, scratch)
        vector(facts)
        start = time.process_time()
        warm = statistics.median(timed(lambda: vector(facts)) for _ in range(RUNS))
        processor = (time.process_time() - start) / RUNS
        read = statistics.median(
            timed(lambda: connect().read_parquet(Path(scratch) / "line.parquet").to_pyarrow()) for _ in range(RUNS)
        )
    print(
        f"{facts['line'].num_rows:,} lines: first of a process {writing.seconds:.2f} s, where another has "
        f"written the expressions {finding.seconds:.2f} s, then {warm:.2f} s, {processor:.2f} s of processor time; "
        f"reading the lines {read:.3f} s, ratio {warm / read:.0f}"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
