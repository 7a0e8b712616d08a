"""Worlds that have a later set of held-out designs of deceit: what stands on the statements."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from simulation import HELD_OUT_DESIGNS, digest
from simulation.dialects import DIALECTS
from simulation.kinds import MISLEADING
from simulation.schemes import ALL_DESIGNS, DESIGNS, HELD_OUT

Tables = dict[str, pa.Table]
Row = dict[str, Any]
SALES = ("sale", "service_sale")
WORDED = {
    "held_e": (SALES, ("purchase",)),
    "held_f": (SALES, ("cash_out",)),
    "held_g": (SALES, ("expense",)),
    "held_h": (SALES, ("purchase",)),
    "held_i": (SALES, ("purchase",)),
    "held_j": (("cash_sale",), ("cash_out",)),
    "held_k": (SALES, ("refund_out",)),
    "held_l": (SALES, ("payroll",)),
    "held_m": (SALES, ("purchase",)),
    "held_n": (("discount_in",), ("purchase",)),
    "held_o": (SALES, ("expense",)),
    "held_p": (("settlement_alipay",), ("expense",)),
    "held_q": (SALES, ("purchase",)),
    "held_r": (("service_sale",), ("expense",)),
    "held_s": (SALES, ("deposit_out",)),
    "held_t": (SALES, ("own_out",)),
    "held_u": (SALES, ("purchase",)),
    "held_v": (SALES, ("purchase",)),
    "held_w": (SALES, ("expense",)),
    "held_x": (("settlement_wechat",), ("owner_out",)),
}
# What goes out by what comes in where that is not one, and how far from it a small world may be: ``held_p`` pays 4 to
# 9 % for its takings, ``held_r`` keeps 1 to 3 % and tax of 1 to 13 %, ``held_w`` 4 to 10 %.
RATIO = {"held_p": 1 / 0.935, "held_r": 0.91, "held_w": 0.93}
NEAR = {"held_n": 0.1, "held_r": 0.08}


@dataclass
class Later:
    """A world of many liars with a later set; ``sham`` are lines of nature ``wash`` by design and ring."""

    name: str
    tables: Tables
    sham: dict[str, dict[int, list[Row]]]


@pytest.fixture(scope="module", params=["second", "third", "fourth", "fifth", "sixth"])
def later(request: pytest.FixtureRequest, make_liars: Callable[..., Tables]) -> Later:
    """Each later set in turn."""
    tables = make_liars(17, 180, 12, request.param)
    rings = {row["ring"]: row["design"] for row in tables["truth/ring"].to_pylist()}
    found: dict[str, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in tables["truth/line"].to_pylist():
        if row["nature"] == "wash" and row["reference"] in rings:
            found[rings[row["reference"]]][row["reference"]].append(row)
    return Later(request.param, tables, found)


def test_names_of_the_sets_go_on_where_the_set_before_ends() -> None:
    assert tuple(f"held_{letter}" for letter in "abcdefghijklmnopqrstuvwx") == HELD_OUT_DESIGNS
    assert ALL_DESIGNS[: len(DESIGNS)] == DESIGNS
    assert len({digest(name) for name in HELD_OUT}) == 6
    assert digest("first") == digest()


def test_a_world_has_one_set_of_held_out_designs(later: Later, deceitful: Tables) -> None:
    drawn, default = (set(made["truth/ring"]["design"].to_pylist()) for made in (later.tables, deceitful))
    assert drawn & set(HELD_OUT_DESIGNS) == set(HELD_OUT[later.name])
    assert default & set(HELD_OUT_DESIGNS) == set(HELD_OUT["first"])
    assert drawn - set(HELD_OUT_DESIGNS) <= set(DESIGNS)


def _legs(lines: list[Row], least: int) -> dict[str, set[str]]:
    """Directions on each statement that shows so many months of a scheme at least."""
    months, sides = defaultdict(set), defaultdict(set)
    for row in lines:
        months[row["account_id"]].add(row["booked_at"].replace(day=1))
        sides[row["account_id"]].add(row["direction"])
    return {account: found for account, found in sides.items() if len(months[account]) >= least}


def test_every_shown_statement_holds_both_legs(later: Later) -> None:
    """Of ``held_k``, which gives back in the next month, one month that is shown may hold one leg."""
    for design in HELD_OUT[later.name]:
        rings = later.sham[design]
        assert len(rings) >= 2, design
        assert all(row["seen"] for lines in rings.values() for row in lines)
        sides = [found for lines in rings.values() for found in _legs(lines, 1 + (design == "held_k")).values()]
        assert len(sides) >= 2, design
        assert all(found == {"in", "out"} for found in sides), design


def test_as_much_goes_as_comes(later: Later) -> None:
    """Over all rings, less fees of at most 3 % (see ``RATIO``) and what a firm short of money cannot pay.

    ``held_k`` gives back in the next month: of its firms that is compared from month to month.
    """
    for design in HELD_OUT[later.name]:
        total = {"in": 0.0, "out": 0.0}
        for lines in later.sham[design].values():
            for row in lines:
                paid_for = row["booked_at"] - timedelta(days=14 * (design == "held_k" and row["direction"] == "out"))
                if design != "held_k" or (2025, 1) <= (paid_for.year, paid_for.month) < (2025, 12):
                    total[row["direction"]] += float(row["amount"])
        assert total["out"] / total["in"] == pytest.approx(RATIO.get(design, 1), abs=NEAR.get(design, 0.05)), design


def test_sham_lines_are_worded_as_what_they_pretend_to_be(later: Later) -> None:
    words = {row["line_id"]: row["summary"] for row in later.tables["line"].to_pylist()}
    for design in HELD_OUT[later.name]:
        for direction, told in zip(("in", "out"), WORDED[design], strict=True):
            said = {text for dialect in DIALECTS for kind in told for text in dialect.choices(kind)} | set(MISLEADING)
            mine = [row for lines in later.sham[design].values() for row in lines if row["direction"] == direction]
            assert mine
            assert {words.get(row["line_id"]) for row in mine} - {None} <= said


def test_what_is_invoiced_of_what_comes_in(later: Later) -> None:
    """All of ``held_m``, ``held_r``, ``held_s`` and ``held_v`` but for what was invoiced before the world was shown.

    Of ``held_o`` small taxpayers invoice. Of ``held_n`` the bills are invoiced, for more than the bank gives for them,
    of ``held_q`` contracts, which many a payment is a part of, of ``held_u`` such as every payment is a part of.
    """
    held = {
        (row["enterprise_id"], row["counterparty_id"], row["gross"])
        for row in later.tables["invoice"].to_pylist()
        if row["direction"] == "in"
    }
    for design in HELD_OUT[later.name]:
        comes = [row for lines in later.sham[design].values() for row in lines if row["direction"] == "in"]
        found = [(f"E{row['account_id'][1:7]}", row["counterparty_id"], row["amount"]) in held for row in comes]
        share = sum(found) / len(found)
        whole, some = ("held_m", "held_r", "held_s", "held_v"), ("held_o", "held_q")
        low, high = (0.95, 1) if design in whole else (0.1, 0.95) if design in some else (0, 0)
        assert low <= share <= high, (design, share)
