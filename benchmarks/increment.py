"""A month of facts brought into a panel of 36, against building the panel of all of them anew.

``python -m benchmarks.increment [FIRMS]`` takes both in turn in one warm process and prints processor seconds, which
say something on a machine with other work too.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Case, timed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from pipelines.store import Store

Timed = Callable[[Callable[[], object]], float]
FIRMS, MONTHS, SEED, LAST = 1000, 36, 1, date(2025, 12, 1)


def prepare(folder: str, firms: int = FIRMS) -> None:
    """A simulated world in ``world``, and in ``before`` what of it was known before the last month, with its panel."""
    from features.engine import connect
    from pipelines.panel import panel
    from pipelines.simulate import simulate_into
    from pipelines.store import Store

    world, before = Store(Path(folder) / "world"), Store(Path(folder) / "before")
    simulate_into(world, firms, MONTHS, SEED)
    before.commit(_known(world, later=False))
    panel(before, connect())


def month(folder: str, timed: Timed = timed) -> float:
    """The facts known from the last month on are committed, then the panel is brought up to date; that is timed.

    As in any command, the text of the queries is that which an earlier process of the same code has written.
    """
    from features.engine import connect, hold
    from pipelines.panel import panel
    from pipelines.scripts import Scripts
    from pipelines.store import Store

    hold(Scripts(Path(folder) / "scripts"))
    grown = Path(folder) / "grown"
    shutil.rmtree(grown, ignore_errors=True)
    shutil.copytree(Path(folder) / "before", grown)
    store = Store(grown)
    store.commit(_known(Store(Path(folder) / "world"), later=True))
    return timed(lambda: panel(store, connect()))


def rebuild(folder: str, timed: Timed = timed) -> float:
    """The panel of all facts, built anew."""
    from features.engine import connect, hold
    from pipelines.panel import panel
    from pipelines.scripts import Scripts
    from pipelines.store import Store

    hold(Scripts(Path(folder) / "scripts"))
    store = Store(Path(folder) / "world")
    shutil.rmtree(store.derived("panel"), ignore_errors=True)
    return timed(lambda: panel(store, connect()))


def _known(world: "Store", *, later: bool) -> "Iterator[tuple[str, pa.Table]]":
    from features.engine import connect

    for name, rows in world.facts(connect()).items():
        wanted = rows.known_at >= LAST if later else rows.known_at < LAST
        yield name, rows.filter(wanted).to_pyarrow()


CASES = (Case(f"a month more in the panel of {FIRMS:,} firms x {MONTHS} months", "rebuilt", prepare, month, rebuild),)


def _processor(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def main(firms: str = str(FIRMS)) -> None:
    """Three turns after a warm-up."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, int(firms))
        turns = [(month(folder, _processor), rebuild(folder, _processor)) for _ in range(4)][1:]
        for more, whole in turns:
            print(f"a month more {more:.1f} s, rebuilt {whole:.1f} s, ratio {more / whole:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
