"""The second set of held-out designs of deceit: what each puts on the calendars, and a world that has them."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from simulation import HELD_OUT_DESIGNS, digest
from simulation.calendar import Month
from simulation.dialects import DIALECTS
from simulation.economy import start
from simulation.firms import SLOTS
from simulation.held_out_second import deceive_second
from simulation.kinds import KIND, MISLEADING
from simulation.ledger import NOBODY, rows
from simulation.parameters import VARIANTS
from simulation.schemes import DESIGNS, HELD_E, HELD_F, HELD_G, HELD_H, HELD_OUT, SCHEME
from simulation.world import World

Tables = dict[str, pa.Table]
Row = dict[str, Any]
FIRMS, WEEKEND = 40, 2


def _march() -> tuple[World, Month]:
    """A world of rich firms, and a month with no holidays: March of 2025, the third that is shown."""
    world, calendar = start(FIRMS, 12, 1)
    world.purse.ledger.balance[:] = 10**12
    return world, next(month for month in calendar if (month.year, month.number) == (2025, 3))


def _planned(design: int) -> tuple[World, dict[int, tuple[np.ndarray, np.ndarray]]]:
    """What one scheme of a design at every firm receives and pays, by ring; ring k is of firm k."""
    world, month = _march()
    schemes = rows(SCHEME, FIRMS, design=design, ring=np.arange(FIRMS), firm=np.arange(FIRMS), next=-1, last=9)
    schemes["size"] = np.linspace(0.15, 0.7, FIRMS)
    deceive_second(world, month, schemes)
    comes, goes = world.purse.receipts.waiting(), world.purse.payables.waiting()
    assert set(comes["kind"]) == {KIND["wash_in"]}
    assert set(goes["kind"]) == {KIND["wash_out"]}
    assert all((due["account"] == due["ref"] * SLOTS).all() for due in (comes, goes))
    return world, {ring: (comes[comes["ref"] == ring], goes[goes["ref"] == ring]) for ring in range(FIRMS)}


def test_held_e_goes_down_a_row_of_three_and_back_within_a_week() -> None:
    """Ring 0 is of the firms 0, 1, 2; in the third month shown the second of each ring begins."""
    world, month = _march()
    firm = np.arange(FIRMS // 3 * 3)
    schemes = rows(SCHEME, len(firm), design=HELD_E, ring=firm // 3, firm=firm, first=-2, last=9)
    schemes["size"] = 0.4
    deceive_second(world, month, schemes)
    legs = world.purse.payables.waiting().reshape(4, -1)
    assert not len(world.purse.receipts.waiting())
    assert (legs["account"] == (legs["ref"] * 3 + np.array([[1], [2], [0], [2]])) * SLOTS).all()
    assert (legs["party"] == legs["ref"] * 3 + np.array([[2], [0], [2], [1]])).all()
    assert (legs["payee"] == legs["party"] * SLOTS).all()
    assert set(legs["ref"][0]) == set(firm // 3)
    kept = 1 - legs["amount"][1:] / legs["amount"][:-1]
    assert kept.min() > 0.001 - 1e-4
    assert kept.max() < 0.004 + 1e-4
    days = legs["day"].astype(int)
    assert (np.diff(days, axis=0) >= 0).all()
    assert (days[-1] - days[0]).max() <= 6 + WEEKEND
    assert (np.bincount(legs["ref"][0]) <= 2).all()


def test_held_e_rests_when_a_firm_of_the_row_is_gone_or_poor() -> None:
    world, month = _march()
    schemes = rows(SCHEME, 5, design=HELD_E, ring=[0, 0, 1, 1, 1], firm=np.arange(5), first=-2, last=9)
    schemes["size"] = 0.4
    world.purse.ledger.balance[4 * SLOTS] = 100_000
    deceive_second(world, month, schemes)
    assert not len(world.purse.payables.waiting())


def test_held_f_is_drawn_in_cash_within_days_less_a_fee() -> None:
    """0.5 to 2 % stay, and up to 100 yuan of each withdrawal; drawn one to four days later, or after the weekend."""
    for comes, goes in _planned(HELD_F)[1].values():
        assert 1 <= len(comes) <= 2
        assert (goes["party"] == NOBODY).all()
        assert goes["amount"].max() < 5_000_000
        assert not (goes["amount"] % 10_000).any()
        sent, drawn = comes["amount"].sum(), goes["amount"].sum()
        assert 0.98 * sent - 10_000 * len(goes) - 1 <= drawn <= 0.995 * sent + 1
        gap = goes["day"][:, None] - comes["day"][None, :].astype(int)
        assert ((gap >= 1) & (gap <= 4 + WEEKEND)).any(axis=1).all()
        assert ((gap >= 1) & (gap <= 4 + WEEKEND)).any(axis=0).all()


def test_held_g_many_people_pay_and_one_is_paid_days_later_with_a_little_on_top() -> None:
    world, planned = _planned(HELD_G)
    for ring, (comes, goes) in planned.items():
        people = set(comes["party"])
        assert 6 <= len(people) == len(comes) <= 14
        assert people <= set(range(world.firms.n, 2 * world.firms.n)) - {world.firms.n + ring}
        assert not (comes["amount"] % 100).any()
        assert len(goes) == 1
        assert 1.01 <= goes["amount"][0] / comes["amount"].sum() <= 1.03
        assert comes["day"].max() <= goes["day"][0] <= comes["day"].min() + 5 + WEEKEND


def test_held_h_the_same_money_comes_from_a_supplier_every_monday_and_goes_within_the_week() -> None:
    """March 2025 has five Mondays; each sum is what the week before gave back, and so the fee is lost each week."""
    world, planned = _planned(HELD_H)
    links = world.network.suppliers
    for ring, (comes, goes) in planned.items():
        assert len(comes) == len(goes) == 5
        assert ((comes["day"] + 3) % 7 == 0).all()
        assert set(goes["day"] - comes["day"]) <= {2, 3, 4}
        assert comes["amount"][0] % 100_000 == 0
        assert comes["amount"][1:].tolist() == goes["amount"][:-1].tolist()
        assert (goes["amount"] <= 0.999 * comes["amount"]).all()
        assert (goes["amount"] + 200 >= 0.996 * comes["amount"]).all()
        assert len(set(comes["party"]) | set(goes["party"])) == 1
        assert comes["party"][0] in links.party[links.firm == ring]


@pytest.fixture(scope="module")
def second(make_world: Callable[..., Tables]) -> Tables:
    """A world of many liars with the second set of designs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(VARIANTS, "liars", replace(VARIANTS["base"], deceiver_share=0.9))
        return make_world(17, 180, 12, "liars", "second")


@pytest.fixture(scope="module")
def sham(second: Tables) -> dict[str, dict[int, list[Row]]]:
    """Lines of nature ``wash`` by design and ring."""
    rings = {row["ring"]: row["design"] for row in second["truth/ring"].to_pylist()}
    found: dict[str, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in second["truth/line"].to_pylist():
        if row["nature"] == "wash" and row["reference"] in rings:
            found[rings[row["reference"]]][row["reference"]].append(row)
    return found


def test_a_world_has_one_set_of_held_out_designs(second: Tables, deceitful: Tables) -> None:
    assert tuple(f"held_{letter}" for letter in "abcdefgh") == HELD_OUT_DESIGNS
    drawn, default = (set(made["truth/ring"]["design"].to_pylist()) for made in (second, deceitful))
    assert drawn & set(HELD_OUT_DESIGNS) == set(HELD_OUT["second"])
    assert default & set(HELD_OUT_DESIGNS) == set(HELD_OUT["first"])
    assert drawn - set(HELD_OUT_DESIGNS) <= set(DESIGNS)
    assert digest("first") == digest() != digest("second")


@pytest.mark.parametrize("design", HELD_OUT["second"])
def test_every_shown_statement_holds_both_legs_and_they_balance(sham: dict[str, Any], design: str) -> None:
    """Over all rings as much goes as comes, less fees of at most 3 % and what a firm short of money cannot pay."""
    rings = sham[design]
    assert len(rings) >= 2
    total = {"in": 0.0, "out": 0.0}
    for lines in rings.values():
        assert all(row["seen"] for row in lines)
        sides = defaultdict(set)
        for row in lines:
            sides[row["account_id"]].add(row["direction"])
            total[row["direction"]] += float(row["amount"])
        assert all(found == {"in", "out"} for found in sides.values())
    assert total["out"] / total["in"] == pytest.approx(1, abs=0.05)


def test_sham_lines_are_worded_as_what_they_pretend_to_be(second: Tables, sham: dict[str, Any]) -> None:
    words = {row["line_id"]: row["summary"] for row in second["line"].to_pylist()}
    kinds = {
        "held_e": ("purchase",),
        "held_f": ("cash_out",),
        "held_g": ("expense",),
        "held_h": ("purchase",),
    }
    for design, paid in kinds.items():
        for direction, told in (("in", ("sale", "service_sale")), ("out", paid)):
            said = {text for dialect in DIALECTS for kind in told for text in dialect.choices(kind)} | set(MISLEADING)
            mine = [row for lines in sham[design].values() for row in lines if row["direction"] == direction]
            assert mine
            assert {words[row["line_id"]] for row in mine} - {None} <= said
