"""The nearest whole of each line and party, against loops that look at every pair of lines."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.engine import connect, register
from features.evidence import nearest as joined
from features.evidence.settings import PLAIN

START, DAYS, LINES, PARTIES = date(1970, 1, 1), 60, 500, 6
KNOWN = {
    "on its day": lambda rng, day: day,
    "mostly soon": lambda rng, day: day + int(rng.choice([0, 1, 2, 40], p=[0.6, 0.2, 0.15, 0.05])),
    "by the month": lambda rng, day: -(-day // 30) * 30,
    "all in the end": lambda rng, day: DAYS,
    "before it came": lambda rng, day: day - int(rng.integers(0, 9)),
}


def drawn(seed, known):
    """Lines of two firms, of which the first has nearly all; some are corrected later and some are cash."""
    rng, rows = np.random.default_rng(seed), []
    for number in range(LINES):
        day, cash = int(rng.integers(0, DAYS)), bool(rng.random() < 0.1)
        heard = START + timedelta(days=max(known(rng, day), 0))
        rows.append(
            {
                "enterprise_id": "b" if number % 10 == 0 else "a",
                "line_id": f"l{number}",
                "direction": str(rng.choice(["in", "out"])),
                "known_from": heard,
                "known_until": heard + timedelta(days=int(rng.integers(1, 30))) if rng.random() < 0.1 else None,
                "cash": cash,
                "who": 0 if cash else int(1 + rng.zipf(1.5) % PARTIES),
                "number": number,
                "day": day,
                "cents": int(np.exp(rng.normal(12, 1.5))) + 2_000,
                "so_far": 1,
            }
        )
    return rows


def whole(row):
    return not row["cash"] and row["cents"] >= PLAIN.whole_least * 100


def by_loops(rows, side):
    found = set()
    for part in rows:
        for who in range(1, PARTIES + 1):
            fitting = [
                ((row["day"] - part["day"]) * side, row["number"], row)
                for row in rows
                if whole(row) and row["who"] == who != part["who"] and row["enterprise_id"] == part["enterprise_id"]
                and row["direction"] != part["direction"] and 0 <= (row["day"] - part["day"]) * side <= PLAIN.parts_days
                and row["cents"] * 20 <= part["cents"] * 1000 <= row["cents"] * 1030
            ]  # fmt: skip
            ends = [part["known_until"]]
            for _, number, row in sorted(fitting, key=lambda each: each[:2]):
                since = max(row["known_from"], part["known_from"])
                until = min((end for end in (*ends, row["known_until"]) if end), default=None)
                if until is None or until > since:
                    found.add((part["enterprise_id"], who, number, part["number"], since, until))
                ends.append(row["known_from"])
    return found


@pytest.mark.parametrize("many", [1, 300, 10_000], ids=["by days", "the large firm by days", "by stretches"])
@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("known", KNOWN)
def test_it_is_what_loops_over_all_pairs_find(monkeypatch, known, side, many):
    monkeypatch.setattr(joined, "MANY", many)
    rows = drawn(len(known), KNOWN[known])
    table = pa.Table.from_pylist(rows)
    for name in ("who", "number", "day"):
        table = table.set_column(table.column_names.index(name), name, table[name].cast("int32"))
    lines = register(connect(1), "lines", table)
    wholes = lines.filter(~lines.cash & (lines.cents >= PLAIN.whole_least * 100))
    near = joined.nearest(wholes, lines, joined.heard(lines), side, PLAIN).to_pyarrow().to_pylist()
    shape = ("enterprise_id", "who", "number", "part_number", "since", "until")
    assert len(near) == len({tuple(row[name] for name in shape) for row in near})
    assert {tuple(row[name] for name in shape) for row in near} == by_loops(rows, side)
