"""Pairs of lines of nearly one sum, against loops that look at every pair of lines."""

from datetime import date, timedelta
from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from features.engine import connect, register
from features.evidence import circular, layered
from features.evidence.settings import PLAIN

START, DAYS, LINES = date(2024, 1, 1), 120, 300
FEW = (0, 1, 199, 200, 201, 100_000, 100_500, 100_502, 102_000, 102_001, 98_000, 97_999, 99_500, 99_499)


@pytest.fixture(params=range(4))
def lines(request):
    """Incoming and outgoing lines of two firms and few parties, many of sums and days at the very edge of reach."""
    rng, rows = np.random.default_rng(request.param), []
    for number in range(LINES):
        day = int(rng.integers(0, DAYS))
        heard = START + timedelta(days=day)
        rows.append(
            {
                "line_id": f"l{number}",
                "account_id": "a1",
                "enterprise_id": "b" if number % 10 == 0 else "a",
                "booked_at": heard,
                "sequence": number,
                "direction": str(rng.choice(["in", "out"])),
                "nature": "operating",
                "party": f"p{rng.integers(0, 4)}",
                "known_from": heard + timedelta(days=int(rng.integers(0, 3))),
                "known_until": heard + timedelta(days=30) if rng.random() < 0.2 else None,
                "day": (heard - date(1970, 1, 1)).days,
                "cents": int(rng.choice(FEW)) if rng.random() < 0.5 else int(np.exp(rng.normal(11.5, 0.05))),
            }
        )
    backend = connect(threads=1)
    table = register(backend, "lines", pa.Table.from_pylist(rows))
    yield rows, table.filter(table.direction == "in"), table.filter(table.direction == "out")
    backend.disconnect()


def looped(rows, days, kept, fits):
    """Ids of all pairs, with from when and until when both lines are known."""
    ins, outs = ([row for row in rows if row["direction"] == side] for side in ("in", "out"))
    return sorted(
        (one["line_id"], other["line_id"], max(one["known_from"], other["known_from"]), min(ends, default=date.max))
        for one, other in product(ins, outs)
        if one["enterprise_id"] == other["enterprise_id"]
        and abs(one["day"] - other["day"]) <= days
        and abs(one["cents"] - other["cents"]) * 1000 <= one["cents"] * round(kept * 1000)
        and fits(one, other)
        for ends in [[row["known_until"] for row in (one, other) if row["known_until"]]]
    )


def joined(pairs):
    rows = pairs.select("line_id", "out_line_id", "since", "until").to_pyarrow().to_pylist()
    return sorted((*[*row.values()][:3], row["until"] or date.max) for row in rows)


@pytest.mark.parametrize(("days", "kept"), [(3, 0.005), (1, 0.0), (20, 0.02), (30, 1.0)])
def test_near_lines_are_those_that_loops_find(lines, days, kept):
    rows, incoming, outgoing = lines
    rows = [row for row in rows if row["cents"] > 0]
    incoming, outgoing = (side.filter(side.cents > 0) for side in (incoming, outgoing))
    found = looped(rows, days, kept, lambda *_: True)
    assert joined(circular._near(incoming, outgoing, days, kept)) == found
    assert found


def test_a_line_without_a_sum_meets_none(lines):
    """A sum of nothing has no logarithm by which bands are told."""
    _, incoming, outgoing = lines
    assert joined(circular._near(incoming.filter(incoming.cents > 0), outgoing.filter(outgoing.cents == 0), 30, 1.0))
    assert not joined(
        circular._near(incoming.filter(incoming.cents > 0), outgoing.filter(outgoing.cents == 0), 30, 0.02)
    )


@pytest.fixture
def agrees(lines):
    """Whether pairs are all that loops find."""

    def checked(pairs, days, fits):
        rows, *sides = lines
        rows = [row for row in rows if row["cents"] > 0]
        every = looped(rows, days, PLAIN.slow_kept, fits)
        assert joined(pairs(*(side.filter(side.cents > 0) for side in sides), PLAIN)) == every
        return bool(every)

    return checked


def test_slow_pairs_are_of_two_parties_and_the_later_is_not_the_larger(agrees):
    def falls(one, other):
        first, last = sorted((one, other), key=lambda row: row["day"])
        same_day = one["day"] == other["day"]
        return one["party"] != other["party"] and (same_day or last["cents"] <= first["cents"])

    assert agrees(layered._slow, PLAIN.slow_days, falls)


def test_pairs_to_and_fro_are_of_one_party_within_the_longer_span(agrees):
    assert agrees(layered._to_and_fro, PLAIN.fro_days, lambda one, other: one["party"] == other["party"])
