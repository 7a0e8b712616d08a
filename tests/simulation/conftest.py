"""Small worlds that several tests look at."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from simulation import simulate
from simulation.parameters import VARIANTS

Tables = dict[str, pa.Table]
Row = dict[str, Any]


def _make(seed: int, enterprises: int, months: int, variant: str = "base", designs: str = "first") -> Tables:
    parts: dict[str, list[pa.Table]] = defaultdict(list)
    for name, rows in simulate(enterprises, months, seed, variant=variant, designs=designs):
        parts[name].append(rows)
    return {name: pa.concat_tables(rows) for name, rows in parts.items()}


@pytest.fixture(scope="session")
def make_world() -> Callable[..., Tables]:
    """Make a world: every table whole."""
    return _make


@pytest.fixture(scope="session")
def world() -> Tables:
    """A hundred and twenty firms over thirty hard months."""
    return _make(7, 120, 30, "stressed")


@pytest.fixture(scope="session")
def deceitful() -> Tables:
    """A world of many liars: enough rings of every design."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(VARIANTS, "liars", replace(VARIANTS["base"], deceiver_share=0.9))
        return _make(1, 220, 20, "liars")


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
