"""Ten million lines labelled and brought into the panel, against what any engine must at least do with them.

The peer reads the same files, sums by account, month and category (the bank's channel stands for the category, which
the peer does not know), and writes every line back to Parquet, on the same engine.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Case, duck, timed

if TYPE_CHECKING:
    from pipelines.store import Store

FIRMS, MONTHS, SEED = 3_850, 60, 1


def prepare(folder: str) -> None:
    """A simulated world of about ten million lines in ``folder/lines``."""
    from pipelines.simulate import simulate_into

    simulate_into(_store(folder), FIRMS, MONTHS, SEED)


def ours(folder: str) -> float:
    """The panel built anew: parties, labels, findings, waterfall, balances, public payments.

    As in any command, the text of the queries is that which an earlier process of the same code has written.
    """
    from features.engine import connect, hold
    from pipelines.panel import panel
    from pipelines.scripts import Scripts

    hold(Scripts(Path(folder) / "scripts"))
    store = _store(folder)
    shutil.rmtree(store.derived("panel"), ignore_errors=True)
    return timed(lambda: panel(store, connect()))


def peer(folder: str) -> float:
    """Scan, group by account, month and category, and write all lines to one Parquet file."""
    files = [str(file) for file in _store(folder).files("line")]
    lines = duck().read_parquet(files)
    target = Path(folder) / "written.parquet"
    grouped = "account_id, date_trunc('month', booked_at) AS month, channel, direction, sum(amount), count(*)"

    def work() -> None:
        lines.aggregate(grouped).arrow()
        lines.write_parquet(str(target), compression="zstd")

    return timed(work)


def _store(folder: str) -> "Store":
    from pipelines.store import Store

    return Store(Path(folder) / "lines")


CASES = (Case("panel of 10 million lines, labels included", "DuckDB scan, group by, write", prepare, ours, peer),)
