"""One firm with 20,000 lines, from canonical lines to its whole vector in a warm process, against reading the lines.

The firms of a store with the most lines, as many as have 20,000 together, are taken as one with all their accounts and
invoices; ``make bench`` takes those of the world of ``benchmarks.panel``. ``python -m benchmarks.applicant STORE`` also
tells first answers of a process: where it writes the expressions, and where it finds them written.
"""

import statistics
import sys
import tempfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import Case, alone, timed
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
    """Seconds of the first answer of a process, by the scripts that it finds in the folder."""
    facts = _facts(folder)
    return timed(lambda: vector(facts))


def _facts(folder: str) -> dict[str, pa.Table]:
    hold(Scripts(Path(folder) / "scripts"))
    return {name: pq.read_table(Path(folder) / "applicant" / f"{name}.parquet") for name in TABLES}


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


def prepare(folder: str, store: Store | None = None) -> None:
    """The facts of the firm in ``folder/applicant``; by default of the largest in ``folder/lines``."""
    place = Path(folder) / "applicant"
    place.mkdir()
    for name, rows in largest(store or Store(Path(folder) / "lines")).items():
        pq.write_table(rows, place / f"{name}.parquet")


def warm(folder: str) -> float:
    """Median seconds of later answers of a process."""
    facts = _facts(folder)
    vector(facts)
    return statistics.median(timed(lambda: vector(facts)) for _ in range(RUNS))


def read(folder: str) -> float:
    """Median seconds of reading the lines."""
    file = Path(folder) / "applicant" / "line.parquet"
    return statistics.median(timed(lambda: connect().read_parquet(file).to_pyarrow()) for _ in range(RUNS))


def main(folder: str) -> None:
    """Print seconds of first answers, the median of later ones, and the median of reading the lines."""
    with tempfile.TemporaryDirectory() as scratch:
        prepare(scratch, Store(Path(folder)))
        lines = pq.read_metadata(Path(scratch) / "applicant" / "line.parquet").num_rows
        writing, finding, later, reading = (alone(work, scratch).seconds for work in (first, first, warm, read))
    print(
        f"{lines:,} lines: first of a process {writing:.2f} s, where another has written the expressions {finding:.2f} "
        f"s, then {later:.2f} s; reading the lines {reading:.3f} s, ratio {later / reading:.0f}"
    )


CASES = (Case("one firm of 20,000 lines, lines to vector, warm", "DuckDB reads the lines", prepare, warm, read),)

if __name__ == "__main__":
    main(*sys.argv[1:])
