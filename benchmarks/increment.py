"""A month of facts brought into a panel of 36, against building the panel of all of them anew."""

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Case, timed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from pipelines.store import Store

FIRMS, MONTHS, SEED, LAST = 1000, 36, 1, date(2025, 12, 1)


def prepare(folder: str) -> None:
    """A simulated world in ``world``, and in ``before`` what of it was known before the last month, with its panel."""
    from features.engine import connect
    from pipelines.panel import panel
    from pipelines.simulate import simulate_into
    from pipelines.store import Store

    world, before = Store(Path(folder) / "world"), Store(Path(folder) / "before")
    simulate_into(world, FIRMS, MONTHS, SEED)
    before.commit(_known(world, later=False))
    panel(before, connect())


def month(folder: str) -> float:
    """The facts known from the last month on are committed, then the panel is brought up to date; that is timed."""
    from features.engine import connect
    from pipelines.panel import panel
    from pipelines.store import Store

    grown = Path(folder) / "grown"
    shutil.rmtree(grown, ignore_errors=True)
    shutil.copytree(Path(folder) / "before", grown)
    store = Store(grown)
    store.commit(_known(Store(Path(folder) / "world"), later=True))
    return timed(lambda: panel(store, connect()))


def rebuild(folder: str) -> float:
    """The panel of all facts, built anew."""
    from features.engine import connect
    from pipelines.panel import panel
    from pipelines.store import Store

    store = Store(Path(folder) / "world")
    shutil.rmtree(store.derived("panel"), ignore_errors=True)
    return timed(lambda: panel(store, connect()))


def _known(world: "Store", *, later: bool) -> "Iterator[tuple[str, pa.Table]]":
    from features.engine import connect

    for name, rows in world.facts(connect()).items():
        wanted = rows.known_at >= LAST if later else rows.known_at < LAST
        yield name, rows.filter(wanted).to_pyarrow()


CASES = (Case(f"a month more in the panel of {FIRMS:,} firms x {MONTHS} months", "rebuilt", prepare, month, rebuild),)
