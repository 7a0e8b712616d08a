"""Time and memory of making worlds: ``python -m benchmarks.simulation_speed [ENTERPRISES MONTHS ...]``.

Each world is made in a process of its own, written into a store in a temporary folder and thrown away. Prints one row
a world: lines in the accounts that are shown and in all accounts, seconds by the clock and of processor time, lines a
second by the clock, highest resident memory. On a machine that others use the clock tells of them too.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

WORLDS = ((2_000, 36), (20_000, 36))
CHILD = """
import json, resource, sys, time
from pathlib import Path
import pyarrow.parquet as pq
from pipelines.simulate import simulate_into
from pipelines.store import Store
began = time.perf_counter()
store = Store(Path(sys.argv[3]))
simulate_into(store, int(sys.argv[1]), int(sys.argv[2]), 1)
seconds, used = time.perf_counter() - began, time.process_time()
everything = pq.ParquetFile(store.root / "truth" / "line.parquet").metadata.num_rows
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
found = {"shown": store.rows("line"), "all": everything, "seconds": seconds, "processor": used, "megabytes": peak}
print(json.dumps(found))
"""


def measure(enterprises: int, months: int) -> dict[str, float]:
    """Make one world and return its figures."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", CHILD, str(enterprises), str(months), str(Path(folder) / "store")]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main(worlds: tuple[tuple[int, int], ...]) -> None:
    """Measure the worlds and print a table."""
    print("| enterprises x months | lines shown | all lines | seconds | processor s | lines a second | peak MB |")
    print("|---|---|---|---|---|---|---|")
    for enterprises, months in worlds:
        got = measure(enterprises, months)
        rate = got["all"] / got["seconds"]
        print(
            f"| {enterprises:,} x {months} | {got['shown']:,.0f} | {got['all']:,.0f} | {got['seconds']:.1f} "
            f"| {got['processor']:.1f} | {rate:,.0f} | {got['megabytes']:,.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    numbers = [int(number) for number in sys.argv[1:]]
    main(tuple(zip(numbers[::2], numbers[1::2], strict=True)) or WORLDS)
