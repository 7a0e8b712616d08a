"""Small worlds that several tests look at."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from designs import RICH, March, Plan, Planned, at_work

from simulation import simulate
from simulation.economy import start
from simulation.firms import SLOTS
from simulation.held_out import deceive_unseen
from simulation.kinds import KIND
from simulation.parameters import VARIANTS
from simulation.world import World

Tables = dict[str, pa.Table]
Row = dict[str, Any]


def _make(seed: int, enterprises: int, months: int, variant: str = "base", designs: str = "first") -> Tables:
    parts: dict[str, list[pa.Table]] = defaultdict(list)
    for name, batch in simulate(enterprises, months, seed, variant=variant, designs=designs):
        parts[name].append(batch)
    return {name: pa.concat_tables(batches) for name, batches in parts.items()}


@pytest.fixture(scope="session")
def make_world() -> Callable[..., Tables]:
    """Make a world: every table whole."""
    return _make


@pytest.fixture(scope="session")
def world() -> Tables:
    """A hundred and twenty firms over thirty hard months."""
    return _make(7, 120, 30, "stressed")


@pytest.fixture(scope="session")
def make_liars() -> Callable[..., Tables]:
    """Make a world of many liars."""

    def make(seed: int, enterprises: int, months: int, designs: str = "first") -> Tables:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(VARIANTS, "liars", replace(VARIANTS["base"], deceiver_share=0.9))
            return _make(seed, enterprises, months, "liars", designs)

    return make


@pytest.fixture(scope="session")
def deceitful(make_liars: Callable[..., Tables]) -> Tables:
    """A world of many liars: enough rings of every design."""
    return make_liars(1, 220, 20)


@pytest.fixture
def march() -> March:
    """A world of rich firms, and a month with no holidays: March of 2025, the third that is shown."""
    world, calendar = start(RICH, 12, 1)
    world.purse.ledger.balance[:] = 10**12
    return world, next(month for month in calendar if (month.year, month.number) == (2025, 3))


@pytest.fixture
def planned(march: March) -> Plan:
    """What one scheme of a held-out design at every firm receives and pays, by ring; ring k is of firm k."""

    def plan(design: int) -> tuple[World, Planned]:
        world, month = march
        deceive_unseen(world, month, at_work(design, np.arange(RICH), np.linspace(0.15, 0.7, RICH), next=-1))
        comes, goes = world.purse.receipts.waiting(), world.purse.payables.waiting()
        assert set(comes["kind"]) == {KIND["wash_in"]}
        assert set(goes["kind"]) == {KIND["wash_out"]}
        assert all((due["account"] == due["ref"] * SLOTS).all() for due in (comes, goes))
        return world, {ring: (comes[comes["ref"] == ring], goes[goes["ref"] == ring]) for ring in range(RICH)}

    return plan


@pytest.fixture(scope="session")
def sham_lines(deceitful: Tables) -> Callable[[str], dict[int, list[Row]]]:
    """Lines of nature ``wash`` of each ring of a design, in the order of their days."""

    def lines_of(design: str) -> dict[int, list[Row]]:
        rings = {row["ring"] for row in deceitful["truth/ring"].to_pylist() if row["design"] == design}
        lines = defaultdict(list)
        for row in deceitful["truth/line"].to_pylist():
            if row["nature"] == "wash" and row["reference"] in rings:
                lines[row["reference"]].append(row)
        assert lines
        return {ring: sorted(found, key=lambda row: row["booked_at"]) for ring, found in lines.items()}

    return lines_of
